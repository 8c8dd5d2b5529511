"""The log is written once, each decision sealed to the one before: whoever tampers with it is found."""

import io
import os
import subprocess
import sys
from datetime import date
from threading import Event
from time import sleep

import pytest
from cast import ROOT, database_url, new_member
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connection, transaction

from initiatives.models import Initiative
from moderation import chain
from moderation.models import Anchor, Decision, Link
from notifications.models import Notification
from tests.moderation.desk import seal


def decide(**fields) -> Decision:
    about = {"content_type": ContentType.objects.get_for_model(Initiative), "object_id": 1}
    return Decision.objects.create(**about | {"verb": "publish", "reason": "Rien à redire."} | fields)


def tamper(statement: str) -> None:
    """What somebody who owns the database may do."""
    seal()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")


def test_each_decision_is_sealed_to_the_one_before_it_when_it_is_committed(committed_db):
    for number in range(3):
        decide(reason=f"Raison {number}")
    links = list(Link.objects.order_by("sequence"))
    assert [link.sequence for link in links] == [1, 2, 3]
    assert len({link.hash for link in links}) == 3 and all(len(link.hash) == 64 for link in links)
    assert chain.verify() == chain.Report(3, links[-1].hash)


def test_a_decision_that_is_rolled_back_leaves_no_hole(committed_db):
    decide()
    with pytest.raises(KeyError), transaction.atomic():
        decide()
        raise KeyError
    decide()
    assert list(Link.objects.order_by("sequence").values_list("sequence", flat=True)) == [1, 2]
    assert chain.verify().broken is None


def test_several_decisions_of_one_act_are_sealed_in_their_order(committed_db):
    with transaction.atomic():
        made = [decide(reason=str(number)).pk for number in range(4)]
    assert list(Link.objects.order_by("sequence").values_list("pk", flat=True)) == made


def test_many_at_once_make_one_chain_without_a_hole(at_once):
    def decide_some(_number: int) -> None:
        for _turn in range(10):
            decide()

    at_once(decide_some, range(8))
    report = chain.verify()
    assert (report.links, report.broken) == (80, None)


def test_the_lock_of_the_log_is_the_last_one_taken(at_once):
    """One writes a decision and tells somebody, whom another erases after a decision of theirs: no circle of waiting.

    The first, at its commit, waits for the second to say whether that person is gone. Holding the lock of the log
    meanwhile, which the second asks for at its own commit, it would wait for ever.
    """
    person = new_member("alice")
    is_erased, is_ending = Event(), Event()

    def tell() -> str:
        with transaction.atomic():
            decide()
            Notification.objects.create(recipient=person, kind="content_published", key="essai", context={})
            assert is_erased.wait(10)
            is_ending.set()
        return "told"

    def erase() -> str:
        with transaction.atomic():
            decide()
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM members_member WHERE id = %s", [person.pk])
            is_erased.set()
            assert is_ending.wait(10)
            # For the other to be at its commit.
            sleep(0.5)
        return "erased"

    assert at_once(_outcome, [tell, erase]) == ["refused", "erased"]
    report = chain.verify()
    assert (report.links, report.broken) == (1, None)


def _outcome(act) -> str:
    try:
        return act()
    except OperationalError:
        return "deadlock"
    except DatabaseError:
        return "refused"


