"""What is not kept for ever: what happened long ago, and how many messages somebody got on a day that is over."""

from datetime import timedelta

from django.utils import timezone

from members.models import LegalHold
from notifications import pace
from notifications.models import Notification

#: Once so old, what happened is read where it happened.
KEPT = timedelta(days=396)
_BATCH = 1000


def forget() -> int:
    """Erase all that is older, whichever way it was told, but what a legal hold keeps. Returns how many rows."""
    return _forget_told() + pace.forget(timezone.now())


def _forget_told() -> int:
    """By their numbers, which follow time, until some are found of which none is old."""
    before, held = timezone.now() - KEPT, LegalHold.objects.held()
    rows = Notification.objects.order_by("pk").values_list("pk", "created_at")
    total = last = 0
    while batch := list(rows.filter(pk__gt=last)[:_BATCH]):
        old = [pk for pk, created_at in batch if created_at < before]
        if not old:
            break
        last = batch[-1][0]
        total += Notification.objects.filter(pk__in=old).exclude(recipient__in=held).exclude(by__in=held).delete()[0]
    return total
