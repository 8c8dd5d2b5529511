"""Mailboxes that are not written to: nobody is there, or their reader complained."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from cast import new_member
from django.core import mail
from django.utils import timezone

from members import emails, suppressing
from members.models import MailEvent, Suppression
from members.suppressing import BOUNCE, COMPLAINT, Told
from tests.members.door import sign_in

pytestmark = pytest.mark.django_db

PAULA = "paula@exemple.fr"
NOBODY = "550 5.1.1 <paula@exemple.fr>: Recipient address rejected: User unknown"
FULL = "552 5.2.2 The email account is over quota"


def bounce(event="e1", email=PAULA, **said) -> Told:
    return Told(email, BOUNCE, event, **said)


def days_later(monkeypatch, days: float) -> None:
    then = timezone.now() + timedelta(days=days)
    monkeypatch.setattr("django.utils.timezone.now", lambda: then)


# --- What stops ------------------------------------------------------------------------------------------------------


def test_an_address_where_nobody_is_is_not_written_to():
    assert suppressing.may_write(PAULA)
    suppressing.record([bounce()])
    assert not suppressing.may_write(PAULA)
    assert not suppressing.may_write(PAULA, is_essential=True)
    assert suppressing.may_write("zoe@exemple.fr")


def test_every_address_of_one_mailbox_is_that_mailbox():
    suppressing.record([bounce(email="b.ob+asso@googlemail.com")])
    assert not suppressing.may_write("bob@gmail.com")


def test_the_address_itself_is_kept_nowhere():
    suppressing.record([bounce(), Told(PAULA, COMPLAINT, "e2")])
    for model in (Suppression, MailEvent):
        for row in model.objects.values():
            assert "paula" not in str(row)


def test_who_complained_gets_what_the_law_asks_and_nothing_else():
    suppressing.record([Told(PAULA, COMPLAINT, "e1")])
    assert not suppressing.may_write(PAULA)
    assert suppressing.may_write(PAULA, is_essential=True)


def test_a_complaint_outlasts_a_bounce_and_not_the_other_way_round():
    suppressing.record([bounce("e1"), Told(PAULA, COMPLAINT, "e2"), bounce("e3")])
    assert Suppression.objects.get().reason == COMPLAINT


def test_an_event_told_again_changes_nothing_even_after_the_staff_lifted_it():
    assert suppressing.record([Told(PAULA, COMPLAINT, "e1")])
    assert suppressing.lift(PAULA)
    assert not suppressing.record([Told(PAULA, COMPLAINT, "e1")])
    assert suppressing.may_write(PAULA)
    assert suppressing.record([Told(PAULA, COMPLAINT, "e2")])
    assert not suppressing.may_write(PAULA)


def test_what_may_pass_stops_on_its_third_day(monkeypatch):
    suppressing.record([bounce(f"first-{number}", is_sure=False) for number in range(9)])
    assert suppressing.may_write(PAULA)
    days_later(monkeypatch, 1)
    suppressing.record([bounce("second", is_sure=False)])
    assert suppressing.may_write(PAULA)
    days_later(monkeypatch, 1)
    suppressing.record([bounce("third", is_sure=False)])
    assert not suppressing.may_write(PAULA)


def test_days_far_apart_do_not_add_up(monkeypatch):
    for number in range(4):
        suppressing.record([bounce(f"e{number}", is_sure=False)])
        days_later(monkeypatch, 20)
    assert suppressing.may_write(PAULA)


@pytest.mark.parametrize(
    ("said", "nobody"),
    [
        (NOBODY, True),
        ("550-5.1.1 The email account that you tried to reach does not exist.", True),
        ("550 5.2.1 The email account is disabled", True),
        ("550 5.4.1 Recipient address rejected: Access denied", None),
        (FULL, False),
        ("550 Requested action not taken: mailbox unavailable", False),
        ("550 5.7.1 Message rejected as spam by policy", None),
        ("554 5.7.1 Service unavailable; client host blocked", None),
        ("552 5.3.4 Message too big for system", None),
        ("421 4.7.0 Try again later", None),
        ("", None),
    ],
)
def test_a_refusal_is_held_against_an_address_only_when_it_is_about_it(said, nobody):
    assert suppressing.is_nobody_there(said) is nobody


def test_a_thousand_events_cost_as_many_queries_as_two(django_assert_max_num_queries):
    for number, count in enumerate((2, 1000)):
        told = [bounce(f"{number}-{n}", f"p{n}@exemple.fr", is_sure=n % 2 == 0) for n in range(count)]
        with django_assert_max_num_queries(7):  # savepoint twice, known, events, days, suppressions
            suppressing.record(told)
    assert Suppression.objects.count() == 500


def test_events_are_forgotten_after_two_months(monkeypatch):
    suppressing.record([bounce()])
    assert suppressing.forget_mail_events() == 0
    days_later(monkeypatch, 61)
    assert suppressing.forget_mail_events() == 1
    assert not suppressing.may_write(PAULA)


def test_a_refused_code_is_held_against_the_address():
    error = SMTPRecipientsRefused({PAULA: (550, b"5.1.1 User unknown"), "zoe@exemple.fr": (550, b"5.7.1 Policy")})
    suppressing.refused(error, event="x")
    assert not suppressing.may_write(PAULA)
    assert suppressing.may_write("zoe@exemple.fr")


# --- The door --------------------------------------------------------------------------------------------------------


def test_what_is_asked_at_the_door_is_tried_once_a_day_where_nobody_is(monkeypatch):
    suppressing.record([bounce()])
    assert suppressing.may_write(PAULA, is_asked=True)
    assert not suppressing.may_write(PAULA, is_asked=True)
    days_later(monkeypatch, 1.01)
    assert suppressing.may_write(PAULA, is_asked=True)


def test_a_code_is_sent_once_a_day_to_an_address_that_bounced_and_always_to_who_complained():
    suppressing.record([bounce(), Told("zoe@exemple.fr", COMPLAINT, "e2")])
    for email in (PAULA, "zoe@exemple.fr"):
        for _ in range(3):
            emails.code("sign_up", email, "12345678")
    assert [message.to[0] for message in mail.outbox] == [PAULA, *["zoe@exemple.fr"] * 3]


def test_a_code_typed_back_proves_that_somebody_is_there(client):
    paula = new_member("paula")
    suppressing.record([bounce(email=paula.email)])
    sign_in(client, paula.email)
    assert suppressing.may_write(paula.email)


def test_a_code_typed_back_takes_no_complaint_away(client):
    paula = new_member("paula")
    suppressing.record([Told(paula.email, COMPLAINT, "e1")])
    sign_in(client, paula.email)
    assert not suppressing.may_write(paula.email)
