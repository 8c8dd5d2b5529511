"""When things happen: evenings and week-ends, at the clocks of the place, so many days before or after today."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

WEEK = (0, 1, 2, 3)
WEDNESDAY, FRIDAY, SATURDAY, SUNDAY = 2, 4, 5, 6

#: Nobody calls a meeting then: month and day.
FEASTS = {(12, 24), (12, 25), (12, 31), (1, 1), (5, 1), (7, 14), (8, 15), (11, 1), (11, 11)}


@dataclass(frozen=True)
class Habit:
    """The days (0 is Monday) and hours at which such an event begins, and how long it lasts, in minutes."""

    days: tuple[int, ...]
    hours: tuple[str, ...]
    minutes: tuple[int, ...]


EVENING = Habit((*WEEK, FRIDAY), ("18:30", "19:00", "19:30", "20:00"), (90, 120))
HABITS = {
    "meeting": Habit((*WEEK, *WEEK, SATURDAY), ("18:00", "18:30", "19:00", "20:00"), (90, 120)),
    "debate": Habit((*WEEK, FRIDAY), ("19:00", "19:30", "20:00", "20:30"), (120, 150)),
    "workshop": Habit((WEDNESDAY, SATURDAY, SATURDAY, SUNDAY), ("10:00", "14:00", "14:30"), (120, 150, 180)),
    "walk": Habit((SATURDAY, SUNDAY, SUNDAY), ("09:30", "10:00", "14:00", "14:30"), (120, 150, 180)),
    "market": Habit((WEDNESDAY, SATURDAY, SATURDAY, SUNDAY), ("08:30", "09:00", "09:30"), (180, 210)),
    "cleanup": Habit((SATURDAY, SATURDAY, SUNDAY), ("09:00", "09:30", "10:00"), (150, 180)),
    "door_to_door": Habit((*WEEK, SATURDAY), ("17:30", "18:00"), (120,)),
    "online": Habit(WEEK, ("18:30", "20:00", "20:30"), (60, 75, 90)),
}
#: What its title, or else its description, says of the hour counts more than its kind.
TOLD = {
    "petit déjeuner": Habit((*WEEK, FRIDAY, SATURDAY), ("08:00", "08:30"), (90,)),
    "matin": Habit((SATURDAY, SUNDAY), ("09:00", "09:30"), (150, 180)),
    "après-midi": Habit((WEDNESDAY, SATURDAY, SUNDAY), ("14:00", "14:30"), (150, 180)),
    "nuit": Habit((FRIDAY, SATURDAY), ("20:30", "21:00"), (120, 150)),
    "étoiles": Habit((FRIDAY, SATURDAY), ("21:00", "21:30"), (120,)),
    "soir": Habit((*WEEK, FRIDAY), ("18:30", "19:00", "20:00"), (120,)),
    "veillée": EVENING,
    "apéro": EVENING,
}


@dataclass(frozen=True)
class Slot:
    """A day of the week, an hour and a length, before it is known which week."""

    weekday: int
    hour: time
    length: timedelta

    def before(self, now: datetime, days: float, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its start and end in the week that ends `days` before now."""
        last = (now - timedelta(days=days)).astimezone(zone).date()
        return self._on(last - timedelta(days=(last.weekday() - self.weekday) % 7), zone)

    def after(self, now: datetime, days: float, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its start and end in the week that begins `days` after now, the next one when that is a feast."""
        first = (now + timedelta(days=days)).astimezone(zone).date()
        day = first + timedelta(days=(self.weekday - first.weekday()) % 7)
        while (day.month, day.day) in FEASTS:
            day += timedelta(weeks=1)
        return self._on(day, zone)

    def _on(self, day, zone: ZoneInfo) -> tuple[datetime, datetime]:
        # Computed in UTC: a length is not stretched by the night when clocks change.
        start = datetime.combine(day, self.hour, zone).astimezone(ZoneInfo("UTC"))
        return start, start + self.length


def slot_for(kind: str, title: str, description: str, rng: Random) -> Slot:
    """When such an event usually takes place."""
    told = (TOLD[word] for text in (title.lower(), description.lower()) for word in TOLD if word in text)
    habit = next(told, HABITS[kind])
    weekday = rng.choice(habit.days)
    hours = habit.hours
    if kind == "meeting" and weekday == SATURDAY:
        hours = ("10:00", "10:30", "14:30")
    return Slot(weekday, time.fromisoformat(rng.choice(hours)), timedelta(minutes=rng.choice(habit.minutes)))
