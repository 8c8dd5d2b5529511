"""How the site writes dates, numbers and distances in French: "dim. 1er mars, 18 h 30", "12 480", "à 12 km".

On a site in English (SITE_LANGUAGE=en), each of these functions answers as core.english does.
"""

import math
from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from functools import wraps

from django.conf import settings
from django.utils import timezone

from core import english

NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
SHORT_DAYS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def _in_language_of_site(french: Callable[..., str]) -> Callable[..., str]:
    in_english = getattr(english, french.__name__)

    @wraps(french)
    def said(*args) -> str:
        # Not get_language(): it costs more than most of these functions, and a site has one language.
        return in_english(*args) if settings.LANGUAGE_CODE == "en" else french(*args)

    return said


@_in_language_of_site
def number(value: int) -> str:
    """12480 → "12 480", with a narrow space that never breaks a line."""
    return f"{value:,}".replace(",", NARROW_SPACE)


@_in_language_of_site
def count(value: int, singular: str, plural: str = "") -> str:
    """0 and 1 are singular in French: "0 soutien", "1 soutien", "2 soutiens"."""
    word = singular if value < 2 else (plural or f"{singular}s")
    return f"{number(value)}{NO_BREAK_SPACE}{word}"


@_in_language_of_site
def day(value: date) -> str:
    """1er mars 2026."""
    return f"{_ordinal(value.day)} {MONTHS[value.month - 1]} {value.year}"


@_in_language_of_site
def hour(value: datetime) -> str:
    """18 h 30, and 18 h on the hour."""
    minutes = f"{NO_BREAK_SPACE}{value.minute:02}" if value.minute else ""
    return f"{value.hour}{NO_BREAK_SPACE}h{minutes}"


@_in_language_of_site
def when(value: datetime, tz: tzinfo | None = None) -> str:
    """dim. 1er mars, 18 h 30: at the clocks of `tz` (the current zone when None), with the year when it is not ours."""
    local = timezone.localtime(value, tz)
    year = "" if local.year == timezone.localtime(timezone=tz).year else f" {local.year}"
    return f"{SHORT_DAYS[local.weekday()]} {_ordinal(local.day)} {MONTHS[local.month - 1]}{year}, {hour(local)}"


@_in_language_of_site
def full_when(value: datetime, tz: tzinfo | None = None) -> str:
    """dimanche 1er mars 2026, 18 h 30."""
    local = timezone.localtime(value, tz)
    return f"{DAYS[local.weekday()]} {day(local.date())}, {hour(local)}"


@_in_language_of_site
def ago(value: datetime) -> str:
    """à l’instant, il y a 5 minutes, il y a 3 jours, then the date itself after a month."""
    elapsed = timezone.now() - value
    if elapsed < timedelta(minutes=1):
        return "à l’instant"
    if elapsed < timedelta(hours=1):
        return f"il y a {count(int(elapsed.total_seconds() // 60), 'minute')}"
    if elapsed < timedelta(days=1):
        return f"il y a {count(int(elapsed.total_seconds() // 3600), 'heure')}"
    if elapsed < timedelta(days=31):
        return f"il y a {count(elapsed.days, 'jour')}"
    return f"le {day(timezone.localtime(value).date())}"


@_in_language_of_site
def duration(value: timedelta) -> str:
    """20 minutes, 3 heures, 2 jours: one unit, rounded up, for how long something usually takes."""
    minutes = max(1, math.ceil(value.total_seconds() / 60))
    if minutes < 90:
        return count(minutes, "minute")
    if minutes < 36 * 60:
        return count(math.ceil(minutes / 60), "heure")
    return count(math.ceil(minutes / (24 * 60)), "jour")


@_in_language_of_site
def distance(km: float) -> str:
    """à 800 m, à 2,4 km, à 12 km."""
    if km < 0.95:
        return f"à {max(round(km * 10) * 100, 100)}{NO_BREAK_SPACE}m"
    if km < 9.95:
        return f"à {km:.1f}".replace(".", ",") + f"{NO_BREAK_SPACE}km"
    return f"à {number(round(km))}{NO_BREAK_SPACE}km"


@_in_language_of_site
def euros(cents: int) -> str:
    """2,40 €, 12 480 €: cents are not said where there are none, nor from a thousand euros on."""
    whole, rest = divmod(cents, 100)
    if rest and whole < 1_000:
        return f"{number(whole)},{rest:02}{NO_BREAK_SPACE}€"
    return f"{number(round(cents / 100))}{NO_BREAK_SPACE}€"


@_in_language_of_site
def ordinal(value: int) -> str:
    """1er, 2e, 38e."""
    return "1er" if value == 1 else f"{number(value)}e"


def _ordinal(day_of_month: int) -> str:
    return "1er" if day_of_month == 1 else str(day_of_month)
