"""The day before, those who come are asked once whether they still do."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cast import new_event, new_member
from django.db import transaction
from django.test import Client
from django.utils import timezone

from events import tasks
from events.models import Attendance, Event
from events.services import coming, posting, reminding, telling
from notifications import delivery
from notifications.models import Notification
from tests.events.conftest import PARIS
from tests.events.crowd import clocks_at, exact

DAY = (timezone.now() + timedelta(days=40)).date()


def at(hour: int, minute: int = 0, *, days: int = 0, zone: ZoneInfo = PARIS) -> datetime:
    return datetime(DAY.year, DAY.month, DAY.day, hour, minute, tzinfo=zone) + timedelta(days=days)


def sent_at(event, first: datetime, last: datetime) -> datetime | None:
    """The first quarter of an hour at which the task asks somebody."""
    moment = first
    while moment < last:
        with clocks_at(moment):
            if tasks.remind_of_tomorrow():
                return moment
        moment += timedelta(minutes=15)
    return None


@pytest.mark.parametrize(
    ("starts", "zone", "asked"),
    [
        ((18, 30), "Europe/Paris", (18, 30)),
        ((6, 0), "Europe/Paris", (9, 0)),
        ((23, 0), "Europe/Paris", (19, 0)),
        ((0, 30), "Europe/Paris", (9, 0)),
        ((18, 0), "Pacific/Noumea", (18, 0)),
        ((10, 0), "America/Miquelon", (10, 0)),
    ],
)
def test_the_reminder_leaves_the_day_before_at_a_decent_hour_of_its_own_clocks(bob, alice, vitre, starts, zone, asked):
    here = ZoneInfo(zone)
    event = new_event(alice, vitre, starts_at=at(*starts, zone=here), time_zone=zone)
    coming.attend(event, by=bob)
    moment = sent_at(event, at(0, days=-3, zone=here), at(*starts, zone=here))
    assert moment.astimezone(here) == at(*asked, days=-1, zone=here)


@pytest.fixture
def tomorrow(event, bob) -> Event:
    coming.attend(event, by=bob)
    Event.objects.update(starts_at=at(18), ends_at=at(20))
    event.refresh_from_db()
    return event


def test_those_who_come_are_asked_once_and_those_who_join_later_are_not(tomorrow):
    with clocks_at(at(18, 5, days=-1)):
        assert tasks.remind_of_tomorrow() == 1
        coming.attend(tomorrow, by=new_member("emma"))
        assert tasks.remind_of_tomorrow() == 0
    row = Notification.objects.get(kind="event_tomorrow")
    assert row.recipient.display_name == "Bob"


def test_who_waits_or_did_not_confirm_is_not_asked(tomorrow):
    Event.objects.update(capacity=1)
    coming.attend(tomorrow, by=new_member("emma"))
    with clocks_at(at(18, 5, days=-1)):
        assert tasks.remind_of_tomorrow() == 1
    assert Notification.objects.filter(kind="event_tomorrow").count() == 1


@pytest.mark.parametrize("change", [{"cancelled_at": timezone.now()}, {"withheld_at": timezone.now()}])
def test_nobody_is_asked_to_come_to_what_does_not_take_place(tomorrow, change):
    Event.objects.update(**change)
    with clocks_at(at(18, 5, days=-1)):
        assert tasks.remind_of_tomorrow() == 0


def test_a_reminder_that_was_missed_waits_for_the_morning_and_is_not_sent_too_late(tomorrow):
    with clocks_at(at(23, days=-1)):
        assert tasks.remind_of_tomorrow() == 0
    with clocks_at(at(15, 30)):
        assert tasks.remind_of_tomorrow() == 0
    with clocks_at(at(9)):
        assert tasks.remind_of_tomorrow() == 1


def test_an_event_moved_to_another_week_is_reminded_of_again(tomorrow):
    with clocks_at(at(18, 5, days=-1)):
        tasks.remind_of_tomorrow()
    Event.objects.update(starts_at=at(18, days=7), ends_at=at(20, days=7))
    with clocks_at(at(18, 5, days=6)):
        assert tasks.remind_of_tomorrow() == 1
        assert tasks.remind_of_tomorrow() == 0
    assert Notification.objects.filter(kind="event_tomorrow").count() == 2


def test_ten_tasks_at_once_ask_each_person_once(at_once, vitre_committed):
    event = new_event(new_member("alice"), vitre_committed, starts_at=at(18))
    for n in range(5):
        coming.attend(event, by=new_member(f"m{n}"))
    with clocks_at(at(18, 5, days=-1)):
        assert sum(at_once(lambda _task: tasks.remind_of_tomorrow(), range(10))) == 5
    assert Notification.objects.filter(kind="event_tomorrow").count() == 5


@pytest.mark.parametrize("told", [reminding, telling])
def test_nobody_who_acts_on_an_event_waits_for_the_messages_of_those_who_come(
    at_once, vitre_committed, monkeypatch, told
):
    alice, bob = new_member("alice"), new_member("bob")
    event = new_event(alice, vitre_committed, starts_at=at(18))
    coming.attend(event, by=alice)
    coming.attend(event, by=bob)
    now, then = at(18, 5, days=-1), told.tell_each

    @transaction.atomic
    def hold(_item):
        return Event.objects.select_for_update(no_key=True, nowait=True).get(pk=event.pk).pk

    def tell_each(rows, **said):
        then(rows, **said)
        assert at_once(hold, [1]) == [event.pk]

    monkeypatch.setattr(told, "tell_each", tell_each)
    with clocks_at(now):
        posting.edit(event, {}, {"place_name": "Le préau"}, by=alice)
        assert (tasks.remind_of_tomorrow(), tasks.tell_changes()) == (2, 1)
    assert Notification.objects.filter(kind__in=["event_tomorrow", "event_moved"]).count() == 3


def test_what_changes_while_it_is_told_is_told_as_it_became(at_once, vitre_committed, monkeypatch):
    alice, bob = new_member("alice"), new_member("bob")
    event = new_event(alice, vitre_committed, starts_at=at(18))
    coming.attend(event, by=bob)
    then = telling.tell_each

    def tell_each(rows, **said):
        then(rows, **said)
        monkeypatch.setattr(telling, "tell_each", then)
        at_once(lambda place: posting.edit(event, {}, {"place_name": place}, by=alice), ["La mairie"])

    monkeypatch.setattr(telling, "tell_each", tell_each)
    with clocks_at(at(18, 5, days=-1)):
        posting.edit(event, {}, {"place_name": "Le préau"}, by=alice)
        assert (tasks.tell_changes(), tasks.tell_changes()) == (0, 1)
    assert "La mairie" in Notification.objects.get(kind="event_moved").context["place"]


def test_the_two_links_of_the_reminder_show_one_button_each_and_act_without_a_session(tomorrow, mailoutbox):
    with clocks_at(at(18, 5, days=-1)):
        tasks.remind_of_tomorrow()
        said = Notification.objects.get(kind="event_tomorrow").context
        delivery.deliver_due()
    body = next(each.body for each in mailoutbox if each.subject.startswith("Vous venez toujours"))
    assert said["still_url"] in body and said["leave_url"] in body
    page = Client().get(said["still_url"]).content.decode()
    assert page.count('<button class="button button-wide"') == 1 and "Je viens toujours" in page
    assert Attendance.objects.get().answered_at is None
    answer = Client().post(said["still_url"], follow=True)
    assert "Merci\u202f: on compte sur vous." in answer.content.decode()
    assert Attendance.objects.get().answered_at is not None
    page = Client().get(said["leave_url"]).content.decode()
    assert page.count('<button class="button button-wide"') == 1 and exact(tomorrow) == (1, 0, 0)
    Client().post(said["leave_url"])
    assert exact(tomorrow) == (0, 0, 0)
    # What was answered already leads to where one stands.
    for link in (said["still_url"], said["leave_url"]):
        assert "Je viens" in Client().get(link, follow=True).content.decode()


def test_the_reminder_costs_the_same_for_few_or_many(alice, vitre, django_assert_num_queries):
    bills = []
    for count in (2, 30):
        event = new_event(alice, vitre, starts_at=at(18))
        for n in range(count):
            coming.attend(event, by=new_member(f"m{event.pk}-{n}"))
        with clocks_at(at(18, 5, days=-1)), django_assert_num_queries(9 if not bills else bills[0]) as bill:
            assert tasks.remind_of_tomorrow() == count
        bills.append(len(bill))
