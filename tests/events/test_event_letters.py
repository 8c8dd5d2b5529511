"""An event that no initiative carries: whoever has a question writes to who organises it, by the site."""

from datetime import timedelta

import pytest
from cast import client_of, new_event, new_member
from django.urls import reverse
from django.utils import timezone

from events import tasks
from events.models import Event, EventLetter
from events.services import coming, messaging
from notifications.models import Notification

TEXT = "Bonjour, peut-on venir avec des enfants ?"
ANSWER = "Avec plaisir, il y aura des gants à leur taille."


def read(answer) -> str:
    return answer.content.decode().replace("\u202f", " ")


@pytest.fixture
def alone(alice, vitre) -> Event:
    """An event of Alice, on its own."""
    return new_event(alice, vitre)


def here(event: Event) -> str:
    return reverse("event_letter_write", args=[event.slug])


def test_a_question_reaches_who_organises_and_the_answer_comes_back_without_any_address(
    as_bob, as_alice, alice, bob, alone, mailoutbox, django_capture_on_commit_callbacks
):
    assert f'href="{here(alone)}"' in read(as_bob.get(alone.get_absolute_url()))
    with django_capture_on_commit_callbacks(execute=True):
        answer = as_bob.post(here(alone), {"text": TEXT}, follow=True)
    assert "Votre message est parti" in read(answer) and TEXT in read(answer)
    letter = EventLetter.objects.get()
    exchange = reverse("event_exchange", args=[alone.slug, letter.pk])
    [message] = mailoutbox
    assert message.to == [alice.email] and exchange in message.body and TEXT in message.body
    assert "Bob" in read(as_alice.get(reverse("event_letters", args=[alone.slug])))
    with django_capture_on_commit_callbacks(execute=True):
        assert "Votre réponse est partie." in read(as_alice.post(exchange, {"text": ANSWER}, follow=True))
    assert mailoutbox[-1].to == [bob.email] and here(alone) in mailoutbox[-1].body
    page = read(as_bob.get(here(alone)))
    assert TEXT in page and ANSWER in page and "Alice, qui organise" in page
    for said in (page, read(as_alice.get(exchange)), *(each.body for each in mailoutbox)):
        assert bob.email not in said and alice.email not in said


def test_a_double_click_is_one_letter(as_bob, alone):
    for _click in range(2):
        as_bob.post(here(alone), {"text": TEXT})
    assert EventLetter.objects.count() == 1
    assert Notification.objects.filter(kind="event_letter_received").count() == 1


def test_nobody_reads_the_letters_of_others(as_bob, alone, event):
    as_bob.post(here(alone), {"text": TEXT})
    letter = EventLetter.objects.get()
    emma = client_of(new_member("emma"))
    assert TEXT not in read(emma.get(here(alone)))
    for client in (emma, as_bob):
        for name, args in (("event_letters", [alone.slug]), ("event_exchange", [alone.slug, letter.pk])):
            assert client.get(reverse(name, args=args)).status_code == 404
    # Another event of hers does not lead to it either.
    as_alice = client_of(alone.author)
    assert as_alice.get(reverse("event_exchange", args=[event.slug, letter.pk])).status_code == 404


def test_what_an_initiative_organises_is_written_about_to_its_team(as_bob, event, initiative):
    assert as_bob.get(here(event)).url == reverse("initiative_write", args=[initiative.slug])
    assert here(event) not in read(as_bob.get(event.get_absolute_url()))


def test_a_visitor_comes_in_first(visitor, alone):
    assert f'href="{here(alone)}"' in read(visitor.get(alone.get_absolute_url()))
    answer = visitor.get(here(alone))
    assert answer.status_code == 302 and here(alone) in answer.url


def test_one_writes_so_many_an_hour_and_what_was_typed_stays(as_bob, alone):
    for number in range(5):
        as_bob.post(here(alone), {"text": f"{TEXT} {number}"})
    page = read(as_bob.post(here(alone), {"text": "Encore une question, la sixième."}))
    assert "Vous avez beaucoup écrit depuis une heure." in page and "la sixième" in page
    assert EventLetter.objects.count() == 5


@pytest.mark.parametrize("state", ["withheld", "over", "without anybody"])
def test_nobody_is_written_to_about_what_is_hidden_long_over_or_nobodys(as_bob, alone, state):
    long_ago = timezone.now() - timedelta(days=40)
    change = {
        "withheld": {"withheld_at": timezone.now()},
        "over": {"starts_at": long_ago, "ends_at": long_ago + timedelta(hours=2)},
        "without anybody": {"author": None},
    }[state]
    Event.objects.filter(pk=alone.pk).update(**change)
    answer = as_bob.post(here(alone), {"text": TEXT})
    assert answer.status_code == 404 or "On ne peut plus écrire au sujet de cet événement." in read(answer)
    assert not EventLetter.objects.exists()


def test_who_receives_a_message_of_the_organiser_answers_by_the_site(as_bob, bob, alone, alice, mailoutbox):
    coming.attend(alone, by=bob)
    message, _outcome = messaging.write(alone, "Pensez à vos bottes, il a plu.", to_waiting=False, by=alice)
    tasks.tell_messages()
    context = Notification.objects.get(kind="event_message").context
    assert context["reply_url"] == here(alone)
    assert f'href="{here(alone)}"' in read(as_bob.get(message.get_absolute_url()))


def test_letters_are_erased_after_half_a_year_with_what_repeats_them(as_bob, alone):
    as_bob.post(here(alone), {"text": TEXT})
    old = timezone.now() - timedelta(days=181)
    EventLetter.objects.update(sent_at=old)
    Notification.objects.update(created_at=old)
    tasks.forget_messages()
    assert not EventLetter.objects.exists() and not Notification.objects.exists()


def test_the_letters_received_cost_the_same_whatever_their_number(as_alice, alone, query_bill):
    def fill(count: int) -> None:
        for _letter in range(count):
            alone.letters.create(member=new_member(f"m{EventLetter.objects.count()}"), text=TEXT)

    query_bill(as_alice, reverse("event_letters", args=[alone.slug]), fill, most=8)
