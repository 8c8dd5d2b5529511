"""At the door: who arrives is ticked off, and those who come without having said so are counted."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from events.models import Attendance, Event
from events.services.refusals import DoorClosed

#: People counted at the door besides those of the list: more is a slip of the finger.
MOST_WALK_INS = 10_000


@dataclass(frozen=True)
class Arrivals:
    """People, guests included: of the list, without having said so, and all who said that they come."""

    listed: int
    walk_ins: int
    expected: int

    @property
    def total(self) -> int:
        return self.listed + self.walk_ins


def count(event: Event) -> Arrivals:
    """As they are now. One query, over the people of one event."""
    arrived = event.attendances.coming().filter(checked_in_at__isnull=False)
    listed = arrived.aggregate(people=Sum(1 + F("guests")))["people"] or 0
    return Arrivals(listed=listed, walk_ins=event.walk_in_count, expected=event.attendee_count)


def check_in(attendance: Attendance) -> bool:
    """They arrived, with their guests. False when they were ticked off already. Raises DoorClosed."""
    _demand_open(attendance.event)
    rows = Attendance.objects.coming().filter(pk=attendance.pk, checked_in_at=None)
    return bool(rows.update(checked_in_at=timezone.now()))


def undo(attendance: Attendance) -> bool:
    """That was somebody else. False when they were not ticked off. Raises DoorClosed."""
    _demand_open(attendance.event)
    return bool(Attendance.objects.filter(pk=attendance.pk, checked_in_at__isnull=False).update(checked_in_at=None))


def count_walk_in(event: Event, change: int) -> bool:
    """One more person without having said so, or one less. False at the ends of what can be counted. Raises DoorClosed.

    One statement: those who count at two doors lose nobody.
    """
    _demand_open(event)
    counted = Event.objects.filter(
        pk=event.pk, walk_in_count__gte=max(0, -change), walk_in_count__lte=MOST_WALK_INS - max(0, change)
    )
    return bool(counted.update(walk_in_count=F("walk_in_count") + change))


@transaction.atomic
def tick(event: Event, text: str, *, done: bool) -> bool:
    """Something that was to prepare is ready, or not after all. False when it is no longer on the list."""
    event = Event.objects.select_for_update(of=("self",), no_key=True).get(pk=event.pk)
    found = [each for each in event.checklist if each["text"] == text]
    for each in found:
        each["done"] = done
    if found:
        event.save(update_fields=["checklist"])
    return bool(found)


def _demand_open(event: Event) -> None:
    if not event.is_door_open:
        raise DoorClosed(
            _("On pointe les arrivées de douze heures avant le début à deux jours après la fin de l’événement.")
        )
