"""What happens at the same moment, on real connections: two acts of an author, an author and a moderator."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cast import new_initiative, new_member, new_need
from django.db import connection, connections, transaction

from initiatives.life import LifeRefused
from initiatives.models import Initiative
from initiatives.services import life, merging, needs, supports
from initiatives.services import opening as services
from members.models import Member
from moderation.filter import Outcome
from moderation.models import Case
from moderation.services import notices, receive_edit
from notifications.models import Notification
from tests.initiatives.test_life import in_state
from tests.initiatives.test_pages import SUBJECT
from tests.moderation.desk import TELEPHONE

ACTS = {
    "texts": lambda initiative, by: services.edit_texts(initiative, {"means": f"{TELEPHONE} Bis."}, by=by),
    "words": lambda initiative, by: services.place(
        initiative, initiative.commune, level="commune", words=["Environnement"], by=by
    ),
}


def wait_until_somebody_waits() -> None:
    deadline = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            # In a transaction the second look would be the first one, kept.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone():
                return
            time.sleep(0.02)
    raise TimeoutError("Nobody waits for a lock.")


@pytest.mark.parametrize("act", ACTS)
def test_an_author_and_a_moderator_never_wait_for_each_other(vitre_committed, act):
    alice = new_member("alice")
    initiative = new_initiative(alice, vitre_committed)
    receive_edit(initiative, {"means": TELEPHONE}, by=alice)

    def edit():
        try:
            return ACTS[act](Initiative.objects.get(pk=initiative.pk), alice)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            # A moderator's decision: the case first, then what was written.
            Case.objects.select_for_update().get()
            edited = pool.submit(edit)
            wait_until_somebody_waits()
            assert Initiative.objects.select_for_update(nowait=True, no_key=True).get() == initiative
        edited.result(timeout=10)


def test_what_five_people_are_behind_and_a_moderator_never_wait_for_each_other(vitre_committed):
    initiative = in_state(new_member("alice"), vitre_committed, Initiative.State.PREPARING, support_count=5)
    notices.report(initiative, ground="insult", explanation="La voisine y est insultée.", by=new_member("bob"))

    def submit():
        try:
            return life.submit(Initiative.objects.get(pk=initiative.pk))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            Case.objects.select_for_update().get()
            submitted = pool.submit(submit)
            wait_until_somebody_waits()
            assert Initiative.objects.select_for_update(nowait=True, no_key=True).get() == initiative
        assert submitted.result(timeout=10) is Outcome.PUBLISH
    assert Case.objects.open().exists(), "What was reported is still to be read."


def test_several_drafts_at_once_are_never_more_than_ten(at_once):
    alice = new_member("alice")
    Initiative.objects.bulk_create(Initiative(author=alice, **SUBJECT) for _draft in range(8))

    def one(number: int) -> bool:
        try:
            services.open_draft(by=alice, **SUBJECT | {"title": f"Une idée parmi d’autres, la {number}e"})
        except LifeRefused:
            return False
        return True

    assert sum(at_once(one, range(6))) == 2
    assert Initiative.objects.count() == 10


def announced_merger(commune) -> tuple:
    """One that is agreed and still to be told: what tells of it, what somebody else holds, what is then told."""
    source = new_initiative(new_member("alice"), commune)
    target = new_initiative(new_member("carole"), commune, title="Un autre verger, derrière l’école")
    supports.support(source, by=new_member("bob"))
    merge = merging.propose(source, target, by=source.author)
    merging.agree(merge, by=target.author)
    return lambda: merging.tell_supporters(merge.pk), Initiative, "merge_announced"


def found_need(commune) -> tuple:
    need = new_need(new_initiative(new_member("alice"), commune))
    bob = new_member("bob")
    needs.make_offer(need, "La mienne, tous les samedis.", by=bob)
    return lambda: needs.meet(need, by=need.author), Member, "offer_late"


@pytest.mark.parametrize("prepare", [announced_merger, found_need])
def test_what_is_only_read_is_not_held(vitre_committed, prepare):
    """Who withdraws a merger holds both initiatives, then it; who writes holds their own row, then what they write in.
    The other way round, each would wait for the other."""
    act, held, kind = prepare(vitre_committed)

    def done():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '3s'")
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool, transaction.atomic():
        list(held.objects.select_for_update(no_key=True))
        assert pool.submit(done).result(timeout=20)
    assert Notification.objects.filter(kind=kind).count() == 1
