"""What a content must offer to be moderated, the queue, and the log of what was decided and why."""

from typing import ClassVar

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member
from moderation.filter.grounds import Ground

GROUNDS = [(ground.value, ground.label) for ground in Ground]


class ModeratedQuerySet(models.QuerySet):
    def public(self):
        """… that anyone may read."""
        return self.filter(published_at__isnull=False, withheld_at=None)

    def visible_to(self, member, *, moderating: bool = False):
        """… that this member (or AnonymousUser) may read: what is public, and what is theirs.

        `moderating` reads all: see `moderation.access`, which asks for more than a permission.
        """
        if moderating:
            return self
        if not member.is_authenticated:
            return self.public()
        return self.filter(Q(published_at__isnull=False, withheld_at=None) | Q(author=member))


class ModeratedContent(models.Model):
    """A text that citizens write and others read.

    A subclass names its `screened_fields`, has an address and a title, and may extend `publish`. Withholding is a veil
    over whatever state the content is in: lifting it restores everything as it was.
    """

    screened_fields: ClassVar[tuple[str, ...]] = ()
    #: Messages speak of what is seen, not of a text that is read.
    is_picture: ClassVar[bool] = False

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("auteur"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="%(class)ss",
    )
    created_at = models.DateTimeField(_("création"), default=timezone.now)
    updated_at = models.DateTimeField(_("modification"), default=timezone.now)
    published_at = models.DateTimeField(_("publication"), null=True, blank=True)
    withheld_at = models.DateTimeField(_("retrait"), null=True, blank=True)

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        raise NotImplementedError

    @property
    def author_address(self) -> str:
        """Where its author finds it, whatever a moderator decided."""
        return self.get_absolute_url()

    @property
    def full_address(self) -> str:
        """With the site's own, to share or to write in a message."""
        return f"{settings.SITE_ADDRESS}{self.get_absolute_url()}"

    @property
    def is_public(self) -> bool:
        return self.published_at is not None and self.withheld_at is None

    def texts(self) -> dict[str, str]:
        """What the filter and the moderators read, by field name."""
        return {name: getattr(self, name) for name in self.screened_fields}

    @property
    def illustration(self) -> str:
        """The address of a picture to be judged with the texts; empty for what has none."""
        return ""

    def hold(self) -> None:
        """Lock, just before its own row is, the other rows that a verdict on it changes; always in one same order."""

    def publish(self) -> None:
        """Anyone may read it from now on."""
        self.published_at = self.published_at or timezone.now()
        self.save(update_fields=["published_at"])

    def withhold(self) -> None:
        """Nobody but its author and the moderators reads it."""
        self.withheld_at = timezone.now()
        self.save(update_fields=["withheld_at"])

    def restore(self) -> None:
        """As it was before it was withheld."""
        self.withheld_at = None
        self.save(update_fields=["withheld_at"])

    def apply_edit(self, changes: dict[str, str]) -> None:
        """Replace texts by their accepted version."""
        for name, text in changes.items():
            setattr(self, name, text)
        self.updated_at = timezone.now()
        self.save(update_fields=[*changes, "updated_at"])


class CaseQuerySet(models.QuerySet):
    def open(self):
        """… that wait for a decision."""
        return self.filter(closed_at=None)

    def of(self, content: ModeratedContent):
        """… about this content."""
        return self.filter(content_type=ContentType.objects.get_for_model(content), object_id=content.pk)


class Case(models.Model):
    """Something waits for a moderator: a new content, or a new text for one that is already public."""

    content_type = models.ForeignKey(ContentType, verbose_name=_("sorte"), on_delete=models.PROTECT)
    object_id = models.PositiveBigIntegerField()
    content = GenericForeignKey()
    proposed = models.JSONField(
        _("modification proposée"), default=dict, blank=True, help_text=_("Vide pour un contenu nouveau.")
    )
    gravity = models.PositiveSmallIntegerField(_("gravité"), default=0, help_text=_("0 à 100"))
    ground = models.CharField(_("motif supposé"), max_length=40, choices=GROUNDS, blank=True)
    rule = models.CharField(_("règle"), max_length=80, blank=True)
    rule_version = models.CharField(_("version de la règle"), max_length=20, blank=True)
    reason = models.CharField(_("raison"), max_length=300, blank=True)
    spans = models.JSONField(_("passages"), default=dict, help_text=_("Par champ : [[début, fin], …]"))
    opened_at = models.DateTimeField(_("ouverture"), default=timezone.now)
    closed_at = models.DateTimeField(_("clôture"), null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("cas à examiner")
        verbose_name_plural = _("cas à examiner")
        ordering = ["-gravity", "opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id"],
                condition=Q(closed_at=None),
                name="one_open_case_per_content",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")),
                name="case_closed_after_opened",
            ),
        ]
        indexes = [
            models.Index(F("gravity").desc(), "opened_at", condition=Q(closed_at=None), name="case_queue"),
        ]

    def __str__(self) -> str:
        return str(self.content or _("contenu effacé"))

    @property
    def is_edit(self) -> bool:
        """Whether a new text for a public content waits, rather than the content itself."""
        return bool(self.proposed)


class Decision(models.Model):
    """The log: what a moderator or the filter did, on which ground, and why. Written once, never deleted."""

    class Verb(models.TextChoices):
        PUBLISH = "publish", _("publier")
        WITHHOLD = "withhold", _("retirer")
        RESTORE = "restore", _("rétablir")
        REFUSE = "refuse", _("refuser")
        REJECT = "reject", _("refuser la modification")
        CLOSE = "close", _("clore")

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
    reason = models.TextField(_("raison"), max_length=5000)
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

    class Meta:
        verbose_name = _("décision")
        verbose_name_plural = _("journal des décisions")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(verb__in=["withhold", "refuse", "reject"]) | ~Q(ground=""), name="restriction_has_a_ground"
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
        ]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} ({self.made_at:%d/%m/%Y})"
