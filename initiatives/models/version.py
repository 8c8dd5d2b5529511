from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: From so many supports on, an edit shows its difference: they gave their name to the former text.
SHOWN_FROM = 25


class VersionQuerySet(models.QuerySet):
    def public(self):
        """… of which anyone may know: those shown, and those that were hidden."""
        return self.filter(Q(is_shown=True) | Q(hidden_at__isnull=False))


class Version(models.Model):
    """One edit of an initiative's texts: what they were, what they became."""

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="versions", db_index=False
    )
    made_at = models.DateTimeField(_("date"), default=timezone.now)
    #: By field name: [before, after]; `place_label` is its place.
    changes = models.JSONField(_("changements"))
    #: How many supported it then.
    support_count = models.IntegerField(_("soutiens"))
    #: Whether anyone may see the difference: those who supported the old text have a right to it.
    is_shown = models.BooleanField(_("visible"))
    #: A difference that others may no longer read, hidden by a moderator or with its initiative; why is public.
    hidden_at = models.DateTimeField(_("masquée"), null=True, blank=True)
    hidden_reason = models.CharField(_("raison"), max_length=300, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hidden_at=None, hidden_reason="")
                | (Q(hidden_at__isnull=False, is_shown=False) & ~Q(hidden_reason="")),
                name="a_hidden_version_says_why",
            ),
        ]
        indexes = [models.Index(fields=["initiative", "-made_at", "-id"], name="version_of_initiative")]

    def __str__(self) -> str:
        return f"{self.initiative_id} ({self.made_at:%Y-%m-%d})"
