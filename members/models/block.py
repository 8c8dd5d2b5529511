from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class BlockQuerySet(models.QuerySet):
    def between(self, member_id: int, others: list[int] | set[int]) -> "BlockQuerySet":
        """… of one of the others by this member, or of this member by one of them."""
        return self.filter(Q(blocker=member_id, blocked__in=others) | Q(blocked=member_id, blocker__in=others))


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

    objects = BlockQuerySet.as_manager()

    class Meta:
        verbose_name = _("blocage")
        verbose_name_plural = _("blocages")
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="blocked_once"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="nobody_blocks_themselves"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} → {self.blocked_id}"
