from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.models import ModeratedContent, ModeratedQuerySet


class ActionQuerySet(ModeratedQuerySet):
    def open(self):
        """… that anyone may read and that is still to be done."""
        return self.public().filter(closed_at=None)

    def wanting(self):
        """… open, with a place left, and not past."""
        now = timezone.now()
        return self.open().filter(Q(ends_at=None) | Q(ends_at__gte=now), taken__lt=F("places"))


class Action(ModeratedContent):
    """A concrete thing to do for an initiative, with places to fill.

    `taken` is the number of its commitments, changed in the transaction that writes or deletes one: places are few, and
    the database refuses more than there are.
    """

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
    place = models.CharField(_("où"), max_length=200, blank=True)
    places = models.PositiveSmallIntegerField(_("combien de personnes"), default=1)
    taken = models.PositiveSmallIntegerField(_("places prises"), default=0, editable=False)
    skills = models.CharField(_("ce qu’il faut savoir faire"), max_length=200, blank=True)
    #: What was done, written when it is closed; `is_done` tells it from what was given up.
    report = models.TextField(_("ce qui a été fait"), max_length=3000, blank=True)
    is_done = models.BooleanField(_("faite"), default=False)
    closed_at = models.DateTimeField(_("clôture"), null=True, blank=True)

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
            models.CheckConstraint(
                condition=Q(is_done=False) | (Q(closed_at__isnull=False) & ~Q(report="")),
                name="a_done_action_says_what_was_done",
            ),
        ]
        indexes = [
            models.Index(fields=["initiative", "closed_at", "ends_at", "id"], name="action_of_initiative"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.initiative.get_absolute_url()}#action-{self.pk}"

    @property
    def left(self) -> int:
        """Places that nobody took yet."""
        return self.places - self.taken


class Commitment(models.Model):
    """A member takes a place in an action."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="commitments", db_index=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="commitments")
    created_at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("engagement")
        verbose_name_plural = _("engagements")
        ordering = ["created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["action", "member"], name="one_place_each")]

    def __str__(self) -> str:
        return f"{self.member_id} → {self.action_id}"
