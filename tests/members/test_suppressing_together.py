"""Mailboxes that are not written to, when several ask or tell at the same moment."""

from members import suppressing
from members.models import MailEvent, Suppression
from members.suppressing import BOUNCE, COMPLAINT, Told

PAULA = "paula@exemple.fr"


def test_codes_asked_at_the_same_moment_take_one_try_a_day(at_once):
    suppressing.record([Told(PAULA, BOUNCE, "e1")])
    tries = at_once(lambda _number: suppressing.may_write(PAULA, is_asked=True), range(6))
    assert sum(tries) == 1


def test_the_same_events_told_at_the_same_moment_in_any_order_count_once(at_once):
    told = [Told(f"p{number}@exemple.fr", (BOUNCE, COMPLAINT)[number % 2], f"e{number}") for number in range(40)]
    at_once(suppressing.record, [told, told[::-1]] * 3)
    assert MailEvent.objects.count() == 40
    assert Suppression.objects.count() == 40
    assert Suppression.objects.filter(reason=COMPLAINT).count() == 20
