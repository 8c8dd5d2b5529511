"""The waiting list: in order, told at once, a day to answer, and never one person too many."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from cast import client_of, database_url, new_event, new_member
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from events import tasks
from events.models import Attendance, Event, StaleCell
from events.services import coming, counting, posting, refusals, waiting
from members.models import Member
from notifications.models import Notification
from tests.events.crowd import clocks_at, exact, names


def told(kind: str) -> list[str]:
    rows = Notification.objects.filter(kind=kind).order_by("id")
    return list(rows.values_list("recipient__display_name", flat=True))


@pytest.fixture
def full(alice, vitre) -> Event:
    """Two places, taken by Alice and Dora; Emma, Fred and Gina wait, in this order."""
    event = new_event(alice, vitre, capacity=2)
    for member in (alice, *map(new_member, ("dora", "emma", "fred", "gina"))):
        coming.attend(event, by=member)
    return event


def member(name: str) -> Member:
    return Member.objects.get(display_name=name)


# --- Joining ---------------------------------------------------------------------------------------------------------


def test_who_comes_when_it_is_full_waits_in_order_and_is_told(full):
    assert exact(full) == (2, 0, 3)
    assert names(full, "waiting") == ["Emma", "Fred", "Gina"]
    assert told("event_waiting") == ["Emma", "Fred", "Gina"]
    assert told("event_joined") == ["Alice", "Dora"]


def test_one_tap_joins_the_list_and_says_the_rank(full, as_bob):
    page = as_bob.get(full.get_absolute_url()).content.decode()
    assert "C’est complet." in page and "Rejoindre la liste d’attente" in page
    text = as_bob.post(reverse("event_attend", args=[full.slug]), follow=True).content.decode()
    assert "Vous êtes sur la liste d’attente." in text and "Votre rang\u202f: 4e." in text
    assert "Votre rang\u202f: 4e." in as_bob.get(full.get_absolute_url()).content.decode()
    as_bob.post(reverse("event_leave", args=[full.slug]))
    assert exact(full) == (2, 0, 3)


def test_somebody_else_reads_no_name_of_who_waits_or_comes(full, visitor, as_bob):
    for client in (visitor, as_bob):
        page = client.get(full.get_absolute_url()).content.decode()
        for name in ("Dora", "Emma", "Fred", "Gina"):
            assert name not in page


def test_a_party_larger_than_what_is_left_is_told_how_many_may_come(alice, bob, vitre, as_bob):
    event = new_event(alice, vitre, capacity=3)
    coming.attend(event, by=alice)
    answer = as_bob.post(reverse("event_attend", args=[event.slug]), {"guests": 2})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Il reste 2 places\u202f: choisissez d’être moins nombreux." in page
    assert '<option value="2" selected>' in page, "nothing that was chosen is lost"
    assert exact(event) == (1, 0, 0)
    as_bob.post(reverse("event_attend", args=[event.slug]), {"guests": 1})
    assert exact(event) == (3, 0, 0)


def test_a_party_larger_than_the_event_never_waits_for_it(full, bob):
    with pytest.raises(refusals.PartyTooLarge, match="n’a que 2 places"):
        coming.attend(full, by=bob, guests=2)
    assert exact(full) == (2, 0, 3)


@pytest.mark.parametrize("guests", ["10", "-1", "x", "1.5"])
def test_nobody_brings_a_number_of_guests_that_is_not_proposed(as_bob, event, guests):
    answer = as_bob.post(reverse("event_attend", args=[event.slug]), {"guests": guests})
    assert answer.status_code == 409 and "Choisissez combien vous serez." in answer.content.decode()
    assert exact(event) == (0, 0, 0)


# --- Moving ----------------------------------------------------------------------------------------------------------


def test_a_place_given_back_is_offered_at_once_to_the_first(full):
    coming.leave(full, by=member("Dora"))
    assert exact(full) == (1, 1, 2)
    assert names(full, "offered") == ["Emma"] and told("event_offered") == ["Emma"]
    row = Attendance.objects.get(state="offered")
    assert timedelta(hours=23, minutes=59) < row.offer_ends_at - timezone.now() <= timedelta(hours=24)
    # Nobody takes it from her, not even who comes now.
    assert coming.attend(full, by=new_member("hugo")).is_waiting
    assert exact(full) == (1, 1, 3)


def test_who_is_offered_a_place_takes_it_or_leaves_it_to_the_next(full):
    coming.leave(full, by=member("Dora"))
    coming.leave(full, by=member("Alice"))
    assert names(full, "offered") == ["Emma", "Fred"]
    assert coming.attend(full, by=member("Emma")).is_coming
    coming.leave(full, by=member("Fred"))
    assert names(full, "offered") == ["Gina"]
    assert exact(full) == (1, 1, 0)


def test_an_offer_that_nobody_answers_goes_to_the_next_and_is_said(full):
    coming.leave(full, by=member("Dora"))
    with clocks_at(timezone.now() + timedelta(hours=23, minutes=50)):
        assert tasks.move_waiting_lists() == 0
    with clocks_at(timezone.now() + timedelta(hours=24, minutes=1)):
        assert tasks.move_waiting_lists() == 2
        assert tasks.move_waiting_lists() == 0
    assert told("event_offer_ended") == ["Emma"] and told("event_offered") == ["Emma", "Fred"]
    assert names(full, "waiting") == ["Gina"] and exact(full) == (1, 1, 1)
    # She may join again, behind the others.
    coming.attend(full, by=member("Emma"))
    assert names(full, "waiting") == ["Gina", "Emma"]


def test_places_added_are_offered_by_the_sweep(full):
    Event.objects.update(capacity=4)
    assert tasks.move_waiting_lists() == 2
    assert tasks.move_waiting_lists() == 0
    assert names(full, "offered") == ["Emma", "Fred"] and exact(full) == (2, 2, 1)


def test_an_organiser_who_adds_places_has_them_offered_at_once(full, alice, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        posting.edit(full, {}, {"capacity": 3}, by=alice)
    assert names(full, "offered") == ["Emma"] and exact(full) == (2, 1, 2)


def test_an_event_without_a_limit_any_more_offers_a_place_to_everyone(full):
    Event.objects.update(capacity=None)
    assert tasks.move_waiting_lists() == 3
    assert exact(full) == (2, 3, 0)


def test_a_crowd_is_moved_by_several_sweeps(full, monkeypatch):
    """One that holds the event for so many would keep all others from acting on it."""
    monkeypatch.setattr(waiting, "_AT_ONCE", 2)
    Event.objects.update(capacity=None)
    assert [tasks.move_waiting_lists() for _sweep in range(3)] == [2, 1, 0]
    assert exact(full) == (2, 3, 0)
    with clocks_at(timezone.now() + timedelta(hours=25)):
        assert [tasks.move_waiting_lists() for _sweep in range(3)] == [2, 1, 0]
    assert exact(full) == (2, 0, 0) and told("event_offer_ended") == ["Emma", "Fred", "Gina"]


def test_a_crowd_is_called_by_several_sweeps(full, monkeypatch):
    monkeypatch.setattr(waiting, "_AT_ONCE", 2)
    starts_at = timezone.now() + timedelta(hours=1)
    Event.objects.update(starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), capacity=3)
    assert [tasks.move_waiting_lists() for _sweep in range(3)] == [2, 1, 0]
    assert told("event_last_places") == ["Emma", "Fred", "Gina"]


def test_nobody_passes_before_a_party_that_waits_for_more_places(alice, vitre):
    event = new_event(alice, vitre, capacity=4)
    for name, guests in (("bob", 0), ("dora", 0), ("emma", 1), ("fred", 2), ("gina", 0)):
        coming.attend(event, by=new_member(name), guests=guests)
    coming.leave(event, by=member("Bob"))
    assert tasks.move_waiting_lists() == 0
    assert exact(event) == (3, 0, 4) and names(event, "waiting") == ["Fred", "Gina"]
    hint = "Il y a déjà 1\u00a0place libre\u202f: si vous êtes moins nombreux, c’est votre tour."
    assert hint in client_of(member("Fred")).get(event.get_absolute_url()).content.decode()
    assert "moins nombreux" not in client_of(member("Gina")).get(event.get_absolute_url()).content.decode()
    assert coming.attend(event, by=new_member("hugo")).is_waiting
    coming.leave(event, by=member("Emma"))
    assert names(event, "offered") == ["Fred"] and exact(event) == (1, 3, 2)


def test_a_party_that_became_larger_than_the_event_stops_nobody(alice, vitre):
    event = new_event(alice, vitre, capacity=5)
    coming.attend(event, by=alice, guests=4)
    for name, guests in (("fred", 4), ("gina", 0)):
        coming.attend(event, by=new_member(name), guests=guests)
    coming.bring(event, by=alice, guests=1)
    Event.objects.update(capacity=3)
    assert tasks.move_waiting_lists() == 1
    assert names(event, "offered") == ["Gina"] and names(event, "waiting") == ["Fred"]
    # With fewer, he is the first again.
    coming.leave(event, by=member("Gina"))
    coming.bring(event, by=member("Fred"), guests=0)
    assert names(event, "offered") == ["Fred"] and exact(event) == (2, 1, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"cancelled_at": timezone.now()},
        {"withheld_at": timezone.now()},
        {"starts_at": timezone.now() - timedelta(hours=3), "ends_at": timezone.now() - timedelta(hours=1)},
    ],
)
def test_an_event_that_is_cancelled_withheld_or_over_offers_nothing_and_keeps_no_place(full, change):
    coming.leave(full, by=member("Dora"))
    Event.objects.update(**change)
    assert tasks.move_waiting_lists() == 1
    assert tasks.move_waiting_lists() == 0
    assert exact(full) == (1, 0, 3) and names(full, "waiting") == ["Emma", "Fred", "Gina"]
    coming.leave(full, by=member("Alice"))
    assert told("event_offered") == ["Emma"]


def test_an_event_that_is_read_again_offers_the_place_again_with_a_whole_day(full):
    coming.leave(full, by=member("Dora"))
    full.refresh_from_db()
    full.withhold()
    with clocks_at(timezone.now() + timedelta(days=2)):
        tasks.move_waiting_lists()
        full.restore()
        assert tasks.move_waiting_lists() == 1
        assert Attendance.objects.get(state="offered").offer_ends_at == timezone.now() + timedelta(hours=24)
    assert told("event_offered") == ["Emma", "Emma"] and told("event_offer_ended") == []


def test_an_offer_ends_before_the_last_places_go_to_the_first_who_come(alice, vitre):
    event = new_event(alice, vitre, capacity=1, starts_at=timezone.now() + timedelta(hours=5))
    coming.attend(event, by=alice)
    coming.attend(event, by=new_member("emma"))
    coming.leave(event, by=alice)
    assert abs(Attendance.objects.get().offer_ends_at - (event.starts_at - timedelta(hours=2))) < timedelta(seconds=1)


def test_in_the_last_two_hours_who_waits_is_called_once_and_the_first_who_comes_has_the_place(full):
    starts_at = timezone.now() + timedelta(hours=1)
    Event.objects.update(starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))
    coming.leave(full, by=member("Dora"))
    assert told("event_last_places") == ["Emma", "Fred", "Gina"] and told("event_offered") == []
    assert tasks.move_waiting_lists() == 0
    page = client_of(member("Gina")).get(full.get_absolute_url()).content.decode()
    assert "Une place est libre\u202f: je viens" in page
    assert coming.attend(full, by=member("Gina")).is_coming
    assert coming.attend(full, by=member("Emma")).is_waiting
    assert exact(full) == (2, 0, 2)


def test_last_places_of_an_event_that_nobody_left_are_called_by_the_sweep(full):
    starts_at = timezone.now() + timedelta(hours=1)
    Event.objects.update(starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), capacity=3)
    assert tasks.move_waiting_lists() == 3
    assert tasks.move_waiting_lists() == 0
    assert told("event_last_places") == ["Emma", "Fred", "Gina"]


def test_who_was_called_for_a_day_that_was_put_off_is_called_again_for_the_new_one(full):
    def starts_in(hours: int) -> None:
        starts_at = timezone.now() + timedelta(hours=hours)
        Event.objects.update(starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), capacity=5)

    Event.objects.update(capacity=5)
    Attendance.objects.waiting().update(guests=4)
    starts_in(1)
    assert tasks.move_waiting_lists() == 3
    starts_in(24 * 7)
    assert tasks.move_waiting_lists() == 0
    with clocks_at(timezone.now() + timedelta(days=6, hours=23)):
        StaleCell.objects.all().delete()
        assert tasks.move_waiting_lists() == 3
        assert StaleCell.objects.exists()
        assert tasks.move_waiting_lists() == 0
    assert told("event_last_places") == ["Emma", "Fred", "Gina"] * 2


def test_a_list_that_fails_keeps_no_other_from_moving(full, vitre, alice, monkeypatch):
    other = new_event(alice, vitre, capacity=1)
    for name in ("hugo", "ines"):
        coming.attend(other, by=new_member(name))
    Event.objects.update(capacity=3)
    move = waiting.move

    def fails(event):
        if event.pk == full.pk:
            raise ValueError
        return move(event)

    monkeypatch.setattr(waiting, "move", fails)
    assert tasks.move_waiting_lists() == 1
    assert names(other, "offered") == ["Ines"] and names(full, "offered") == []


# --- How many they are -----------------------------------------------------------------------------------------------


def test_guests_are_changed_later_and_free_places_for_who_waits(alice, bob, vitre, as_bob):
    event = new_event(alice, vitre, capacity=4)
    coming.attend(event, by=bob, guests=3)
    coming.attend(event, by=new_member("emma"))
    text = as_bob.post(reverse("event_bring", args=[event.slug]), {"guests": 1}, follow=True).content.decode()
    assert "Vous venez\u202f: 2\u00a0personnes en tout." in text
    assert names(event, "offered") == ["Emma"] and exact(event) == (2, 1, 0)
    answer = as_bob.post(reverse("event_bring", args=[event.slug]), {"guests": 3})
    assert answer.status_code == 409
    assert "Il ne reste que 1 place de plus." in answer.content.decode()
    assert exact(event) == (2, 1, 0)


def test_an_organiser_is_told_of_the_guests_of_others_and_not_of_their_own(event, alice, bob):
    coming.attend(event, by=alice, guests=1)
    coming.bring(event, by=alice, guests=3)
    assert tasks.tell_organisers() == 0
    coming.attend(event, by=bob, guests=2)
    assert tasks.tell_organisers() == 1


def test_nobody_brings_more_people_before_those_who_wait(full):
    Event.objects.update(capacity=3)
    with pytest.raises(refusals.PartyTooLarge, match="D’autres personnes attendent"):
        coming.bring(full, by=member("Dora"), guests=1)


def test_who_waits_changes_how_many_they_are_and_keeps_their_turn(full):
    coming.bring(full, by=member("Emma"), guests=1)
    assert names(full, "waiting")[0] == "Emma" and exact(full) == (2, 0, 4)


# --- Exact -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_the_numbers_are_those_of_the_rows_after_any_sequence_of_acts(alice, vitre, seed):
    dice = random.Random(seed)
    event = new_event(alice, vitre, capacity=dice.choice([3, 8, None]))
    people = [new_member(f"m{n}") for n in range(14)]
    now = timezone.now()
    for _ in range(150):
        now += timedelta(minutes=dice.randrange(120)) if event.starts_at - now > timedelta(hours=3) else timedelta()
        with clocks_at(now):
            act = dice.randrange(10)
            who, guests = dice.choice(people), dice.choice([0, 0, 0, 1, 2, 4])
            try:
                if act < 4:
                    coming.attend(event, by=who, guests=guests)
                elif act < 6:
                    coming.leave(event, by=who)
                elif act < 8:
                    coming.bring(event, by=who, guests=guests)
                elif act == 8:
                    event.refresh_from_db()
                    least = event.attendee_count + event.held_count
                    Event.objects.update(capacity=dice.choice([None, least + dice.randrange(3) or 1]))
                else:
                    tasks.move_waiting_lists()
            except refusals.Refused:
                pass
        exact(event)


def test_a_member_who_is_erased_frees_their_place_and_the_numbers_follow(full):
    member("Dora").delete()
    member("Fred").delete()
    assert exact(full) == (1, 0, 2)
    assert tasks.move_waiting_lists() == 1
    assert names(full, "offered") == ["Emma"]


def test_numbers_that_drifted_are_repaired_each_night_and_reported(full, caplog):
    Event.objects.update(attendee_count=1, waiting_count=9)
    assert tasks.reconcile_attendances() == 1
    assert f"{full.pk} ((1, 0, 9) shown, (2, 0, 3) rows)" in caplog.text
    assert exact(full) == (2, 0, 3) and counting.reconcile() == []


def test_the_page_of_who_waits_costs_the_same_whatever_the_length_of_the_list(alice, bob, as_bob, vitre, query_bill):
    event = new_event(alice, vitre, capacity=1)
    coming.attend(event, by=alice)

    def fill(count):
        coming.leave(event, by=bob)
        for _ in range(count):
            coming.attend(event, by=new_member(f"m{Member.objects.count()}"))
        coming.attend(event, by=bob)

    query_bill(as_bob, event.get_absolute_url(), fill, most=14)


# --- Many at once ----------------------------------------------------------------------------------------------------


def test_two_hundred_people_at_once_on_twenty_places_are_twenty_who_come_and_the_others_in_order(
    at_once, vitre_committed
):
    event = new_event(new_member("alice"), vitre_committed, capacity=20)
    people = [new_member(f"m{n}") for n in range(200)]
    # Twenty-five connections, each carries eight people: a server takes a hundred.
    rows = [
        row
        for rows in at_once(lambda n: [coming.attend(event, by=who) for who in people[n::25]], range(25))
        for row in rows
    ]
    assert sum(row.is_coming for row in rows) == 20
    assert exact(event) == (20, 0, 180)
    turns = Attendance.objects.waiting().values_list("queue_number", flat=True)
    assert list(turns) == list(range(1, 181))
    assert Notification.objects.filter(kind="event_joined").count() == 20
    assert Notification.objects.filter(kind="event_waiting").count() == 180


def test_parties_at_once_never_overbook(at_once, vitre_committed):
    event = new_event(new_member("alice"), vitre_committed, capacity=20)
    people = [new_member(f"m{n}") for n in range(40)]

    def come(number):
        try:
            coming.attend(event, by=people[number], guests=number % 4)
        except refusals.PartyTooLarge:
            coming.attend(event, by=people[number])

    at_once(come, range(40))
    shown = exact(event)
    assert shown[0] <= 20 and Attendance.objects.count() == 40


def test_two_sweeps_at_once_offer_a_place_once(at_once, vitre_committed):
    event = new_event(new_member("alice"), vitre_committed, capacity=1)
    for n in range(6):
        coming.attend(event, by=new_member(f"m{n}"))
    Event.objects.update(capacity=3)
    assert sum(at_once(lambda _sweep: tasks.move_waiting_lists(), range(8))) == 2
    assert exact(event) == (1, 2, 3) and told("event_offered") == ["M1", "M2"]


def test_a_storm_of_acts_and_sweeps_keeps_every_promise(at_once, vitre_committed):
    alice = new_member("alice")
    event = new_event(alice, vitre_committed, capacity=8)
    people = [new_member(f"m{n}") for n in range(20)]

    def act(number):
        dice = random.Random(number)
        for _ in range(12):
            who = people[number]
            try:
                if number == 0:
                    posting.edit(event, {}, {"capacity": dice.randrange(6, 12)}, by=alice)
                elif dice.random() < 0.2:
                    tasks.move_waiting_lists()
                elif dice.random() < 0.3:
                    coming.leave(event, by=who)
                elif dice.random() < 0.3:
                    coming.bring(event, by=who, guests=dice.randrange(3))
                else:
                    coming.attend(event, by=who, guests=dice.randrange(3))
            except refusals.Refused:
                continue

    at_once(act, range(20))
    exact(event)


_COME = """
import django, sys, time
django.setup()
from events.models import Event
from events.services import coming
from members.models import Member
event = Event.objects.get()
people = list(Member.objects.filter(display_name__startswith="M").order_by("pk")[int(sys.argv[1])::4])
print("ready", flush=True)
sys.stdin.readline()
for who in people:
    coming.attend(event, by=who)
