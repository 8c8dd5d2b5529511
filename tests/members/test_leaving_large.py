"""Whoever wrote a great deal leaves in several rounds: nobody waits for their code meanwhile."""

from datetime import timedelta

import pytest
from cast import new_initiative, new_member
from django.conf import settings
from django.utils import timezone

from initiatives.models import Contribution, Support
from members import tasks
from members.models import Departure, SetAside
from members.rights import leaving
from notifications import delivery
from notifications.models import Notification

pytestmark = pytest.mark.django_db

WORDS, NUMBER = "Des mots à moi", 12


@pytest.fixture
def alice(monkeypatch):
    """She wrote a good deal."""
    monkeypatch.setattr(leaving, "enqueue", lambda *_task: None)
    alice = new_member("alice")
    initiative = new_initiative(new_member("omar"))
    said = {"initiative": initiative, "author": alice, "published_at": timezone.now()}
    Contribution.objects.bulk_create(Contribution(text=f"{WORDS} {number}", **said) for number in range(NUMBER))
    return alice


def shown() -> int:
    return Contribution.objects.filter(text__startswith=WORDS).count()


def test_each_round_goes_further_and_the_last_one_ends_it(alice, monkeypatch):
    departure, _is_new = leaving.leave(alice, Departure.Wish.ERASE)
    monkeypatch.setattr(leaving, "SWEEP", timedelta(0))
    assert tasks.carry_out_departure(departure.pk) is False
    left, rounds = shown(), 0
    while Departure.objects.filter(carried_at=None).exists():
        leaving.carry_out_due()
        rounds += 1
        assert rounds < 10 * NUMBER, "every round goes further"
    assert left > 0 and shown() == 0
    assert SetAside.objects.count() == NUMBER
    assert not Support.objects.filter(member=alice).exists()


def test_a_week_later_it_ends_whatever_is_left(alice, monkeypatch):
    monkeypatch.setattr(leaving, "SWEEP", timedelta(0))
    leaving.leave(alice, Departure.Wish.ERASE)
    Departure.objects.update(ends_at=timezone.now(), asked_at=timezone.now() - Departure.UNDONE_WITHIN)
    assert leaving.finish_due() == 1
    assert shown() == 0


def test_codes_of_the_door_never_wait_behind_a_departure():
    routes = settings.CELERY_TASK_ROUTES
    assert "members.tasks.send_code" in routes and "members.tasks.carry_out_departure" not in routes


def test_the_way_back_is_sent_even_when_the_mail_server_was_down_that_day(alice, mailoutbox):
    departure, _is_new = leaving.leave(alice, Departure.Wish.ANONYMISE)
    assert leaving.carry_out(departure.pk)
    Notification.objects.update(due_at=timezone.now())
    delivery.deliver_due()
    [message] = mailoutbox
    assert message.to == ["alice@exemple.fr"] and leaving.path_of(departure) in message.body
