"""What waits too long is said to those who can decide it: once for each case, in one message for each of them."""

from datetime import datetime, timedelta

from django.contrib.auth.backends import ModelBackend
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from members.models import Member
from moderation.access import MAY_DECIDE, MAY_OVERSEE
from moderation.models import Case
from moderation.models.cases import DECIDED_WITHIN, REMINDED_AFTER
from notifications.services import tell_many

#: Cases of which one message speaks; the next round speaks of the others.
_MOST = 5000


def remind() -> int:
    """Tell moderators of what has waited for half a day, and senior ones of what is late. Returns how many cases.

    Cases are marked in the transaction that writes the messages: whatever dies, each is told once.
    """
    return _tell("reminded_at", REMINDED_AFTER, kind="cases_waiting", to=MAY_DECIDE) + _tell(
        "escalated_at", DECIDED_WITHIN, kind="cases_late", to=MAY_OVERSEE
    )


@transaction.atomic
def _tell(mark: str, age: timedelta, *, kind: str, to: str) -> int:
    now = timezone.now()
    due = Case.objects.open().filter(opened_at__lte=now - age, **{mark: None}).order_by("opened_at")
    # Two rounds at once: the second one leaves to the first what it took.
    taken = list(
        due.select_for_update(of=("self",), no_key=True, skip_locked=True).values_list("pk", flat=True)[:_MOST]
    )
    recipients = who_may(to)
    if not taken or not recipients:
        return 0
    Case.objects.filter(pk__in=taken).update(**{mark: now})
    tell_many(recipients, kind=kind, key=f"{kind}-{max(taken)}-{now.isoformat()}", context=_said(taken, now))
    return len(taken)


def _said(taken: list[int], now: datetime) -> dict[str, str | int]:
    """Numbers and an address: a mailbox is no place for what was written there."""
    oldest = Case.objects.filter(pk__in=taken).order_by("opened_at").values_list("opened_at", flat=True)[0]
    return {
        "count": len(taken),
        "hours": int((now - oldest).total_seconds() // 3600),
        "waiting": Case.objects.open().count(),
        "url": f"{reverse('admin:moderation_case_changelist')}?age=12",
    }


def who_may(permission: str) -> list[int]:
    """Who is told: those who have this right; all moderators where nobody is senior yet."""
    found = _staff_with(permission) or _staff_with(MAY_DECIDE)
    return list(found.values_list("pk", flat=True))


def _staff_with(permission: str) -> QuerySet[Member]:
    return ModelBackend().with_perm(permission).filter(is_staff=True)
