"""Messages to somebody who has no account: written, sent, forgotten."""

import logging
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from notifications import delivery, services, tasks
from notifications.models import Notification

pytestmark = pytest.mark.django_db

PAULA = "paula@exemple.fr"
CONTEXT = {"title": "Un verger", "url": "/initiatives/un-verger/soutien/secret/", "until": "2026-12-01"}


def write(address: str = PAULA, key: str = "support-1") -> Notification:
    services.write_to(address, kind="support_link", key=key, context=CONTEXT)
    return Notification.objects.get(address=address, key=key)


def test_a_message_to_an_address_leaves_and_is_forgotten(sink):
    row = write()
    assert delivery.deliver(row.pk)
    assert sink.recipients == [PAULA]
    assert sink.accepted[0]["Message-ID"] == row.message_id
    assert not Notification.objects.exists()
    assert not delivery.deliver(row.pk)


def test_a_message_to_a_member_is_kept(alice, sink):
    services.tell(alice, kind="support_already", key="x", context=CONTEXT | {"mine_url": "/mes-soutiens/"})
    assert delivery.deliver_due() == 1
    assert Notification.objects.get().sent_at


def test_forgetting_is_one_statement(django_assert_num_queries):
    row = Notification.objects.select_related("recipient").get(pk=write().pk)
    with django_assert_num_queries(1):
        delivery._mark_sent(row)


def test_it_leaves_right_after_the_act(sink, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        services.write_to(PAULA, kind="support_link", key="x", context=CONTEXT)
    assert sink.recipients == [PAULA]


def test_the_same_thing_waits_once(mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            services.write_to(PAULA, kind="support_link", key="x", context=CONTEXT)
    assert len(mailoutbox) == 1


def test_many_are_written_to_by_one_statement_a_thousand_and_one_task(
    django_assert_num_queries, django_capture_on_commit_callbacks, mailoutbox
):
    for number, (count, statements) in enumerate([(3, 1), (900, 1), (1001, 2)]):
        rows = ((f"p{n}@exemple.fr", "support_link", f"s{number}-{n}", CONTEXT) for n in range(count))
        with django_capture_on_commit_callbacks() as tasks_of_it, django_assert_num_queries(statements):
            services.write_to_many(rows)
        assert len(tasks_of_it) == 1
    assert Notification.objects.count() == 1904


def test_writing_to_nobody_costs_nothing(django_assert_num_queries, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as tasks_of_it, django_assert_num_queries(0):
        services.write_to_many([])
    assert tasks_of_it == []


def test_writing_to_many_again_adds_nothing():
    rows = [(PAULA, "support_link", "a", CONTEXT), ("petra@exemple.fr", "support_link", "b", CONTEXT)]
    services.write_to_many(rows)
    services.write_to_many([*rows, (PAULA, "support_reminder", "c", CONTEXT)])
    assert Notification.objects.count() == 3


def test_a_message_goes_to_a_member_or_to_an_address_never_both_nor_neither(alice):
    for fields in ({"recipient": alice, "address": PAULA}, {}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Notification.objects.create(kind="support_link", key="x", **fields)


def test_who_stands_at_the_door_does_not_wait_for_an_announcement(alice, sink, monkeypatch):
    monkeypatch.setattr(delivery, "BATCH", 2)
    for number in range(4):
        services.tell(alice, kind="content_published", key=f"x{number}", context=CONTEXT | {"reason": "Lu."})
    write()
    assert delivery.deliver_due() == 5
    assert sink.recipients == [PAULA, *[alice.email] * 4]


def test_an_announcement_does_not_wait_for_all_who_stand_at_the_door(alice, sink, monkeypatch):
    monkeypatch.setattr(delivery, "BATCH", 2)
    services.tell(alice, kind="content_published", key="x", context=CONTEXT | {"reason": "Lu."})
    for number in range(4):
        write(key=f"support-{number}")
    assert delivery.deliver_due() == 5
    assert sink.recipients.index(alice.email) == 2


def test_nothing_of_it_is_logged_or_shown_by_name(sink, caplog):
    caplog.set_level(logging.DEBUG)
    for refusal in ("550 5.1.1 paula@exemple.fr unknown", "452 4.2.2 paula@exemple.fr full"):
        sink.refuse_recipient[PAULA] = refusal
        row = write(key=f"support-{refusal[:3]}")
        delivery.deliver(row.pk)
        row.refresh_from_db()
        assert row.failure.endswith(refusal[:3])
        assert "paula" not in f"{row} {row!r} {row.failure}"
        assert row.whom == "p…@exemple.fr"
    ours = "".join(record.getMessage() for record in caplog.records if record.name.startswith("notifications"))
    assert "paula" not in ours
    assert "secret" not in ours


def test_what_could_not_be_sent_is_kept_a_month_then_forgotten(alice, sink):
    sink.refuse_recipient[PAULA] = "550 5.1.1 No such user"
    row = write()
    delivery.deliver(row.pk)
    row.refresh_from_db()
    assert row.failed_at
    services.tell(alice, kind="content_published", key="x", context=CONTEXT | {"reason": "Lu."})
    Notification.objects.update(created_at=timezone.now() - timedelta(days=29))
    assert tasks.forget_addresses() == 0
    Notification.objects.update(created_at=timezone.now() - timedelta(days=30, minutes=1))
    assert tasks.forget_addresses() == 1
    assert Notification.objects.get().recipient == alice


def test_staff_may_try_again_what_was_given_up(sink, django_capture_on_commit_callbacks):
    sink.refuse_recipient[PAULA] = "550 5.1.1 No such user"
    delivery.deliver(write().pk)
    sink.refuse_recipient.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert services.retry(Notification.objects.all()) == 1
    assert sink.recipients == [PAULA]
    assert not Notification.objects.exists()


def test_an_address_that_cannot_be_one_is_given_up(sink):
    row = write("pas une adresse")
    delivery.deliver(row.pk)
    row.refresh_from_db()
    assert row.failed_at
    assert not sink.accepted
