"""Notices: somebody tells us that a content is unlawful or breaks the rules (DSA, art. 16)."""

from datetime import timedelta

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member
from moderation.models.cases import GROUNDS, Case
from moderation.models.content import ModeratedContent
from moderation.models.decisions import Decision

#: What the law forbids and no ground of ours names: whoever decides finds the ground.
OTHER = "other"
WRONGS = [*GROUNDS, (OTHER, _("Autre contenu interdit par la loi"))]

#: How long after an answer its notifier may contest it, and the identity that this needs is kept.
REDRESS = timedelta(days=183)


class NoticeQuerySet(models.QuerySet):
    def open(self):
        """… that wait for a decision."""
        return self.filter(answered_at=None)

    def of(self, content: ModeratedContent):
        """… about this content."""
        return self.filter(content_type=ContentType.objects.get_for_model(content), object_id=content.pk)


class Notice(models.Model):
    """What one person says of one content. Saying it again, until it is answered, changes the same notice.

    It counts from the moment it is sent, whether the address was proved or not; proved, it weighs more. `notifier_key`
    is the keyed hash of the notifier's mailbox: their name and address are erased long after the answer, it alone tells
    then how often they were right.
    """

    class About(models.TextChoices):
        CONTENT = "content", _("ce qui est écrit ou montré")
        NAME = "name", _("le nom affiché de la personne")

    class Outcome(models.TextChoices):
        ACTED = "acted", _("une mesure a été prise")
        KEPT = "kept", _("le contenu reste en ligne")
        GONE = "gone", _("la personne l’avait effacé")

    reference = models.CharField(_("référence"), max_length=12, unique=True, editable=False)
    content_type = models.ForeignKey(ContentType, verbose_name=_("sorte"), on_delete=models.PROTECT, db_index=False)
    object_id = models.PositiveBigIntegerField()
    content = GenericForeignKey()
    case = models.ForeignKey(Case, verbose_name=_("cas"), on_delete=models.PROTECT, related_name="notices")
    ground = models.CharField(_("ce qui ne va pas"), max_length=40, choices=WRONGS)
    about = models.CharField(_("à propos de"), max_length=8, choices=About, default=About.CONTENT)
    explanation = models.TextField(_("explication"), max_length=3000)
    passage = models.CharField(_("passage"), max_length=500, blank=True)
    #: Said later under the same address, by somebody who did not prove that it is theirs.
    additions = models.TextField(_("ajouts non confirmés"), blank=True)
    address = models.CharField(_("adresse exacte"), max_length=600)
    name = models.CharField(_("nom"), max_length=120, blank=True)
    email = models.EmailField(_("adresse e-mail"), blank=True)
    member = models.ForeignKey(
        Member, verbose_name=_("membre"), null=True, blank=True, on_delete=models.SET_NULL, related_name="notices"
    )
    notifier_key = models.BinaryField(max_length=32, null=True, editable=False)
    is_trusted = models.BooleanField(_("signaleur de confiance"), default=False)
    #: Beyond what one address or one network may send: kept and answered, it moves nothing and no message leaves.
    is_excess = models.BooleanField(_("en trop grand nombre"), default=False)
    strength = models.PositiveSmallIntegerField(_("poids"), default=0, validators=[MaxValueValidator(100)])
    made_at = models.DateTimeField(_("réception"), default=timezone.now)
    updated_at = models.DateTimeField(_("modification"), default=timezone.now)
    #: When its notifier proved the address; at once for a member.
    confirmed_at = models.DateTimeField(_("adresse prouvée"), null=True, blank=True)
    decision = models.ForeignKey(
        Decision, verbose_name=_("décision"), null=True, blank=True, on_delete=models.PROTECT, related_name="notices"
    )
    outcome = models.CharField(_("suite"), max_length=8, choices=Outcome, blank=True)
    answered_at = models.DateTimeField(_("réponse"), null=True, blank=True)
    #: A moderator says that nobody in good faith could have sent it (DSA, art. 23).
    unfounded_at = models.DateTimeField(_("manifestement infondé"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("signalement")
        verbose_name_plural = _("signalements")
        ordering = ["-made_at", "-id"]
        permissions = [("read_notifier", _("Peut lire l’identité des personnes qui signalent"))]
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "notifier_key"],
                condition=Q(answered_at=None),
                name="one_open_notice_each",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, outcome="", decision=None)
                | (Q(answered_at__isnull=False, decision__isnull=False) & ~Q(outcome="")),
                name="answered_by_a_decision",
            ),
            models.CheckConstraint(
                condition=Q(notifier_key__isnull=False)
                | Q(ground="child_abuse_material")
                | Q(answered_at__isnull=False),
                name="somebody_says_it_but_for_minors",
            ),
            models.CheckConstraint(condition=Q(strength__lte=100), name="notice_strength_is_a_percentage"),
        ]
        indexes = [
            models.Index(
                fields=["content_type", "object_id", "-is_trusted", "-strength"],
                condition=Q(answered_at=None),
                name="notice_first_of_content",
            ),
            models.Index(fields=["-made_at", "-id"], name="notice_newest"),
            models.Index(fields=["member", "-made_at", "-id"], condition=Q(member__isnull=False), name="notice_mine"),
            models.Index(fields=["notifier_key", "answered_at"], name="notice_of_notifier"),
            models.Index(
                fields=["answered_at"],
                condition=Q(answered_at__isnull=False) & (~Q(email="") | Q(notifier_key__isnull=False)),
                name="notice_to_forget",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return self.answered_at is None

    @property
    def may_be_contested(self) -> bool:
        """Its notifier wanted something done, nothing was, and six months are not over."""
        if self.outcome != self.Outcome.KEPT:
            return False
        return timezone.now() < self.answered_at + REDRESS


class NotifierWarning(models.Model):
    """Somebody whose notices were manifestly unfounded several times was told so: the step before theirs weigh less."""

    notifier_key = models.BinaryField(max_length=32, editable=False)
    notice = models.ForeignKey(Notice, verbose_name=_("signalement"), on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(Member, verbose_name=_("par"), null=True, on_delete=models.SET_NULL, related_name="+")
    warned_at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("avertissement à une personne qui signale")
        verbose_name_plural = _("avertissements aux personnes qui signalent")
        ordering = ["-warned_at"]
        indexes = [models.Index(fields=["notifier_key", "-warned_at"], name="warning_of_notifier")]

    def __str__(self) -> str:
        return f"{self.warned_at:%d/%m/%Y}"


class TrustedFlaggerQuerySet(models.QuerySet):
    def current(self):
        """… whose time has begun and is not over."""
        today = timezone.localdate()
        return self.filter(Q(until=None) | Q(until__gte=today), since__lte=today)


class TrustedFlagger(models.Model):
    """An account whose notices are read first: it belongs to a body that was designated for it (DSA, art. 22)."""

    member = models.OneToOneField(
        Member, verbose_name=_("membre"), on_delete=models.CASCADE, related_name="trusted_flagger"
    )
    body = models.CharField(_("organisme"), max_length=200, help_text=_("Celui que l’autorité a désigné."))
    since = models.DateField(_("depuis le"), default=timezone.localdate)
    until = models.DateField(_("jusqu’au"), null=True, blank=True, help_text=_("Vide : sans terme."))
    created_at = models.DateTimeField(_("inscription"), default=timezone.now, editable=False)

    objects = TrustedFlaggerQuerySet.as_manager()

    class Meta:
        verbose_name = _("signaleur de confiance")
        verbose_name_plural = _("signaleurs de confiance")
        ordering = ["body"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=models.F("since")), name="trusted_until_after_since"
            )
        ]

    def __str__(self) -> str:
        return f"{self.body} ({self.member})"
