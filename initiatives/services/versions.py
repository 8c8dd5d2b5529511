"""Differences that a moderator hides: what was written is still kept, and why it is hidden is public."""

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
