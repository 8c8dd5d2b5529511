from django.db import models
from django.utils.translation import gettext_lazy as _


class Series(models.Model):
    """Events that come again by a rule. Each is an event of its own: people come to one, not to all."""

    class Rhythm(models.TextChoices):
        WEEKLY = "weekly", _("chaque semaine")
        FORTNIGHTLY = "fortnightly", _("toutes les deux semaines")
        MONTHLY = "monthly", _("chaque mois, le même jour de la semaine")

    rhythm = models.CharField(_("rythme"), max_length=12, choices=Rhythm)
    until = models.DateField(_("jusqu’au"))

    class Meta:
        verbose_name = _("série d’événements")
        verbose_name_plural = _("séries d’événements")

    def __str__(self) -> str:
        return f"{self.get_rhythm_display()} → {self.until}"
