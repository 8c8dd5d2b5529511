"""Whoever signed up hears three times what they could do, one thing each, and never of what they have done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from members.models import Consent
from notifications.models import Notification
from notifications.services import tell_each
from pages.models import Newcomer
from territories.elections import Freeze, freeze


@dataclass(frozen=True)
class Step:
    """So many days after they joined, a message of this kind (pages.models.Newcomer says to whom)."""

    days: int
    kind: str


STEPS = (Step(1, "welcome_share"), Step(7, "welcome_come"), Step(10, "welcome_follow"))
#: For so long a step may be late, after a vote or when the site was down; then it is left out.
_LATE = timedelta(days=2)
_READ = 500


@transaction.atomic
def welcome(now: datetime | None = None) -> None:
    """Tell newcomers whose day it is what they have not done. It is asked again as each message leaves.

    Where a vote is near nothing is put forward.
    """
    now = now or timezone.now()
    vote = freeze(now)
    for step in STEPS:
        tell_each(_said(_of(step, vote, now)), kind=step.kind, key=step.kind)


def _said(newcomers: QuerySet[Newcomer]) -> Iterator[tuple[int, dict]]:
    for newcomer in newcomers.iterator(_READ):
        yield newcomer.pk, newcomer.as_subject | {"url": newcomer.home_address}


def _of(step: Step, vote: Freeze, now: datetime) -> QuerySet[Newcomer]:
    """Who joined so many days ago, agreed to use the site, and was not told yet."""
    latest = now - timedelta(days=step.days)
    uses = Consent.objects.filter(member=OuterRef("pk"), purpose=Consent.Purpose.USE, withdrawn_at=None)
    was_told = Notification.objects.filter(recipient=OuterRef("pk"), key=step.kind)
    newcomers = Newcomer.objects.to_tell(step.kind).filter(
        Exists(uses), ~Exists(was_told), is_active=True, is_staff=False, is_demonstration=False,
        joined_at__gt=latest - _LATE, joined_at__lte=latest,
    )  # fmt: skip
    if vote:
        frozen = Q(home_commune__department__in=vote.departments)
        newcomers = newcomers.exclude(frozen | Q(home_commune=None) if vote.all_france else frozen)
    return newcomers.select_related("home_commune").order_by("pk")
