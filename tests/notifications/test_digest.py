"""The digest: what can wait is told together, once a day, exactly."""

from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from cast import new_member
from django.utils import timezone

from core import french
from members.models import Member
from notifications import delivery, digests, services, tasks
from notifications.kinds import DIGEST, KINDS
from notifications.models import Notification
from territories.models import ElectionWindow

PARIS = ZoneInfo("Europe/Paris")
numbers = count()


def told(*members: Member, number: int = 1, **context) -> None:
    said = {"title": "Un verger & « nous »", "heading": f"Nouvelle {number} <du verger>", "excerpt": "Dix arbres."}
    said |= {"url": f"/initiatives/un-verger-1/nouvelles/{number}/"} | context
    services.tell_many([each.pk for each in members], kind="update_published", key=f"update-{number}", context=said)


def the_hour_comes() -> None:
    Notification.objects.lines().filter(digest=None).update(due_at=timezone.now() - timedelta(seconds=1))


def body(message) -> str:
    """The plain text of what the server got."""
    return message.get_payload()[0].get_payload(decode=True).decode()


def people(number: int) -> list[Member]:
    start = next(numbers) * 100_000
    rows = [Member(email=f"m{start + n}@exemple.fr", display_name=f"M{n}") for n in range(number)]
    return Member.objects.bulk_create(rows)


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
def test_nothing_leaves_before_the_hour_then_one_message_says_it_all(alice, bob, mailoutbox):
    told(alice, bob, number=1)
    told(alice, number=2)
    assert tasks.gather_digests() == delivery.deliver_due() == 0
    assert not Notification.objects.filter(kind=DIGEST).exists()
    the_hour_comes()
    assert tasks.gather_digests() == 2
    assert delivery.deliver_due() == 2
    to_alice = next(message for message in mailoutbox if message.to == [alice.email])
    assert to_alice.subject == "2 nouvelles de ce que vous soutenez"
    [(html, _mime)] = to_alice.alternatives
    for text in (to_alice.body, html):
        assert "/initiatives/un-verger-1/nouvelles/1/" in text and "/initiatives/un-verger-1/nouvelles/2/" in text
        assert "Alice" in text and "parce que vous soutenez ce dont il parle" in text
        assert "http://127.0.0.1:8000/mes-soutiens/" in text
    assert "Nouvelle 1 <du verger>" in to_alice.body and "verger &amp; «" in html and "<du verger>" not in html
    assert html.count('class="act"') == 1


@pytest.mark.django_db
def test_a_digest_of_one_line_is_a_message_about_it(alice, mailoutbox):
    told(alice)
    the_hour_comes()
    tasks.gather_digests()
    delivery.deliver_due()
    [message] = mailoutbox
    assert message.subject == "Du nouveau pour « Un verger & « nous » »"
    assert "parce que vous soutenez" in message.body and "ce dont il parle" not in message.body
    [(html, _mime)] = message.alternatives
    assert 'class="act"><a href="http://127.0.0.1:8000/initiatives/un-verger-1/nouvelles/1/"' in html


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].has_own_line])
def test_each_kind_of_a_digest_has_its_line(alice, mailoutbox, kind):
    context = {"title": "Un verger", "heading": "Dix arbres", "excerpt": "…", "url": "/initiatives/un-verger-1/"}
    services.tell(alice, kind=kind, key="x", context=context)
    the_hour_comes()
    assert tasks.gather_digests() == delivery.deliver_due() == 1
    [message] = mailoutbox
    for text in (message.body, message.alternatives[0][0]):
        assert "http://127.0.0.1:8000/initiatives/un-verger-1/" in text


@pytest.mark.django_db
def test_there_is_one_digest_a_day_and_what_comes_late_waits_for_the_next(alice, mailoutbox):
    told(alice, number=1)
    the_hour_comes()
    assert tasks.gather_digests() == 1
    told(alice, number=2)
    the_hour_comes()
    assert tasks.gather_digests() == 0
    delivery.deliver_due()
    assert len(mailoutbox) == 1
    Notification.objects.filter(kind=DIGEST).update(key="digest-2026-11-21")
    assert tasks.gather_digests() == delivery.deliver_due() == 1
    assert "nouvelles/2/" in mailoutbox[1].body and "nouvelles/1/" not in mailoutbox[1].body


@pytest.mark.django_db
def test_the_same_thing_is_told_once_even_after_it_left(alice, mailoutbox):
    told(alice)
    told(alice)
    the_hour_comes()
    tasks.gather_digests()
    delivery.deliver_due()
    told(alice)
    assert Notification.objects.lines().count() == len(mailoutbox) == 1


@pytest.mark.django_db
def test_what_was_taken_back_is_told_to_nobody_and_no_digest_is_empty(alice, bob, mailoutbox):
    told(alice, bob, number=1)
    told(bob, number=2)
    assert services.take_back("update-1") == 2
    the_hour_comes()
    assert tasks.gather_digests() == 1
    assert delivery.deliver_due() == 1
    [message] = mailoutbox
    assert message.to == [bob.email]
    assert "nouvelles/2/" in message.body and "nouvelles/1/" not in message.body


@pytest.mark.django_db
def test_what_is_taken_back_between_the_hour_and_the_sending_is_left_out_too(alice, bob, mailoutbox):
    told(alice, bob, number=1)
    told(bob, number=2)
    the_hour_comes()
    assert tasks.gather_digests() == 2
    services.take_back("update-1")
    assert delivery.deliver_due() == 1
    assert [message.to for message in mailoutbox] == [[bob.email]]
    empty = Notification.objects.get(recipient=alice)
    assert empty.failed_at and empty.failure == "plus rien à dire"


