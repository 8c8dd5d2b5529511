"""Why something was restricted, as it was stated at that time (DSA art. 17 and 24, 5)."""

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.models.decisions import Decision


class Statement(models.Model):
    """One restriction, in the fields of the Commission's transparency database; anyone may read it.

    It holds no personal data, and never changes: the hash of its decision's link covers it.
    """

    decision = models.OneToOneField(
        # Goes with an invented decision of the demonstration; triggers keep all others.
        Decision,
        verbose_name=_("décision"),
        on_delete=models.CASCADE,
        related_name="statement",
    )
    puid = models.CharField(_("identifiant"), max_length=64, unique=True)
    fields = models.JSONField(_("champs"))
    is_masked = models.BooleanField(
        _("donnée masquée"), default=False, help_text=_("Une donnée personnelle a été remplacée dans les faits.")
    )
    stated_at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("exposé des motifs")
        verbose_name_plural = _("exposés des motifs")
        ordering = ["-stated_at", "-id"]
        indexes = [models.Index(fields=["-stated_at", "-id"], name="statement_newest")]
        permissions = [("export_statement", _("Exporter les exposés des motifs"))]

    def __str__(self) -> str:
        return self.puid

    def get_absolute_url(self) -> str:
        return reverse("statement", args=[self.puid])
