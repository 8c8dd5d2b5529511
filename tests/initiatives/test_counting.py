"""The number shown is that of the rows, whatever happens at once, dies in the middle, or is late."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from cast import new_initiative, new_member
from django.conf import settings
from django.db import OperationalError, connection, connections, transaction
from django.db.models import Count
from django.utils import timezone

from initiatives import tasks
from initiatives.models import Initiative, Support, SupportDelta, SupportTally
from initiatives.services import counting, supports
from members.addresses import address_key
from members.models import Consent, Member
from territories.models import Commune


def demand(initiative, email="zoe@exemple.fr", commune=None, **fields) -> Support:
    return Support.objects.create(
        initiative=initiative,
        state="pending",
        email=email,
        address_key=address_key(email),
        first_name="Zoé",
        commune=commune,
        consent_version="2026-11",
        **fields,
    )


def exact(initiative) -> int:
    """Everything agrees with the rows: the number, each place's, and what is suspect. Returns the number."""
    tasks.fold_supports()
    initiative.refresh_from_db()
    rows = initiative.supports.confirmed()
    assert initiative.support_count == rows.count()
    assert initiative.suspect_count == initiative.supports.filter(state="suspect").count()
    places = {tally.commune_id: tally.count for tally in initiative.tallies.exclude(commune=None) if tally.count}
    placed = rows.exclude(commune=None).order_by()
    assert places == dict(placed.values_list("commune").annotate(Count("id")))
    departments = {tally.department_id: tally.count for tally in initiative.tallies.filter(commune=None) if tally.count}
    assert sum(departments.values()) == placed.count()
    assert not SupportDelta.objects.exists()
    assert counting.reconcile_supports() == []
    return initiative.support_count


# --- One each, at once -----------------------------------------------------------------------------------------------


def test_one_link_confirmed_a_hundred_times_at_once_counts_once(at_once, vitre_committed):
    initiative = new_initiative(new_member("alice"), vitre_committed)
    asked = demand(initiative, commune=vitre_committed)
    at_once(lambda _tap: supports.confirm(asked.pk), range(40))
    assert exact(initiative) == 1
    assert Member.objects.filter(email="zoe@exemple.fr").count() == 1
    assert Consent.objects.filter(purpose="support").count() == 1


def test_many_links_of_one_address_confirmed_at_once_count_once(at_once, vitre_committed):
    initiative = new_initiative(new_member("alice"), vitre_committed)
    asked = [demand(initiative, email=f"zoe+{n}@gmail.com", commune=vitre_committed) for n in range(30)]
    at_once(lambda row: supports.confirm(row.pk), asked)
    assert exact(initiative) == 1
    assert Member.objects.filter(display_name="Zoé").count() == 1


def test_a_link_and_a_tap_at_once_count_once(at_once, vitre_committed):
    initiative = new_initiative(new_member("alice"), vitre_committed)
    for n in range(10):
        member = new_member(f"m{n}", home_commune=vitre_committed)
        asked = demand(initiative, email=member.email, commune=vitre_committed)
        ways = [partial(supports.confirm, asked.pk), partial(supports.support, initiative, by=member)] * 4
        at_once(lambda way: way(), ways)
    assert exact(initiative) == 10


def test_one_new_person_behind_many_initiatives_at_once_is_one_member(at_once, vitre_committed):
    alice = new_member("alice")
    opened = [new_initiative(alice, vitre_committed, title=f"Un banc public de plus, le {n}e") for n in range(20)]
    asked = [demand(each, commune=vitre_committed) for each in opened]
    at_once(lambda row: supports.confirm(row.pk), asked)
    assert Member.objects.filter(email="zoe@exemple.fr").count() == 1
    tasks.fold_supports()
    assert set(Initiative.objects.values_list("support_count", flat=True)) == {1}


# --- Exact, whatever counts ------------------------------------------------------------------------------------------


def test_counting_at_once_while_people_support_withdraw_and_are_set_aside(at_once, vitre_committed):
    initiative = new_initiative(new_member("alice"), vitre_committed)
    people = [new_member(f"m{n}", home_commune=vitre_committed if n % 2 else None) for n in range(24)]

    def live(number: int):
        if number % 4 == 0:
            return [counting.fold_supports() for _ in range(20)]
        member = people[number]
        supports.support(initiative, by=member, suspicion="network" if number % 5 == 0 else "")
        counting.fold_supports()
        if number % 3 == 0:
            supports.withdraw_support(initiative, by=member)
        return None

    at_once(live, range(24))
    assert exact(initiative) == sum(1 for number in range(24) if number % 4 and number % 5 and number % 3)


def test_a_confirmation_committed_late_is_counted_once(committed_db, vitre_committed):
    """Its identifier is older than those already folded: what is folded is never chosen by identifier."""
    initiative = new_initiative(new_member("alice"), vitre_committed)
    bob, dan = new_member("bob"), new_member("dan")
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        supports.support(initiative, by=bob)

        def overtake():
            try:
                supports.support(initiative, by=dan)
                return counting.fold_supports()
            finally:
                connections.close_all()

        assert pool.submit(overtake).result() == 1
    assert Initiative.objects.get().support_count == 1
    assert exact(initiative) == 2


