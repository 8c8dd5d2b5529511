from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from initiatives.models.announcement import Announcement
from initiatives.models.timeline import TimelineEntry
from initiatives.models.traces import leave_trace
from moderation.models import Around, ModeratedContent, ModeratedQuerySet
from notifications.digests import next_hour


class UpdateQuerySet(ModeratedQuerySet):
    def untold(self):
        """… that anyone may read, and of which supporters still have to hear."""
        return self.public().filter(told_at=None)

    def to_tell(self):
        """… untold, of initiatives that told nothing else today: a moderator may have let several through at once."""
        today = Update.objects.filter(initiative=OuterRef("initiative"), told_on=timezone.localdate())
        return self.untold().filter(~Exists(today.exclude(pk=OuterRef("pk"))), initiative__withheld_at=None)

    def shown_to(self, member, *, carries: bool, moderating: bool = False):
        """… that this member (or AnonymousUser) may read; whoever carries the initiative also reads what waits."""
        visible = self.visible_to(member, moderating=moderating)
        return visible | self.filter(withheld_at=None) if carries and not moderating else visible


class Update(ModeratedContent):
    """What the organisers tell their supporters: one a day at most, written and told."""

    notice_slug = "nouvelle"
    screened_fields = ("title", "text")

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="updates", db_index=False
    )
    title = models.CharField(_("titre"), max_length=120)
    text = models.TextField(_("texte"), max_length=5000)
    #: The day here on which it was written: the database refuses a second one.
    day = models.DateField(_("jour"), default=timezone.localdate, editable=False)
    #: When its supporters were told; None as long as it waits for a moderator.
    told_at = models.DateTimeField(_("annoncée"), null=True, blank=True, editable=False)
    #: The day here on which they were: the database refuses a second one, whenever it was written.
    told_on = models.DateField(null=True, blank=True, editable=False)

    objects = UpdateQuerySet.as_manager()

    class Meta:
        verbose_name = _("nouvelle")
        verbose_name_plural = _("nouvelles")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "day"], name="one_update_a_day"),
            models.UniqueConstraint(fields=["initiative", "told_on"], name="one_update_told_a_day"),
            models.CheckConstraint(condition=Q(told_at=None) | Q(published_at__isnull=False), name="told_once_public"),
            models.CheckConstraint(condition=Q(told_at=None) | Q(told_on__isnull=False), name="told_on_a_day"),
        ]
        indexes = [
            models.Index(fields=["initiative", "-id"], name="update_of_initiative"),
            models.Index(
                fields=["id"],
                condition=Q(told_at=None, published_at__isnull=False, withheld_at=None),
                name="update_to_tell",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("initiative_update", args=[self.initiative.slug, self.pk])

    def around(self) -> list[Around]:
        return [self.initiative.as_around]

    def is_read_by(self, member, *, key: str = "") -> bool:
        """As long as anyone reads the initiative it is for."""
        return self.is_public and self.initiative.is_public

    @property
    def key(self) -> str:
        """Under which its supporters are told, once each."""
        return f"update-{self.pk}"

    def publish(self) -> None:
        """Anyone may read it: the public account of its initiative says so, and a task tells the supporters."""
        is_new = self.published_at is None
        super().publish()
        if is_new:
            self.initiative.timeline.create(kind=TimelineEntry.Kind.UPDATE, details={"update": self.pk})

    def apply_edit(self, changes: dict[str, str]) -> None:
        """Whoever has not read it yet reads the new text."""
        super().apply_edit(changes)
        # Its row alone knows: whoever edits it, or lets an edit through, may have read it before it was told.
        self.refresh_from_db(fields=["told_at"])
        if self.is_about_to_be_read:
            self.take_back()

    @property
    def waits_for_tomorrow(self) -> bool:
        """Anyone may read it, but its supporters heard of another one today. One query."""
        return (
            self.is_public
            and self.told_at is None
            and self.initiative.updates.filter(told_on=timezone.localdate()).exclude(pk=self.pk).exists()
        )

    @property
    def is_about_to_be_read(self) -> bool:
        """Supporters are told, but the digest that says it has not left."""
        return self.told_at is not None and timezone.now() < next_hour(self.told_at)

    def withhold(self) -> None:
        """Whoever has not heard of it yet will not."""
        super().withhold()
        self.take_back()
        leave_trace(self, is_hidden=True)

    def restore(self) -> None:
        super().restore()
        leave_trace(self, is_hidden=False)

    def take_back(self) -> None:
        """Nobody is told of it until it is told again; who heard of it stays told, and on that day."""
        # As above.
        self.refresh_from_db(fields=["told_at", "told_on"])
        if self.is_about_to_be_read:
            self.told_on = None
        self.told_at = None
        self.save(update_fields=["told_at", "told_on"])
        Announcement.objects.take_back(self.key)
