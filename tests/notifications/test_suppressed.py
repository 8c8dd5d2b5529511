"""Nothing leaves to a mailbox where nobody is, nor to one whose reader complained but for what the law asks."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members import suppressing
from members.models import MailEvent, Suppression
from members.suppressing import BOUNCE, COMPLAINT, Told
from notifications import delivery, services
from notifications.models import Notification
from tests.notifications.test_notifications_messages import CONTEXT

pytestmark = pytest.mark.django_db

NOBODY = "550 5.1.1 User unknown"


def told(member, kind="event_announced", key="x") -> Notification:
    services.tell(member, kind=kind, key=key, context=CONTEXT)
    row = Notification.objects.get(recipient=member, key=key)
    delivery.deliver(row.pk)
    row.refresh_from_db()
    return row


def typed(address="paula@exemple.fr", key="x", kind="support_link") -> int:
    services.write_to(address, kind=kind, key=key, context=CONTEXT)
    return delivery.deliver_due()


def test_who_is_refused_for_good_is_not_written_to_again(alice, sink):
    sink.refuse_recipient[alice.email] = NOBODY
    assert told(alice).failure == "SMTPRecipientsRefused 550"
    sink.refuse_recipient.clear()
    row = told(alice, key="y")
    assert row.failed_at
    assert row.failure == "l’adresse ne reçoit plus"
    assert not sink.accepted
    assert row.in_bell


@pytest.mark.parametrize("said", ["550 5.7.1 Blocked by policy", "452 4.2.2 Full", "451 4.7.1 Greylisted"])
def test_what_is_refused_for_another_reason_is_not_held_against_the_address(alice, sink, said):
    sink.refuse_recipient[alice.email] = said
    told(alice)
    assert not Suppression.objects.exists()
    assert not MailEvent.objects.exists()


def test_the_attempts_at_one_message_are_as_many_events(alice, sink):
    sink.refuse_recipient[alice.email] = "550 Mailbox unavailable"
    for number in range(5):
        told(alice, "initiative_supported", f"{number}")
    assert MailEvent.objects.count() == 5
    assert not Suppression.objects.exists()


def test_who_complained_gets_decisions_and_no_news(alice, mailoutbox):
    suppressing.record([Told(alice.email, COMPLAINT, "e1")])
    assert told(alice).failed_at
    assert told(alice, "content_withheld", "y").sent_at
    assert len(mailoutbox) == 1


def test_where_nobody_is_not_even_decisions_leave(alice, mailoutbox):
    suppressing.record([Told(alice.email, BOUNCE, "e1")])
    assert told(alice, "content_withheld").failed_at
    assert not mailoutbox


@pytest.mark.parametrize("reason", [BOUNCE, COMPLAINT])
def test_what_is_typed_at_the_door_is_tried_once_a_day(mailoutbox, reason):
    suppressing.record([Told("paula@exemple.fr", reason, "e1")])
    assert [typed(key=str(number)) for number in range(3)] == [1, 0, 0]
    assert len(mailoutbox) == 1


def test_a_batch_asks_once_for_all_its_addresses(bob, alice, mailoutbox):
    def queries(count: int, key: str) -> int:
        services.write_to_many((f"p{n}@exemple.fr", "support_link", key, CONTEXT) for n in range(count))
        with CaptureQueriesContext(connection) as asked:
            delivery.deliver_due()
        return sum("members_suppression" in query["sql"] for query in asked)

    assert queries(40, "many") <= queries(1, "one")


@pytest.mark.parametrize(
    ("reason", "words"), [(BOUNCE, "elle ne reçoit plus"), (COMPLAINT, "signalé comme indésirable")]
)
def test_a_member_reads_why_nothing_comes_and_has_it_come_again(alice, client, reason, words):
    client.force_login(alice)
    assert "Nous ne vous écrivons plus" not in client.get("/reglages/messages/").content.decode()
    suppressing.record([Told(alice.email, reason, "e1")])
    assert words in client.get("/reglages/messages/").content.decode()
    client.post("/reglages/messages/", {"groupe": "adresse"})
    assert suppressing.may_write(alice.email)
    assert "Nous ne vous écrivons plus" not in client.get("/reglages/messages/").content.decode()


def test_nobody_lifts_what_is_another_s(alice, bob, client):
    client.force_login(bob)
    suppressing.record([Told(alice.email, COMPLAINT, "e1")])
    client.post("/reglages/messages/", {"groupe": "adresse"})
    assert not suppressing.may_write(alice.email)
