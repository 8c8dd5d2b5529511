"""What people are told of an event that is posted, changes, is cancelled, or is not shown any more. Each of it once."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from core.jobs import each, is_alone
from events.models import Attendance, Event
from events.models.changes import HEARD
from events.services.links import each_with_links
from initiatives.models import TimelineEntry
from initiatives.services import announcing
from initiatives.services.life import record
from members.models import Member
from notifications.services import tell, tell_each

#: Several changes within so long make one message…
QUIET = timedelta(minutes=5)
#: … but nobody waits who may be about to leave home.
URGENT = timedelta(hours=24)
_BATCH = 200


# --- It is posted ----------------------------------------------------------------------------------------------------


def announce() -> int:
    """Tell the supporters of each newly published event, once; of a series, of its first. Returns how many events."""
    return each(_unannounced().order_by("starts_at", "pk"), _announce, most=_BATCH)


def _unannounced() -> QuerySet[Event]:
    return Event.objects.public().filter(announced_at=None, cancelled_at=None)


@transaction.atomic
def _announce(pk: int) -> bool:
    # Those of one series are announced together, by their first.
    dates = _claimed(_unannounced(), pk)
    if not dates:
        return False
    event, last = dates[0], dates[-1]
    is_known = event.series_id and Event.objects.filter(series=event.series_id, announced_at__isnull=False).exists()
    Event.objects.filter(pk__in=[each.pk for each in dates]).update(announced_at=timezone.now())
    if is_known:
        # A date that was read later than the others of its series, which were told of.
        return False
    if event.initiative and event.initiative.published_at and not _is_recorded(event):
        told = {"event": event.pk, "starts_at": event.starts_at.isoformat(), "time_zone": event.time_zone}
        record(event.initiative, TimelineEntry.Kind.EVENT, **told)
    if event.initiative is None or not event.initiative.is_live or event.is_over:
        return False
    others = {"more_dates": len(dates) - 1, "last_date": last.message_context["when"]} if last is not event else {}
    # By slices: whoever says meanwhile that they come does not wait for a hundred thousand messages.
    announcing.announce(
        event.initiative,
        kind="event_announced",
        key=event.announcement_key,
        context=event.message_context | others,
        but=[event.author_id],
        by=event.author_id,
    )
    return True


def _is_recorded(event: Event) -> bool:
    """Whether the account of its initiative names it: it was withheld as it was told, and is back."""
    return event.initiative.timeline.filter(kind=TimelineEntry.Kind.EVENT, details__event=event.pk).exists()


def _claimed(due: QuerySet[Event], pk: int) -> list[Event]:
    """This event and those of its series that are due, locked, the first to come first.

    In one order, as whoever changes a series does: another worker waits here, and then finds them done.
    """
    locked = _of_one_series(due, pk).order_by("pk").select_for_update(no_key=True, of=("self",))
    return sorted(locked.for_cards(), key=_by_date)


def _alone_with(due: QuerySet[Event], pk: int) -> list[Event]:
    """The same, but nobody waits for them while thousands are told: nothing is locked, and nobody else tells of them.

    None while another worker does.
    """
    series = _series_of(pk)
    if not (is_alone("events-series", series) if series else is_alone("events-dates", pk)):
        return []
    return sorted(_of_one_series(due, pk).for_cards(), key=_by_date)


def _done(due: QuerySet[Event], dates: list[Event], **told) -> int:
    """Say of these dates that they were told: they are held at the end alone. Returns how many they are.

    What is not due any more was changed meanwhile: all is undone, and the next round tells what is true.
    """
    pks = [event.pk for event in dates]
    held = due.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True, of=("self",))
    if len(held.values_list("pk")) != len(pks):
        transaction.set_rollback(True)
        return 0
    Event.objects.filter(pk__in=pks).update(**told)
    return len(pks)


def _of_one_series(due: QuerySet[Event], pk: int) -> QuerySet[Event]:
    series = _series_of(pk)
    return due.filter(Q(pk=pk) | Q(series=series)) if series else due.filter(pk=pk)


def _series_of(pk: int) -> int | None:
    return Event.objects.filter(pk=pk).values_list("series", flat=True).first()


def _by_date(event: Event) -> tuple[datetime, int]:
    return event.starts_at, event.pk


# --- It changes ------------------------------------------------------------------------------------------------------


def tell_changes() -> int:
    """Tell those who come that the hour or the place is another, once things are quiet. Returns how many events."""
    now = timezone.now()
    changed = Event.objects.filter(sequence__gt=F("told_sequence"))
    # Calendars show it, and nobody has to hear of it.
    changed.filter(told_facts__isnull=True).update(told_sequence=F("sequence"))
    soon = now + URGENT
    was_soon = Q(told_facts__starts_at__lte=soon.astimezone(UTC).isoformat())
    due = changed.filter(withheld_at=None, cancelled_at=None)
    due = due.filter(Q(updated_at__lte=now - QUIET) | Q(starts_at__lte=soon) | was_soon)
    return each(due.order_by("updated_at", "pk"), _tell_change, most=_BATCH)


@transaction.atomic
def _tell_change(pk: int) -> bool:
    if not is_alone("events-change", pk):
        return False
    shown = Event.objects.filter(pk=pk, withheld_at=None, cancelled_at=None)
    event = shown.for_cards().filter(told_facts__isnull=False).first()
    if event is None:
        return False
    is_told = _tell_those_who_come(event)
    # Held at the end alone: nobody who comes or leaves waits for the messages of thousands. Of what has changed
    # meanwhile nothing was said: the next round tells it.
    if not shown.filter(sequence=event.sequence).update(told_facts=None, told_sequence=event.sequence):
        transaction.set_rollback(True)
        return False
    return is_told


def _tell_those_who_come(event: Event) -> bool:
    was, now = event.told_facts, event.facts_to_hear
    changed = {name for name in HEARD if was[name] != now[name]}
    if not changed or event.is_over:
        return False
    context = event.message_context | {
        "when": now["when"],
        "place": now["place"],
        "stands": event.stands,
        "old_when": was["when"] if was["when"] != now["when"] else "",
        "old_place": was["place"] if was["place"] != now["place"] else "",
        "new_link": "online_url" in changed,
    }
    key = f"moved-{event.pk}-{event.sequence}"
    if event.author_id not in (None, was["by"]):
        by = _member(was["by"])
        said = context | {"name": by.display_name if by else ""}
        tell(event.author_id, kind="event_team_moved", key=key, context=said, by=by)
    # Whoever came since has read the page as it is.
    people = Attendance.objects.given().filter(event=event, created_at__lte=was["since"])
    if was["by"]:
        people = people.exclude(member=was["by"])
    rows = each_with_links(event, people.order_by("pk").iterator(1000), context)
    tell_each(rows, kind="event_moved", key=key)
    return True


def _member(number: int | None) -> Member | None:
    """Who of the team did it; None when several did, or nobody knows."""
    return Member.objects.filter(pk=number).first() if number else None


# --- It will not take place ------------------------------------------------------------------------------------------


def tell_cancellations() -> int:
    """Tell those who were coming, once; one message for all the dates of a series. Returns how many events."""
    due = Event.objects.filter(cancelled_at__isnull=False, cancellation_told_at=None)
    return each(due.order_by("pk"), _tell_cancellation, due, most=_BATCH)


@transaction.atomic
def _tell_cancellation(pk: int, due: QuerySet[Event]) -> int:
    dates = _alone_with(due, pk)
    for event in dates:
        # Nobody is told of what they did themselves.
        event.silent_for = (event.told_facts or {}).get("by") or event.author_id
    ahead = [event for event in dates if not event.is_over]
    if ahead:
        key = f"cancelled-{ahead[0].pk}"
        _tell_author(ahead, key=key)
        _tell_of_dates(ahead, kind="event_cancelled", key=key)
    return _done(due, dates, cancellation_told_at=timezone.now())


def _tell_author(dates: list[Event], *, key: str) -> None:
    """Whoever posted it hears that somebody else of the team cancelled it, under the key of those who come."""
    author, by = dates[0].author_id, _member(dates[0].silent_for)
    theirs = [event for event in dates if event.author_id == author and event.silent_for != author]
    if author and theirs:
        context = _said_in_full(theirs[0]) | {"dates": _spans(theirs), "name": by.display_name if by else ""}
        tell(author, kind="event_team_cancelled", key=key, context=context, by=by)


# --- It is not shown any more, then shown again ----------------------------------------------------------------------


def tell_hidden() -> int:
    """Tell those who come that a moderator withheld it, and later that it is back. Returns how many events."""
    now = timezone.now()
    hidden = Event.objects.filter(withheld_at__isnull=False, published_at__isnull=False, cancelled_at=None)
    # A moderator who takes a decision back at once worries nobody.
    hidden = hidden.filter(hidden_told_at=None, withheld_at__lte=now - QUIET)
    back = Event.objects.filter(withheld_at=None, hidden_told_at__isnull=False)
    told = each(hidden.order_by("pk"), _tell_hidden, hidden, now, most=_BATCH)
    return told + each(back.order_by("pk"), _tell_back, back, most=_BATCH)


@transaction.atomic
def _tell_hidden(pk: int, due: QuerySet[Event], now: datetime) -> int:
    dates = _alone_with(due, pk)
    for event in dates:
        # The decision was sent to its author, with its reasons.
        event.silent_for = event.author_id
    ahead = [event for event in dates if not event.is_over]
    if ahead:
        key = f"hidden-{ahead[0].withheld_at.isoformat()}-{ahead[0].pk}"
        _tell_of_dates(ahead, kind="event_withheld", key=key, said=lambda event: event.said_without_texts)
    return _done(due, dates, hidden_told_at=now)


@transaction.atomic
def _tell_back(pk: int, due: QuerySet[Event]) -> int:
    dates = _alone_with(due, pk)
    for event in dates:
        event.silent_for = event.author_id
    ahead = [event for event in dates if not event.is_over and event.cancelled_at is None]
    if ahead:
        key = f"back-{ahead[0].hidden_told_at.isoformat()}-{ahead[0].pk}"
        _tell_of_dates(ahead, kind="event_back", key=key)
    return _done(due, dates, hidden_told_at=None)


# --- Below -----------------------------------------------------------------------------------------------------------


def _said_in_full(event: Event) -> dict[str, str]:
    return event.message_context | {"when": event.span}


def _tell_of_dates(
    dates: list[Event], *, kind: str, key: str, said: Callable[[Event], dict[str, str]] = _said_in_full
) -> None:
    """One message to each person, of all these dates that they come to, or wait for."""
    events = {event.pk: event for event in dates}
    people = Attendance.objects.given().filter(event__in=events).order_by("member", "event__starts_at", "event")
    tell_each(_of_each(people, events, said), kind=kind, key=key)


def _of_each(
    people: QuerySet[Attendance], events: dict[int, Event], said: Callable[[Event], dict[str, str]]
) -> Iterator[tuple[int, dict]]:
    for member, rows in groupby(people.iterator(1000), key=lambda row: row.member_id):
        theirs = [events[row.event_id] for row in rows]
        theirs = [event for event in theirs if event.silent_for != member]
        if theirs:
            yield member, said(theirs[0]) | {"dates": _spans(theirs)}


def _spans(dates: list[Event]) -> list[str]:
    return [event.span for event in dates] if len(dates) > 1 else []
