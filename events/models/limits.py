from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class EventLimits(models.Model):
    """How much of it one person may do. One row, edited by staff."""

    posted_a_day = models.PositiveIntegerField(
        _("événements par personne et par jour"),
        default=10,
        validators=[MinValueValidator(1)],
        help_text=_("Une série compte pour un. Les agendas partenaires ne sont pas limités."),
    )

    class Meta:
        verbose_name = _("limites des événements")
        verbose_name_plural = _("limites des événements")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_row_of_event_limits"),
            # At zero nobody could organise anything.
            models.CheckConstraint(condition=Q(posted_a_day__gte=1), name="somebody_may_post_an_event"),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
