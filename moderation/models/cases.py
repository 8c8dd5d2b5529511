"""The queue: what waits for a moderator."""

from datetime import datetime, timedelta

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member
from moderation.filter.grounds import Ground
from moderation.models.content import ModeratedContent

#: Within which a case is decided; moderators are reminded of it on the way.
DECIDED_WITHIN = timedelta(hours=24)
REMINDED_AFTER = timedelta(hours=12)

#: A case of this gravity comes first, whatever was learned.
URGENT = 80

GROUNDS = [(ground.value, ground.label) for ground in Ground]


class CaseQuerySet(models.QuerySet):
    def open(self):
        """… that wait for a decision."""
        return self.filter(closed_at=None)

    def late(self):
        """… that should have been decided by now."""
        return self.open().filter(opened_at__lte=timezone.now() - DECIDED_WITHIN)

    def free_for(self, member: Member):
        """… that nobody else is reading."""
        return self.filter(Q(held_by=None) | Q(held_by=member) | Q(held_until__lte=timezone.now()))

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
    #: What the open notices on it alone ask for; 0 without any. Its gravity is never below, whatever the filter says.
    noticed = models.PositiveSmallIntegerField(_("gravité des signalements"), default=0, db_default=0, editable=False)
    ground = models.CharField(_("motif supposé"), max_length=40, choices=GROUNDS, blank=True)
    rule = models.CharField(_("règle"), max_length=80, blank=True)
    rule_version = models.CharField(_("version de la règle"), max_length=20, blank=True)
    reason = models.CharField(_("raison"), max_length=300, blank=True)
    spans = models.JSONField(_("passages"), default=dict, help_text=_("Par champ : [[début, fin], …]"))
    opened_at = models.DateTimeField(_("ouverture"), default=timezone.now)
    closed_at = models.DateTimeField(_("clôture"), null=True, blank=True)
    # Who is reading it, since when, and until when others leave it to them (services.claiming).
    held_by = models.ForeignKey(
        Member, verbose_name=_("lu par"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    held_since = models.DateTimeField(null=True, blank=True, editable=False)
    held_until = models.DateTimeField(null=True, blank=True, editable=False)
    # When moderators were reminded of it, and when it was passed on to the senior ones (services.reminding).
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)
    escalated_at = models.DateTimeField(null=True, blank=True, editable=False)

    # What the learner says of it (services.learning): it orders the queue and decides nothing.
    risk = models.FloatField(_("risque appris"), null=True, blank=True, editable=False, help_text=_("0 à 1"))
    risk_pieces = models.JSONField(default=list, db_default=[], blank=True, editable=False)
    weighed_by = models.ForeignKey(
        "moderation.LearnedModel", null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    #: The order of the queue: its gravity and its risk alike; the gravest ones are lowered by no risk.
    priority = models.GeneratedField(
        expression=models.Case(
            models.When(Q(risk=None) | Q(gravity__gte=URGENT), then=Cast("gravity", models.SmallIntegerField())),
            default=Cast((F("gravity") + 100 * F("risk")) / 2, models.SmallIntegerField()),
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("cas à examiner")
        verbose_name_plural = _("cas à examiner")
        ordering = ["-priority", "opened_at"]
        permissions = [("oversee_case", "Can oversee the queue")]
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
            models.Index(F("priority").desc(), "opened_at", condition=Q(closed_at=None), name="case_queue"),
            models.Index(fields=["opened_at"], condition=Q(closed_at=None), name="case_oldest"),
        ]

    def __str__(self) -> str:
        return str(self.content or _("contenu effacé"))

    @property
    def is_edit(self) -> bool:
        """Whether a new text for a public content waits, rather than the content itself."""
        return bool(self.proposed)

    @property
    def risk_percent(self) -> int | None:
        return None if self.risk is None else round(100 * self.risk)

    @property
    def due_at(self) -> datetime:
        """By when it is to be decided."""
        return self.opened_at + DECIDED_WITHIN

    @property
    def is_late(self) -> bool:
        return self.closed_at is None and self.due_at <= timezone.now()

    @property
    def holder(self) -> Member | None:
        """Who is reading it now."""
        is_held = self.closed_at is None and self.held_until is not None and self.held_until > timezone.now()
        return self.held_by if is_held else None


class CaseNote(models.Model):
    """What a moderator leaves for the others about a case. Written once: the database refuses any change."""

    case = models.ForeignKey(Case, verbose_name=_("cas"), on_delete=models.CASCADE, related_name="notes")
    by = models.ForeignKey(
        Member, verbose_name=_("par"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.TextField(_("note"), max_length=2000)
    written_at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["written_at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="a_note_says_something")]

    def __str__(self) -> str:
        return self.text[:80]
