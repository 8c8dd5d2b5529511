"""Appeals: somebody contests a decision, and somebody else than who took it decides again (DSA, art. 20)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member
from moderation.models.cases import Case
from moderation.models.decisions import Decision
from moderation.models.notices import Notice


class AppealQuerySet(models.QuerySet):
    def open(self):
        """… that wait for a verdict."""
        return self.filter(decided_at=None)


class Appeal(models.Model):
    """One for each decision and side: its author's without `notice`, each notifier's with theirs.

    A refusal by the filter that its author sent to a human waits in a `case`, whose decision is the verdict. A trigger
    refuses that who took a decision judges the appeal against it, and a verdict of nobody (migration `notices`).
    """

    class Verdict(models.TextChoices):
        UPHELD = "upheld", _("décision maintenue")
        REVERSED = "reversed", _("décision annulée")

    reference = models.CharField(_("référence"), max_length=12, unique=True, editable=False)
    decision = models.ForeignKey(
        Decision, verbose_name=_("décision contestée"), on_delete=models.PROTECT, related_name="appeals"
    )
    notice = models.OneToOneField(
        Notice, verbose_name=_("signalement"), null=True, blank=True, on_delete=models.PROTECT, related_name="appeal"
    )
    case = models.ForeignKey(
        Case, verbose_name=_("cas"), null=True, blank=True, on_delete=models.PROTECT, related_name="appeals"
    )
    member = models.ForeignKey(
        Member, verbose_name=_("membre"), null=True, blank=True, on_delete=models.SET_NULL, related_name="appeals"
    )
    #: Moderators alone read it: it is not screened.
    text = models.TextField(_("ce qui est contesté"), max_length=3000, blank=True)
    made_at = models.DateTimeField(_("réception"), default=timezone.now)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict, blank=True)
    reason = models.TextField(_("raison"), max_length=5000, blank=True)
    by = models.ForeignKey(
        Member, verbose_name=_("par"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(_("verdict rendu"), null=True, blank=True)
    #: What the verdict did, when it changed something.
    outcome = models.ForeignKey(
        Decision, verbose_name=_("nouvelle décision"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = _("recours")
        verbose_name_plural = _("recours")
        ordering = ["made_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["decision"], condition=Q(notice=None), name="one_appeal_of_its_author"),
            models.CheckConstraint(
                condition=Q(decided_at=None, verdict="") | (Q(decided_at__isnull=False) & ~Q(verdict="")),
                name="appeal_decided_with_a_verdict",
            ),
            models.CheckConstraint(condition=Q(decided_at=None) | ~Q(reason=""), name="a_verdict_has_a_reason"),
        ]
        indexes = [
            models.Index(fields=["made_at", "id"], condition=Q(decided_at=None), name="appeal_queue"),
            models.Index(fields=["-made_at", "-id"], name="appeal_newest"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return self.decided_at is None

    @property
    def is_of_notifier(self) -> bool:
        return self.notice_id is not None
