"""An evening of digests: who agreed to them, what moves, the hour that comes."""

from datetime import datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from django.utils import timezone

from members.consents import DIGEST_2026_11
from members.models import Member
from members.services import give_consent
from notifications import delivery, services
from notifications.models import Notification
from pages.digests import gathering
from pages.digests.slices import SLICE
from territories.models import Commune

PARIS = ZoneInfo("Europe/Paris")
_numbers = count(1)


def evening(days: int = 1) -> datetime:
    """Half past six, in so many days: what was written until now is behind it."""
    return datetime.combine(timezone.localdate() + timedelta(days=days), time(18, 30), PARIS)


def agree(*members: Member) -> None:
    for member in members:
        give_consent(member, DIGEST_2026_11.purpose, version=DIGEST_2026_11.version)


def told(*members: Member, number: int | None = None) -> int:
    """A line of what they support."""
    number = number or next(_numbers)
    said = {"title": "Un verger", "heading": f"Nouvelle {number}", "excerpt": "Dix arbres."}
    said |= {"url": f"/initiatives/un-verger-1/nouvelles/{number}/"}
    services.tell_many([each.pk for each in members], kind="update_published", key=f"update-{number}", context=said)
    return number


def gather(days: int = 1) -> int:
    return gathering.gather(evening(days))


def send() -> int:
    """What was made for an evening to come leaves now."""
    Notification.objects.waiting().update(due_at=timezone.now())
    return delivery.deliver_due()


def by_sevens(monkeypatch) -> None:
    """Slices of seven members."""
    monkeypatch.setattr(gathering, "MAKE", gathering.MAKE.replace(f"LIMIT {SLICE}", "LIMIT 7"))


def people(number: int, home: Commune | None = None, **fields) -> list[Member]:
    start = next(_numbers) * 100_000
    return Member.objects.bulk_create(
        Member(email=f"m{start + n}@exemple.fr", display_name=f"M{n}", home_commune=home, **fields)
        for n in range(number)
    )
