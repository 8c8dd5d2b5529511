from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class DigestRound(models.Model):
    """The digests of one day, where the clocks are the same: how far they are made, in the order of homes.

    Each slice of members moves it on in the transaction that makes their digests: whoever dies leaves it where it was.
    """

    day = models.DateField(_("jour"))
    zone = models.CharField(_("fuseau horaire"), max_length=40)
    #: The last member whose turn it was: their commune ("" when they gave none), and their number.
    after_home = models.CharField(max_length=5, blank=True, default="")
    after_id = models.BigIntegerField(default=0)
    #: The départements whose members were left out, a vote being near, and "*" for those who gave no commune.
    frozen = ArrayField(models.CharField(max_length=3), default=list, blank=True)
    made = models.PositiveIntegerField(_("résumés"), default=0)
    ended_at = models.DateTimeField(_("finie"), null=True, blank=True)

    class Meta:
        verbose_name = _("tournée des résumés")
        verbose_name_plural = _("tournées des résumés")
        constraints = [models.UniqueConstraint(fields=["day", "zone"], name="one_round_a_day")]

    def __str__(self) -> str:
        return f"{self.day} ({self.zone})"
