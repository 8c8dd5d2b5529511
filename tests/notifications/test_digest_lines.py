"""What came of what one supports: a line each, told together, exactly once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from cast import new_member
from django.db import connection, connections, transaction
from django.utils import timezone

from notifications import delivery, services
from notifications.kinds import DIGEST, KINDS
from notifications.models import Notification, Rhythm
from pages.digests import gathering
from pages.models import DigestRound
from tests.pages.digests.evenings import by_sevens, evening, gather, people, send, told


def body(message) -> str:
    """The plain text of what the server got."""
    return message.get_payload()[0].get_payload(decode=True).decode()


@pytest.mark.django_db
def test_nothing_leaves_before_the_hour_then_one_message_says_it_all(alice, bob, mailoutbox):
    told(alice, bob, number=1)
    told(alice, number=2)
    assert gathering.gather(evening().replace(hour=17, minute=59)) == delivery.deliver_due() == 0
    assert not Notification.objects.filter(kind=DIGEST).exists()
    assert gather() == send() == 2
    to_alice = next(message for message in mailoutbox if message.to == [alice.email])
    assert to_alice.subject == "2 nouvelles de ce que vous soutenez"
    [(html, _mime)] = to_alice.alternatives
    for text in (to_alice.body, html):
        assert "/initiatives/un-verger-1/nouvelles/1/" in text and "/initiatives/un-verger-1/nouvelles/2/" in text
        assert "Alice" in text and "parce que vous soutenez ce dont il parle" in text
        assert "http://127.0.0.1:8000/mes-soutiens/" in text
    assert html.count('class="act"') == 1


@pytest.mark.django_db
def test_a_digest_of_one_line_is_a_message_about_it(alice, mailoutbox):
    told(alice, number=1)
    gather()
    send()
    [message] = mailoutbox
    assert message.subject == "Du nouveau pour «\u202fUn verger\u202f»"
    assert "parce que vous soutenez" in message.body and "ce dont il parle" not in message.body
    [(html, _mime)] = message.alternatives
    assert 'href="http://127.0.0.1:8000/initiatives/un-verger-1/nouvelles/1/"' in html.partition('class="act"')[2]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].has_own_line])
def test_each_kind_of_a_digest_has_its_line(alice, mailoutbox, kind):
    context = {"title": "Un verger", "heading": "Dix arbres", "excerpt": "…", "url": "/initiatives/un-verger-1/"}
    services.tell(alice, kind=kind, key="x", context=context)
    assert gather() == send() == 1
    [message] = mailoutbox
    for text in (message.body, message.alternatives[0][0]):
        assert "http://127.0.0.1:8000/initiatives/un-verger-1/" in text


@pytest.mark.django_db
def test_there_is_one_digest_a_day_and_what_comes_late_waits_for_the_next(alice, mailoutbox):
    told(alice, number=1)
    assert gather() == 1
    told(alice, number=2)
    assert gather() == 0
    assert send() == 1
    assert gather(2) == send() == 1
    assert "nouvelles/2/" in mailoutbox[1].body and "nouvelles/1/" not in mailoutbox[1].body


@pytest.mark.django_db
def test_the_same_thing_is_told_once_even_after_it_left(alice, mailoutbox):
    told(alice, number=1)
    told(alice, number=1)
    gather()
    send()
    told(alice, number=1)
    assert gather(2) == 0
    assert Notification.objects.lines().count() == len(mailoutbox) == 1


@pytest.mark.django_db
def test_what_was_taken_back_is_told_to_nobody_and_no_digest_is_empty(alice, bob, mailoutbox):
    told(alice, bob, number=1)
    told(bob, number=2)
    assert services.take_back("update-1") == 2
    assert gather() == send() == 1
    [message] = mailoutbox
    assert message.to == [bob.email]
    assert "nouvelles/2/" in message.body and "nouvelles/1/" not in message.body


@pytest.mark.django_db
def test_what_is_taken_back_between_the_hour_and_the_sending_is_left_out_too(alice, bob, mailoutbox):
    told(alice, bob, number=1)
    told(bob, number=2)
    assert gather() == 2
    services.take_back("update-1")
    assert send() == 1
    assert [message.to for message in mailoutbox] == [[bob.email]]
    empty = Notification.objects.get(recipient=alice, kind=DIGEST)
    assert empty.failed_at and empty.failure == "plus rien à dire"


@pytest.mark.django_db
def test_what_was_taken_back_may_be_told_again_but_only_to_who_did_not_hear(alice, bob, mailoutbox):
    told(alice, number=1)
    gather()
    send()
    told(bob, number=1)
    assert services.take_back("update-1") == 1
    told(alice, bob, number=1)
    gather(2)
    send()
    assert sorted(message.to[0] for message in mailoutbox) == sorted([alice.email, bob.email])


@pytest.mark.django_db
def test_a_long_digest_shows_its_newest_lines_and_counts_the_others(alice, mailoutbox):
    for number in range(1, 13):
        told(alice, number=number)
    gather()
    send()
    [message] = mailoutbox
    assert message.subject == "12 nouvelles de ce que vous soutenez"
    assert message.body.count("/nouvelles/") == 7
    assert "nouvelles/12/" in message.body and "nouvelles/5/" not in message.body
    assert "Et 5 autres nouvelles." in message.body


@pytest.mark.django_db
def test_what_waited_for_months_stays_on_the_site(alice):
    told(alice)
    assert gather(46) == 0


def test_who_leaves_the_site_takes_their_digests_along(committed_db):
    alice, bob = new_member("alice"), new_member("bob")
    told(alice, bob)
    gather()
    told(alice)
    alice.delete()
    left = Notification.objects.order_by("id")
    assert [(row.recipient, row.kind) for row in left] == [(bob, "update_published"), (bob, DIGEST)]
    assert Rhythm.objects.get().member == bob


# --- Exactly once ----------------------------------------------------------------------------------------------------


def test_tasks_at_once_tell_each_member_once(at_once, sink, monkeypatch):
    by_sevens(monkeypatch)
    members = people(40)
    for number in (1, 2, 3):
        told(*members, number=number)
    at_once(lambda _number: gather(), range(6))
    Notification.objects.waiting().update(due_at=timezone.now())
    at_once(lambda _number: delivery.deliver_due(), range(3))
    delivery.deliver_due()
    assert sorted(sink.recipients) == sorted(member.email for member in members)
    assert all(f"nouvelles/{number}/" in body(message) for message in sink.accepted for number in (1, 2, 3))
    assert Notification.objects.filter(kind=DIGEST).count() == DigestRound.objects.get(zone="Europe/Paris").made == 40
    assert set(Rhythm.objects.values_list("unanswered", flat=True)) == {1}


def test_a_round_that_dies_in_the_middle_goes_on_where_it_was(committed_db, monkeypatch):
    by_sevens(monkeypatch)
    members = people(40)
    told(*members)
    slices = iter(range(100))
    make = gathering._make_some

    def die_in_the_third(*words):
        if next(slices) == 3:
            raise SystemExit
        return make(*words)

    with monkeypatch.context() as dying, pytest.raises(SystemExit):
        dying.setattr(gathering, "_make_some", die_in_the_third)
        gather()
    assert Notification.objects.filter(kind=DIGEST).count() == 21
    assert gather() == 19
    assert Notification.objects.filter(kind=DIGEST).values("recipient").distinct().count() == 40
    assert gather() == 0


def test_a_worker_killed_within_a_slice_leaves_nothing_of_it(committed_db):
    """The connection is cut by the server while the statement's transaction is open, as it is when a worker dies."""
    told(*people(10))
    now = evening()
    clock = gathering.clocks()[0]
    DigestRound.objects.create(day=now.date(), zone=clock.zone)

    def killed() -> None:
        with pytest.raises(Exception, match=r"terminat|clos"), transaction.atomic():
            made = gathering._make_some(clock, now.date(), gathering.freeze(now), now)
            assert made == 10
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(killed).result()
    assert not Notification.objects.filter(kind=DIGEST).exists() and not Rhythm.objects.exists()
    assert gather() == 10


def test_taking_back_while_digests_are_gathered_leaves_nothing_of_it(at_once, sink):
    members = people(60)
    told(*members, number=1)
    told(*members, number=2)
    at_once(lambda number: services.take_back("update-1") if number else gather(), range(2))
    send()
    assert len(sink.recipients) == 60
    assert all("nouvelles/2/" in body(message) for message in sink.accepted)
    assert not any("nouvelles/1/" in body(message) for message in sink.accepted)


def test_a_server_that_is_down_at_the_hour_gets_the_digest_later(committed_db, sink):
    alice = new_member("alice")
    told(alice)
    gather()
    sink.refuse_data[alice.email] = "451 4.7.1 Try again later"
    assert send() == 0
    sink.refuse_data.clear()
    assert send() == 1
    assert Notification.objects.lines().get().sent_at
