"""One connection to the mail server for a whole batch, whatever the server does with it."""

import smtplib

import pytest
from cast import new_member
from django.utils import timezone

from notifications import delivery, services
from notifications.models import Notification

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True, params=[True, False], ids=["pipelining", "plain"])
def server(request, sink):
    sink.pipelines = request.param


CONTEXT = {"title": "Un verger", "url": "/initiatives/un-verger-1/", "reason": "Lu."}


def write(count: int) -> list[str]:
    """Messages to as many members; returns their addresses."""
    members = [new_member(f"membre{number}") for number in range(count)]
    services.tell_many([member.pk for member in members], kind="content_published", key="x", context=CONTEXT)
    return [member.email for member in members]


def test_a_batch_goes_through_one_connection(sink):
    addresses = write(6)
    assert delivery.deliver_due() == 6
    assert sink.recipients == addresses
    assert sink.connections == 1


def test_a_refused_message_leaves_the_connection_to_the_next(sink):
    addresses = write(4)
    sink.refuse_recipient[addresses[0]] = "550 5.1.1 No such user"
    sink.refuse_data[addresses[1]] = "452 4.2.2 Mailbox full"
    assert delivery.deliver_due() == 2
    assert sink.recipients == addresses[2:]
    assert sink.connections == 1


@pytest.mark.parametrize("leaves", ["saying so", "at once", "when spoken to", "saying so late", "when spoken to, late"])
def test_a_server_that_takes_two_messages_a_connection_gets_them_all(sink, leaves):
    sink.take_a_connection, sink.leaves = 2, leaves
    addresses = write(7)
    assert delivery.deliver_due() == 7
    assert sink.recipients == addresses
    assert sink.connections == 4
    assert not Notification.objects.exclude(attempts=1, failure="").exists()


def test_a_server_that_never_takes_the_sender_is_not_insisted_upon(sink):
    sink.take_a_connection = 0
    write(3)
    assert delivery.deliver_due() == 0
    assert sink.connections == 1
    assert sorted(Notification.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    assert "421" in Notification.objects.get(attempts=1).failure


def test_a_connection_lost_within_a_message_leaves_it_for_later(sink):
    """Nobody knows whether the server took it: it goes again in a minute, under the same Message-ID."""
    addresses = write(3)
    sink.die_at.add(addresses[1])
    assert delivery.deliver_due() == 2
    waiting = Notification.objects.waiting().get()
    assert (waiting.email, waiting.attempts, waiting.failure) == (addresses[1], 1, "SMTPServerDisconnected")
    Notification.objects.update(due_at=timezone.now())
    assert delivery.deliver_due() == 1
    assert sink.recipients == [addresses[0], addresses[1], addresses[2], addresses[1]]
    assert sink.accepted[1]["Message-ID"] == sink.accepted[3]["Message-ID"] == waiting.message_id


def test_how_the_server_takes_leave_changes_nothing(sink, monkeypatch):
    def rudely(smtp: smtplib.SMTP) -> None:
        smtp.close()
        raise OSError

    monkeypatch.setattr(smtplib.SMTP, "quit", rudely)
    write(2)
    assert delivery.deliver_due() == 2
    assert not Notification.objects.waiting().exists()
