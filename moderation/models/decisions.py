"""The log: what was decided, on which ground, and why."""

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member
from moderation.models.cases import GROUNDS, Case


class Decision(models.Model):
    """The log: what a moderator or the filter did, on which ground, and why.

    Triggers refuse that a row be changed or erased, whoever asks (migration 0009): only who decided, who wrote and the
    texts may be emptied. Each row is sealed to the one before it (`moderation.models.chain`).
    """

    class Verb(models.TextChoices):
        PUBLISH = "publish", _("publier")
        WITHHOLD = "withhold", _("retirer")
        REMOVE = "remove", _("retirer définitivement")
        LABEL = "label", _("mettre une mention")
        RESTORE = "restore", _("rétablir")
        REFUSE = "refuse", _("refuser")
        REJECT = "reject", _("refuser la modification")
        CLOSE = "close", _("clore")
        WARN = "warn", _("avertir")
        SILENCE = "silence", _("limiter à la lecture")
        SUSPEND = "suspend", _("suspendre")
        LIFT = "lift", _("lever la restriction")

    class Source(models.TextChoices):
        """How what was decided upon came to be known."""

        VOLUNTARY = "voluntary", _("de nous-mêmes")
        NOTICE = "notice", _("un signalement")
        TRUSTED = "trusted", _("un signaleur de confiance")
        APPEAL = "appeal", _("un recours")

    case = models.ForeignKey(
        Case, verbose_name=_("cas"), null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    content_type = models.ForeignKey(ContentType, verbose_name=_("sorte"), on_delete=models.PROTECT)
    object_id = models.PositiveBigIntegerField(
        _("contenu"),
        null=True,
        blank=True,
        help_text=_("Vide quand le filtre a refusé un contenu jamais enregistré."),
    )
    content = GenericForeignKey()
    verb = models.CharField(_("décision"), max_length=10, choices=Verb)
    ground = models.CharField(_("motif"), max_length=40, choices=GROUNDS, blank=True)
    rule = models.CharField(_("règle"), max_length=80, blank=True)
    rule_version = models.CharField(_("version de la règle"), max_length=20, blank=True)
    reason = models.TextField(_("raison"), max_length=5000, help_text=_("La personne concernée la lit mot pour mot."))
    facts = models.TextField(
        _("faits"),
        max_length=5000,
        blank=True,
        help_text=_("Sans donnée personnelle : l’exposé des motifs est public."),
    )
    until = models.DateTimeField(_("jusqu’au"), null=True, blank=True, help_text=_("Vide : sans terme."))
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.VOLUNTARY)
    reverses = models.ForeignKey(
        "self",
        verbose_name=_("revient sur"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reversed_by",
    )
    texts = models.JSONField(
        _("textes"), default=dict, blank=True, help_text=_("Ce sur quoi la décision a porté, par champ.")
    )
    automated = models.BooleanField(_("par le filtre"), default=False)
    by = models.ForeignKey(
        Member,
        verbose_name=_("par"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="decisions",
    )
    author = models.ForeignKey(
        Member,
        verbose_name=_("auteur du contenu"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    made_at = models.DateTimeField(_("date"), default=timezone.now)
    #: Said by the database from the author, and never changed: it goes with them, and is counted nowhere.
    is_demonstration = models.BooleanField(_("de démonstration"), default=False, editable=False)

    class Meta:
        verbose_name = _("décision")
        verbose_name_plural = _("journal des décisions")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(verb__in=["withhold", "remove", "label", "refuse", "reject", "silence", "suspend"])
                | ~Q(ground=""),
                name="restriction_has_a_ground",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("made_at")), name="restriction_ends_after_it_began"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="decision_has_a_reason"),
            models.CheckConstraint(condition=Q(automated=False) | Q(by=None), name="automated_or_by_someone"),
        ]
        indexes = [
            models.Index(fields=["content_type", "object_id", "-made_at"], name="decision_of_content"),
            models.Index(fields=["-made_at", "-id"], name="decision_newest"),
            # How long people wait is read from the latest of these.
            models.Index(
                fields=["-made_at", "-id"], condition=Q(case__isnull=False, automated=False), name="decision_on_queue"
            ),
            models.Index(fields=["made_at"], condition=~Q(texts={}), name="decision_with_texts"),
        ]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} ({self.made_at:%d/%m/%Y})"
