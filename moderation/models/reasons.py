"""What moderators often write, ready to be chosen."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.models.cases import GROUNDS


class ReasonTemplate(models.Model):
    """A reason that fits a verb and a ground: choosing it fills the decision, whose words may still be changed.

    Senior moderators write them; what was decided keeps its own words.
    """

    class Verb(models.TextChoices):
        """What it leads to. The same sentences serve a text and an edit of it."""

        PUBLISH = "publish", _("publier ou accepter")
        WITHHOLD = "withhold", _("retirer ou refuser")
        REMOVE = "remove", _("retirer définitivement")
        LABEL = "label", _("mettre une mention")

    verb = models.CharField(_("décision"), max_length=10, choices=Verb)
    ground = models.CharField(_("motif"), max_length=40, choices=GROUNDS, blank=True)
    title = models.CharField(_("en bref"), max_length=80, help_text=_("Ce que lit le modérateur qui choisit."))
    reason = models.TextField(_("raison"), max_length=2000, help_text=_("L’auteur la lit mot pour mot."))
    facts = models.TextField(
        _("faits"),
        max_length=2000,
        blank=True,
        help_text=_("Sans donnée personnelle : l’exposé des motifs est public."),
    )
    label = models.CharField(
        _("mention"), max_length=200, blank=True, help_text=_("Ce que lisent tous les lecteurs, pour une mention.")
    )
    rank = models.PositiveSmallIntegerField(_("rang"), default=100, help_text=_("Les plus petits d’abord."))

    class Meta:
        verbose_name = _("raison type")
        verbose_name_plural = _("raisons types")
        ordering = ["rank", "id"]
        constraints = [
            models.UniqueConstraint(fields=["verb", "ground", "title"], name="one_reason_of_each_name"),
            models.CheckConstraint(condition=Q(verb="publish") | ~Q(ground=""), name="a_restriction_has_its_ground"),
            models.CheckConstraint(condition=~Q(verb="label") | ~Q(label=""), name="a_label_has_its_words"),
        ]

    def __str__(self) -> str:
        return self.title
