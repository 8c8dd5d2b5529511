"""What very many are told leaves over a while, by day."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from cast import new_member
from django.utils import timezone

from initiatives.models import Support
from initiatives.services import announcing
from notifications import delivery, pace, services
from notifications.models import Notification

pytestmark = pytest.mark.django_db

CONTEXT = {"title": "Un verger", "url": "/initiatives/un-verger-1/", "steps": "", "supports": 25, "promise": ""}
NOON = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Europe/Paris"))
PEOPLE = 60


@pytest.fixture
def now(monkeypatch):
    """`now(moment)`: from here on it is that moment; nights are those of the site."""
    monkeypatch.setattr(pace, "QUIET_FROM", time(22))
    monkeypatch.setattr(pace, "QUIET_UNTIL", time(7))

    def be(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    be(NOON)
    return be


def tell(*, out_of: int, kind: str = "initiative_public", key: str = "x") -> list[timedelta]:
    """How long after the act the messages are due."""
    members = [new_member(f"membre{number} {key}") for number in range(PEOPLE)]
    services.tell_many([member.pk for member in members], kind=kind, key=key, context=CONTEXT, out_of=out_of)
    return [row.due_at - row.created_at for row in Notification.objects.filter(key=key)]


def test_what_a_few_are_told_leaves_at_once(now):
    assert set(tell(out_of=pace.LARGE)) == {timedelta(0)}


def test_what_very_many_are_told_leaves_over_a_while(now):
    waits = tell(out_of=60_000)
    assert timedelta(0) <= min(waits) < timedelta(minutes=5)
    assert timedelta(minutes=15) < max(waits) <= timedelta(minutes=20)
    assert len(set(waits)) > PEOPLE / 2


def test_a_decision_waits_for_no_wave_nor_what_one_organises(now):
    assert set(tell(out_of=60_000, kind="content_published", key="a")) == {timedelta(0)}
    assert set(tell(out_of=60_000, kind="initiative_gathered", key="b")) == {timedelta(0)}


def test_a_wave_never_lasts_longer_than_an_afternoon():
    assert pace.wave(10_000_000) == pace.LONGEST_WAVE


def test_a_wave_that_meets_the_night_goes_on_as_slowly_in_the_morning(now, sink):
    evening = NOON.replace(hour=21, minute=50)
    now(evening)
    waits = tell(out_of=60_000)
    early = sum(wait < timedelta(minutes=10) for wait in waits)
    now(evening + timedelta(minutes=9, seconds=59))
    assert delivery.deliver_due() == early > 0
    now(evening + timedelta(minutes=30))
    assert delivery.deliver_due() == 0
    morning = (NOON + timedelta(days=1)).replace(hour=7)
    left = Notification.objects.waiting()
    assert sorted(row.due_at for row in left) == sorted(
        morning + wait for wait in waits if wait >= timedelta(minutes=10)
    )


def test_an_initiative_that_very_many_support_tells_them_over_a_while(initiative, alice):
    members = [new_member(f"membre{number}") for number in range(PEOPLE)]
    Support.objects.bulk_create(
        [Support(initiative=initiative, member=member, confirmed_at=timezone.now()) for member in members]
    )
    type(initiative).objects.filter(pk=initiative.pk).update(support_count=60_000)
    announcing.announce(initiative, kind="initiative_public", key="public", context=CONTEXT)
    announcing.tell_supporters()
    due = Notification.objects.filter(key="public").values_list("due_at", flat=True)
    assert len(due) == PEOPLE
    assert max(due) - min(due) > timedelta(minutes=10)
