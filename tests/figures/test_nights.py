"""Each day has one snapshot, in a row, and nobody changes one."""

import json
from datetime import date, timedelta

import pytest
from cast import new_initiative, new_member
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from figures import chain, reading, services
from figures.definitions import NUMBERS
from figures.models import Cost, HeldNumber, Snapshot, Withdrawal
from figures.services import take_snapshots, yesterday
from figures.suppression import LEAST
from initiatives.models import Support
from territories.models import Commune
from tests.figures.published import publish


def bodies(demonstration: bool = False):
    for snapshot in Snapshot.objects.filter(is_demonstration=demonstration).order_by("day"):
        yield f"{snapshot.day}.json", snapshot.body.encode()


def test_the_first_night_begins_the_chain_and_the_next_hour_adds_nothing(db, alice):
    assert (take_snapshots(), take_snapshots()) == (1, 0)
    snapshot = Snapshot.objects.get()
    said = json.loads(snapshot.body)
    assert (snapshot.day, snapshot.number, said["previous"]) == (yesterday(), 1, "")
    assert said["figures"].keys() == NUMBERS.keys()
    assert not said["rebuilt"]
    assert snapshot.hash == chain.digest(snapshot.body.encode())
    assert reading.latest("communes_all").value == 34_963


def test_missed_nights_are_made_in_order_and_say_so(db, alice):
    publish({"members_registered": 7}, day=yesterday() - timedelta(days=3))
    assert take_snapshots() == 3
    assert chain.verify(bodies()).days == 4
    said = [json.loads(body) for _name, body in bodies()]
    assert [each["rebuilt"] for each in said] == [False, True, True, False]
    # What rows do not date is not made up.
    assert [each["figures"].get("supports_pending") for each in said[1:]] == [None, None, 0]
    assert said[2]["figures"]["supports_confirmed"] == 0


def test_a_long_absence_is_made_up_for_in_several_hours(db, alice, monkeypatch):
    monkeypatch.setattr(services, "MOST", 2)
    publish({}, day=yesterday() - timedelta(days=3))
    assert (take_snapshots(), take_snapshots(), take_snapshots()) == (2, 1, 0)


def test_two_tasks_at_once_make_one_snapshot(at_once):
    assert sorted(at_once(lambda _rank: take_snapshots(), range(4))) == [0, 0, 0, 1]
    assert Snapshot.objects.count() == 1


def test_a_clock_that_is_days_off_makes_nothing(db, monkeypatch, caplog):
    monkeypatch.setattr(services, "_today", lambda: yesterday() + timedelta(days=40))
    assert take_snapshots() == 0
    assert "clocks" in caplog.text


def test_a_clock_that_goes_back_makes_nothing(db, monkeypatch):
    take_snapshots()
    monkeypatch.setattr(services, "_today", yesterday)
    assert take_snapshots() == 0


def refused(statement: str) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return str(error.value)


def test_a_snapshot_and_a_cost_are_written_once_whoever_asks(db):
    take_snapshots()
    Cost.objects.create(month=date(2026, 1, 1), amount=10, label="Hébergement")
    assert "never changed" in refused("UPDATE figures_snapshot SET body = '{}'")
    assert "never changed" in refused("DELETE FROM figures_snapshot")
    with connection.cursor() as cursor:
        # Their foreign keys are looked at now: a table with something left to check is not emptied anyway.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert "never emptied" in refused("TRUNCATE figures_snapshot")
    assert "another row" in refused("UPDATE figures_cost SET amount = 1")
    assert "another row" in refused("DELETE FROM figures_cost")
    assert "never emptied" in refused("TRUNCATE figures_cost")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"day": yesterday() + timedelta(days=1)}, "a day that is over"),
        ({"day": yesterday() - timedelta(days=1)}, "follows the day before"),
        ({"number": 5}, "its place in the chain"),
        ({"body": "{}"}, "its place in the chain"),
    ],
)
def test_the_database_takes_only_what_continues_the_chain(db, change, why):
    publish({}, day=yesterday() - timedelta(days=1))
    snapshot = publish({})
    fields = {"day": snapshot.day, "number": 2, "body": snapshot.body, "hash": snapshot.hash}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM figures_snapshot WHERE number = 2")
        cursor.execute("SET LOCAL session_replication_role = origin")
    with pytest.raises(IntegrityError, match=why), transaction.atomic():
        Snapshot.objects.create(**(fields | change))
    assert Snapshot.objects.create(**(fields | {"hash": "whatever"})).pk
    assert Snapshot.objects.get(number=2).hash == snapshot.hash


def test_the_demonstration_is_a_chain_of_its_own_and_leaves_with_it(db, vitre):
    invented = new_member("inventée", is_demonstration=True, home_commune=vitre)
    initiative = new_initiative(invented, vitre)
    services.rebuild(3, demonstration=True)
    assert take_snapshots() == 1
    assert chain.verify(bodies(demonstration=True)).days == 3
    assert reading.board().is_demonstration
    Support.objects.create(initiative=initiative, member=invented, confirmed_at=timezone.now())
    Support.objects.all().delete()
    assert Withdrawal.objects.filter(is_demonstration=True).count() == 1
    spent = {"month": date(2026, 3, 1), "label": "Envoi", "is_demonstration": True}
    wrong = Cost.objects.create(amount=900, **spent)
    again = Cost.objects.create(amount=-800, corrects=wrong, **spent)
    Cost.objects.create(amount=10, corrects=again, **spent)
    services.flush_demonstration()
    assert list(Snapshot.objects.values_list("is_demonstration", flat=True)) == [False]
    assert not Cost.objects.exists() and not Withdrawal.objects.exists()
    assert not HeldNumber.objects.filter(is_demonstration=True).exists()


