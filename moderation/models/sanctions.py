"""What is decided about an account rather than about a text: a warning, reading only for a time, a suspension."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member
from moderation.models.cases import GROUNDS, Case
from moderation.models.decisions import Decision


class SanctionQuerySet(models.QuerySet):
    def standing(self):
        """… that hold now, or wait for a second moderator."""
        return self.filter(ended_at=None)


class Sanction(models.Model):
    """One measure against an account, from its proposal to its end.

    A warning and reading only take effect at once. A suspension waits for a second moderator (`proposed_by`, then
    `confirmed_by`). Nothing that the person wrote, and others support, is hidden by any of them.
    """

    class Kind(models.TextChoices):
        WARNING = "warning", _("avertissement")
        READ_ONLY = "read_only", _("lecture seule")
        SUSPENSION = "suspension", _("suspension")

    member = models.ForeignKey(Member, verbose_name=_("membre"), on_delete=models.CASCADE, related_name="sanctions")
    kind = models.CharField(_("mesure"), max_length=10, choices=Kind)
    ground = models.CharField(_("motif"), max_length=40, choices=GROUNDS)
    reason = models.TextField(_("raison"), max_length=5000, help_text=_("La personne la lit mot pour mot."))
    facts = models.TextField(
        _("faits"),
        max_length=5000,
        blank=True,
        help_text=_("Sans donnée personnelle : l’exposé des motifs est public."),
    )
    days = models.PositiveSmallIntegerField(
        _("durée (jours)"), null=True, blank=True, help_text=_("Vide : sans terme.")
    )
    case = models.ForeignKey(
        Case, verbose_name=_("cas"), null=True, blank=True, on_delete=models.PROTECT, related_name="sanctions"
    )
    proposed_by = models.ForeignKey(
        Member, verbose_name=_("par"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    proposed_at = models.DateTimeField(_("proposée"), default=timezone.now)
    confirmed_by = models.ForeignKey(
        Member, verbose_name=_("confirmée par"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField(_("depuis"), null=True, blank=True)
    until = models.DateTimeField(_("jusqu’au"), null=True, blank=True)
    ended_at = models.DateTimeField(_("fin"), null=True, blank=True)
    decision = models.OneToOneField(
        Decision, verbose_name=_("décision"), null=True, blank=True, on_delete=models.PROTECT, related_name="sanction"
    )

    objects = SanctionQuerySet.as_manager()

    class Meta:
        verbose_name = _("mesure")
        verbose_name_plural = _("mesures sur les comptes")
        ordering = ["-proposed_at", "-id"]
        permissions = [
            ("warn_member", "Can warn a member"),
            ("silence_member", "Can leave a member reading only"),
            ("propose_suspension", "Can propose a suspension"),
            ("confirm_suspension", "Can confirm a suspension"),
            ("lift_sanction", "Can lift a measure"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(ended_at=None) & ~Q(kind="warning"),
                name="one_restriction_of_an_account_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")), name="suspension_needs_two"
            ),
            models.CheckConstraint(
                condition=Q(started_at=None) | Q(decision__isnull=False), name="measure_in_force_is_decided"
            ),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gt=F("started_at")), name="measure_ends_later"),
            models.CheckConstraint(condition=~Q(kind="read_only") | Q(days__isnull=False), name="reading_only_ends"),
        ]
        indexes = [
            models.Index(fields=["member", "-proposed_at"], name="sanction_of_member"),
            models.Index(fields=["until"], condition=Q(ended_at=None), name="sanction_due"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.proposed_at:%d/%m/%Y})"

    @property
    def is_proposed(self) -> bool:
        return self.started_at is None and self.ended_at is None

    @property
    def is_in_force(self) -> bool:
        is_over = self.until is not None and self.until <= timezone.now()
        return self.started_at is not None and self.ended_at is None and not is_over
