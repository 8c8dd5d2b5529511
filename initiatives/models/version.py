from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Version(models.Model):
    """One edit of an initiative's texts: what they were, what they became."""

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="versions", db_index=False
    )
    made_at = models.DateTimeField(_("date"), default=timezone.now)
    #: By field name: [before, after].
    changes = models.JSONField(_("changements"))
    #: How many supported it then.
    support_count = models.IntegerField(_("soutiens"))
    #: Whether anyone may see the difference: those who supported the old text have a right to it.
    is_shown = models.BooleanField(_("visible"))

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["-made_at", "-id"]
        indexes = [models.Index(fields=["initiative", "-made_at", "-id"], name="version_of_initiative")]

    def __str__(self) -> str:
        return f"{self.initiative_id} ({self.made_at:%Y-%m-%d})"
