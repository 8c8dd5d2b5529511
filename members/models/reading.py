"""Who of the staff read something private, and why: it is written down, and read by auditors."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AccessRecord(models.Model):
    """One reading. Triggers refuse that it be changed, or erased before a year (`members.services.READINGS_KEPT`)."""

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("par"), null=True, on_delete=models.SET_NULL, related_name="readings"
    )
    content_type = models.ForeignKey(ContentType, verbose_name=_("sorte"), on_delete=models.PROTECT, related_name="+")
    object_id = models.PositiveBigIntegerField(_("numéro"), null=True)
    about = GenericForeignKey()
    what = models.CharField(_("ce qui a été lu"), max_length=120)
    why = models.CharField(_("raison"), max_length=500)
    at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("lecture de données privées")
        verbose_name_plural = _("lectures de données privées")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["-at", "-id"], name="reading_newest")]

    def __str__(self) -> str:
        return f"{self.what} ({self.at:%d/%m/%Y})"
