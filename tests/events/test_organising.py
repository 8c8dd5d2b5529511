"""What those who organise an event do: they see who comes, tick off who arrives, and write through the site."""

from datetime import timedelta

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events import tasks
from events.access import organisers_of, organises
from events.models import Attendance, Event, EventMessage
from events.services import arrivals, messaging
from events.services.refusals import MessageRefused
from initiatives.models import CoOrganiser, Initiative
from members.models import Member
from moderation import services as moderation
from notifications.models import Notification
from notifications.tasks import deliver_due
from tests.moderation.desk import TELEPHONE


@pytest.fixture
def dan(db) -> Member:
    return new_member("dan")


@pytest.fixture
def as_dan(dan) -> Client:
    return client_of(dan)


@pytest.fixture
def event(alice, vitre) -> Event:
    """It begins in an hour: the door is open."""
    return new_event(alice, vitre, starts_at=timezone.now() + timedelta(hours=1), capacity=50)


def comes(event: Event, name: str, **fields) -> Attendance:
    return Attendance.objects.create(event=event, member=new_member(name), **fields)


def page(event: Event, client: Client, **asked) -> str:
    return client.get(reverse("event_organise", args=[event.slug]), asked).content.decode()


def press(client: Client, name: str, event: Event, *args, htmx: bool = False, **sent):
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(reverse(name, args=[event.slug, *args]), sent, headers=headers)


# --- Who may ----------------------------------------------------------------------------------------------------------


def test_whoever_carries_the_initiative_organises_its_events(alice, bob, dan, vitre):
    initiative = new_initiative(alice, vitre)
    CoOrganiser.objects.create(initiative=initiative, member=bob)
    event = new_event(bob, vitre, initiative=initiative)
    assert organises(event, alice) and organises(event, bob) and not organises(event, dan)
    assert organisers_of(event) == [bob.pk, alice.pk]


def test_the_list_does_not_exist_for_anybody_else(event, as_bob, bob, visitor):
    Attendance.objects.create(event=event, member=bob)
    assert as_bob.get(reverse("event_organise", args=[event.slug])).status_code == 404
    assert visitor.get(reverse("event_organise", args=[event.slug])).status_code == 302


def test_nobody_organises_an_event_that_a_moderator_withheld(event, as_alice):
    Event.objects.update(withheld_at=timezone.now())
    assert as_alice.get(reverse("event_organise", args=[event.slug])).status_code == 404


def test_what_is_withheld_is_on_the_list_of_its_author_alone(alice, bob, vitre, as_alice, as_bob):
    new_event(bob, vitre, initiative=new_initiative(alice, vitre), title="Rendez-vous retiré")
    assert "Rendez-vous retiré" in as_alice.get(reverse("my_events")).content.decode()
    Event.objects.update(withheld_at=timezone.now())
    assert "Rendez-vous retiré" not in as_alice.get(reverse("my_events")).content.decode()
    assert "Rendez-vous retiré" in as_bob.get(reverse("my_events")).content.decode()


def test_the_team_reads_an_event_that_waits_for_a_moderator_and_others_do_not(alice, bob, vitre, as_alice, as_bob):
    event = new_event(bob, vitre, initiative=new_initiative(alice, vitre), published_at=None)
    assert as_alice.get(event.get_absolute_url()).status_code == 200
    Initiative.objects.update(author=None)
    assert as_alice.get(event.get_absolute_url()).status_code == 404
    assert as_bob.get(event.get_absolute_url()).status_code == 200


# --- Who comes --------------------------------------------------------------------------------------------------------


def test_organisers_read_names_and_guests_in_order_and_no_address(event, as_alice):
    comes(event, "zoé")
    comes(event, "élodie", guests=2)
    comes(event, "adam")
    comes(event, "noa", state="waiting", queue_number=2)
    comes(event, "lou", state="waiting", queue_number=1)
    text = page(event, as_alice)
    assert text.index("Adam") < text.index("Élodie") < text.index("Zoé") < text.index("Lou") < text.index("Noa")
    assert "+ 2 personnes" in text and "@exemple.fr" not in text


def test_a_name_is_found_without_its_accents(event, as_alice):
    comes(event, "élodie")
    comes(event, "adam")
    text = page(event, as_alice, nom="elod")
    assert "Élodie" in text and "Adam" not in text
    assert "Personne de ce nom" in page(event, as_alice, nom="%")


