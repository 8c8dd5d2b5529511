"""The words of core.french for a site whose language is English: "Sun 1 March, 18:30", "12,480", "12 km away"."""

import math
from datetime import date, datetime, timedelta, tzinfo

from django.utils import timezone

NO_BREAK_SPACE = "\u00a0"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def number(value: int) -> str:
    """12480 → "12,480"."""
    return f"{value:,}"


def count(value: int, singular: str, plural: str = "") -> str:
    """Only 1 is singular in English: "0 supporters", "1 supporter", "2 supporters"."""
    word = singular if value == 1 else (plural or f"{singular}s")
    return f"{number(value)}{NO_BREAK_SPACE}{word}"


def day(value: date) -> str:
    """1 March 2026."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def hour(value: datetime) -> str:
    """18:30, 09:00."""
    return f"{value:%H:%M}"


def when(value: datetime, tz: tzinfo | None = None) -> str:
    """Sun 1 March, 18:30: at the clocks of `tz` (the current zone when None), with the year when it is not ours."""
    local = timezone.localtime(value, tz)
    year = "" if local.year == timezone.localtime(timezone=tz).year else f" {local.year}"
    return f"{DAYS[local.weekday()][:3]} {local.day} {MONTHS[local.month - 1]}{year}, {hour(local)}"


def full_when(value: datetime, tz: tzinfo | None = None) -> str:
    """Sunday 1 March 2026, 18:30."""
    local = timezone.localtime(value, tz)
    return f"{DAYS[local.weekday()]} {day(local.date())}, {hour(local)}"


def ago(value: datetime) -> str:
    """just now, 5 minutes ago, 3 days ago, then the date itself after a month."""
    elapsed = timezone.now() - value
    if elapsed < timedelta(minutes=1):
        return "just now"
    if elapsed < timedelta(hours=1):
        return f"{count(int(elapsed.total_seconds() // 60), 'minute')} ago"
    if elapsed < timedelta(days=1):
        return f"{count(int(elapsed.total_seconds() // 3600), 'hour')} ago"
    if elapsed < timedelta(days=31):
        return f"{count(elapsed.days, 'day')} ago"
    return f"on {day(timezone.localtime(value).date())}"


def duration(value: timedelta) -> str:
    """20 minutes, 3 hours, 2 days: one unit, rounded up, for how long something usually takes."""
    minutes = max(1, math.ceil(value.total_seconds() / 60))
    if minutes < 90:
        return count(minutes, "minute")
    if minutes < 36 * 60:
        return count(math.ceil(minutes / 60), "hour")
    return count(math.ceil(minutes / (24 * 60)), "day")


def distance(km: float) -> str:
    """800 m away, 2.4 km away, 12 km away."""
    if km < 1:
        return f"{max(round(km * 10) * 100, 100)}{NO_BREAK_SPACE}m away"
    if km < 10:
        return f"{km:.1f}{NO_BREAK_SPACE}km away"
    return f"{number(round(km))}{NO_BREAK_SPACE}km away"


def euros(cents: int) -> str:
    """€2.40, €12,480: cents are not said where there are none, nor from a thousand euros on."""
    whole, rest = divmod(cents, 100)
    return f"€{number(whole)}.{rest:02}" if rest and whole < 1_000 else f"€{number(round(cents / 100))}"


def ordinal(value: int) -> str:
    """1st, 2nd, 38th, 112th."""
    ending = "th" if value % 100 in (11, 12, 13) else _ENDINGS.get(value % 10, "th")
    return f"{number(value)}{ending}"
