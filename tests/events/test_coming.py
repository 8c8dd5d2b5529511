"""“Je viens”: never more people than places, each once, and the number shown is that of the rows."""

from datetime import timedelta

import pytest
from cast import client_of, new_event, new_member
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.models import Attendance, Event
from events.services import coming, links, posting, refusals
from notifications.models import Notification


def counted(event) -> tuple[int, int]:
    """The people shown, and those of the rows."""
    event.refresh_from_db()
    return event.attendee_count, sum(row.people for row in Attendance.objects.coming().filter(event=event))


def test_a_member_comes_with_one_click(as_bob, bob, event):
    answer = as_bob.post(reverse("event_attend", args=[event.slug]))
    assert answer.status_code == 302 and answer.url == reverse("event_attend", args=[event.slug])
    text = as_bob.get(answer.url).content.decode()
    assert "C’est noté." in text and "Venir avec quelqu’un" in text
    assert "Vous venez." in as_bob.get(event.get_absolute_url()).content.decode()
    assert counted(event) == (1, 1)


def test_a_second_click_changes_nothing(as_bob, bob, event):
    assert coming.attend(event, by=bob) == coming.attend(event, by=bob, guests=3)
    as_bob.post(reverse("event_attend", args=[event.slug]))
    assert counted(event) == (1, 1)


def test_a_place_is_given_back_and_taken_again(as_bob, bob, event):
    coming.attend(event, by=bob)
    as_bob.post(reverse("event_leave", args=[event.slug]))
    assert counted(event) == (0, 0)
    assert coming.leave(event, by=bob) is False
    assert counted(event) == (0, 0)
    assert coming.attend(event, by=bob).is_coming
    assert counted(event) == (1, 1)


def test_with_htmx_the_button_answers_in_place(as_bob, event):
    headers = {"HX-Request": "true"}
    page = as_bob.post(reverse("event_attend", args=[event.slug]), headers=headers).content.decode()
    assert "<html" not in page and "Vous venez." in page and 'id="je-viens"' in page
    page = as_bob.post(reverse("event_leave", args=[event.slug]), headers=headers).content.decode()
    assert "vous ne venez plus" in page


def test_a_form_of_a_link_needs_no_token_and_that_of_the_site_does(bob, event):
    row = coming.attend(event, by=bob)
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    assert client.post(reverse("event_leave", args=[event.slug])).status_code == 403
    assert client.post(links.links_of(event, row)["leave_url"]).status_code == 302
    assert counted(event) == (0, 0)


def test_looking_at_the_address_that_leaves_changes_nothing(as_bob, bob, event):
    coming.attend(event, by=bob)
    assert as_bob.get(reverse("event_leave", args=[event.slug])).status_code == 405
    assert counted(event) == (1, 1)


@pytest.mark.parametrize("name", ["event_attend", "event_leave"])
def test_an_event_that_does_not_exist_or_waits_is_not_found(as_bob, alice, vitre, name):
    waiting = new_event(alice, vitre, published_at=None)
    assert as_bob.post(reverse(name, args=[waiting.slug])).status_code == 404
    assert as_bob.post(reverse(name, args=["rien-987654321"])).status_code == 404


@pytest.mark.parametrize("state", ["over", "cancelled", "withheld", "unpublished"])
def test_nobody_joins_what_is_closed(bob, alice, vitre, state):
    fields = {
        "over": {"starts_at": timezone.now() - timedelta(days=1)},
        "cancelled": {"cancelled_at": timezone.now()},
        "withheld": {"withheld_at": timezone.now()},
        "unpublished": {"published_at": None},
    }[state]
    event = new_event(alice, vitre, **fields)
    with pytest.raises(refusals.EventClosed):
        coming.attend(event, by=bob)
    assert counted(event) == (0, 0)
    assert not Notification.objects.exists()


def test_one_may_leave_an_event_that_was_withheld(as_bob, bob, event):
    coming.attend(event, by=bob)
    event.withhold()
    answer = as_bob.post(reverse("event_leave", args=[event.slug]))
    assert answer.status_code == 302 and answer.url == "/mes-evenements/"
    assert counted(event) == (0, 0)


def test_the_link_of_an_online_event_is_shown_to_those_who_come(visitor, as_bob, bob, alice, chloe):
    event = new_event(alice, None, online_url="https://visio.exemple.fr/verger")
    address = event.get_absolute_url()
    for client in (visitor, as_bob, client_of(chloe)):
        assert "visio.exemple.fr" not in client.get(address).content.decode()
    coming.attend(event, by=bob)
    assert "https://visio.exemple.fr/verger" in as_bob.get(address).content.decode()
    coming.leave(event, by=bob)
    assert "visio.exemple.fr" not in as_bob.get(address).content.decode()


