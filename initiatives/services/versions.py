"""Differences that a moderator hides, or that went with a withdrawal: what was written is still kept, and why it is
hidden is public. A moderator who has read one shows it again."""

from django.db import transaction
from django.utils import timezone

from initiatives.models import Version


@transaction.atomic
def hide(version: Version, *, reason: str) -> bool:
    """Nobody reads this difference any more. False when it was not shown. `reason` is read by everybody."""
    hidden = Version.objects.filter(pk=version.pk, is_shown=True).update(
        is_shown=False, hidden_at=timezone.now(), hidden_reason=reason
    )
    return bool(hidden)


@transaction.atomic
def show(version: Version) -> bool:
    """Anyone reads this difference again. False when it was not hidden."""
    shown = Version.objects.filter(pk=version.pk, hidden_at__isnull=False)
    return bool(shown.update(is_shown=True, hidden_at=None, hidden_reason=""))