def test_withdrawals_of_a_day_that_is_over_become_one_row(db):
    today = timezone.localdate()
    for day, count in ((today - timedelta(days=1), 1), (today - timedelta(days=1), 2), (today, 1), (today, 1)):
        Withdrawal.objects.create(day=day, count=count)
    services.add_up_withdrawals(today)
    assert sorted(Withdrawal.objects.values_list("day", "count")) == [
        (today - timedelta(days=1), 3),
        (today, 1),
        (today, 1),
    ]


# --- Small numbers ---------------------------------------------------------------------------------------------------


@pytest.fixture
def given(db, alice):
    """`given("35360", 6)`: as many people of this commune support Alice's initiative."""
    initiative = new_initiative(alice, published_at=timezone.now() - timedelta(days=20))
    long_ago = timezone.now() - timedelta(days=20)

    def support(code: str, count: int) -> None:
        place = Commune.objects.get(code=code)
        for number in range(count):
            member = new_member(f"voisin-{code}-{number}-{initiative.support_count}", joined_at=long_ago)
            Support.objects.create(initiative=initiative, member=member, commune=place, confirmed_at=long_ago)
        initiative.support_count += 1

    return support


def shown() -> dict[str, int]:
    return json.loads(Snapshot.objects.order_by("-day").first().body)["places"]["supports_confirmed"]


def test_a_small_number_by_place_is_in_no_file_nor_can_be_subtracted(given):
    given("35360", 40)
    given("22278", 3)
    given("56260", 12)
    given("29232", 9)
    given("75111", 30)
    take_snapshots()
    cells = shown()
    assert cells["r53"] == 64 and cells["d35"] == 40
    assert "d22" not in cells
    # Another is hidden with it: the least populated of the région.
    assert "d29" in cells and "d56" not in cells
    assert not any(place.startswith("c") for place in cells)
    assert all(count >= LEAST for count in cells.values())


def test_one_more_support_does_not_show_the_next_day(given):
    """The number waits until five have come."""
    given("35360", 40)
    given("75111", 30)
    publish({}, day=yesterday() - timedelta(days=4))
    for add, expected in ((0, 40), (4, 40), (1, 45)):
        given("35360", add)
        next_night()
        assert shown()["d35"] == expected


def test_a_small_number_is_not_told_by_neighbours_that_move(given):
    """In Corsica there are two: what one has is what the région has beyond the other."""
    given("2B033", 40)
    given("75111", 30)
    publish({}, day=yesterday() - timedelta(days=3))
    next_night()
    assert (shown()["r94"], shown()["d2B"]) == (40, 40)
    given("2A004", 3)
    given("2B033", 10)
    next_night()
    assert "d2B" not in shown() and "d2A" not in shown()


def next_night() -> None:
    latest = Snapshot.objects.order_by("-day").first().day
    services._next(False, latest + timedelta(days=2), services.Country.read)


def test_a_commune_is_not_what_is_missing_from_its_departement_or_its_city(db, alice):
    """A département that is shown as one more than its only shown commune would tell of the other."""

    def open_there(code: str, count: int) -> None:
        place = Commune.objects.get(code=code)
        for _each in range(count):
            new_initiative(alice, place, published_at=timezone.now() - timedelta(days=20))

    open_there("35238", 9)
    open_there("35360", 6)
    open_there("35288", 1)
    open_there("75111", 8)
    open_there("75112", 2)
    open_there("44109", 7)
    open_there("44036", 5)
    take_snapshots()
    cells = json.loads(Snapshot.objects.get().body)["places"]["initiatives_running"]
    # Rennes alone: Vitré, less populated, hides the one of Saint-Malo.
    assert (cells["d35"], cells["c35238"]) == (16, 9)
    assert "c35360" not in cells and "c35288" not in cells
    # The eleventh would tell of the twelfth, by what Paris is beyond it.
    assert (cells["d75"], cells["c75056"]) == (10, 10)
    assert "c75111" not in cells and "c75112" not in cells
    assert (cells["d44"], cells["c44109"], cells["c44036"]) == (12, 7, 5)


def test_a_cost_by_head_does_not_tell_how_few_they_are(db):
    """What was spent, divided by it."""
    for number in range(3):
        new_member(f"première-{number}", joined_at=timezone.now() - timedelta(days=9))
    month = (timezone.localdate().replace(day=1) - timedelta(days=1)).replace(day=1)
    Cost.objects.create(month=month, amount=900, label="Envoi")
    take_snapshots()
    told = json.loads(Snapshot.objects.get().body)["figures"]
    assert (told["cost_year"], told["members_active"], told["cost_per_active"]) == (90_000, None, None)


def test_few_people_are_not_counted_in_the_country_either(db):
    new_member("première", joined_at=timezone.now() - timedelta(days=9))
    take_snapshots()
    said = json.loads(Snapshot.objects.get().body)
    assert said["figures"]["members_registered"] is None
    assert "members_registered" in said["hidden"]