@pytest.mark.django_db
def test_what_was_taken_back_may_be_told_again_but_only_to_who_did_not_hear(alice, bob, mailoutbox):
    told(alice)
    the_hour_comes()
    tasks.gather_digests()
    delivery.deliver_due()
    told(bob)
    assert services.take_back("update-1") == 1
    told(alice, bob)
    the_hour_comes()
    tasks.gather_digests()
    delivery.deliver_due()
    assert sorted(message.to[0] for message in mailoutbox) == sorted([alice.email, bob.email])


@pytest.mark.django_db
def test_a_message_that_leaves_at_once_is_taken_back_while_it_waits(alice, bob, mailoutbox):
    context = {"event_title": "Réunion", "initiative_title": "Un verger", "url": "/x/"}
    services.tell_many([alice.pk, bob.pk], kind="event_announced", key="event-1", context=context)
    delivery.deliver(Notification.objects.get(recipient=alice).pk)
    assert services.take_back("event-1") == 1
    delivery.deliver_due()
    assert [message.to for message in mailoutbox] == [[alice.email]]


@pytest.mark.django_db
def test_a_long_digest_shows_its_newest_lines_and_counts_the_others(alice, mailoutbox, django_assert_num_queries):
    for number in range(digests.SHOWN + 12):
        told(alice, number=number)
    the_hour_comes()
    tasks.gather_digests()
    delivery.deliver_due()
    [message] = mailoutbox
    assert message.subject == f"{digests.SHOWN + 12} nouvelles de ce que vous soutenez"
    assert message.body.count("/nouvelles/") == digests.SHOWN
    assert "nouvelles/41/" in message.body and "nouvelles/11/" not in message.body
    assert f"Et {french.number(12)} autres nouvelles." in message.body


@pytest.mark.django_db
def test_a_closed_account_gets_no_digest(alice, mailoutbox):
    told(alice)
    alice.is_active = False
    alice.save()
    the_hour_comes()
    tasks.gather_digests()
    assert delivery.deliver_due() == 0
    assert not mailoutbox


def test_who_leaves_the_site_takes_their_digests_along(committed_db):
    alice, bob = new_member("alice"), new_member("bob")
    told(alice, bob)
    the_hour_comes()
    tasks.gather_digests()
    told(alice, number=2)
    alice.delete()
    left = Notification.objects.order_by("id")
    assert [(row.recipient, row.kind) for row in left] == [(bob, "update_published"), (bob, DIGEST)]


@pytest.mark.django_db
def test_gathering_many_takes_as_many_statements_as_gathering_few(django_assert_num_queries):
    # A lock and a statement for each batch, in its savepoint, and those that find nothing more.
    for number, some in enumerate((3, digests.BATCH - 10)):
        told(*people(some), number=number)
        the_hour_comes()
        with django_assert_num_queries(9):
            assert digests.gather() == some
    told(*people(2 * digests.BATCH + 1), number=3)
    the_hour_comes()
    with django_assert_num_queries(17):
        assert digests.gather() == 2 * digests.BATCH + 1
    assert not Notification.objects.lines().filter(digest=None).exists()


def test_tasks_at_once_tell_each_member_once(at_once, sink):
    members = people(40)
    for number in (1, 2, 3):
        told(*members, number=number)
    the_hour_comes()

    def work(_number: int) -> None:
        tasks.gather_digests()
        delivery.deliver_due()

    at_once(work, range(6))
    delivery.deliver_due()
    assert sorted(sink.recipients) == sorted(member.email for member in members)
    assert all(f"nouvelles/{number}/" in body(message) for message in sink.accepted for number in (1, 2, 3))
    assert Notification.objects.filter(kind=DIGEST).count() == 40


def test_taking_back_while_digests_are_gathered_leaves_nothing_of_it(at_once, sink):
    members = people(60)
    told(*members, number=1)
    told(*members, number=2)
    the_hour_comes()
    at_once(lambda number: services.take_back("update-1") if number else digests.gather(), range(2))
    delivery.deliver_due()
    assert len(sink.recipients) == 60
    assert all("nouvelles/2/" in body(message) for message in sink.accepted)
    assert not any("nouvelles/1/" in body(message) for message in sink.accepted)


def test_a_server_that_is_down_at_the_hour_gets_the_digest_later(committed_db, sink):
    alice = new_member("alice")
    told(alice)
    the_hour_comes()
    tasks.gather_digests()
    sink.refuse_data[alice.email] = "451 4.7.1 Try again later"
    assert delivery.deliver_due() == 0
    sink.refuse_data.clear()
    Notification.objects.update(due_at=timezone.now())
    assert delivery.deliver_due() == 1
    assert Notification.objects.lines().get().sent_at


@pytest.mark.django_db
def test_where_a_vote_is_near_digests_wait_for_the_polls_to_close(alice, bob, chloe, mailoutbox):
    vote = ElectionWindow.objects.create(name="Municipale partielle", day=timezone.localdate() + timedelta(days=1))
    vote.departments.set(["35"])
    Member.objects.filter(pk=alice.pk).update(home_commune="35360")
    Member.objects.filter(pk=bob.pk).update(home_commune="56260")
    told(alice, bob, chloe)
    the_hour_comes()
    tasks.gather_digests()
    assert set(Notification.objects.filter(kind=DIGEST).values_list("recipient", flat=True)) == {bob.pk, chloe.pk}
    vote.departments.clear()
    told(chloe, number=2)
    the_hour_comes()
    Notification.objects.filter(kind=DIGEST).update(key="digest-2026-11-21")
    assert tasks.gather_digests() == 0, "A national vote holds for whoever gave no place, too."
    vote.delete()
    assert tasks.gather_digests() == 2
