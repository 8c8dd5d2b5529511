"""A message between two people is reported by the one who received it, read by itself, and withheld from them."""

from datetime import timedelta

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.urls import reverse
from django.utils import timezone

from events.models import EventLetter
from events.services import letters as event_letters
from initiatives.models import CoOrganiser, Letter
from initiatives.services import letters
from members.models import AccessRecord
from moderation import services
from moderation.management.commands.try_rules import last_texts
from moderation.models import Case, Decision
from moderation.services import NoLabel, OwnContent, learning, notices
from notifications.models import Notification
from notifications.services import preview
from pages import feed
from tests.moderation.desk import staff_client

pytestmark = pytest.mark.django_db

RUDE = "Vous n’êtes qu’un incapable, et toute la rue le sait."
OTHER = "Merci quand même pour le banc."
SAID = {"ground": "harassment", "explanation": "Il m’écrit cela chaque semaine."}
WHY = {"ground": "harassment", "reason": "Des insultes répétées à la même personne."}


@pytest.fixture(params=["initiative", "event"])
def exchange(request, alice, bob, vitre):
    """Bob wrote two messages to Alice, who organises, and she answered: the three letters."""
    if request.param == "initiative":
        housing, room = new_initiative(alice, vitre), letters
    else:
        housing, room = new_event(alice, vitre), event_letters
    first = room.write(housing, RUDE, by=bob)
    return first, room.write(housing, OTHER, by=bob), room.answer(first, "Taisez-vous.", by=alice)


def report_page(letter) -> str:
    return reverse("notice_report", args=[letter.notice_slug, letter.pk])


def case_page(case: Case) -> str:
    return reverse("admin:moderation_case_change", args=[case.pk])


def pages_of(letter) -> tuple[str, str]:
    """Where the two sides read it: whoever organises, and the member."""
    if isinstance(letter, Letter):
        slug = letter.initiative.slug
        return reverse("initiative_exchange", args=[slug, letter.pk]), reverse("initiative_write", args=[slug])
    slug = letter.event.slug
    return reverse("event_exchange", args=[slug, letter.pk]), reverse("event_letter_write", args=[slug])


def read(client, address: str) -> str:
    return client.get(address).content.decode()


# --- Who reports it --------------------------------------------------------------------------------------------------


def test_whoever_received_it_reports_it_and_nobody_else_does(as_alice, as_bob, chloe, visitor, exchange):
    first, other, answer = exchange
    eve = client_of(new_member("eve"))
    for letter, reader, writer in ((first, as_alice, as_bob), (other, as_alice, as_bob), (answer, as_bob, as_alice)):
        assert letter.text in read(reader, report_page(letter))
        for client in (writer, eve, visitor, client_of(chloe)):
            assert client.get(report_page(letter)).status_code == 404
    organiser, member = pages_of(first)
    assert report_page(first) in read(as_alice, organiser) and report_page(answer) not in read(as_alice, organiser)
    assert report_page(answer) in read(as_bob, member) and report_page(first) not in read(as_bob, member)


def test_its_notice_says_nothing_of_what_it_says(as_alice, exchange, mailoutbox, django_capture_on_commit_callbacks):
    first = exchange[0]
    with django_capture_on_commit_callbacks(execute=True):
        typed = {"etape": "3", "wrong": "harassment", "about": "content", "explanation": SAID["explanation"]}
        answer = as_alice.post(report_page(first), typed | {"good_faith": "on"}, follow=True)
    assert "Votre signalement est reçu" in answer.content.decode()
    [message] = [each for each in mailoutbox if "signalement" in each.subject]
    assert "Message privé" in message.body
    assert RUDE not in message.body + message.subject + answer.content.decode()


# --- Who reads it ----------------------------------------------------------------------------------------------------


def test_a_moderator_reads_that_letter_alone_and_the_reading_is_written_down(as_chloe, chloe, alice, exchange):
    first, other, answer = exchange
    case = notices.report(first, by=alice, **SAID).case
    page = read(as_chloe, case_page(case))
    assert RUDE in page and other.text not in page and answer.text not in page
    assert "C’est un message privé" in page and "Voir la page</a>" not in page.split("around")[0]
    assert 'value="label"' not in page and "Laisser à sa place" in page
    assert [(record.by, record.about) for record in AccessRecord.objects.all()] == [(chloe, first)]
    queue = read(as_chloe, reverse("admin:moderation_case_changelist"))
    assert "Message privé" in queue and RUDE not in queue


def test_the_administration_shows_no_letter_that_nobody_reported(as_chloe, alice, exchange):
    first, other, _answer = exchange
    notices.report(first, by=alice, **SAID)
    name = f"admin:{first._meta.app_label}_{first._meta.model_name}"
    listed = read(as_chloe, reverse(f"{name}_changelist"))
    assert listed.count("Message privé (") == 1 and RUDE not in listed and "Bob" not in listed
    assert RUDE in read(as_chloe, reverse(f"{name}_change", args=[first.pk]))
    assert other.text not in read(as_chloe, reverse(f"{name}_change", args=[first.pk]))
    assert as_chloe.get(reverse(f"{name}_change", args=[other.pk])).status_code == 302
    assert AccessRecord.objects.filter(object_id=first.pk).count() == 2


