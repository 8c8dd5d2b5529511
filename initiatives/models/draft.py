from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Step(models.TextChoices):
    """The steps of the guided form that hold something to type."""

    SUBJECT = "subject", _("sujet")
    TEXT = "text", _("texte")
    PLACE = "place", _("lieu et thèmes")


class UnfinishedStep(models.Model):
    """What somebody typed in a step that is not right yet, or that they finish later: as they typed it, unread by us.

    Without an initiative it is the very first step of one. Erased when the step is saved.
    """

    Step = Step

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="unfinished_steps", db_index=False
    )
    initiative = models.ForeignKey(
        "initiatives.Initiative", null=True, on_delete=models.CASCADE, related_name="unfinished_steps"
    )
    step = models.CharField(max_length=10, choices=Step)
    #: The values of each field of the form, by its name.
    typed = models.JSONField()
    typed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("étape commencée")
        verbose_name_plural = _("étapes commencées")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "initiative", "step"], name="unfinished_step_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(initiative__isnull=False) | models.Q(step=Step.SUBJECT),
                name="the_first_step_is_the_subject",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id or '…'}: {self.step}"


class HeldStep(models.Model):
    """What was sent in a step by somebody who is no longer signed in: theirs for minutes, once they are again.

    Only a hash of what opens it is kept. `number` is the initiative's: that it exists is not said to a visitor.
    """

    digest = models.BinaryField(max_length=32, unique=True)
    number = models.BigIntegerField(null=True)
    step = models.CharField(max_length=10, choices=Step)
    typed = models.JSONField()
    held_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("étape gardée le temps d’une connexion")
        verbose_name_plural = _("étapes gardées le temps d’une connexion")

    def __str__(self) -> str:
        return f"{self.number or '…'}: {self.step}"
