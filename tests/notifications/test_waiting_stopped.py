"""One click stops what was told already and has not left: a line of tonight’s digest, what waits for the morning."""

from datetime import time, timedelta

import pytest
from cast import new_event, new_member
from django.core import mail as outbox
from django.utils import timezone

from members import services as members
from notifications import delivery, services
from notifications.models import Channel, Choice, Mail, MailSettings, Notification, Push
from notifications.services import preferences
from tests.pages.digests.evenings import gather, send

pytestmark = pytest.mark.django_db

UPDATE = {"title": "Un verger", "heading": "Dix arbres", "excerpt": "Ils sont là.", "url": "/y/"}
MESSAGE = {"event_title": "Réunion", "initiative_title": "Un verger", "url": "/x/", "text": "Oui", "name": "Dan"}


def line(member, **how) -> Notification:
    services.tell(member, kind="update_published", key="line", context=UPDATE, **how)
    return Notification.objects.get(key="line")


def message(member, kind: str = "event_message", **how) -> Notification:
    """It waits for the morning."""
    services.tell(member, kind=kind, key=kind, context=MESSAGE, **how)
    Notification.objects.filter(key=kind).update(due_at=timezone.now() + timedelta(hours=9))
    return Notification.objects.get(key=kind)


def what_leaves() -> list[str]:
    outbox.outbox.clear()
    gather()
    send()
    return [each.subject for each in outbox.outbox]


@pytest.mark.parametrize("how", ["event", "person"])
def test_what_is_muted_is_not_said_tonight_nor_in_the_morning(alice, vitre, how):
    dan = new_member("dan")
    event = new_event(dan, vitre)
    rows = [line(alice, about=event, by=dan), message(alice, about=event, by=dan)]
    preferences.mute(alice, event if how == "event" else dan)
    assert what_leaves() == []
    assert all(Notification.objects.get(pk=row.pk).in_bell for row in rows), "it is read on the site"


def test_what_must_be_known_is_said_even_when_it_is_muted(alice, vitre):
    event = new_event(new_member("dan"), vitre)
    said = {"dates": [], "old_when": "", "old_place": "", "when": "", "place": ""}
    services.tell(alice, kind="event_cancelled", key="c", context=MESSAGE | said, about=event)
    services.tell(alice, kind="content_published", key="p", context=MESSAGE | UPDATE, about=event)
    preferences.mute(alice, event)
    assert set(Notification.objects.values_list("mail", flat=True)) == {Mail.NOW}


def test_a_kind_that_is_turned_off_is_not_said_tonight_nor_in_the_morning(alice, bob):
    line(alice)
    message(alice)
    services.tell(bob, kind="event_message", key="his", context=MESSAGE)
    never = {(kind, Channel.MAIL): Choice.NEVER for kind in ("update_published", "event_message")}
    preferences.set_preferences(alice, never)
    outbox.outbox.clear()
    gather()
    Notification.objects.waiting().update(due_at=timezone.now())
    delivery.deliver_due()
    assert [each.to for each in outbox.outbox] == [[bob.email]]


def test_a_device_that_is_told_no_more_is_not_told_what_waits(alice):
    row = message(alice)
    Notification.objects.filter(pk=row.pk).update(push_due_at=timezone.now())
    preferences.set_preference(alice, "event_message", Channel.PUSH, Choice.NEVER)
    row.refresh_from_db()
    assert row.push_due_at is None and row.mail == Mail.NOW and not Push.objects.exists()


def test_a_digest_that_waits_does_not_leave_once_digests_are_stopped(alice):
    line(alice)
    gather()
    preferences.set_digest(alice, MailSettings.Digest.NEVER)
    outbox.outbox.clear()
    assert send() == 0 and outbox.outbox == []
    preferences.set_digest(alice, MailSettings.Digest.AUTO)
    assert gather(2) == 0, "what was stopped is not said later"


def test_what_left_stays_told(alice, vitre):
    event = new_event(new_member("dan"), vitre)
    line(alice, about=event)
    gather()
    assert send() == 1
    preferences.mute(alice, event)
    row = Notification.objects.get(key="line")
    assert row.mail == Mail.DIGEST and row.sent_at


def test_what_a_person_did_is_not_said_once_they_are_blocked(alice):
    dan = new_member("dan")
    preferences.set_quiet_hours(alice, time(0), time(0))
    line(alice, by=dan)
    message(alice, by=dan)
    members.block(dan, by=alice)
    assert what_leaves() == []
    assert not Notification.objects.waiting().exists()
