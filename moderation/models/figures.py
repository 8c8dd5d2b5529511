"""What is published of moderation: counted at night from the log, read by anyone."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MonthFigures(models.Model):
    """One month of moderation in numbers, exact: small ones are hidden when they are shown (`moderation.figures`)."""

    month = models.DateField(_("mois"), primary_key=True, help_text=_("Son premier jour."))
    counts = models.JSONField(_("nombres"))
    made_at = models.DateTimeField(_("compté"), default=timezone.now)

    class Meta:
        verbose_name = _("chiffres d’un mois")
        verbose_name_plural = _("chiffres par mois")
        ordering = ["-month"]

    def __str__(self) -> str:
        return f"{self.month:%m/%Y}"
