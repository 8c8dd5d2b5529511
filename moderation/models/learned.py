"""What was learned from decisions, version after version."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LearnedModel(models.Model):
    """One version of what orders the queue: numbers alone, no text. One at most is in use."""

    class State(models.TextChoices):
        LIVE = "live", _("en service")
        REJECTED = "rejected", _("moins bonne que la précédente")
        RETIRED = "retired", _("remplacée")
        RESET = "reset", _("oubliée")

    made_at = models.DateTimeField(_("apprise"), default=timezone.now)
    state = models.CharField(_("état"), max_length=10, choices=State)
    learned_from = models.PositiveIntegerField(_("décisions apprises"))
    tested_on = models.PositiveIntegerField(_("décisions d’épreuve"))
    #: Logarithmic loss on the newest fifth: its own, and that of what it was to replace.
    loss = models.FloatField(_("écart"))
    loss_before = models.FloatField(_("écart de la précédente"))
    #: Of the texts that everybody reads and nobody contested, the share it takes for likely to be held back.
    alarms = models.FloatField(_("fausses alertes"))
    alarms_before = models.FloatField(_("fausses alertes de la précédente"))
    #: `learner.Learned.to_bytes`; empty when it was not kept.
    numbers = models.BinaryField(blank=True, default=bytes, editable=False)

    class Meta:
        verbose_name = _("modèle appris")
        verbose_name_plural = _("modèles appris")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="live"), name="one_learned_model_in_use")
        ]

    def __str__(self) -> str:
        return f"{self.pk} ({self.get_state_display()})"
