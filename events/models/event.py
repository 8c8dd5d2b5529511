from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GistIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.converters import NumberedSlug, numbered_slug
from core.french import hour, when
from events.models.calendars import CalendarSource
from events.models.changes import Changing
from events.models.said import Said
from events.models.series import Series
from initiatives.models import Announcement, Initiative, Tag
from initiatives.models.traces import leave_trace
from moderation.models import Around, ModeratedContent, ModeratedQuerySet
from territories.clocks import clock_name
from territories.geo import bounding_box, kilometres_from, within_box
from territories.models import Commune, Department, Region

#: No event lasts longer: a night, and the hour that autumn gives back.
LONGEST = timedelta(days=2)
#: Those who arrive are ticked off from so long before the start until so long after the end.
DOOR_OPENS, DOOR_CLOSES = timedelta(hours=12), timedelta(hours=48)
#: Those who organise it read the names of those who came for so long after its end.
NAMES_KEPT = timedelta(days=30)
#: For so long, supporters may still be told of a new one: there are hundreds of thousands of them, and mail waits.
_BEING_TOLD = timedelta(days=1)
#: From so long before the start on, no place is kept: they go to the first who come, whoever waits.
LAST_CALL = timedelta(hours=2)
#: Places that nobody has taken, of an event that has a limit.
_HAS_ROOM = Q(capacity=None) | Q(capacity__gt=F("attendee_count") + F("held_count"))
_ON_THE_MAP = Q(published_at__isnull=False, withheld_at=None, cancelled_at=None)
#: What is over leaves the indexes of the map, which would else grow for ever.
_NOT_OVER = _ON_THE_MAP & Q(left_map_at=None)
#: What the map and its filters read: from an index alone.
_MAP_COLUMNS = ["kind", "theme", "commune", "department", "capacity", "attendee_count", "held_count", "waiting_count"]


def new_uid() -> str:
    """What calendars know an event by, for ever (RFC 7986: a UUID, which tells nothing)."""
    return str(uuid4())


class EventQuerySet(ModeratedQuerySet):
    def coming(self):
        """… that anyone may still join: public, not cancelled, not over."""
        now = timezone.now()
        # The end is in no index, but is never far from the start: whatever began long before is not even read.
        return self.filter(_NOT_OVER, ends_at__gt=now, starts_at__gt=now - LONGEST)

    def with_room(self):
        """… where a place is left, were it for those who wait."""
        return self.filter(_HAS_ROOM)

    def with_free_places(self):
        """… where somebody who comes alone has a place now, without waiting: as `Event.has_free_place`."""
        nobody_first = Q(capacity=None) | Q(waiting_count=0) | Q(starts_at__lt=timezone.now() + LAST_CALL)
        return self.filter(_HAS_ROOM & nobody_first)

    def shown_to(self, member, *, moderating: bool = False):
        """… that this member (or AnonymousUser) may read; whoever organises one also reads it while it waits."""
        visible = self.visible_to(member, moderating=moderating)
        if moderating or not member.is_authenticated:
            return visible
        return visible | self.filter(withheld_at=None, pk__in=Event.objects.organised_by(member).values("pk"))

    def organised_by(self, member):
        """… that this member posted, or that an initiative they carry organises."""
        carried = Initiative.objects.carried_by(member).order_by().values("pk")
        # Two indexes, each read for one person: an OR would read the whole table.
        own = Event.objects.filter(author=member).order_by().values("pk")
        ours = Event.objects.filter(initiative__in=carried).order_by().values("pk")
        return self.filter(pk__in=own.union(ours, all=True))

    def in_territory(self, territory: Region | Department | Commune):
        """… held in this place or in one inside it."""
        if isinstance(territory, Region):
            return self.filter(department__region=territory)
        if isinstance(territory, Commune) and territory.is_divided:
            return self.filter(commune__in=territory.with_arrondissements)
        return self.filter(**{territory._meta.model_name: territory})

    def near(self, latitude: float, longitude: float, km: float):
        """… within so many kilometres of a point (WGS84 degrees)."""
        return (
            self.filter(within_box(*bounding_box(latitude, longitude, km)))
            .alias(km=kilometres_from(latitude, longitude))
            .filter(km__lte=km)
        )

    def for_cards(self):
        """… with what a card shows, in a fixed number of queries."""
        return self.select_related("commune__department", "initiative", "author", "source")


