"""Messages are stopped by one click, without signing in: from the mailbox's own button, or by the link at their end."""

import re

import pytest
from cast import new_member
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from core.hot import forget_hot
from notifications import checks, delivery, services, stopping
from notifications.kinds import DIGEST, KINDS
from notifications.models import MailSettings, Mute, Notification, Preference
from notifications.services import preferences
from notifications.stopping import Stop
from tests.notifications.test_notifications_messages import CONTEXT

pytestmark = pytest.mark.django_db

ABOUT = "initiatives.initiative 12"


@pytest.fixture(autouse=True)
def _https(settings):
    settings.SITE_ADDRESS = "https://possibles.example"


def machine() -> Client:
    """A mailbox's server: no cookie, no session, the token of no form."""
    return Client(enforce_csrf_checks=True)


def one_click(path: str):
    return machine().post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")


def told(member, kind: str = "event_announced", *, key: str = "x"):
    """The message that this member gets, if any; never by what waits from before."""
    outbox.outbox.clear()
    services.tell(member, kind=kind, key=key, context=CONTEXT, about=ABOUT)
    Notification.objects.update(due_at=timezone.now())
    delivery.deliver_due()
    return outbox.outbox[-1] if outbox.outbox else None


def way_out(message) -> str:
    """The path that the mailbox's button posts to."""
    return re.fullmatch(
        r"<https://possibles\.example(/ne-plus-recevoir/[^/>]+/)>", message.extra_headers["List-Unsubscribe"]
    )[1]


# --- What messages say -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hot", [0, 60])
def test_a_message_tells_mailboxes_and_readers_how_to_stop_it(alice, settings, hot):
    settings.HOT_SECONDS = hot
    forget_hot()
    message = told(alice)
    raw = message.message().as_bytes(linesep="\r\n").decode() if hot else message.message().as_string()
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in raw
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = way_out(message)
    assert path in raw
    [(html, _type)] = message.alternatives
    for text in (message.body, html):
        assert text.count(f"https://possibles.example{path}") == 1
        assert "Ne plus recevoir ce genre de messages" in text
        assert "Ne plus rien recevoir à ce sujet" in text
        assert "https://possibles.example/reglages/messages/" in text
        assert "parce que vous soutenez" in text
    forget_hot()


def test_each_reader_has_their_own_link_even_of_a_message_made_once(alice, bob, settings):
    settings.HOT_SECONDS = 60
    forget_hot()
    for member in (alice, bob):
        assert stopping.read(way_out(told(member, key=member.email)).split("/")[2]).member_id == member.pk
    forget_hot()


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.essential and kind.bell])
def test_what_nobody_turns_off_offers_no_way_out(alice, kind):
    message = told(alice, kind)
    assert "List-Unsubscribe" not in message.extra_headers
    assert "ne-plus-recevoir" not in message.body


def test_what_is_asked_at_the_door_offers_no_way_out(mailoutbox):
    services.write_to("paula@exemple.fr", kind="support_link", key="x", context=CONTEXT)
    delivery.deliver_due()
    assert "List-Unsubscribe" not in mailoutbox[0].extra_headers
    assert "ne-plus-recevoir" not in mailoutbox[0].body


def test_every_message_can_be_answered_and_answers_no_machine(alice, settings):
    headers = told(alice).extra_headers
    assert headers["Reply-To"] == settings.CONTACT_EMAIL
    assert headers["Auto-Submitted"] == "auto-generated"


def test_a_site_whose_answers_nobody_reads_is_told_so_before_it_is_deployed(settings):
    settings.CONTACT_EMAIL = "contact@localhost"
    assert [error.id for error in checks.answered()] == ["notifications.E006"]
    settings.CONTACT_EMAIL = "contact@possibles.example"
    assert checks.answered() == []


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.no_reply])
def test_what_is_answered_on_the_site_says_so_and_asks_for_no_answer_here(alice, kind):
    message = told(alice, kind)
    assert "Reply-To" not in message.extra_headers
    for text in (message.body, message.alternatives[0][0]):
        assert "Ne répondez pas à ce message par e-mail" in text
        assert "Répondez à ce message, ou" not in text


def test_in_clear_no_mailbox_is_asked_to_post(alice, settings):
    settings.SITE_ADDRESS = "http://127.0.0.1:8000"
    headers = told(alice).extra_headers
    assert "List-Unsubscribe" in headers
    assert "List-Unsubscribe-Post" not in headers


