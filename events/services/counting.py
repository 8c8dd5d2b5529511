"""Every night the numbers of events are compared with their rows: the database keeps them, and somebody checks."""

from dataclasses import dataclass

from django.db import connection, transaction

from core.jobs import each
from events.models import Attendance, Event
from events.services.waiting import lock

# One reading of both: a number and its rows are those of the same moment.
_DRIFTED = """
SELECT event.id
FROM events_event event
LEFT JOIN (
    SELECT event_id,
        sum(1 + guests) FILTER (WHERE state = 'coming') AS coming,
        sum(1 + guests) FILTER (WHERE state = 'offered') AS offered,
        sum(1 + guests) FILTER (WHERE state = 'waiting') AS waiting
    FROM events_attendance WHERE state <> 'pending' GROUP BY event_id
) counted ON counted.event_id = event.id
WHERE (attendee_count, held_count, waiting_count)
    <> (coalesce(coming, 0), coalesce(offered, 0), coalesce(waiting, 0))
ORDER BY event.id LIMIT %s
"""
_MOST = 1_000


@dataclass(frozen=True)
class Drift:
    """The numbers that an event showed, and those of its rows: who come, are offered a place, wait."""

    event_id: int
    shown: tuple[int, int, int]
    rows: tuple[int, int, int]


def drifted() -> list[int]:
    """The events whose numbers are not those of their rows."""
    with connection.cursor() as cursor:
        return [pk for (pk,) in cursor.execute(_DRIFTED, [_MOST])]


def reconcile() -> list[Drift]:
    """Repair them, and say which they were."""
    found: list[Drift] = []
    each(Event.objects.filter(pk__in=drifted()).order_by("pk"), _repair, found, most=_MOST)
    return found


@transaction.atomic
def _repair(pk: int, found: list[Drift]) -> bool:
    event = lock(pk)
    shown = event.attendee_count, event.held_count, event.waiting_count
    people = dict.fromkeys(Attendance.State.values, 0)
    for state, guests in Attendance.objects.given().filter(event=event).values_list("state", "guests").iterator(1000):
        people[state] += 1 + guests
    rows = tuple(people[state] for state in ("coming", "offered", "waiting"))
    if shown == rows:
        return False
    event.attendee_count, event.held_count, event.waiting_count = rows
    event.save(update_fields=["attendee_count", "held_count", "waiting_count"])
    found.append(Drift(pk, shown, rows))
    return True
