"""What tests of coming and waiting look at: numbers that are those of the rows, and turns in order."""

from contextlib import AbstractContextManager
from datetime import datetime
from unittest.mock import patch

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from events.models import Attendance, Event
from events.services import counting


def exact(event: Event) -> tuple[int, int, int]:
    """People who come, are offered a place, wait: the numbers shown, which are those of the rows, within the places."""
    assert counting.drifted() == []
    event.refresh_from_db()
    rows = Attendance.objects.filter(event=event)
    people = Coalesce(Sum("guests"), 0) + Count("id")
    counted = rows.aggregate(
        coming=Coalesce(Sum("guests", filter=Q(state="coming")), 0) + Count("id", filter=Q(state="coming")),
        held=Coalesce(Sum("guests", filter=Q(state="offered")), 0) + Count("id", filter=Q(state="offered")),
        waiting=Coalesce(Sum("guests", filter=Q(state="waiting")), 0) + Count("id", filter=Q(state="waiting")),
    )
    shown = event.attendee_count, event.held_count, event.waiting_count
    assert shown == (counted["coming"], counted["held"], counted["waiting"])
    assert event.capacity is None or sum(shown[:2]) <= event.capacity
    assert rows.given().aggregate(people=people)["people"] == sum(shown)
    return shown


def names(event: Event, state: str) -> list[str]:
    """Who is in this state, in the order of their turns, or of their coming."""
    rows = Attendance.objects.filter(event=event, state=state).order_by("queue_number", "id")
    return list(rows.values_list("member__display_name", flat=True))


def clocks_at(moment: datetime) -> AbstractContextManager:
    """Within it, the site's clocks show this moment."""
    return patch("django.utils.timezone.now", return_value=moment)
