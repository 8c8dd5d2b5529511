"""Whose clocks an hour is read on: an event in Nouméa at 18:30 starts at 18:30 there."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from territories.models import Commune, Department, Region

MAINLAND = "Europe/Paris"

_NAMES: dict[str, str | Promise] = {
    "America/Cayenne": _("heure de Cayenne"),
    "America/Guadeloupe": _("heure de la Guadeloupe"),
    "America/Marigot": _("heure de Saint-Martin"),
    "America/Martinique": _("heure de la Martinique"),
    "America/Miquelon": _("heure de Saint-Pierre-et-Miquelon"),
    "America/St_Barthelemy": _("heure de Saint-Barthélemy"),
    "Indian/Mayotte": _("heure de Mayotte"),
    "Indian/Reunion": _("heure de La Réunion"),
    "Pacific/Gambier": _("heure des Gambier"),
    "Pacific/Marquesas": _("heure des Marquises"),
    "Pacific/Noumea": _("heure de Nouméa"),
    "Pacific/Tahiti": _("heure de Tahiti"),
    "Pacific/Wallis": _("heure de Wallis-et-Futuna"),
}


def clock_name(zone: str) -> str:
    """ "heure de Nouméa"; "" for mainland France, whose clocks nobody asks about."""
    return str(_NAMES.get(zone, "" if zone == MAINLAND else _("heure du lieu")))


def zone_of(*places: Region | Department | Commune | None) -> ZoneInfo:
    """The clocks of the first place that is known, else those of the mainland."""
    place = next(filter(None, places), None)
    if isinstance(place, Region):
        # Overseas, a région is one département.
        place = place.departments.first()
    return place.zone if place else ZoneInfo(MAINLAND)


def moment(day: date, hour: time, zone: tzinfo, *, was: datetime | None = None) -> datetime:
    """When the clocks of `zone` show this hour.

    In the hour that autumn plays twice, the first one, unless `was`, what it was before, showed the same hour: then it
    has not changed.
    """
    if was is not None:
        shown = was.astimezone(zone)
        if (shown.date(), shown.hour, shown.minute) == (day, hour.hour, hour.minute):
            return shown
    return datetime.combine(day, hour, zone)


def moment_after(start: datetime, hour: time, *, was: datetime | None = None) -> datetime:
    """The first time after `start` that its clocks show this hour: the same day, or the next one."""
    zone = start.tzinfo
    same_day = moment(start.date(), hour, zone, was=was)
    for end in (same_day, same_day.replace(fold=1)):
        if end.astimezone(UTC) > start.astimezone(UTC):
            return end
    return moment(start.date() + timedelta(days=1), hour, zone, was=was)


def is_skipped(moment: datetime) -> bool:
    """True in the hour that the spring change of clocks leaves out."""
    shown = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return shown.replace(tzinfo=None, fold=0) != moment.replace(tzinfo=None, fold=0)
