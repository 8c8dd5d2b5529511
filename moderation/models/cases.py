"""The queue: what waits for a moderator."""

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.filter.grounds import Ground
from moderation.models.content import ModeratedContent

GROUNDS = [(ground.value, ground.label) for ground in Ground]


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
