from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Window
from django.db.models.functions import Coalesce, RowNumber
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import french
from initiatives.models.team import CoOrganiser
from initiatives.models.timeline import TimelineEntry
from initiatives.models.traces import Traced
from moderation.models import Around, ModeratedContent, ModeratedQuerySet
from notifications.subjects import ALSO, Topic, about_of
from territories.clocks import MAINLAND, clock_name

#: The last moment at which it may be joined; None for what is to be done at any time.
_ENDS = Coalesce("ends_at", "starts_at")


def carried_by(member) -> Q:
    """Of an initiative that this member carries."""
    helps = Exists(CoOrganiser.objects.filter(initiative=OuterRef("initiative"), member=member))
    return Q(initiative__author=member) | helps


class ActionQuerySet(ModeratedQuerySet):
    def open(self):
        """… that anyone may read and that is still to be done."""
        return self.public().filter(closed_at=None)

    def wanting(self):
        """… open, with a place left, and not past."""
        coming = self.open().alias(last=_ENDS).filter(Q(last=None) | Q(last__gte=timezone.now()))
        return coming.filter(taken__lt=F("places"))

    def kept(self):
        """… to do or done, without what was given up."""
        return self.filter(Q(closed_at=None) | Q(is_done=True))

    def soonest(self):
        """… the first to come before the others; what has no date comes last."""
        return self.order_by(_ENDS.asc(nulls_last=True), "id")

    def shown_to(self, member, *, moderating: bool = False):
        """… that this member (or AnonymousUser) may read; its team also reads what waits for a moderator."""
        visible = self.visible_to(member, moderating=moderating)
        if moderating or not member.is_authenticated:
            return visible
        return visible | self.filter(carried_by(member), withheld_at=None)

    def for_page(self, member):
        """… with what a page shows this member: `is_joined`."""
        joined = (
            Exists(Commitment.objects.filter(action=OuterRef("pk"), member=member))
            if member.is_authenticated
            else models.Value(False)
        )
        return self.annotate(is_joined=joined)

    def first_of_each(self, to_do: int, done: int):
        """… so many of those to do, the soonest first and those past last, then so many of those closed, latest first.

        One query, whatever there is.
        """
        is_closed = models.ExpressionWrapper(Q(closed_at__isnull=False), output_field=models.BooleanField())
        is_past = Q(last__isnull=False, last__lt=timezone.now())
        order = [
            F("closed_at").desc(nulls_last=True),
            models.ExpressionWrapper(is_past, output_field=models.BooleanField()).asc(),
            F("last").asc(nulls_last=True),
            F("id").asc(),
        ]
        place = Window(RowNumber(), partition_by=[is_closed], order_by=order)
        ranked = self.alias(last=_ENDS).annotate(place_in_list=place)
        wanted = Q(closed_at=None, place_in_list__lte=to_do) | Q(closed_at__isnull=False, place_in_list__lte=done)
        return ranked.filter(wanted).order_by(is_closed, "place_in_list")


