"""What is published of a night, for ever; and the few rows that counting needs besides."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Snapshot(models.Model):
    """A « relevé »: the numbers of one day, as bytes that are published and never change.

    Triggers hold it, whoever writes (migration 0002): a day follows the one before, is over, and holds the hash of the
    text before it; no row is changed, none is erased but the demonstration's, which are a chain of their own.
    """

    is_demonstration = models.BooleanField(_("de la démonstration"), default=False)
    day = models.DateField(_("jour"))
    #: Its place in the chain: 1 is the first.
    number = models.PositiveIntegerField(_("numéro"))
    body = models.TextField(_("contenu"), help_text=_("Le fichier publié, octet pour octet."))
    #: The text but for its places, for curves of many days: the database takes it from the text.
    summary = models.JSONField(default=dict, editable=False)
    hash = models.CharField(_("empreinte"), max_length=64, help_text=_("Le SHA-256 du contenu."))

    class Meta:
        verbose_name = _("relevé")
        verbose_name_plural = _("relevés")
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(fields=["is_demonstration", "day"], name="one_snapshot_a_day"),
            models.UniqueConstraint(fields=["is_demonstration", "number"], name="snapshots_in_a_row"),
        ]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}"


class HeldNumber(models.Model):
    """What was last published of a number by place, hidden or not: it moves by five at least."""

    is_demonstration = models.BooleanField(default=False)
    key = models.CharField(max_length=40)
    place = models.CharField(max_length=6)
    value = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_demonstration", "key", "place"], name="one_held_number_each")
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.place}: {self.value}"


class Withdrawal(models.Model):
    """How many supports that counted were erased on a day. A trigger writes a row; a nightly task adds them up by day.

    It knows neither who nor what: their rows are gone.
    """

    day = models.DateField(_("jour"))
    count = models.PositiveIntegerField(_("soutiens retirés"))
    is_demonstration = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("soutiens retirés")
        verbose_name_plural = _("soutiens retirés")

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}: {self.count}"


class Cost(models.Model):
    """What the organisation declares that it spent in a month. Written once: a mistake is corrected by another row."""

    month = models.DateField(_("mois"), help_text=_("Son premier jour."))
    amount = models.DecimalField(
        _("montant, en euros"), max_digits=12, decimal_places=2, help_text=_("Négatif pour corriger une ligne.")
    )
    label = models.CharField(_("pour quoi"), max_length=120, help_text=_("Publié tel quel : ne nommez personne."))
    corrects = models.ForeignKey(
        "self",
        verbose_name=_("corrige"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="corrections",
    )
    entered_at = models.DateTimeField(_("saisie"), default=timezone.now, editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("dépense")
        verbose_name_plural = _("dépenses")
        ordering = ["-month", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="a_cost_is_of_a_month"),
            models.CheckConstraint(
                condition=Q(amount__gt=0) | Q(corrects__isnull=False), name="only_a_correction_is_negative"
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="a_cost_is_an_amount"),
            models.CheckConstraint(condition=~Q(label=""), name="a_cost_says_what_for"),
        ]
        indexes = [models.Index(fields=["month"], name="cost_month")]

    def __str__(self) -> str:
        return f"{self.month:%m/%Y}: {self.label}"