# --- One click -------------------------------------------------------------------------------------------------------


def test_one_click_stops_a_group_of_messages_and_no_other(alice):
    path = way_out(told(alice))
    answer = one_click(path)
    assert answer.status_code == 200
    assert not answer.cookies
    assert told(alice, key="y") is None
    assert Notification.objects.get(key="y").in_bell
    assert told(alice, "initiative_supported", key="z")
    assert told(alice, "content_published", key="w")


def test_said_twice_it_is_the_same(alice):
    path = way_out(told(alice))
    for _ in range(2):
        assert one_click(path).status_code == 200
    rows = list(Preference.objects.values_list("kind", "channel", "choice"))
    assert len(rows) == len(set(rows)) == sum(kind.group == "supported" for kind in preferences.settable())


def test_one_click_stops_the_digest(alice):
    path = Stop(alice.pk, DIGEST).path
    one_click(path)
    assert MailSettings.objects.get(member=alice).digest == "never"
    assert not Preference.objects.exists()


def test_what_is_about_one_thing_is_muted_alone(alice):
    assert told(alice)
    path = Stop(alice.pk, "initiatives.initiative-12").path
    assert path in outbox.outbox[-1].body
    one_click(path)
    assert told(alice, key="y") is None
    assert preferences.is_muted(alice, ABOUT)
    assert told(alice, "initiative_supported", key="z") is None


def test_the_page_says_what_will_stop_and_changes_nothing(alice, client):
    path = way_out(told(alice))
    page = client.get(path)
    text = page.content.decode()
    assert "Ce que je soutiens" in text
    assert text.count('method="post"') - text.count('action="') <= 1
    assert "no-store" in page["Cache-Control"]
    assert not page.cookies
    assert not Preference.objects.exists()
    assert machine().head(path).status_code == 200
    assert not Preference.objects.exists()


@pytest.mark.parametrize(
    "what", ["supported", "attended", "organised", DIGEST, "initiatives.initiative-12", "events.event-3"]
)
def test_the_page_takes_back_what_it_did(alice, client, what):
    path = Stop(alice.pk, what).path
    assert "Ne plus les recevoir" in client.get(path).content.decode()
    assert "C’est arrêté" in client.post(path).content.decode()
    assert "C’est arrêté" in client.get(path).content.decode()
    assert "C’est reparti" in client.post(path, {"encore": "1"}).content.decode()
    assert "Ne plus les recevoir" in client.get(path).content.decode()
    assert not Preference.objects.exists()
    assert not Mute.objects.exists()


# --- Whose link it is ------------------------------------------------------------------------------------------------


def test_a_forged_link_is_nobody_s(alice, bob):
    token = Stop(alice.pk, "supported").path.split("/")[2]
    signature = token.rpartition(".")[2]
    for forged in (
        token[:-1],
        token + "x",
        f"{bob.pk}-supported.{signature}",
        f"{alice.pk}-attended.{signature}",
        "x",
        "1-x.",
    ):
        for answer in (machine().get(f"/ne-plus-recevoir/{forged}/"), one_click(f"/ne-plus-recevoir/{forged}/")):
            assert answer.status_code == 404
    assert not Preference.objects.exists()


def test_whoever_has_left_is_told_that_nothing_comes(alice):
    path = Stop(alice.pk, "supported").path
    alice.delete()
    assert "C’est arrêté" in machine().get(path).content.decode()
    for body in ("List-Unsubscribe=One-Click", "encore=1"):
        answer = machine().post(path, body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 200


def test_a_suspended_member_stops_messages_too():
    dan = new_member("dan", is_active=False)
    one_click(Stop(dan.pk, "supported").path)
    assert dan.preferences.exists()


def test_a_group_that_is_no_more_stops_nothing_and_breaks_nothing(alice):
    """A message of years ago."""
    path = Stop(alice.pk, "gone").path
    assert machine().get(path).status_code == 404
    assert one_click(path).status_code == 404


def test_somebody_else_s_session_changes_nothing_of_theirs(alice, bob, client):
    client.force_login(bob)
    client.post(Stop(alice.pk, "supported").path)
    assert alice.preferences.exists()
    assert not bob.preferences.exists()
