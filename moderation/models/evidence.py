"""What is kept under seal, for how long, and why: evidence of crimes, and refused texts until some are drawn."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.models.decisions import Decision


class Evidence(models.Model):
    """A sealed copy of what a decision found to be a crime, readable on a reason that is logged, destroyed at its date.

    Destroyed, the row keeps its digest: a copy handed to a court can still be compared with it.
    """

    class Basis(models.TextChoices):
        CRIME = "crime", _("Infraction constatée (règlement (UE) 2022/2065, art. 18 ; RGPD, art. 17, 3, e)")
        ORDER = "order", _("Demande d’une autorité judiciaire")
        DISPUTE = "dispute", _("Défense de droits en justice (RGPD, art. 17, 3, e)")

    decision = models.OneToOneField(
        # Goes with an invented decision of the demonstration; triggers keep all others.
        Decision,
        verbose_name=_("décision"),
        on_delete=models.CASCADE,
        related_name="evidence",
    )
    content_type = models.ForeignKey(ContentType, verbose_name=_("sorte"), on_delete=models.PROTECT)
    object_id = models.PositiveBigIntegerField(_("contenu"), null=True)
    content = GenericForeignKey()
    address = models.CharField(_("adresse du contenu"), max_length=500, blank=True)
    #: Encrypted (core.sealing); empty once destroyed.
    sealed = models.BinaryField(_("copie scellée"), null=True, editable=False)
    digest = models.CharField(_("empreinte de la copie"), max_length=64)
    picture_digest = models.CharField(_("empreinte de l’image"), max_length=64, blank=True)
    basis = models.CharField(_("base légale"), max_length=10, choices=Basis)
    reason = models.CharField(_("raison"), max_length=500, blank=True)
    sealed_at = models.DateTimeField(_("scellé"), default=timezone.now)
    sealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("scellé par"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    destroy_on = models.DateField(_("destruction"))
    held_at = models.DateTimeField(_("conservation demandée"), null=True, blank=True)
    held_reason = models.CharField(_("raison de la conservation"), max_length=500, blank=True)
    destroyed_at = models.DateTimeField(_("détruit"), null=True, blank=True)

    class Meta:
        verbose_name = _("scellé")
        verbose_name_plural = _("scellés")
        ordering = ["-sealed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(destroyed_at=None, sealed__isnull=False) | Q(destroyed_at__isnull=False, sealed=None),
                name="evidence_sealed_or_destroyed",
            ),
            models.CheckConstraint(
                condition=Q(held_at=None) | ~Q(held_reason=""),
                name="evidence_held_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["-sealed_at", "-id"], name="evidence_newest"),
            models.Index(
                fields=["destroy_on"], condition=Q(destroyed_at=None, held_at=None), name="evidence_to_destroy"
            ),
        ]
        permissions = [
            ("read_evidence", _("Lire un scellé")),
            ("hold_evidence", _("Sceller, ou demander la conservation d’un scellé")),
        ]

    def __str__(self) -> str:
        return f"{self.digest[:12]} ({self.sealed_at:%d/%m/%Y})"

    @property
    def is_destroyed(self) -> bool:
        return self.destroyed_at is not None

    @property
    def is_held(self) -> bool:
        return self.held_at is not None


class RefusedText(models.Model):
    """A text that the filter refused, masked and sealed until some of its month are drawn for an outside reader."""

    decision = models.OneToOneField(
        Decision,
        verbose_name=_("décision"),
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="refused_text",
    )
    #: Encrypted (core.sealing), its personal data masked; empty once erased.
    sealed = models.BinaryField(null=True, editable=False)
    length = models.PositiveIntegerField(_("longueur"))
    refused_at = models.DateTimeField(_("refus"), default=timezone.now)
    drawn_at = models.DateTimeField(_("tirage"), null=True, blank=True)

    class Meta:
        verbose_name = _("texte refusé")
        verbose_name_plural = _("textes refusés")
        indexes = [
            models.Index(fields=["refused_at"], condition=Q(sealed__isnull=False), name="refused_text_to_erase"),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} ({self.length})"