def test_a_process_killed_in_the_middle_leaves_the_chain_whole(committed_db):
    decide()
    script = f"""
import os, django
django.setup()
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from moderation.models import Decision
with transaction.atomic():
    for number in range(3):
        Decision.objects.create(
            content_type_id={ContentType.objects.get_for_model(Initiative).pk}, verb="publish", reason="Lu."
        )
    with connection.cursor() as cursor:
        # Sealed, the lock of the log is held: and nothing is committed.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    os.kill(os.getpid(), 9)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        check=False,
        env=os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "possibles.settings"},
    )
    assert ended.returncode == -9
    decide()
    report = chain.verify()
    assert (report.links, report.broken) == (2, None)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE moderation_decision SET reason = 'Autre chose.' WHERE id = {id}",
        "UPDATE moderation_decision SET verb = 'close' WHERE id = {id}",
        "UPDATE moderation_decision SET made_at = made_at - interval '1 second' WHERE id = {id}",
        "UPDATE moderation_decision SET by_id = NULL WHERE id = {id}",
        "UPDATE moderation_decision SET by_id = author_id WHERE id = {id}",
        'UPDATE moderation_decision SET texts = \'{{"title": "Autre"}}\' WHERE id = {id}',
        "UPDATE moderation_link SET hash = repeat('0', 64) WHERE decision_id = {id}",
        "DELETE FROM moderation_link WHERE decision_id = {id}",
        "DELETE FROM moderation_link WHERE decision_id = {id}; DELETE FROM moderation_decision WHERE id = {id}",
    ],
)
def test_what_was_tampered_with_is_found(db, alice, chloe, change):
    decide()
    second = decide(by=chloe, author=alice, texts={"title": "Un titre"})
    decide()
    seal()
    assert chain.verify().broken is None
    tamper(change.format(id=second.pk))
    assert chain.verify().broken.sequence == 2
    with pytest.raises(CommandError, match="Maillon 2"):
        call_command("verify_log")


def test_a_past_written_again_with_right_hashes_does_not_match_what_was_published(db):
    decide()
    last = decide()
    seal()
    chain.anchor(day=date(2026, 11, 1))
    assert chain.verify().broken is None
    tamper(f"DELETE FROM moderation_link WHERE decision_id = {last.pk}")
    tamper(f"DELETE FROM moderation_decision WHERE id = {last.pk}")
    assert "a été publié" in chain.verify().broken.what
    decide(reason="À la place de l’autre.")
    seal()
    assert "Une autre empreinte avait été publiée" in chain.verify().broken.what


def test_a_decision_written_while_the_triggers_slept_is_found(db):
    decide()
    seal()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        alone = decide()
        cursor.execute("SET session_replication_role = origin")
    assert str(alone.pk) in chain.verify().broken.what


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE moderation_decision SET reason = 'Autre chose.'",
        "UPDATE moderation_decision SET ground = 'spam'",
        "UPDATE moderation_decision SET is_demonstration = true",
        'UPDATE moderation_decision SET texts = \'{"title": "Autre"}\'',
        "UPDATE moderation_decision SET author_id = by_id",
        "DELETE FROM moderation_decision",
        "TRUNCATE moderation_decision CASCADE",
        "TRUNCATE moderation_link",
        "UPDATE moderation_link SET sequence = 12",
        "UPDATE moderation_link SET salt = gen_random_uuid()",
        "UPDATE moderation_link SET texts_salt = NULL",
        "DELETE FROM moderation_link",
        "INSERT INTO moderation_link SELECT id + 1, 7, 'x', by_salt, by_salt, '', by_salt, '', by_salt, ''"
        " FROM moderation_link, moderation_decision",
        "UPDATE moderation_anchor SET hash = 'x'",
        "DELETE FROM moderation_anchor",
        "TRUNCATE moderation_anchor",
    ],
)
def test_the_database_refuses_to_change_or_erase_the_log(db, alice, chloe, statement):
    decide(by=chloe, author=alice, texts={"title": "Un titre"})
    seal()
    chain.anchor()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    report = chain.verify()
    assert (report.links, report.broken) == (1, None)


def test_who_leaves_is_forgotten_by_the_log_which_still_holds(db, alice, chloe):
    decision = decide(by=chloe, author=alice, texts={"title": "Un titre"})
    decide()
    seal()
    alice.delete()
    chloe.delete()
    Decision.objects.filter(pk=decision.pk).update(texts={})
    decision.refresh_from_db()
    assert (decision.by, decision.author, decision.texts) == (None, None, {})
    link = decision.link
    # With its salt gone, a digest says nothing any more of whom it was about.
    assert (link.by_salt, link.author_salt, link.texts_salt) == (None, None, None)
    assert link.salt and chain.verify().broken is None


def test_a_decision_about_an_invented_person_is_not_of_the_log_and_goes_with_them(db, alice):
    invented = new_member("personnage", is_demonstration=True)
    decision = decide(author=invented)
    decide(author=alice)
    seal()
    decision.refresh_from_db()
    assert decision.is_demonstration and chain.verify().links == 1
    decision.delete()
    assert Decision.objects.count() == 1


def test_anybody_can_compute_the_hashes_of_the_public_chain(db, alice, chloe):
    decide(by=chloe, author=alice, reason="Vous avez cité Madame Martin.", texts={"title": "Madame Martin"})
    decide(verb="refuse", ground="threat", automated=True)
    seal()
    out = io.StringIO()
    assert chain.export(out) == 2
    _columns, *rows = [line.split(",") for line in out.getvalue().splitlines()]
    before = ""
    for *line, hash in rows:
        before = chain.digest(before, chain.joined(*line))
        assert hash == before
    assert "Martin" not in out.getvalue()
    assert rows[1][3:7] == ["refuse", "threat", "voluntary", "true"]


def test_the_last_link_of_a_day_is_kept_once(db):
    assert chain.anchor() is None
    decide()
    seal()
    first = chain.anchor(day=date(2026, 11, 1))
    decide()
    seal()
    assert chain.anchor(day=date(2026, 11, 1)).sequence == first.sequence == 1
    assert chain.anchor(day=date(2026, 11, 2)).sequence == 2
    assert Anchor.objects.count() == 2


def test_the_command_says_how_many_links_hold(db, capsys):
    decide()
    seal()
    call_command("verify_log")
    assert Link.objects.get().hash in capsys.readouterr().out


def test_the_log_is_read_with_the_same_few_queries_whatever_its_length(db, django_assert_num_queries):
    for rows in (2, 40):
        for _number in range(rows):
            decide()
        seal()
        with django_assert_num_queries(3):  # anchors, links, decisions without one
            chain.verify()