def test_clocks_that_differ_change_nothing(committed_db, vitre_committed, monkeypatch):
    initiative = new_initiative(new_member("alice"), vitre_committed)
    for number, hours in enumerate((-30, 0, 7, 1000)):
        wrong = timezone.now() + timezone.timedelta(hours=hours)
        monkeypatch.setattr("initiatives.services.supports.timezone.now", lambda wrong=wrong: wrong)
        supports.support(initiative, by=new_member(f"m{number}"))
        counting.fold_supports()
    monkeypatch.undo()
    assert exact(initiative) == 4


def test_a_counting_process_killed_in_the_middle_loses_and_doubles_nothing(committed_db, vitre_committed):
    """A real process, killed with its transaction open between the deletion of the deltas and the commit."""
    initiative = new_initiative(new_member("alice"), vitre_committed)
    for number in range(12):
        supports.support(initiative, by=new_member(f"m{number}", home_commune=vitre_committed))
    script = """
import django, sys, time
django.setup()
from django.db import OperationalError, connection, transaction
from initiatives.services import counting
with transaction.atomic():
    assert counting.fold_supports() == 1
    print("counted", flush=True)
    time.sleep(60)
"""
    name = connection.settings_dict["NAME"]
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "possibles.settings",
        "DEVELOPMENT": "1",
        "DATABASE_URL": database_url(),
    }
    process = subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE, cwd=settings.BASE_DIR)
    assert process.stdout.readline() == b"counted\n", name
    assert counting.fold_supports() == 0, "another counting is not begun beside it"
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    deadline = time.monotonic() + 10
    while not counting.fold_supports() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert exact(initiative) == 12


def database_url() -> str:
    """This very test database, for another process."""
    params = connection.settings_dict
    socket = f"?host={params['HOST']}" if params["HOST"].startswith("/") else ""
    host = "" if socket else params["HOST"]
    return f"postgres://{params['USER']}:{params['PASSWORD']}@{host}:{params['PORT'] or 5432}/{params['NAME']}{socket}"


def test_an_initiative_that_somebody_holds_does_not_stop_the_numbers_in_silence(committed_db, vitre_committed):
    alice, bob = new_member("alice"), new_member("bob")
    held = new_initiative(alice, vitre_committed)
    other = new_initiative(alice, vitre_committed, title="Un banc public de plus, devant la poste")
    for initiative in (held, other):
        supports.support(initiative, by=bob)

    def fold():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = '15s'")
            return tasks.fold_supports()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Initiative.objects.select_for_update().get(pk=held.pk)
            began = time.monotonic()
            with pytest.raises(OperationalError, match="lock timeout"):
                pool.submit(fold).result()
            assert 1.5 < time.monotonic() - began < 10
        assert pool.submit(fold).result() == 2
    assert exact(held) == exact(other) == 1


def test_what_counts_is_told_by_every_way_a_row_changes(db, initiative, bob, vitre):
    """A cascade, a bulk insertion, a change of place, a hand in the administration: the trigger sees them all."""
    Support.objects.bulk_create(
        Support(initiative=initiative, member=new_member(f"m{n}"), commune=vitre, confirmed_at=timezone.now())
        for n in range(5)
    )
    assert exact(initiative) == 5
    Support.objects.filter(member__display_name="M0").update(commune=Commune.objects.get(code="35115"))
    assert exact(initiative) == 5
    Member.objects.get(display_name="M1").delete()
    assert exact(initiative) == 4
    Support.objects.filter(member__display_name="M2").update(state="suspect", suspicion="network")
    assert exact(initiative) == 3
    initiative.supports.all().delete()
    assert exact(initiative) == 0


def test_the_deltas_of_an_initiative_that_is_gone_stop_nothing(db, initiative, alice, bob, vitre):
    other = new_initiative(alice, vitre, title="Un banc public de plus, devant la poste")
    supports.support(initiative, by=bob)
    supports.support(other, by=bob)
    initiative.delete()
    assert exact(other) == 1


def test_reconciling_repairs_and_reports_what_drifted(db, initiative, bob, vitre, caplog):
    supports.support(initiative, by=bob)
    tasks.fold_supports()
    assert tasks.reconcile_supports() == 0
    Initiative.objects.update(support_count=41, suspect_count=2)
    SupportTally.objects.update(count=9)
    SupportTally.objects.create(initiative=initiative, department_id="75", commune=None, count=3)
    assert tasks.reconcile_supports() == 1
    assert f"{initiative.pk} (41 shown, 1 rows)" in caplog.text
    assert exact(initiative) == 1


def test_folding_is_one_statement_whatever_the_number(db, initiative, alice, vitre, django_assert_num_queries):
    for number in range(30):
        supports.support(initiative, by=new_member(f"m{number}", home_commune=vitre))
    with django_assert_num_queries(5):  # savepoint, lock, patience, fold, release
        counting.fold_supports()
