"""The days of a series, and its hours on the clocks of the place."""

from datetime import date, datetime, time, tzinfo

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday

from events.models import Series
from territories import clocks

#: Dates of one series at most, the first included: a year of weeks.
MOST_DATES = 52


def days(rhythm: str, first: date, until: date) -> list[date]:
    """Its days from the first to `until`, one more than MOST_DATES at most.

    By month, the same weekday at the same rank, « le 2e mardi »; a fifth one, which most months lack, means the last.
    """
    midnight = datetime.combine(first, time.min)
    if rhythm == Series.Rhythm.MONTHLY:
        rank = (first.day - 1) // 7 + 1
        rule = {"freq": MONTHLY, "byweekday": weekday(first.weekday(), -1 if rank == 5 else rank)}
    else:
        rule = {"freq": WEEKLY, "interval": 2 if rhythm == Series.Rhythm.FORTNIGHTLY else 1}
    found = rrule(dtstart=midnight, until=datetime.combine(until, time.min), count=None, **rule)
    return [each.date() for each, _place in zip(found, range(MOST_DATES + 1), strict=False)]


def hours(day: date, starts: time, ends: time, zone: tzinfo) -> tuple[datetime, datetime]:
    """When it begins and ends that day: the same hours on the clocks of the place, summer and winter.

    In the hour that spring leaves out, it begins as long after midnight as on other days (RFC 5545, 3.3.5).
    """
    start = clocks.moment(day, starts, zone)
    return start, clocks.moment_after(start, ends)
