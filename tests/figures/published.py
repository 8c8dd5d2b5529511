"""A snapshot written by hand, for tests of what reads it."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from django.utils import timezone

from core.hot import forget_hot
from figures import chain
from figures.models import Snapshot
from figures.services import yesterday


def publish(
    figures: Mapping[str, int | None],
    places: Mapping[str, Mapping[str, int]] | None = None,
    *,
    hidden: Collection[str] = (),
    day: date | None = None,
    is_demonstration: bool = False,
) -> Snapshot:
    """The day after the latest one, yesterday when there is none."""
    former = Snapshot.objects.filter(is_demonstration=is_demonstration).order_by("-day").first()
    day = day or (former.day + timedelta(days=1) if former else yesterday())
    number = former.number + 1 if former else 1
    said = {
        "version": chain.VERSION,
        "number": number,
        "day": day.isoformat(),
        "previous": former.hash if former else "",
        "counted_at": timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "rebuilt": False,
        "demonstration": is_demonstration,
        "figures": dict(figures),
        "hidden": sorted(hidden),
        "places": {key: dict(cells) for key, cells in (places or {}).items()},
    }
    body = chain.canonical(said).decode()
    snapshot = Snapshot.objects.create(
        is_demonstration=is_demonstration, day=day, number=number, body=body, hash=chain.digest(body.encode())
    )
    forget_hot()
    return snapshot