# --- What is decided -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["withhold", "remove"])
def test_withheld_nobody_but_its_author_reads_it_any_more(as_alice, as_bob, alice, bob, chloe, exchange, verb):
    first, other, answer = exchange
    notice = notices.report(first, by=alice, **SAID)
    Notification.objects.filter(recipient=alice, key=first.key).update(sent_at=None)
    getattr(services, verb)(notice.case, by=chloe, **WHY)
    organiser, member = pages_of(first)
    for address in (organiser, organiser.rsplit("/", 2)[0] + "/"):
        assert RUDE not in read(as_alice, address)
    assert "Un modérateur a retiré ce message." in read(as_alice, organiser)
    assert other.text in read(as_alice, organiser) and answer.text in read(as_alice, organiser)
    assert RUDE in read(as_bob, member) and reverse("my_decisions") in read(as_bob, member)
    assert not Notification.objects.waiting().filter(recipient=alice, key=first.key).exists()
    assert as_alice.get(report_page(first)).status_code == 404
    kind = "content_withheld" if verb == "withhold" else "content_removed"
    said = preview(bob, kind=kind, context=Notification.objects.get(kind=kind).context)
    assert "Corrigez" not in said.text and "contestez" in said.text.lower() and "alice" not in said.text.lower()
    decision = Decision.objects.get(verb=verb)
    statement = decision.statement
    assert RUDE not in str(statement.fields) and "Alice" not in str(statement.fields)
    notice.refresh_from_db()
    assert notice.outcome == "acted"
    row = Notification.objects.get(kind="notice_answered")
    assert "n’est plus visible" in preview(alice, kind=row.kind, context=row.context).text
    services.restore(first, by=chloe, reason="Une erreur.", **({"source": "appeal"} if verb == "remove" else {}))
    assert RUDE in read(as_alice, organiser)


def test_left_in_place_who_reported_it_reads_so(as_alice, alice, chloe, exchange):
    notice = notices.report(exchange[0], by=alice, **SAID)
    services.publish(notice.case, by=chloe, reason="Une critique vive.")
    assert "ce message reste à sa place" in read(as_alice, notices.path_of(notice))
    row = Notification.objects.get(kind="notice_answered")
    said = preview(alice, kind=row.kind, context=row.context).text
    assert "reste à sa place" in said and "en ligne" not in said
    assert RUDE in read(as_alice, pages_of(exchange[0])[0])


def test_no_words_of_ours_stand_above_a_letter(chloe, alice, exchange):
    case = notices.report(exchange[0], by=alice, **SAID).case
    with pytest.raises(NoLabel):
        services.label(case, by=chloe, label="Contesté.", **WHY)
    assert Case.objects.open().get() == case


def test_none_of_those_who_wrote_or_received_it_decides_of_it(chloe, denis, exchange):
    """Those who organise received it; the other side wrote it."""
    first = exchange[0]
    if isinstance(first, Letter):
        CoOrganiser.objects.create(initiative=first.initiative, member=chloe)
    else:
        type(first).objects.filter(pk=first.pk).update(member=chloe, author=chloe)
    first.refresh_from_db()
    with pytest.raises(OwnContent):
        services.withhold(first, by=chloe, **WHY)
    assert services.withhold(first, by=denis, **WHY).by == denis


# --- What is kept, and where else it might be read -------------------------------------------------------------------


def test_a_letter_is_erased_in_its_time_but_for_one_that_a_moderator_has_to_read(alice, chloe, exchange):
    first = exchange[0]
    notice = notices.report(first, by=alice, **SAID)
    type(first).objects.update(sent_at=timezone.now() - letters.KEPT - timedelta(days=1))
    forget = letters.forget_letters if isinstance(first, Letter) else event_letters.forget
    forget()
    assert list(type(first).objects.all()) == [first]
    services.publish(notice.case, by=chloe, reason="Une critique vive.")
    forget()
    assert not type(first).objects.exists()


def test_nothing_is_learned_nor_tried_on_private_messages(exchange, alice, chloe):
    services.withhold(notices.report(exchange[0], by=alice, **SAID).case, by=chloe, **WHY)
    assert not [text for text in learning.public_texts() if OTHER in text]
    assert not [text for _where, _name, text in last_texts(50) if text in (RUDE, OTHER)]


def test_a_withheld_letter_waits_for_no_answer(as_alice, alice, bob, chloe, vitre):
    initiative = new_initiative(alice, vitre)
    letter = letters.write(initiative, RUDE, by=bob)
    assert "attend une réponse" in read(as_alice, reverse("initiative_letters", args=[initiative.slug]))
    assert [carried.has_letters for carried in feed._carried(alice)] == [True]
    services.withhold(notices.report(letter, by=alice, **SAID).case, by=chloe, **WHY)
    page = read(as_alice, reverse("initiative_letters", args=[initiative.slug]))
    assert "attend une réponse" not in page and "Un modérateur a retiré ce message." in page
    assert [carried.has_letters for carried in feed._carried(alice)] == [False]


def test_a_letter_is_no_content_of_anybody_once_the_initiative_is_adopted(alice, bob, exchange, denis):
    """Who did not receive it does not report it: what was written to others before them is not theirs."""
    first = exchange[0]
    if isinstance(first, EventLetter):
        return
    initiative = first.initiative
    type(initiative).objects.filter(pk=initiative.pk).update(author=denis)
    initiative.timeline.create(kind="adopted")
    assert client_of(denis).get(report_page(first)).status_code == 404
    assert staff_client(denis).get(report_page(first)).status_code == 404
