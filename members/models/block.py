from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def blocks_whom(member, column: str) -> models.Exists:
    """Whether this member, signed in, blocks whom this column of a row names: for an annotation, without a query."""
    return models.Exists(Block.objects.filter(blocker=member, blocked=models.OuterRef(column)))


class Block(models.Model):
    """A member wants nothing of another. The other is never told, and nothing that they read shows it."""

    blocker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("qui bloque"),
        on_delete=models.CASCADE,
        related_name="blocks",
        # `blocked_once` begins with it.
        db_index=False,
    )
    blocked = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("qui est bloqué"), on_delete=models.CASCADE, related_name="blocked_by"
    )
    blocked_at = models.DateTimeField(_("depuis"), default=timezone.now)

    class Meta:
        verbose_name = _("blocage")
        verbose_name_plural = _("blocages")
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="blocked_once"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="nobody_blocks_themselves"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} → {self.blocked_id}"
