from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Scale(models.TextChoices):
    """How large the place of an initiative is: it decides its steps."""

    COMMUNE = "commune", _("une commune")
    DEPARTMENT = "department", _("un département")
    REGION = "region", _("une région")
    COUNTRY = "country", _("la France")


#: Numbers of supports at which something happens.
LADDER = (5, 25, 100, 500, 2_500, 10_000, 50_000, 100_000, 500_000)
#: In a village of fewer inhabitants than this.
_VILLAGE = 2_000
_VILLAGE_LADDER = (5, 10, 25, 50)
#: No step asks for more than one inhabitant in so many.
_SHARE = 10


def ladder_for(population: int | None) -> list[int]:
    """The steps of an initiative whose place has so many inhabitants; None is the whole country.

    The first two are for everybody, except in a village; the others never ask for more than a tenth of the people.
    """
    if population is None:
        return list(LADDER)
    if population < _VILLAGE:
        return list(_VILLAGE_LADDER)
    return [step for rank, step in enumerate(LADDER) if rank < 2 or step * _SHARE <= population]


class PromiseQuerySet(models.QuerySet):
    def for_initiative(self, *, kind: str, scale: str) -> dict[int, "Promise"]:
        """The promise of each rank for such an initiative: the most particular one."""
        found = self.filter(kind__in=["", kind], scale__in=["", scale])
        return {promise.rank: promise for promise in sorted(found, key=lambda each: bool(each.kind) + bool(each.scale))}


class Promise(models.Model):
    """What the people who run the site promise at a step, by default, for a kind and a scale. Edited by staff."""

    kind = models.CharField(
        _("sorte d’initiative"), max_length=20, blank=True, help_text=_("Vide : toutes les sortes.")
    )
    scale = models.CharField(_("échelle"), max_length=12, choices=Scale, blank=True, help_text=_("Vide : toutes."))
    #: The place of the step in the initiative's own ladder: 1 is the first.
    rank = models.PositiveSmallIntegerField(_("rang du palier"), help_text=_("1 est le premier."))
    words = models.CharField(
        _("promesse"), max_length=300, help_text=_("Une phrase entière, au futur : « Nous vous répondrons… »")
    )
    days = models.PositiveSmallIntegerField(_("délai, en jours"), help_text=_("À partir du jour où il est atteint."))
    is_kept_at_once = models.BooleanField(
        _("tenue d’elle-même"),
        default=False,
        help_text=_("La publication la tient : rien ne reste à faire. Ne vaut que pour le premier palier."),
    )

    objects = PromiseQuerySet.as_manager()

    class Meta:
        verbose_name = _("promesse")
        verbose_name_plural = _("promesses")
        ordering = ["rank", "kind", "scale"]
        constraints = [
            models.UniqueConstraint(fields=["rank", "kind", "scale"], name="one_promise_for_a_step"),
            models.CheckConstraint(condition=Q(rank__gte=1, days__gte=1), name="a_promise_has_a_step_and_days"),
            models.CheckConstraint(
                condition=Q(is_kept_at_once=False) | Q(rank=1), name="only_publishing_keeps_at_once"
            ),
        ]

    def __str__(self) -> str:
        return self.words


class MilestoneQuerySet(models.QuerySet):
    def due(self):
        """… reached, whose promise is not kept yet."""
        return self.filter(due_at__isnull=False, reached_at__isnull=False, kept_at=None)

    def late(self):
        """… whose promise should have been kept by now."""
        return self.due().filter(due_at__lt=timezone.now())


class Milestone(models.Model):
    """A step of one initiative: a number of supports, and what is promised when it is reached.

    Written when the initiative is published: neither number nor promise changes after, nor the day before which it is
    to be kept once it is reached, nor the answer. The database holds it.
    """

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="milestones", db_index=False
    )
    threshold = models.PositiveIntegerField(_("soutiens"))
    promise = models.CharField(_("promesse"), max_length=300, blank=True)
    days = models.PositiveSmallIntegerField(_("délai, en jours"), default=0)
    reached_at = models.DateTimeField(_("atteint"), null=True, blank=True)
    due_at = models.DateTimeField(_("à tenir avant"), null=True, blank=True)
    answer = models.TextField(_("réponse"), max_length=5000, blank=True)
    kept_at = models.DateTimeField(_("promesse tenue"), null=True, blank=True)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("palier")
        verbose_name_plural = _("paliers")
        ordering = ["threshold"]
        permissions = [("answer_milestone", _("peut tenir les promesses et y répondre"))]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "threshold"], name="one_milestone_for_a_number"),
            models.CheckConstraint(
                condition=Q(reached_at__isnull=False) | Q(kept_at=None, due_at=None), name="kept_once_reached"
            ),
            models.CheckConstraint(condition=Q(due_at=None) | Q(due_at__gte=F("reached_at")), name="due_after_reached"),
            models.CheckConstraint(condition=Q(kept_at=None) | ~Q(answer=""), name="a_kept_promise_has_an_answer"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(reached_at__isnull=False, kept_at=None), name="milestone_due"),
            # What was reached, or kept, in the last days.
            models.Index(fields=["reached_at"], condition=Q(reached_at__isnull=False), name="milestone_reached"),
            models.Index(fields=["kept_at"], condition=Q(kept_at__isnull=False), name="milestone_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.threshold} ({self.initiative_id})"

    def reach(self, when: datetime) -> None:
        """Its deadline starts; unsaved."""
        self.reached_at = when
        self.due_at = when + timedelta(days=self.days) if self.promise else None

    @property
    def is_due(self) -> bool:
        return self.kept_at is None and self.due_at is not None

    @property
    def is_late(self) -> bool:
        return self.kept_at is None and self.due_at is not None and self.due_at < timezone.now()


def milestones_of(initiative, promises: dict[int, Promise], *, count: int) -> list[Milestone]:
    """The milestones of an initiative that was just published, unsaved; those of `count` supports are reached."""
    return [
        _milestone(initiative, step, promises.get(rank), is_reached=step <= count)
        for rank, step in enumerate(initiative.steps, start=1)
    ]


def _milestone(initiative, step: int, promise: Promise | None, *, is_reached: bool) -> Milestone:
    milestone = Milestone(initiative=initiative, threshold=step)
    if promise:
        milestone.promise, milestone.days = promise.words, promise.days
    if is_reached:
        milestone.reach(initiative.published_at)
        if promise and promise.is_kept_at_once:
            milestone.kept_at = initiative.published_at
            milestone.answer = gettext("C’est fait : l’initiative est publiée.")
    return milestone
