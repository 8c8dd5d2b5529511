from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from initiatives.ranking import Act


class ActDay(models.Model):
    """How many acts of one sort an initiative had on one day here: what its rank is made of (initiatives.ranking).

    Triggers write a delta for each act that begins or ceases to count, whatever did it; a task folds them here. Of
    supports, the day is that of the confirmation, and those withdrawn or set aside since are left out.
    """

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="act_days", db_index=False
    )
    day = models.DateField(_("jour"))
    kind = models.CharField(_("acte"), max_length=12, choices=[(act, act) for act in Act])
    count = models.IntegerField(_("nombre"), default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["initiative", "kind", "day"], name="one_count_a_day")]

    def __str__(self) -> str:
        return f"{self.count} {self.kind} ({self.initiative_id}, {self.day})"


class ActDelta(models.Model):
    """A change of one of those numbers, not yet folded. Without a foreign key in the database, as for supports."""

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    kind = models.CharField(max_length=12)
    day = models.DateField()
    change = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.change:+d} {self.kind} ({self.initiative_id}, {self.day})"


class RankingState(models.Model):
    """One row: by which formula the scores are computed, and how far a new formula has gone through initiatives."""

    recipe = models.CharField(max_length=64, blank=True)
    #: The last number that was marked to be ranked again; None once all were.
    marked_up_to = models.BigIntegerField(null=True, blank=True)
    #: When the first pages were last composed.
    composed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_state_of_the_ranking")]

    def __str__(self) -> str:
        return self.recipe
