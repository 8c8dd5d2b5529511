"""From the outbox to a mail server: once, later, or never."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from notifications import delivery, services
from notifications.delivery import Failure
from notifications.models import Notification
from notifications.pressure import mail_server

pytestmark = pytest.mark.django_db

CONTEXT = {"title": "Un verger", "url": "/initiatives/un-verger-1/", "reason": "Lu."}


def written(member, number: int = 1) -> Notification:
    services.tell(member, kind="content_published", key=f"decision:{number}", context=CONTEXT)
    return Notification.objects.get(recipient=member, key=f"decision:{number}")


def test_a_message_leaves_once_and_is_marked(alice, sink):
    row = written(alice)
    assert delivery.deliver(row.pk)
    assert not delivery.deliver(row.pk)
    assert delivery.deliver_due() == 0
    assert sink.recipients == [alice.email]
    row.refresh_from_db()
    assert row.sent_at
    assert row.attempts == 1


def test_what_opens_somebodys_own_is_kept_nowhere_but_in_their_box(alice, sink):
    links = {"mine_url": "/p/secret/", "leave_url": "/p/secret/non/", "still_url": "/p/secret/oui/"}
    context = {"event_title": "Fête des pommiers", "when": "demain", "place": "Vitré", "url": "/evenements/1/"} | links
    services.tell(alice, kind="event_tomorrow", key="tomorrow-1", context=context)
    row = Notification.objects.get(kind="event_tomorrow")
    assert delivery.deliver(row.pk)
    bodies = [part.get_payload(decode=True) for part in sink.accepted[0].walk() if not part.is_multipart()]
    assert all(b"/p/secret/oui/" in body for body in bodies)
    row.refresh_from_db()
    assert row.sent_at and "secret" not in str(row.context) and row.context["event_title"] == "Fête des pommiers"


def test_the_message_can_be_told_from_another_and_answered(alice, sink, settings):
    settings.CONTACT_EMAIL = "contact@exemple.fr"
    row = written(alice)
    delivery.deliver(row.pk)
    [message] = sink.accepted
    assert message["Message-ID"] == row.message_id
    assert message["Reply-To"] == "contact@exemple.fr"
    assert message["Auto-Submitted"] == "auto-generated"
    assert {part.get_content_type() for part in message.walk()} >= {"text/plain", "text/html"}


def test_a_second_attempt_carries_the_same_message_id(alice):
    row = written(alice)
    before = row.message_id
    Notification.objects.update(attempts=3, due_at=timezone.now())
    assert Notification.objects.get().message_id == before


def test_an_unknown_address_is_given_up_at_once(alice, bob, sink):
    sink.refuse_recipient[alice.email] = "550 5.1.1 No such user"
    refused, sent = written(alice), written(bob)
    assert delivery.deliver_due() == 1
    refused.refresh_from_db()
    sent.refresh_from_db()
    assert refused.failed_at
    assert "550" in refused.failure
    assert sent.sent_at
    assert delivery.deliver_due() == 0


def test_a_full_mailbox_is_tried_again_later_and_later(alice, sink):
    sink.refuse_recipient[alice.email] = "452 4.2.2 Mailbox full"
    row = written(alice)
    waits = []
    for _ in range(Failure.FULL.most_attempts):
        Notification.objects.update(due_at=timezone.now())
        before = timezone.now()
        delivery.deliver_due()
        row.refresh_from_db()
        waits.append(row.due_at - before)
    assert waits[0] >= timedelta(minutes=60)
    assert waits[:-1] == sorted(waits[:-1])
    assert row.failed_at
    assert "452" in row.failure


def test_a_text_that_the_server_refuses_is_given_up(alice, sink):
    sink.refuse_data[alice.email] = "554 5.7.1 Refused"
    row = written(alice)
    delivery.deliver(row.pk)
    row.refresh_from_db()
    assert row.failed_at


def test_a_server_that_is_down_costs_one_attempt_and_the_rest_waits(alice, bob, sink, settings):
    settings.EMAIL_PORT = 1
    first, second = written(alice), written(bob)
    assert delivery.deliver_due() == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.attempts, second.attempts) == (1, 0)
    assert first.due_at > timezone.now()
    assert second.claimed_at is None
    settings.EMAIL_PORT = sink.port
    mail_server.reset()
    Notification.objects.update(due_at=timezone.now())
    assert delivery.deliver_due() == 2


def test_a_closed_account_is_not_written_to(alice, bob, sink):
    row, sent = written(alice), written(bob)
    alice.is_active = False
    alice.save()
    delivery.deliver_due()
    row.refresh_from_db()
    assert row.failed_at
    assert sink.recipients == [bob.email]
    bob.delete()
    assert not Notification.objects.filter(pk=sent.pk).exists()


def test_an_invented_person_of_the_demonstration_is_not_written_to(alice, bob, sink):
    row = written(alice)
    written(bob)
    type(alice).objects.filter(pk=alice.pk).update(is_demonstration=True)
    delivery.deliver_due()
    row.refresh_from_db()
    assert row.failed_at
    assert sink.recipients == [bob.email]


def test_an_address_that_cannot_be_one_is_given_up(alice, sink):
    row = written(alice)
    alice.email = "pas une adresse"
    alice.save()
    delivery.deliver(row.pk)
    row.refresh_from_db()
    assert row.failed_at
    assert not sink.accepted


def test_a_message_we_cannot_make_does_not_stop_the_others(alice, bob, sink, caplog):
    broken, sound = written(alice), written(bob)
    Notification.objects.filter(pk=broken.pk).update(kind="unheard_of")
    assert delivery.deliver_due() == 1
    broken.refresh_from_db()
    sound.refresh_from_db()
    assert broken.attempts == 1
    assert broken.failed_at is None
    assert sound.sent_at
    assert "KeyError" in caplog.text


def test_what_a_dead_worker_claimed_is_free_after_the_lease(alice, sink):
    row = written(alice)
    Notification.objects.update(claimed_at=timezone.now() - delivery.LEASE / 2)
    assert delivery.deliver_due() == 0
    Notification.objects.update(claimed_at=timezone.now() - delivery.LEASE - timedelta(seconds=1))
    assert delivery.deliver_due() == 1
    row.refresh_from_db()
    assert row.sent_at


def test_a_message_that_kills_every_worker_is_given_up(alice, sink):
    row = written(alice)
    Notification.objects.update(attempts=delivery.MAX_ATTEMPTS)
    delivery.deliver_due()
    row.refresh_from_db()
    assert row.failed_at
    assert not sink.accepted


def test_a_slow_batch_gives_back_what_it_has_not_begun(alice, bob, sink, monkeypatch):
    written(alice)
    written(bob)
    batch = delivery._claim(Notification.objects.all(), limit=2)
    for row in batch:
        row.claimed_at -= delivery.LEASE
    Notification.objects.update(claimed_at=batch[0].claimed_at)
    assert delivery._send_all(batch) == 0
    assert set(Notification.objects.values_list("claimed_at", "attempts")) == {(None, 0)}


def test_what_is_not_due_waits(alice, sink):
    written(alice)
    Notification.objects.update(due_at=timezone.now() + timedelta(minutes=1))
    assert delivery.deliver_due() == 0


def test_neither_address_nor_text_is_ever_logged(alice, sink, caplog):
    caplog.set_level(logging.DEBUG)
    for refusal in ("550 5.1.1 alice@exemple.fr unknown", "452 4.2.2 alice@exemple.fr full"):
        sink.refuse_recipient[alice.email] = refusal
        row = written(alice, int(refusal[:3]))
        delivery.deliver(row.pk)
        row.refresh_from_db()
        assert alice.email not in row.failure
    ours = "".join(record.getMessage() for record in caplog.records if record.name.startswith("notifications"))
    assert alice.email not in ours
    assert "verger" not in ours


def test_staff_may_try_again_what_was_given_up(alice, sink, django_capture_on_commit_callbacks):
    sink.refuse_recipient[alice.email] = "550 5.7.1 Not from this server"
    row = written(alice)
    delivery.deliver(row.pk)
    sink.refuse_recipient.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert services.retry(Notification.objects.all()) == 1
    row.refresh_from_db()
    assert row.sent_at
    assert services.retry(Notification.objects.all()) == 0
