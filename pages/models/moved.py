from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models import EventReport
from initiatives.models import Initiative


class MovedQuerySet(models.QuerySet):
    def readable(self):
        """What moved … that anyone may still read, with what is said of it. One query."""
        initiative = Q(initiative__published_at__isnull=False, initiative__withheld_at=None)
        report = Q(report__published_at__isnull=False, report__withheld_at=None) & Q(
            report__event__published_at__isnull=False, report__event__withheld_at=None
        )
        return (
            self.filter(initiative | report)
            .select_related("initiative", "report__event__commune__department", "report__event__source")
            .order_by("rank")
        )


class Moved(models.Model):
    """One line of what moved lately in France, for the home page; a task writes them all anew (pages.moving)."""

    class Kind(models.TextChoices):
        SUPPORTED = "supported", _("nouveaux soutiens")
        STEP = "step", _("palier atteint")
        KEPT = "kept", _("promesse tenue")
        REPORT = "report", _("compte rendu")
        SUCCESS = "success", _("initiative aboutie")
        OPENED = "opened", _("nouvelle initiative")

    kind = models.CharField(_("sorte"), max_length=10, choices=Kind)
    initiative = models.ForeignKey(Initiative, null=True, on_delete=models.CASCADE, related_name="+")
    report = models.ForeignKey(EventReport, null=True, on_delete=models.CASCADE, related_name="+")
    #: New supports, the number of the step, or how many came.
    count = models.PositiveIntegerField(_("nombre"), null=True)
    moved_at = models.DateTimeField(_("date"))
    #: In which order they are shown, and of how many days all of them are.
    rank = models.PositiveSmallIntegerField(unique=True)
    days = models.PositiveSmallIntegerField()

    objects = MovedQuerySet.as_manager()

    class Meta:
        verbose_name = _("ce qui a bougé")
        verbose_name_plural = _("ce qui a bougé")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="report", report__isnull=False, initiative=None)
                | Q(~Q(kind="report"), initiative__isnull=False, report=None),
                name="what_moved_is_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.initiative_id or self.report_id})"
