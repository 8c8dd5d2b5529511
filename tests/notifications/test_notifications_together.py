"""Many at once, on real connections: told once, sent once."""

from itertools import count

from cast import new_member

from members.models import Member
from notifications import delivery, services
from notifications.models import Channel, Choice, MailSettings, Mute, Notification, Preference
from notifications.services import preferences

CONTEXT = {"title": "Un verger", "url": "/initiatives/un-verger-1/", "reason": "Lu."}


def tell(member: Member, number: int = 1) -> None:
    """As its slice of many: no task is asked for."""
    key = f"decision:{number}"
    services.tell_many([member.pk], kind="content_published", key=key, context=CONTEXT, is_slice=True)


def test_a_hundred_at_once_tell_it_once(at_once, sink):
    alice = new_member("alice")

    def say(_number: int) -> None:
        services.tell(alice, kind="content_published", key="decision:1", context=CONTEXT)

    at_once(say, range(100))
    assert Notification.objects.count() == 1
    assert sink.recipients == [alice.email]


def test_deliveries_at_once_send_each_message_once(at_once, sink):
    sink.pause = 0.01
    numbers = count()
    members = [new_member(f"m{next(numbers)}") for _ in range(60)]
    for member in members:
        tell(member)

    sent = at_once(lambda _number: delivery.deliver_due(), range(6))
    assert sum(sent) == 60
    assert sorted(sink.recipients) == sorted(member.email for member in members)
    assert not Notification.objects.waiting().exists()


def test_a_task_and_a_sweep_at_once_send_it_once(at_once, sink):
    sink.pause = 0.05
    alice = new_member("alice")
    tell(alice)
    row = Notification.objects.get()
    at_once(lambda number: delivery.deliver(row.pk) if number % 2 else delivery.deliver_due(), range(10))
    assert sink.recipients == [alice.email]


def test_two_forms_sent_at_once_leave_one_choice(at_once):
    alice = new_member("alice")
    kinds = [kind.name for kind in preferences.settable()]

    def choose(number: int) -> None:
        order = kinds if number % 2 else kinds[::-1]
        choice = Choice.NEVER if number % 3 else Choice.DIGEST
        preferences.set_preferences(alice, {(kind, Channel.MAIL): choice for kind in order})

    at_once(choose, range(8))
    assert Preference.objects.count() <= len(kinds)
    assert len({preferences.choices_of(alice)[kind]["mail"] for kind in kinds}) <= 2


def test_whoever_leaves_takes_what_they_chose_along_and_is_said_to_have_done_nothing(committed_db):
    alice, dan = new_member("alice"), new_member("dan")
    preferences.mute(dan, "events.event 3")
    preferences.set_preference(dan, "event_message", Channel.MAIL, Choice.NEVER)
    preferences.set_digest(dan, "never")
    services.tell(alice, kind="content_published", key="decision:1", context=CONTEXT, by=dan)
    services.tell(dan, kind="content_published", key="decision:2", context=CONTEXT, by=alice)
    dan.delete()
    assert not Mute.objects.exists() and not Preference.objects.exists() and not MailSettings.objects.exists()
    row = Notification.objects.get()
    assert row.recipient == alice and row.by is None