class Event(Said, Changing, ModeratedContent):
    """A dated gathering, at a place or online, of an initiative or on its own."""

    class Kind(models.TextChoices):
        MEETING = "meeting", _("réunion publique")
        DOOR_TO_DOOR = "door_to_door", _("porte-à-porte")
        CLEANUP = "cleanup", _("nettoyage")
        DEBATE = "debate", _("débat")
        WORKSHOP = "workshop", _("atelier")
        WALK = "walk", _("balade")
        MARKET = "market", _("stand sur un marché")
        ONLINE = "online", _("en ligne")

    class Precision(models.TextChoices):
        """Where the point comes from: a point set by hand always wins."""

        COMMUNE = "commune", _("centre de la commune")
        STREET = "street", _("rue")
        NUMBER = "number", _("numéro dans la rue")
        HAND = "hand", _("posé à la main")

    notice_slug = "evenement"
    screened_fields = ("title", "description", "place_name", "address", "online_url")

    #: Kilometres from the place it was looked for around, when it was (events.agenda).
    distance: float | None = None
    #: How many more of its series are coming, on a list where it stands for them.
    other_dates: int = 0

    initiative = models.ForeignKey(
        Initiative,
        verbose_name=_("initiative"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="events",
    )
    theme = models.ForeignKey(
        Tag, verbose_name=_("thème"), null=True, blank=True, on_delete=models.SET_NULL, related_name="events"
    )
    series = models.ForeignKey(
        Series, verbose_name=_("série"), null=True, blank=True, on_delete=models.SET_NULL, related_name="events"
    )
    kind = models.CharField(_("sorte"), max_length=20, choices=Kind, default=Kind.MEETING)
    title = models.CharField(_("titre"), max_length=120)
    description = models.TextField(_("description"), max_length=5000, blank=True)
    starts_at = models.DateTimeField(_("début"))
    ends_at = models.DateTimeField(_("fin"))
    time_zone = models.CharField(_("fuseau horaire"), max_length=40, default="Europe/Paris")
    commune = models.ForeignKey(
        Commune, verbose_name=_("commune"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    department = models.ForeignKey(
        Department,
        verbose_name=_("département"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    place_name = models.CharField(_("lieu"), max_length=120, blank=True)
    address = models.CharField(_("adresse"), max_length=200, blank=True)
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    # How well the point is known, and the address that waits to be looked for (events.services.geocoding).
    precision = models.CharField(
        _("précision du point"), max_length=10, choices=Precision, default=Precision.COMMUNE, editable=False
    )
    geocode_after = models.DateTimeField(null=True, blank=True, editable=False)
    geocode_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    # A link to a meeting with its keys is longer than most addresses.
    online_url = models.URLField(_("lien de connexion"), max_length=500, blank=True)
    capacity = models.PositiveIntegerField(
        _("places"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Vide : sans limite."),
    )
    # People, guests included. Kept under the event's row lock together with the attendances.
    attendee_count = models.PositiveIntegerField(_("participants"), default=0)
    held_count = models.PositiveIntegerField(_("places gardées"), default=0)
    waiting_count = models.PositiveIntegerField(_("personnes en attente"), default=0)
    attendees_told = models.PositiveIntegerField(_("participants annoncés à l’organisateur"), default=0)
    attendees_told_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(_("annulation"), null=True, blank=True)
    # Written a few seconds after its end; a trigger takes it back when the end is moved to a later hour.
    left_map_at = models.DateTimeField(_("sortie de la carte"), null=True, blank=True, editable=False)
    cancellation_told_at = models.DateTimeField(null=True, blank=True)
    announced_at = models.DateTimeField(_("annonce aux soutiens"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("rappel de la veille"), null=True, blank=True)
    report_asked_at = models.DateTimeField(_("compte rendu demandé"), null=True, blank=True)
    report_asked_again_at = models.DateTimeField(null=True, blank=True, editable=False)
    # People who came without having said so, counted at the door.
    walk_in_count = models.PositiveIntegerField(_("venus sans inscription"), default=0, editable=False)

    # What calendars know it by, and how many times what they show has changed.
    uid = models.CharField(
        max_length=255, unique=True, default=new_uid, db_default=Cast(RandomUUID(), models.CharField()), editable=False
    )
    sequence = models.PositiveIntegerField(default=0, editable=False)
    # The last change of hour or place that was told to those who come, and what they were told before it.
    told_sequence = models.PositiveIntegerField(default=0, editable=False)
    told_facts = models.JSONField(null=True, blank=True, editable=False)
    # Read in a partner's calendar: what it is known by there, where it leads, and the hash of what was read last.
    source = models.ForeignKey(
        CalendarSource,
        verbose_name=_("agenda partenaire"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="events",
        db_index=False,
        editable=False,
    )
    source_uid = models.CharField(max_length=255, blank=True, db_default="", editable=False)
    source_address = models.URLField(_("page d’origine"), max_length=500, blank=True, db_default="", editable=False)
    source_digest = models.CharField(max_length=64, blank=True, db_default="", editable=False)
    # Those who come were told that it is not shown any more: once it is again, they hear of it.
    hidden_told_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The edit that waits for a moderator is meant for those that follow it in its series too.
    spreads_edit = models.BooleanField(default=False, db_default=False, editable=False)
    # What the organiser has to prepare, and sees alone: [{"text": …, "done": …}].
    checklist = models.JSONField(_("à préparer"), default=list, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("événement")
        verbose_name_plural = _("événements")
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="event_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("starts_at") + LONGEST), name="event_ends_soon_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(capacity=None) | Q(capacity__gte=F("attendee_count") + F("held_count")),
                name="event_never_overbooked",
            ),
            models.CheckConstraint(
                condition=Q(kind="online") | Q(commune__isnull=False, department__isnull=False),
                name="event_has_a_place",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="event_point_on_earth",
            ),
            models.UniqueConstraint(
                fields=["source_uid"], condition=Q(source__isnull=False), name="one_event_for_each_partners_uid"
            ),
            # Nobody here organises it, and nobody says here that they come.
            models.CheckConstraint(
                condition=Q(source=None)
                | Q(~Q(source_uid=""), author=None, initiative=None, capacity=None, attendee_count=0),
                name="partners_event_is_nobodys",
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at", "id"], condition=_ON_THE_MAP, name="event_agenda"),
            models.Index(fields=["department", "starts_at", "id"], condition=_ON_THE_MAP, name="event_department"),
            models.Index(fields=["commune", "starts_at", "id"], condition=_ON_THE_MAP, name="event_commune"),
            models.Index(fields=["initiative", "starts_at", "id"], condition=_ON_THE_MAP, name="event_initiative"),
            models.Index(fields=["starts_at", "id"], condition=_NOT_OVER & Q(kind="online"), name="event_online"),
            # A box of the map is answered from the index alone.
            models.Index(
                fields=["latitude", "longitude"],
                include=["id", "starts_at", "ends_at", *_MAP_COLUMNS],
                condition=_NOT_OVER,
                name="event_box",
            ),
            GistIndex(
                models.Func("longitude", "latitude", function="point"),
                condition=_NOT_OVER,
                name="event_nearest",
            ),
            # The whole country in a few days.
            models.Index(
                fields=["starts_at", "id"],
                include=["ends_at", "latitude", "longitude", *_MAP_COLUMNS],
                condition=_NOT_OVER,
                name="event_days",
            ),
            # What was just announced, and what changed lately, for those who follow from elsewhere.
            models.Index(fields=["-published_at", "-id"], condition=_NOT_OVER, name="event_announced"),
            models.Index(
                Greatest("updated_at", "published_at", "cancelled_at"),
                "id",
                condition=Q(published_at__isnull=False, withheld_at=None),
                name="event_changed",
            ),
            models.Index(fields=["ends_at"], condition=Q(left_map_at=None), name="event_to_leave_map"),
            models.Index(fields=["theme", "starts_at", "id"], condition=_ON_THE_MAP, name="event_theme"),
            models.Index(fields=["source", "starts_at"], condition=Q(source__isnull=False), name="event_source"),
            models.Index(
                fields=["cancelled_at"], condition=Q(cancelled_at__isnull=False), name="event_lately_cancelled"
            ),
            models.Index(fields=["series", "starts_at"], condition=Q(series__isnull=False), name="event_series"),
            models.Index(fields=["geocode_after"], condition=Q(geocode_after__isnull=False), name="event_to_geocode"),
            models.Index(fields=["ends_at"], condition=_ON_THE_MAP & Q(report_asked_at=None), name="event_to_ask_of"),
            models.Index(
                fields=["report_asked_at"],
                condition=_ON_THE_MAP & Q(report_asked_at__isnull=False, report_asked_again_at=None),
                name="event_to_ask_again",
            ),
            models.Index(fields=["id"], condition=Q(sequence__gt=F("told_sequence")), name="event_change_to_tell"),
            models.Index(fields=["id"], condition=Q(waiting_count__gt=0), name="event_waited_for"),
            models.Index(fields=["id"], condition=Q(attendee_count__gt=F("attendees_told")), name="event_to_tell"),
            models.Index(
                fields=["id"],
                condition=Q(withheld_at__isnull=False, published_at__isnull=False, cancelled_at=None)
                & Q(hidden_told_at=None),
                name="event_withheld_to_tell",
            ),
            models.Index(
                fields=["id"], condition=Q(withheld_at=None, hidden_told_at__isnull=False), name="event_back_to_tell"
            ),
            models.Index(
                fields=["id"],
                condition=Q(cancelled_at__isnull=False, cancellation_told_at=None),
                name="event_cancellation_to_tell",
            ),
            models.Index(
                fields=["id"],
                condition=Q(announced_at=None, published_at__isnull=False, withheld_at=None, cancelled_at=None),
                name="event_to_announce",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def slug(self) -> NumberedSlug:
        return numbered_slug(self.title, self.pk)

    def get_absolute_url(self) -> str:
        return reverse("event", args=[self.slug])

    @property
    def announcement_key(self) -> str:
        """Under which the supporters of its initiative are told of it, once each."""
        return f"event-{self.pk}"

    def around(self) -> list[Around]:
        return [self.initiative.as_around] if self.initiative else []

    @property
    def as_around(self) -> Around:
        """As what stands around a content of it."""
        return Around(gettext("L’événement"), self.title, self.get_absolute_url(), f"{self.span}, {self.place_line}")

    def withhold(self) -> None:
        super().withhold()
        self._take_back_announcement()
        self._veil_report()
        leave_trace(self, is_hidden=True)

    def restore(self) -> None:
        super().restore()
        self._veil_report()
        leave_trace(self, is_hidden=False)

    def veil(self, withheld_at: datetime | None) -> None:
        super().veil(withheld_at)
        if withheld_at:
            self._take_back_announcement()
        self._veil_report()

    def _take_back_announcement(self) -> None:
        """Supporters who have not heard of it yet do not read what is withheld; once it is back, they hear of it."""
        lately = Event.objects.filter(pk=self.pk, announced_at__gt=timezone.now() - _BEING_TOLD)
        if lately.update(announced_at=None):
            self.announced_at = None
            Announcement.objects.take_back(self.announcement_key)

    def _veil_report(self) -> None:
        if not hasattr(self, "report"):
            return
        if self.withheld_at:
            self.report.take_back()
        self.report.move_photos()

    @property
    def tz(self) -> ZoneInfo:
        """The clocks of where it is held."""
        return ZoneInfo(self.time_zone)

    @property
    def clock(self) -> str:
        """ "heure de La Réunion": said beside its hours when they are not those of mainland France, else ""."""
        return clock_name(self.time_zone)

    @property
    def local_start(self) -> datetime:
        return self.starts_at.astimezone(self.tz)

    @property
    def local_end(self) -> datetime:
        return self.ends_at.astimezone(self.tz)

    @property
    def shown_initiative(self) -> Initiative | None:
        """The initiative it serves, as long as anyone may read it."""
        return self.initiative if self.initiative and self.initiative.is_public else None

    @property
    def place_line(self) -> str:
        """Salle des fêtes, Vitré (Ille-et-Vilaine); "en ligne" when it has no place."""
        if self.commune is None:
            return gettext("en ligne")
        return ", ".join(part for part in (self.place_name, self.commune.label) if part)

    @property
    def place_with_address(self) -> str:
        """As `place_line`, with the street."""
        parts = (self.place_name, self.address, self.commune and self.commune.label)
        return ", ".join(filter(None, parts)) or gettext("en ligne")

    @property
    def span(self) -> str:
        """dim. 1er mars, 18 h 30 – 20 h (heure de Nouméa): as messages say it."""
        ends = hour(self.local_end) if self.local_end.date() == self.local_start.date() else when(self.ends_at, self.tz)
        return f"{when(self.starts_at, self.tz)} – {ends}" + (f" ({self.clock})" if self.clock else "")

    @property
    def message_context(self) -> dict[str, str]:
        """What a message says of it, as JSON."""
        return self.as_subject | {
            "event_title": self.title,
            "when": " ".join(filter(None, [when(self.starts_at, self.tz), self.clock and f"({self.clock})"])),
            "place": self.place_line,
            "url": self.get_absolute_url(),
            "initiative_title": self.shown_initiative.title if self.shown_initiative else "",
        }

    @property
    def source_line(self) -> str:
        """Agenda partenaire : Vélos de Vitré; "" for what was posted here."""
        return gettext("Agenda partenaire : %(name)s") % {"name": self.source.name} if self.source else ""

    @property
    def is_over(self) -> bool:
        return self.ends_at <= timezone.now()

    @property
    def is_door_open(self) -> bool:
        """Whether those who arrive are ticked off now."""
        now = timezone.now()
        return (
            self.is_public
            and self.cancelled_at is None
            and self.starts_at - DOOR_OPENS <= now <= self.ends_at + DOOR_CLOSES
        )

    @property
    def has_names(self) -> bool:
        """Whether those who organise it still read who came: not for longer than they need it."""
        return timezone.now() <= self.ends_at + NAMES_KEPT

    @property
    def is_open(self) -> bool:
        """May be joined, if a place is left."""
        return self.is_public and self.cancelled_at is None and self.source_id is None and not self.is_over

    @property
    def places_left(self) -> int | None:
        """None when the number of places is not limited. A place kept for somebody who was asked is not left."""
        return None if self.capacity is None else self.capacity - self.attendee_count - self.held_count

    @property
    def is_last_call(self) -> bool:
        """Whether it starts so soon, or has started, that free places go to the first who come."""
        return self.starts_at < timezone.now() + LAST_CALL

    @property
    def has_free_place(self) -> bool:
        """Whether somebody who comes alone has a place now: one is left, and nobody waits for it before them."""
        left = self.places_left
        return left is None or (left > 0 and (self.waiting_count == 0 or self.is_last_call))
