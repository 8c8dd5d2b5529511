"""The chain: each decision of the log is sealed to the one before it, by the database, as it is committed."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.models.decisions import Decision


class Link(models.Model):
    """What holds one decision to all those before it. Written by triggers alone, never changed, never erased.

    Its hash covers what anyone may read of the decision, and digests of the rest (`moderation.chain`). Who decided, who
    wrote and what was written may be erased one day: each is in a digest of its own, under a salt that is erased with
    it, so that the chain still holds and nothing can be guessed from it.
    """

    decision = models.OneToOneField(
        Decision, verbose_name=_("décision"), primary_key=True, on_delete=models.PROTECT, related_name="link"
    )
    #: Given at the very end of the transaction: nobody ever reads it empty.
    sequence = models.BigIntegerField(_("numéro"), null=True, unique=True)
    hash = models.CharField(_("empreinte"), max_length=64, blank=True)
    salt = models.UUIDField()
    by_salt = models.UUIDField(null=True)
    by_digest = models.CharField(max_length=64)
    author_salt = models.UUIDField(null=True)
    author_digest = models.CharField(max_length=64)
    texts_salt = models.UUIDField(null=True)
    texts_digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("maillon du journal")
        verbose_name_plural = _("maillons du journal")
        constraints = [
            models.CheckConstraint(
                condition=Q(sequence=None, hash="") | Q(sequence__isnull=False) & ~Q(hash=""), name="link_sealed_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash[:12]}"


class Anchor(models.Model):
    """The last link of a day, as the site then published it: whoever kept a copy sees if the past was rewritten."""

    day = models.DateField(_("jour"), primary_key=True)
    sequence = models.BigIntegerField(_("numéro"))
    hash = models.CharField(_("empreinte"), max_length=64)
    made_at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("ancre du journal")
        verbose_name_plural = _("ancres du journal")
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} {self.sequence}"