def test_a_list_of_any_length_is_read_by_pages_with_the_same_queries(
    event, as_alice, django_assert_max_num_queries, monkeypatch
):
    monkeypatch.setattr("events.views.organising.PAGE_SIZE", 3)
    for n in range(8):
        comes(event, f"personne {n}")
    # Session, member, event, who carries it, report, arrivals, people, queue.
    with django_assert_max_num_queries(9):
        first = as_alice.get(reverse("event_organise", args=[event.slug]))
    assert first.content.decode().count("Personne ") == 2 * 3
    seen = [each.member.display_name for each in first.context["coming"]]
    while cursor := first.context["coming"].next:
        first = as_alice.get(reverse("event_organise", args=[event.slug]), {"apres": cursor})
        seen += [each.member.display_name for each in first.context["coming"]]
    assert seen == [f"Personne {n}" for n in range(8)]


def test_names_are_gone_a_month_after_the_end(event, as_alice):
    attendance = comes(event, "élodie")
    Event.objects.update(starts_at=timezone.now() - timedelta(days=31), ends_at=timezone.now() - timedelta(days=30.5))
    text = page(event, as_alice)
    assert "Élodie" not in text and "Les noms ne sont plus montrés" in text
    assert as_alice.get(reverse("event_sheet", args=[event.slug])).status_code == 302
    assert press(as_alice, "event_check_in", event, attendance.pk).status_code == 404


def test_the_list_is_printed_on_one_page(event, as_alice):
    comes(event, "élodie", guests=1)
    assert "☐ Élodie" in as_alice.get(reverse("event_sheet", args=[event.slug])).content.decode()


# --- At the door ------------------------------------------------------------------------------------------------------


def test_who_arrives_is_ticked_off_once_with_their_guests_and_can_be_taken_back(event, as_alice):
    event.refresh_from_db()
    attendance = comes(event, "élodie", guests=2)
    for _twice in range(2):
        answer = press(as_alice, "event_check_in", event, attendance.pk, htmx=True)
    assert "arrivé" in answer.content.decode() and 'hx-swap-oob="true"' in answer.content.decode()
    assert arrivals.count(Event.objects.get()).total == 3
    press(as_alice, "event_check_in_undo", event, attendance.pk, htmx=True)
    assert arrivals.count(Event.objects.get()).total == 0


def test_without_a_script_the_page_comes_back_where_it_was(event, as_alice):
    attendance = comes(event, "élodie")
    answer = press(as_alice, "event_check_in", event, attendance.pk, suite="nom=élo&apres=x")
    assert answer.url == f"{reverse('event_organise', args=[event.slug])}?nom=%C3%A9lo&apres=x#p{attendance.pk}"


def test_those_who_had_not_said_so_are_counted_and_never_below_nobody(event, as_alice):
    press(as_alice, "event_walk_in_undo", event)
    for _each in range(3):
        press(as_alice, "event_walk_in", event, htmx=True)
    answer = press(as_alice, "event_walk_in_undo", event, htmx=True)
    assert Event.objects.get().walk_in_count == 2 and "dont 2 sans inscription" in answer.content.decode()


def test_people_counted_at_two_doors_at_once_are_all_counted(at_once):
    alice = new_member("alice")
    event = new_event(alice, None, starts_at=timezone.now())
    at_once(lambda _n: arrivals.count_walk_in(Event.objects.get(pk=event.pk), +1), range(10))
    assert Event.objects.get().walk_in_count == 10


@pytest.mark.parametrize("hours", [13, -51])
def test_the_door_is_open_from_twelve_hours_before_to_two_days_after(event, as_alice, hours):
    attendance = comes(event, "élodie")
    starts_at = timezone.now() + timedelta(hours=hours)
    Event.objects.update(starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))
    press(as_alice, "event_check_in", event, attendance.pk)
    press(as_alice, "event_walk_in", event)
    assert Attendance.objects.get().checked_in_at is None and Event.objects.get().walk_in_count == 0
    assert "On pointe les arrivées" in page(event, as_alice)


def test_nobody_ticks_off_the_people_of_another_event(event, as_alice, bob, vitre):
    other = new_event(bob, vitre, starts_at=timezone.now())
    attendance = comes(other, "élodie")
    assert press(as_alice, "event_check_in", event, attendance.pk).status_code == 404
    assert press(as_alice, "event_check_in", other, attendance.pk).status_code == 404
    assert Attendance.objects.get().checked_in_at is None


def test_what_is_to_be_prepared_is_ticked_and_unticked(event, as_alice):
    Event.objects.update(checklist=[{"text": "Réserver la salle", "done": False}])
    assert "Réserver la salle" in page(event, as_alice)
    press(as_alice, "event_tick", event, quoi="Réserver la salle", fait="oui")
    assert Event.objects.get().checklist == [{"text": "Réserver la salle", "done": True}]
    press(as_alice, "event_tick", event, quoi="Réserver la salle", fait="non", htmx=True)
    press(as_alice, "event_tick", event, quoi="Autre chose", fait="oui")
    assert Event.objects.get().checklist == [{"text": "Réserver la salle", "done": False}]