class Action(Traced, ModeratedContent, Topic):
    """A concrete thing to do for an initiative, with places to fill.

    `taken` is the number of its commitments: a trigger follows their rows, whatever writes or deletes one, a cascade or
    a hand in psql, and the database refuses more than there are places.
    """

    notice_slug = "action"
    screened_fields = ("title", "description", "place", "skills", "report")

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="actions", db_index=False
    )
    title = models.CharField(_("titre"), max_length=120)
    description = models.TextField(_("en quoi elle consiste"), max_length=3000, blank=True)
    #: When it begins; None for what is to be done by a day, or at any time.
    starts_at = models.DateTimeField(_("quand"), null=True, blank=True)
    #: When it ends, or by when it is to be done; None for what has no end.
    ends_at = models.DateTimeField(_("avant le"), null=True, blank=True)
    #: The clocks its hours are those of.
    time_zone = models.CharField(_("fuseau horaire"), max_length=40, default=MAINLAND)
    place = models.CharField(_("où"), max_length=200, blank=True)
    places = models.PositiveSmallIntegerField(_("combien de personnes"), default=1)
    taken = models.PositiveSmallIntegerField(_("places prises"), default=0, editable=False)
    skills = models.CharField(_("ce qu’il faut savoir faire"), max_length=200, blank=True)
    #: Written when it is closed: what was done, or why it was given up; `is_done` tells which.
    report = models.TextField(_("ce qui a été fait"), max_length=3000, blank=True)
    is_done = models.BooleanField(_("faite"), default=False)
    closed_at = models.DateTimeField(_("clôture"), null=True, blank=True)
    #: When its team was last told who comes.
    team_told_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: Since when those who come are to be told of another day or another place; None once they were.
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(places__gte=1, places__lte=1000), name="an_action_has_places"),
            models.CheckConstraint(condition=Q(taken__lte=F("places")), name="never_beyond_the_places"),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gte=F("starts_at")),
                name="an_action_ends_after_it_begins",
            ),
            # What was done may still wait for a moderator.
            models.CheckConstraint(
                condition=Q(is_done=False) | Q(closed_at__isnull=False), name="a_done_action_is_closed"
            ),
        ]
        indexes = [
            models.Index(fields=["initiative", "closed_at", "ends_at", "id"], name="action_of_initiative"),
            models.Index(fields=["changed_at"], condition=Q(changed_at__isnull=False), name="action_change_to_tell"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("action", args=[self.initiative.slug, self.pk])

    def around(self) -> list[Around]:
        return [self.initiative.as_around]

    def is_read_by(self, member, *, key: str = "") -> bool:
        """As long as anyone reads the initiative it is for."""
        return self.is_public and self.initiative.is_public

    @property
    def left(self) -> int:
        """Places that nobody took yet."""
        return self.places - self.taken

    @property
    def is_past(self) -> bool:
        last = self.ends_at or self.starts_at
        return last is not None and last < timezone.now()

    @property
    def is_open(self) -> bool:
        """May be joined, if a place is left."""
        return self.is_public and self.closed_at is None and not self.is_past and self.initiative.is_live

    @property
    def is_suspended(self) -> bool:
        """Still to be done, but its initiative sleeps, or nobody carries it: it goes on when that does."""
        return self.is_public and self.closed_at is None and not self.is_past and not self.initiative.is_live

    @property
    def clock(self) -> str:
        """ "heure de La Réunion": said beside its hours when they are not those of mainland France, else ""."""
        return clock_name(self.time_zone) if self.starts_at else ""

    @property
    def local_start(self) -> datetime | None:
        return self.starts_at and self.starts_at.astimezone(ZoneInfo(self.time_zone))

    @property
    def local_end(self) -> datetime | None:
        return self.ends_at and self.ends_at.astimezone(ZoneInfo(self.time_zone))

    @property
    def when(self) -> str:
        """ "sam. 5 décembre, 9 h – 12 h", "au plus tard le 5 décembre 2026"; "" at any time."""
        start, end = self.local_start, self.local_end
        if start is None:
            return gettext("au plus tard le %(day)s") % {"day": french.day(end.date())} if end else ""
        said = french.when(start, start.tzinfo)
        if end:
            said += f" – {french.hour(end) if end.date() == start.date() else french.when(end, end.tzinfo)}"
        return f"{said} ({self.clock})" if self.clock else said

    @property
    def message_context(self) -> dict[str, str]:
        """What a message says of it, as JSON."""
        return {
            ALSO: [about_of(self)],
            "title": self.initiative.title,
            "action_title": self.title,
            "when": self.when,
            "place": self.place,
            "url": self.get_absolute_url(),
        }

    def publish(self) -> None:
        super().publish()
        self.note_done()

    def apply_edit(self, changes: dict[str, str]) -> None:
        super().apply_edit(changes)
        if "place" in changes:
            self.note_change()

    def note_change(self) -> None:
        """Those who come are to be told of another day or another place."""
        Action.objects.filter(pk=self.pk, closed_at=None, taken__gt=0).update(changed_at=timezone.now())

    def note_done(self) -> None:
        """Once it is done and anyone may read it, the public account of its initiative says so: once, by its number."""
        # Its row alone knows: whoever decides on its texts has an older copy of the rest.
        done = Action.objects.public().filter(pk=self.pk, is_done=True).first()
        if done is None:
            return
        lines = TimelineEntry.objects.filter(initiative=done.initiative_id, kind=TimelineEntry.Kind.ACTION)
        if not lines.filter(details__action=done.pk).exists():
            TimelineEntry.objects.create(
                initiative_id=done.initiative_id,
                kind=TimelineEntry.Kind.ACTION,
                details={"action": done.pk, "count": done.taken},
            )


class Commitment(models.Model):
    """A member takes a place in an action. Only its team sees who."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="commitments", db_index=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="commitments", db_index=False
    )
    created_at = models.DateTimeField(_("date"), default=timezone.now)
    #: When its team was told; None while it is to be.
    told_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("engagement")
        verbose_name_plural = _("engagements")
        ordering = ["created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["action", "member"], name="one_place_each")]
        indexes = [
            models.Index(fields=["member", "-created_at", "-id"], name="commitment_of_member"),
            models.Index(fields=["action"], condition=Q(told_at=None), name="commitment_to_tell"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} → {self.action_id}"
