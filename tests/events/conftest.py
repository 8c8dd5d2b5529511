import random
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from core.rows import copy_in
from events.models import Event
from territories.models import Commune

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def soon():
    """A day on which a meeting can be held."""
    return timezone.localdate() + timedelta(days=9)


@pytest.fixture
def answers(vitre, soon):
    """`answers(starts="18:30")`: what the event form sends, with these changes."""

    def filled(**changes) -> dict[str, str]:
        commune = changes.pop("commune", vitre)
        place = {"commune": commune.label, "commune_code": commune.pk} if isinstance(commune, Commune) else {}
        return {
            "kind": "meeting",
            "title": "Matinée de plantation",
            "description": "Venez avec des gants.",
            "day": soon.isoformat(),
            "starts": "18:30",
            "ends": "20:00",
            "place_name": "Derrière la gare",
            "address": "",
            "latitude": "",
            "longitude": "",
            "online_url": "",
            "capacity": "",
            **place,
            **changes,
        }

    return filled


@pytest.fixture
def clock_change():
    """`clock_change(month)`: the next last Sunday of March or October, when clocks change, at least a week away."""

    def find(month: int):
        first = timezone.localdate() + timedelta(days=7)
        for year in (first.year, first.year + 1):
            days = (datetime(year, month, 31, 12, tzinfo=PARIS) - timedelta(days=n) for n in range(7))
            sunday = next(day.date() for day in days if day.weekday() == 6)
            if sunday >= first:
                return sunday
        raise AssertionError

    return find


@cache
def every_commune() -> list[Commune]:
    return list(Commune.objects.select_related("department").order_by("code"))


@pytest.fixture
def scatter(alice):
    """`scatter(300)`: so many coming events over random communes of the whole country, some at the same moment."""

    def fill(count: int, seed: int = 1, **fields) -> list[Event]:
        dice = random.Random(seed)
        communes = every_commune()[dice.randrange(50) :: 97]
        now = timezone.now().replace(microsecond=0)
        kinds = [kind for kind in Event.Kind.values if kind != "online"]
        events = []
        for n in range(count):
            commune = dice.choice(communes)
            starts_at = now + timedelta(hours=dice.randrange(1, 24 * 60))
            events.append(
                Event(
                    **{
                        "author": alice,
                        "title": f"Rencontre n° {n}",
                        "kind": dice.choice(kinds),
                        "commune": commune,
                        "department": commune.department,
                        "latitude": commune.latitude + dice.uniform(-0.05, 0.05),
                        "longitude": commune.longitude + dice.uniform(-0.05, 0.05),
                        "starts_at": starts_at,
                        "ends_at": starts_at + timedelta(hours=2),
                        "published_at": now,
                    }
                    | fields
                )
            )
        if count >= 10_000:
            with connection.cursor() as cursor:
                # What they are found by is measured elsewhere, and costs more than they do.
                cursor.execute("ALTER TABLE events_event DISABLE TRIGGER search_comes")
        copy_in(events)
        return events

    return fill
