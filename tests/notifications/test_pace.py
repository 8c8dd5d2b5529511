"""Nobody is woken up by a message, nor gets more than three a day."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from cast import new_event, new_member
from django.utils import timezone

from members.models import Member
from notifications import delivery, pace, services
from notifications.kinds import DIGEST, KINDS, SUPPORTED
from notifications.models import Mail, MailDay, MailSettings, Notification

PARIS = ZoneInfo("Europe/Paris")
ANNOUNCED = {"event_title": "Réunion", "initiative_title": "Un verger", "url": "/x/"}
DECIDED = {"title": "Un verger", "url": "/x/", "reason": "Lu."}


@pytest.fixture
def now(monkeypatch):
    """`now(hour)`: it is that hour in Paris, on 3 March 2027; nights are those of the site."""
    monkeypatch.setattr(pace, "QUIET_FROM", time(22))
    monkeypatch.setattr(pace, "QUIET_UNTIL", time(7))

    def be(hour: int, minute: int = 0, *, day: int = 3) -> datetime:
        moment = datetime(2027, 3, day, hour, minute, tzinfo=PARIS)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    be(12)
    return be


def announced(member: Member, number: int = 1) -> Notification:
    """Of something that is counted."""
    services.tell(member, kind="event_announced", key=f"event-{number}", context=ANNOUNCED)
    return Notification.objects.get(recipient=member, key=f"event-{number}")


def of_day(member: Member) -> int:
    return MailDay.objects.get(member=member).count


# --- The hours -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begins", "ends", "at", "until"),
    [
        (22, 7, "2027-03-03 21:59", None),
        (22, 7, "2027-03-03 22:00", "2027-03-04 07:00"),
        (22, 7, "2027-03-03 00:00", "2027-03-03 07:00"),
        (22, 7, "2027-03-03 06:59", "2027-03-03 07:00"),
        (22, 7, "2027-03-03 07:00", None),
        (9, 17, "2027-03-03 12:00", "2027-03-03 17:00"),
        (9, 17, "2027-03-03 20:00", None),
        (0, 0, "2027-03-03 03:00", None),
        # The clocks go forward that night, then back.
        (22, 7, "2027-03-27 23:00", "2027-03-28 07:00"),
        (22, 7, "2027-10-30 23:00", "2027-10-31 07:00"),
    ],
)
def test_silence_lasts_until_its_hour_here(begins, ends, at, until):
    hours = pace.Hours(PARIS, time(begins), time(ends))
    expected = datetime.fromisoformat(until).replace(tzinfo=PARIS) if until else None
    assert hours.quiet_until_when(datetime.fromisoformat(at).replace(tzinfo=PARIS)) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("commune", "hour", "leaves"),
    [
        ("35360", 12, True),
        ("35360", 23, False),
        # Nouméa is ten hours ahead; it is 7 in Paris, and still night in Fort-de-France.
        ("98818", 12, False),
        ("98818", 23, True),
        ("97209", 7, False),
        ("97209", 13, True),
        # One zone of a collectivity is not that of another: the Marquises are half an hour ahead of Tahiti.
        ("98731", 18, True),
        ("98735", 17, False),
        (None, 23, False),
    ],
)
def test_it_is_night_where_its_reader_lives(alice, sink, now, commune, hour, leaves):
    Member.objects.filter(pk=alice.pk).update(home_commune=commune)
    now(hour)
    announced(alice)
    assert delivery.deliver_due() == leaves


@pytest.mark.django_db
def test_what_falls_in_the_night_leaves_in_the_morning(alice, sink, now):
    now(23, 30)
    row = announced(alice)
    assert delivery.deliver_due() == 0 and not sink.recipients
    row.refresh_from_db()
    assert row.due_at == datetime(2027, 3, 4, 7, tzinfo=PARIS)
    assert (row.claimed_at, row.attempts, row.counted_on) == (None, 0, None)
    now(6, 59, day=4)
    assert delivery.deliver_due() == 0
    now(7, 0, day=4)
    assert delivery.deliver_due() == 1


@pytest.mark.django_db
def test_whoever_never_wants_silence_or_wants_it_by_day_is_heard(alice, bob, sink, now):
    MailSettings.objects.create(member=alice, quiet_from=time(0), quiet_until=time(0))
    MailSettings.objects.create(member=bob, quiet_from=time(9), quiet_until=time(17))
    now(12)
    announced(alice, 1)
    announced(bob, 1)
    delivery.deliver_due()
    assert sink.recipients == [alice.email]
    now(23)
    announced(alice, 2)
    announced(bob, 2)
    delivery.deliver_due()
    assert sorted(sink.recipients) == [alice.email] * 2 + [bob.email] * 2


@pytest.mark.django_db
def test_decisions_and_what_somebody_asked_for_leave_at_any_hour(alice, sink, now):
    now(23)
    services.tell(alice, kind="content_withheld", key="decision:1", context=DECIDED)
    services.write_to("paula@exemple.fr", kind="supports_none", key="x", context={"url": "/initiatives/"})
    assert delivery.deliver_due() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(("hours_ahead", "leaves"), [(23, True), (25, False), (-1, False)])
def test_what_is_about_an_event_of_the_next_day_does_not_wait_for_the_morning(
    alice, vitre, sink, now, hours_ahead, leaves
):
    event = new_event(new_member("organiser"), vitre, starts_at=now(23) + timedelta(hours=hours_ahead))
    if hours_ahead < 0:
        event.ends_at = event.starts_at + timedelta(minutes=30)
        event.save()
    services.tell(alice, kind="event_message", key="m", context=event.message_context | {"text": "À 8 h", "name": "D"})
    assert delivery.deliver_due() == leaves


@pytest.mark.django_db
def test_a_night_of_announcements_holds_back_nobody_who_waits(sink, now, django_assert_max_num_queries):
    """More than one batch is put off before what leaves is found, by a few statements each."""
    now(23)
    rows = [Member(email=f"m{n}@exemple.fr", display_name="M") for n in range(2 * delivery.BATCH)]
    members = Member.objects.bulk_create(rows)
    services.tell_many([each.pk for each in members], kind="event_announced", key="event-1", context=ANNOUNCED)
    services.tell(members[0], kind="content_published", key="decision:1", context=DECIDED)
    with django_assert_max_num_queries(40):
        assert delivery.deliver_due() == 1
    assert sink.recipients == [members[0].email]


# --- Three a day -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_fourth_of_a_day_becomes_a_line_of_the_next_digest(alice, sink, now):
    for number in range(4):
        announced(alice, number)
    assert delivery.deliver_due() == 3
    fourth = Notification.objects.get(sent_at=None)
    assert (fourth.mail, fourth.digest, fourth.claimed_at, fourth.attempts) == (Mail.DIGEST, None, None, 0)
    assert fourth.due_at == datetime(2027, 3, 3, 18, tzinfo=PARIS)
    assert fourth.in_bell and of_day(alice) == 3


@pytest.mark.django_db
def test_the_digest_is_one_of_the_three_and_waits_for_a_place_of_its_own(alice, sink, now):
    for number in range(4):
        announced(alice, number)
    delivery.deliver_due()
    now(18)
    digest = Notification.objects.create(recipient=alice, kind=DIGEST, key="digest-3", context={"lines": 1})
    Notification.objects.lines().update(digest=digest)
    assert delivery.deliver_due() == 0, "three have left today"
    digest.refresh_from_db()
    assert digest.due_at == datetime(2027, 3, 4, 7, tzinfo=PARIS) and digest.counted_on == date(2027, 3, 4)
    # The next day, its place is kept: two others leave, no more.
    now(7, day=4)
    for number in range(10, 14):
        announced(alice, number)
    assert delivery.deliver_due() == 3
    assert Notification.objects.get(kind=DIGEST).sent_at and Notification.objects.get(key="event-3").sent_at
    assert set(Notification.objects.lines().filter(digest=None).values_list("key", flat=True)) == {
        "event-12", "event-13",
    }  # fmt: skip


@pytest.mark.django_db
def test_what_one_organises_or_attends_and_what_is_decided_takes_no_place(alice, sink, now):
    for number in range(3):
        services.tell(alice, kind="event_attended", key=f"a{number}", context=ANNOUNCED | {"count": 3})
        services.tell(alice, kind="event_message", key=f"m{number}", context=ANNOUNCED | {"text": "Oui", "name": "D"})
        services.tell(alice, kind="content_published", key=f"d{number}", context=DECIDED)
    announced(alice)
    assert delivery.deliver_due() == 10 and of_day(alice) == 1


@pytest.mark.django_db
def test_the_day_begins_again_where_its_reader_lives(alice, sink, now):
    Member.objects.filter(pk=alice.pk).update(home_commune="98818")
    now(4)  # 14:00 there, on the 3rd.
    for number in range(3):
        announced(alice, number)
    assert delivery.deliver_due() == 3
    now(21, 30)  # 7:30 there, on the 4th.
    announced(alice, 4)
    assert delivery.deliver_due() == 1


@pytest.mark.django_db
def test_whoever_gets_no_digest_gets_the_fourth_the_next_morning(alice, sink, now):
    MailSettings.objects.create(member=alice, digest="never")
    for number in range(4):
        announced(alice, number)
    assert delivery.deliver_due() == 3
    fourth = Notification.objects.get(sent_at=None)
    assert (fourth.mail, fourth.due_at) == (Mail.NOW, datetime(2027, 3, 4, 7, tzinfo=PARIS))
    now(7, day=4)
    assert delivery.deliver_due() == 1


@pytest.mark.django_db
def test_a_message_that_is_tried_again_takes_one_place_a_day(alice, sink, now):
    sink.refuse_recipient[alice.email] = "452 4.2.2 Mailbox full"
    announced(alice)
    for minutes in (0, 10, 30):
        now(12, minutes)
        Notification.objects.update(due_at=timezone.now())
        delivery.deliver_due()
    assert of_day(alice) == 1


@pytest.mark.django_db
def test_counts_of_days_gone_by_are_forgotten(alice, sink, now):
    announced(alice)
    delivery.deliver_due()
    assert pace.forget(now(12, day=5)) == 0
    assert pace.forget(now(12, day=8)) == 1


def test_any_number_of_deliveries_at_once_send_three_to_each(at_once, sink, monkeypatch):
    """Each claims one message to everybody, while the others claim another."""
    members = [new_member(f"m{number}") for number in range(4)]
    monkeypatch.setattr(delivery, "BATCH", len(members))
    for number in range(16):
        services.tell_many(
            [each.pk for each in members],
            kind="event_announced",
            key=f"event-{number}",
            context=ANNOUNCED,
            is_slice=True,
        )
    at_once(lambda _number: delivery.deliver_due(), range(8))
    delivery.deliver_due()
    assert sorted(sink.recipients) == sorted(each.email for each in members for _ in range(3))
    assert set(MailDay.objects.values_list("count", flat=True)) == {3}
    assert Notification.objects.lines().count() == len(members) * 13


def test_a_new_kind_about_what_one_supports_is_counted():
    assert all(kind.is_counted for kind in KINDS.values() if kind.group == SUPPORTED)
