"""How an initiative ends: it succeeded, it is closed, it fell asleep; and how it wakes."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from initiatives.life import Verb, demand
from initiatives.models import Initiative, TimelineEntry
from initiatives.services.life import record
from members.models import Member
from moderation import services as moderation
from moderation.filter import Outcome
from notifications.services import tell, tell_many

#: Without anything done for it nor any new support, its team is asked twice whether it sleeps, then it is archived.
ASK_AFTER = (timedelta(days=60), timedelta(days=75))
ASLEEP_AFTER = timedelta(days=90)
_BATCH = 200

_KINDS = {
    Verb.SUCCEED: (Initiative.State.SUCCEEDED, TimelineEntry.Kind.SUCCEEDED, "initiative_succeeded"),
    Verb.CLOSE: (Initiative.State.CLOSED, TimelineEntry.Kind.CLOSED, "initiative_closed"),
}


@transaction.atomic
def end(initiative: Initiative, verb: Verb, outcome: str, *, by: Member) -> Outcome:
    """It ends, `SUCCEED` or `CLOSE`, with what came of it: supporters are told, its page and its figures stay.

    The text is screened: one that must be read appears once it was. Returns what the filter said. Raises LifeRefused.
    """
    # It locks the case before the initiative, as a moderator who decides does.
    demand(verb, initiative, by=by)
    said = moderation.receive_edit(initiative, {"outcome": outcome}, by=by)
    initiative = Initiative.objects.select_for_update(of=("self",)).get(pk=initiative.pk)
    demand(verb, initiative, by=by)
    state, entry, kind = _KINDS[verb]
    initiative.state = state
    initiative.ended_at = timezone.now()
    initiative.next_step = None
    initiative.save(update_fields=["state", "ended_at", "next_step"])
    record(initiative, entry, count=initiative.support_count)
    supporters = initiative.supports.confirmed().exclude(member=by)
    tell_many(
        supporters.values_list("member_id", flat=True),
        kind=kind,
        key=f"{kind}-{initiative.pk}",
        context=_about(initiative),
    )
    return said


@transaction.atomic
def wake(initiative: Initiative, *, by: Member) -> None:
    """What slept goes on. Raises LifeRefused."""
    initiative = Initiative.objects.select_for_update(of=("self",)).get(pk=initiative.pk)
    demand(Verb.WAKE, initiative, by=by)
    was_public = initiative.published_at is not None
    initiative.state = Initiative.State.PUBLISHED if was_public else Initiative.State.PREPARING
    initiative.ended_at = None
    initiative.active_at = timezone.now()
    initiative.launched_at = initiative.launched_at if was_public else timezone.now()
    initiative.asked_if_asleep = 0
    steps = initiative.steps if was_public else [5]
    initiative.next_step = next((step for step in steps if step > initiative.support_count), None)
    initiative.save(update_fields=["state", "ended_at", "active_at", "launched_at", "asked_if_asleep", "next_step"])
    record(initiative, TimelineEntry.Kind.WOKEN)


def look_after_sleepers() -> int:
    """Ask those whose initiative sleeps, archive those that slept too long. Returns how many. For a task."""
    now = timezone.now()
    asleep = Q(supports_counted_at=None) | Q(supports_counted_at__lt=now - ASK_AFTER[0])
    published = Initiative.objects.filter(asleep, state=Initiative.State.PUBLISHED, withheld_at=None)
    due = published.filter(active_at__lt=now - ASK_AFTER[0]).order_by("active_at").values_list("pk", flat=True)[:_BATCH]
    return sum(_look_after(pk, now) for pk in due)


@transaction.atomic
def _look_after(pk: int, now: datetime) -> bool:
    initiative = Initiative.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
    if initiative is None or initiative.state != Initiative.State.PUBLISHED:
        return False
    since, asks, ends, kind = initiative.active_at, ASK_AFTER, ASLEEP_AFTER, "initiative_sleeps"
    asked = initiative.asked_if_asleep
    if asked >= len(asks) and since < now - ends:
        return _archive(initiative, now)
    if asked < len(asks) and since < now - asks[asked]:
        initiative.asked_if_asleep = asked + 1
        initiative.save(update_fields=["asked_if_asleep"])
        ends_at = max(since + ends, now + timedelta(days=7))
        context = _about(initiative) | {"ends_at": ends_at.isoformat()}
        _tell_team(initiative, kind, f"{kind}-{initiative.pk}-{since:%Y%m%d}-{asked}", context)
        return True
    return False


def _archive(initiative: Initiative, now: datetime) -> bool:
    initiative.state = Initiative.State.ARCHIVED
    initiative.ended_at = now
    initiative.next_step = None
    initiative.save(update_fields=["state", "ended_at", "next_step"])
    record(initiative, TimelineEntry.Kind.ARCHIVED)
    _tell_team(initiative, "initiative_archived", f"archived-{initiative.pk}-{now:%Y%m%d}", _about(initiative))
    return True


def _tell_team(initiative: Initiative, kind: str, key: str, context: dict) -> None:
    team = [initiative.author_id, *initiative.co_organisers.values_list("member_id", flat=True)]
    for member_id in filter(None, team):
        tell(member_id, kind=kind, key=key, context=context)


def _about(initiative: Initiative) -> dict:
    return {"title": initiative.title, "url": initiative.get_absolute_url(), "count": initiative.support_count}
