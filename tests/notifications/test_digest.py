"""What can wait for a digest: when it leaves, and what is taken back before. tests/pages/digests has the rest."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from notifications import delivery, digests, services
from notifications.models import Notification

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("written", "leaves"),
    [
        ("2026-11-22 09:00", "2026-11-22 18:00"),
        ("2026-11-22 17:59", "2026-11-22 18:00"),
        ("2026-11-22 18:00", "2026-11-23 18:00"),
        ("2026-11-22 23:30", "2026-11-23 18:00"),
        # The clocks go back during the night between.
        ("2026-10-24 20:00", "2026-10-25 18:00"),
    ],
)
def test_what_is_written_leaves_at_the_next_six_o_clock_here(written, leaves):
    moment = datetime.fromisoformat(written).replace(tzinfo=PARIS)
    assert digests.next_hour(moment) == datetime.fromisoformat(leaves).replace(tzinfo=PARIS)


@pytest.mark.django_db
def test_a_message_that_leaves_at_once_is_taken_back_while_it_waits(alice, bob, mailoutbox):
    context = {"event_title": "Réunion", "initiative_title": "Un verger", "url": "/x/"}
    services.tell_many([alice.pk, bob.pk], kind="event_announced", key="event-1", context=context)
    delivery.deliver(Notification.objects.get(recipient=alice).pk)
    assert services.take_back("event-1") == 1
    delivery.deliver_due()
    assert [message.to for message in mailoutbox] == [[alice.email]]