print("done", flush=True)
"""


def test_whatever_is_killed_on_the_way_two_hundred_people_are_twenty_who_come_and_the_others_in_order(
    committed_db, vitre_committed
):
    """Four processes let people come; two are killed at work. All people try again."""
    event = new_event(new_member("alice"), vitre_committed, capacity=20)
    people = [new_member(f"m{n}") for n in range(200)]
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "possibles.settings", "DATABASE_URL": database_url()}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _COME, str(number)],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=settings.BASE_DIR,
        )
        for number in range(4)
    ]
    for process in processes:
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        process.stdin.write(b"go\n")
        process.stdin.flush()
    killed = processes[:2]
    for process, enough in zip(killed, (15, 40), strict=True):
        deadline = time.monotonic() + 30
        while Attendance.objects.count() < enough and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    for process in processes[2:]:
        assert process.wait(120) == 0
    assert Attendance.objects.count() < 200
    before = dict(Attendance.objects.values_list("member", "queue_number"))
    for who in people:
        coming.attend(event, by=who)
    assert exact(event) == (20, 0, 180)
    assert list(Attendance.objects.waiting().values_list("queue_number", flat=True)) == list(range(1, 181))
    # Nobody lost the place or the turn they had.
    after = dict(Attendance.objects.values_list("member", "queue_number"))
    assert before.items() <= after.items()
    assert Notification.objects.filter(kind="event_joined").count() == 20
    assert Notification.objects.filter(kind="event_waiting").count() == 180


def test_a_sweep_killed_in_the_middle_offers_each_place_once(committed_db, vitre_committed):
    """A real process, killed with its transaction open after it offered a place."""
    event = new_event(new_member("alice"), vitre_committed, capacity=1)
    for n in range(3):
        coming.attend(event, by=new_member(f"m{n}"))
    Event.objects.update(capacity=2)
    script = """
import django, time
django.setup()
from django.db import transaction
from events.services import waiting
with transaction.atomic():
    assert waiting.move_lists() == 1
    print("moved", flush=True)
    time.sleep(60)
"""
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "possibles.settings", "DATABASE_URL": database_url()}
    process = subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE, cwd=settings.BASE_DIR)
    assert process.stdout.readline() == b"moved\n"
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert tasks.move_waiting_lists() == 1
    assert exact(event) == (1, 1, 1) and told("event_offered") == ["M1"]


# --- What the database itself refuses --------------------------------------------------------------------------------


def test_the_database_itself_refuses_one_person_too_many(full):
    with pytest.raises(Exception, match="event_never_overbooked"), transaction.atomic():
        Attendance.objects.create(event=full, member=new_member("hugo"))


def test_the_database_itself_gives_a_turn_once(full):
    turn = Attendance.objects.waiting().first().queue_number
    with pytest.raises(Exception, match="one_turn_each"), transaction.atomic():
        Attendance.objects.create(event=full, member=new_member("hugo"), state="waiting", queue_number=turn)