# --- Messages ---------------------------------------------------------------------------------------------------------


def write(event: Event, by, text: str = "Prenez des gants et de l’eau.", **options) -> EventMessage:
    return messaging.write(event, text, to_waiting=options.pop("to_waiting", False), by=by)[0]


def test_those_who_come_get_the_message_once_and_nobody_else(event, alice, bob, dan):
    Attendance.objects.create(event=event, member=bob)
    Attendance.objects.create(event=event, member=alice)
    Attendance.objects.create(event=event, member=dan, state="waiting", queue_number=1)
    write(event, alice)
    assert tasks.tell_messages() == 1 and tasks.tell_messages() == 0
    told = Notification.objects.filter(kind="event_message")
    assert list(told.values_list("recipient__display_name", flat=True)) == ["Bob"]
    deliver_due()
    (letter,) = [message for message in mail.outbox if message.to == [bob.email]]
    assert "Prenez des gants" in letter.body and "Alice" in letter.body and alice.email not in letter.body


def test_those_who_wait_get_it_too_when_the_organiser_wants(event, alice, dan):
    Attendance.objects.create(event=event, member=dan, state="waiting", queue_number=1)
    write(event, alice, to_waiting=True)
    tasks.tell_messages()
    assert Notification.objects.filter(kind="event_message", recipient=dan).exists()


def test_two_messages_a_day_and_a_double_click_is_one(event, alice):
    first = write(event, alice)
    assert write(event, alice) == first
    write(event, alice, "Le rendez-vous est devant la gare.")
    with pytest.raises(MessageRefused, match="deux messages"):
        write(event, alice, "Une troisième chose encore.")


def test_a_third_message_at_the_same_moment_is_refused(at_once):
    alice = new_member("alice")
    event = new_event(alice, None)

    def one(n: int) -> bool:
        try:
            write(event, alice, f"Message numéro {n} pour tout le monde.")
        except MessageRefused:
            return False
        return True

    assert sorted(at_once(one, range(6))) == [False] * 4 + [True] * 2
    assert EventMessage.objects.count() == 2


def test_a_message_that_a_moderator_must_read_leaves_once_it_was(event, alice, bob, chloe):
    Attendance.objects.create(event=event, member=bob)
    message = write(event, alice, TELEPHONE)
    assert tasks.tell_messages() == 0
    moderation.publish(moderation.take_next(by=chloe), by=chloe, reason="Un numéro d’association.")
    assert tasks.tell_messages() == 1
    message.refresh_from_db()
    assert message.told_at is not None


def test_a_message_is_read_by_those_whom_it_was_sent_to(event, alice, as_alice, bob, as_bob, as_dan, visitor):
    Attendance.objects.create(event=event, member=bob)
    address = write(event, alice).get_absolute_url()
    assert [client.get(address).status_code for client in (as_alice, as_bob, as_dan, visitor)] == [200, 200, 404, 302]


def test_the_form_keeps_what_was_typed_when_the_day_is_full(event, alice, as_alice):
    write(event, alice)
    write(event, alice, "Le rendez-vous est devant la gare.")
    address = reverse("event_message_write", args=[event.slug])
    assert "Revenez demain" in as_alice.get(address).content.decode()
    answer = as_alice.post(address, {"text": "Une troisième chose encore."}).content.decode()
    assert "Une troisième chose encore." in answer and "gardez celui-ci pour demain" in answer


def test_those_who_come_answer_the_team_through_the_site(alice, bob, vitre):
    initiative = new_initiative(alice, vitre)
    event = new_event(alice, vitre, initiative=initiative)
    Attendance.objects.create(event=event, member=bob)
    write(event, alice)
    tasks.tell_messages()
    told = Notification.objects.get(kind="event_message")
    assert told.context["reply_url"] == reverse("initiative_write", args=[initiative.slug])


def test_old_messages_are_erased_here_and_in_the_outbox(event, alice, bob):
    Attendance.objects.create(event=event, member=bob)
    write(event, alice)
    tasks.tell_messages()
    assert tasks.forget_messages() == 0
    long_ago = timezone.now() - messaging.KEPT - timedelta(days=2)
    EventMessage.objects.update(day=long_ago.date())
    Notification.objects.update(created_at=long_ago)
    assert tasks.forget_messages() == 1
    assert not Notification.objects.filter(kind="event_message").exists()
