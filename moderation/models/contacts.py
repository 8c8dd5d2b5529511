"""What a writer said of the contacts in their texts."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member


class OwnContact(models.Model):
    """A member said that a telephone number or an address is theirs, and that they want it shown.

    Neither is kept: a keyed hash tells it again when it stands in their text.
    """

    member = models.ForeignKey(Member, verbose_name=_("membre"), on_delete=models.CASCADE, related_name="+")
    key = models.BinaryField(_("empreinte"), max_length=16)
    agreed_at = models.DateTimeField(_("accord"), default=timezone.now)

    class Meta:
        verbose_name = _("coordonnée montrée par son titulaire")
        verbose_name_plural = _("coordonnées montrées par leur titulaire")
        constraints = [models.UniqueConstraint(fields=["member", "key"], name="one_agreement_per_contact")]

    def __str__(self) -> str:
        return f"{self.pk}"
