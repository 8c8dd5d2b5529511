from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from events.models.event import Event
from initiatives.models import TimelineEntry
from initiatives.models.traces import leave_trace
from moderation.models import Around, ModeratedContent, ModeratedQuerySet
from moderation.pictures import ModeratedPicture
from notifications.services import take_back

#: Nobody counts more by hand: a number beyond is a slip of the finger.
LARGEST_TURNOUT = 100_000


class EventReportQuerySet(ModeratedQuerySet):
    def public(self):
        """… that anyone may read, of an event that anyone may read."""
        return super().public().filter(event__published_at__isnull=False, event__withheld_at=None)

    def to_tell(self):
        """… public, of which those who came still have to hear."""
        return self.public().filter(told_at=None)

    def shown_to(self, member, *, organises: bool, moderating: bool = False):
        """… that this member (or AnonymousUser) may read; whoever organises the event also reads what waits."""
        visible = self.visible_to(member, moderating=moderating)
        return visible | self.filter(withheld_at=None) if organises and not moderating else visible


class EventReport(ModeratedContent):
    """What happened: how many came, in the organiser's words, with pictures. One for each event."""

    notice_slug = "compte-rendu"
    screened_fields = ("text",)

    event = models.OneToOneField(Event, verbose_name=_("événement"), on_delete=models.CASCADE, related_name="report")
    turnout = models.PositiveIntegerField(
        _("combien étiez-vous ?"), null=True, blank=True, validators=[MaxValueValidator(LARGEST_TURNOUT)]
    )
    text = models.TextField(_("ce qui s’est passé"), max_length=5000)
    #: When those who came were told; None as long as it waits for a moderator.
    told_at = models.DateTimeField(_("annoncé"), null=True, blank=True, editable=False)

    objects = EventReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("compte rendu")
        verbose_name_plural = _("comptes rendus")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(told_at=None) | Q(published_at__isnull=False), name="report_told_once_public"
            ),
            models.CheckConstraint(
                condition=Q(turnout=None) | Q(turnout__lte=LARGEST_TURNOUT), name="a_turnout_that_can_be_counted"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                condition=Q(published_at__isnull=False, withheld_at=None),
                name="report_newest",
            ),
            models.Index(
                fields=["id"],
                condition=Q(told_at=None, published_at__isnull=False, withheld_at=None),
                name="report_to_tell",
            ),
        ]

    def __str__(self) -> str:
        return self.event.title

    def get_absolute_url(self) -> str:
        return f"{self.event.get_absolute_url()}#compte-rendu"

    def is_read_by(self, member, *, key: str = "") -> bool:
        """As long as anyone reads its event."""
        return self.is_public and self.event.is_public

    def around(self) -> list[Around]:
        return [self.event.as_around]

    @property
    def key(self) -> str:
        """Under which people are told of it, once each."""
        return f"report-{self.pk}"

    def publish(self) -> None:
        """Anyone may read it: the public account of the initiative says so, and a task tells those who came."""
        is_new = self.published_at is None
        super().publish()
        initiative = self.event.initiative
        if is_new and initiative is not None and initiative.published_at is not None:
            details = {"event": self.event_id} | ({"turnout": self.turnout} if self.turnout else {})
            initiative.timeline.create(kind=TimelineEntry.Kind.REPORT, details=details)
        self.move_photos()

    def withhold(self) -> None:
        """Whoever has not heard of it yet will not, until it is back; who heard of it is not told twice."""
        super().withhold()
        self.take_back()
        self.move_photos()
        leave_trace(self, self.event.initiative, is_hidden=True)

    def restore(self) -> None:
        super().restore()
        self.move_photos()
        leave_trace(self, self.event.initiative, is_hidden=False)

    def take_back(self) -> None:
        self.told_at = None
        self.save(update_fields=["told_at"])
        take_back(self.key)

    def move_photos(self) -> None:
        """A veil over the text is over its pictures: their files leave the public place, and come back to it."""
        for photo in self.photos.all():
            photo.move_files_after_commit()


class EventPhotoQuerySet(ModeratedQuerySet):
    def misplaced(self):
        """… whose files are not where they should be: public when they are withheld, or the other way."""
        public = Q(
            published_at__isnull=False,
            withheld_at=None,
            report__published_at__isnull=False,
            report__withheld_at=None,
            report__event__published_at__isnull=False,
            report__event__withheld_at=None,
        )
        return self.filter(Q(public, is_open=False) | Q(~public, is_open=True))


class EventPhoto(ModeratedPicture):
    """A picture of what happened, beside the report."""

    notice_slug = "photo"
    FOLDER = "events"

    report = models.ForeignKey(EventReport, on_delete=models.CASCADE, related_name="photos", db_index=False)

    objects = EventPhotoQuerySet.as_manager()

    class Meta:
        verbose_name = _("photo d’un compte rendu")
        verbose_name_plural = _("photos de comptes rendus")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(alternative=""), name="an_event_photo_says_what_it_shows"),
        ]
        indexes = [models.Index(fields=["report", "id"], name="photo_of_report")]

    def get_absolute_url(self) -> str:
        return self.report.get_absolute_url()

    def around(self) -> list[Around]:
        return [self.report.event.as_around]

    def is_read_by(self, member, *, key: str = "") -> bool:
        return self.is_public and self.is_housed

    @property
    def housing(self) -> ModeratedContent | None:
        return getattr(self, "report", None)

    @property
    def is_housed(self) -> bool:
        return self.report.is_public and self.report.event.is_public

    def private_address(self, width: int) -> str:
        return reverse("event_photo_file", args=[self.report.event.slug, self.pk, width])
