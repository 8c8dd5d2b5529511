"""When the team of the site puts nothing forward: from midnight on the eve of a vote until its polls close.

No new propaganda is spread from the eve of a vote at midnight (Code électoral, art. L. 49); each place lives on its own
clocks, and those of America and Polynesia vote on the Saturday.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone

from territories.models import Department, ElectionWindow

#: The last hour at which polls close.
POLLS_CLOSE = time(20)
#: Where one votes the day before, so that the results of the mainland are not known first.
EARLY = frozenset({"971", "972", "973", "975", "977", "978", "987"})
#: No clock of France is further from those of Paris.
_WIDEST = timedelta(days=2)


@dataclass(frozen=True)
class Freeze:
    """Where nothing is put forward at a moment, by codes of départements; `all_france`: in the whole mainland."""

    departments: frozenset[str] = frozenset()
    all_france: bool = False

    def __bool__(self) -> bool:
        return bool(self.departments)

    def covers(self, department: str | None) -> bool:
        """Whether it holds for what is read in this département; None is read everywhere."""
        return department in self.departments if department else bool(self)


def freeze(at: datetime | None = None) -> Freeze:
    """Where nothing is put forward at this moment (now when None): one query, three when a vote is near."""
    at = at or timezone.now()
    near = ElectionWindow.objects.filter(day__range=(at.date() - _WIDEST, at.date() + _WIDEST))
    windows = list(near.prefetch_related("departments"))
    if not windows:
        return Freeze()
    everywhere = list(Department.objects.all()) if any(not window.departments.all() for window in windows) else []
    frozen: set[str] = set()
    all_france = False
    for window in windows:
        chosen = list(window.departments.all())
        closed = {department.code for department in chosen or everywhere if _is_frozen(window, department, at)}
        # Whoever gave no place lives, as far as we know, on the clocks of Paris.
        all_france |= not chosen and "75" in closed
        frozen |= closed
    return Freeze(frozenset(frozen), all_france)


def _is_frozen(window: ElectionWindow, department: Department, at: datetime) -> bool:
    is_early = window.votes_early_overseas and department.code in EARLY
    day = window.day - timedelta(days=1) if is_early else window.day
    zone = department.zone
    return datetime.combine(day - timedelta(days=1), time(), zone) <= at < datetime.combine(day, POLLS_CLOSE, zone)