def test_those_who_come_know_that_the_link_will_follow(as_bob, bob, alice):
    event = new_event(alice, None)
    coming.attend(event, by=bob)
    assert "Le lien de connexion apparaîtra ici" in as_bob.get(event.get_absolute_url()).content.decode()


def test_what_i_organise_and_where_i_come_are_on_one_page(as_bob, bob, event, vitre):
    coming.attend(event, by=bob)
    new_event(bob, vitre, title="Le goûter de Bob", published_at=None)
    page = as_bob.get("/mes-evenements/").content.decode()
    assert event.title in page and "Le goûter de Bob" in page and "Ne plus venir" in page
    event.withhold()
    page = as_bob.get("/mes-evenements/").content.decode()
    assert event.title not in page and "Un événement retiré" in page


def test_what_i_wait_for_and_am_offered_is_there_with_its_acts(as_bob, bob, alice, vitre):
    event = new_event(alice, vitre, capacity=1)
    coming.attend(event, by=alice)
    coming.attend(event, by=bob)
    page = as_bob.get("/mes-evenements/").content.decode()
    assert "Sur la liste d’attente, rang 1er" in page and "Ne plus attendre" in page
    coming.leave(event, by=alice)
    page = as_bob.get("/mes-evenements/").content.decode()
    assert "Une place vous est gardée jusqu’au" in page and "Laisser ma place" in page
    as_bob.post(reverse("event_leave", args=[event.slug]), {"from": "mine"})
    assert event.title not in as_bob.get("/mes-evenements/").content.decode()


def test_what_comes_is_listed_by_its_date_and_what_is_over_apart(as_bob, bob, alice, vitre):
    for days in (9, 3, 6):
        starts_at = timezone.now() + timedelta(days=days)
        coming.attend(new_event(alice, vitre, title=f"Dans {days} jours", starts_at=starts_at), by=bob)
    past = new_event(alice, vitre, title="La veillée d’hier")
    coming.attend(past, by=bob)
    yesterday = timezone.now() - timedelta(days=1)
    Event.objects.filter(pk=past.pk).update(starts_at=yesterday, ends_at=yesterday + timedelta(hours=1))
    page = as_bob.get("/mes-evenements/").content.decode()
    assert page.index("Dans 3 jours") < page.index("Dans 6 jours") < page.index("Dans 9 jours")
    assert "La veillée d’hier" not in page
    assert "La veillée d’hier" in as_bob.get("/mes-evenements/?avant=1").content.decode()


def test_the_page_of_my_events_costs_the_same_with_many(as_bob, bob, alice, vitre, query_bill):
    def fill(count):
        for _ in range(count):
            coming.attend(new_event(alice, vitre), by=bob)
            new_event(bob, vitre)

    # Session, member, what is organised and what was, attendances, demonstration.
    query_bill(as_bob, "/mes-evenements/", fill, most=7)


def test_a_wrong_page_of_my_events_starts_again(as_bob):
    assert as_bob.get("/mes-evenements/?apres=xyz").status_code == 200


# --- Many at once ----------------------------------------------------------------------------------------------------


def test_one_person_clicking_twenty_times_at_once_takes_one_place(at_once, vitre_committed):
    event = new_event(new_member("alice"), vitre_committed, capacity=10)
    bob = new_member("bob")
    assert len({row.pk for row in at_once(lambda _click: coming.attend(event, by=bob), range(20))}) == 1
    assert counted(event) == (1, 1)


def test_places_are_not_lowered_under_those_who_arrive_meanwhile(at_once, vitre_committed):
    alice = new_member("alice")
    event = new_event(alice, vitre_committed, capacity=20)
    people = [new_member(f"m{n}") for n in range(20)]

    def act(member):
        try:
            if member is alice:
                posting.edit(event, {}, {"capacity": 5}, by=alice)
            else:
                coming.attend(event, by=member)
        except refusals.Refused:
            return

    at_once(act, [*people[:10], alice, *people[10:]])
    shown, rows = counted(event)
    assert shown == rows
    assert event.capacity in (5, 20) and rows <= event.capacity


# --- What the database itself refuses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"attendee_count": 11},
        {"attendee_count": -1},
        {"commune": None},
        {"latitude": None},
        {"longitude": None},
        {"latitude": 90.5},
        {"longitude": float("nan")},
        {"ends_at": timezone.now() - timedelta(days=400)},
    ],
)
def test_the_database_itself_refuses_what_cannot_be(alice, vitre, change):
    event = new_event(alice, vitre, capacity=10)
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(**change)


def test_the_database_itself_refuses_a_second_place_for_one_person(bob, event):
    Attendance.objects.create(event=event, member=bob)
    with pytest.raises(IntegrityError), transaction.atomic():
        Attendance.objects.create(event=event, member=bob)


def test_the_database_refuses_an_event_without_end(event):
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.update(ends_at=event.starts_at + timedelta(days=3))
