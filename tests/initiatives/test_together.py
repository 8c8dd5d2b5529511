"""What happens at the same moment, on real connections: two acts of an author, an author and a moderator."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cast import new_initiative, new_member
from django.db import connection, connections, transaction

from initiatives.life import LifeRefused
from initiatives.models import Initiative
from initiatives.services import opening as services
from moderation.models import Case
from moderation.services import receive_edit
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
