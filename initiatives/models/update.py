from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.models import ModeratedContent


class Update(ModeratedContent):
    """What the organisers tell their supporters: one a day at most."""

    screened_fields = ("title", "text")

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="updates", db_index=False
    )
    title = models.CharField(_("titre"), max_length=120)
    text = models.TextField(_("texte"), max_length=5000)
    #: The day here on which it was written: the database refuses a second one.
    day = models.DateField(_("jour"), default=timezone.localdate, editable=False)
    #: When its supporters were told; None as long as it waits for a moderator.
    told_at = models.DateTimeField(_("annoncée"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("nouvelle")
        verbose_name_plural = _("nouvelles")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "day"], name="one_update_a_day"),
            models.CheckConstraint(condition=Q(told_at=None) | Q(published_at__isnull=False), name="told_once_public"),
        ]
        indexes = [models.Index(fields=["initiative", "-id"], name="update_of_initiative")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.initiative.get_absolute_url()}#nouvelle-{self.pk}"
