from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from initiatives.sources import LONGEST

#: Characters of a name that a team gives.
LONGEST_NAME = 40


class OwnSource(models.Model):
    """A link that a team named, to know how many supports it brings: "Marché du samedi"."""

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="own_sources", db_index=False
    )
    slug = models.SlugField(max_length=LONGEST, db_index=False)
    name = models.CharField(_("nom"), max_length=LONGEST_NAME)
    created_at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["initiative", "slug"], name="one_source_of_a_name"),
            models.CheckConstraint(condition=~Q(slug="") & ~Q(name=""), name="a_source_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class SourceTally(models.Model):
    """How many confirmed supports of an initiative came by one link. Folded, as their number is."""

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="source_tallies", db_index=False
    )
    source = models.CharField(max_length=LONGEST)
    count = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["initiative", "source"], name="one_tally_a_source")]

    def __str__(self) -> str:
        return f"{self.count} ({self.initiative_id}, {self.source})"
