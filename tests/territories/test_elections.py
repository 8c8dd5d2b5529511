"""From the eve of a vote until the polls close, by the clocks of each place, the team puts nothing forward."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError

from territories.elections import freeze
from territories.models import Department, ElectionWindow

pytestmark = pytest.mark.django_db

SUNDAY = date(2027, 4, 11)


def at(day: int, hour: int, minute: int = 0, zone: str = "Europe/Paris") -> datetime:
    return datetime(2027, 4, day, hour, minute, tzinfo=ZoneInfo(zone))


@pytest.fixture
def presidential() -> ElectionWindow:
    return ElectionWindow.objects.create(name="Élection présidentielle", day=SUNDAY)


def test_nothing_is_frozen_without_a_vote():
    assert not freeze(at(10, 12))


def test_it_lasts_from_the_eve_at_midnight_until_the_polls_close(presidential):
    assert "35" not in freeze(at(9, 23, 59)).departments
    assert "35" in freeze(at(10, 0)).departments
    assert "35" in freeze(at(11, 19, 59)).departments
    assert "35" not in freeze(at(11, 20)).departments


@pytest.mark.parametrize(
    ("code", "zone"),
    [("974", "Indian/Reunion"), ("976", "Indian/Mayotte"), ("988", "Pacific/Noumea"), ("986", "Pacific/Wallis")],
)
def test_each_place_lives_on_its_own_clocks(presidential, code, zone):
    assert code not in freeze(at(9, 23, 59, zone)).departments
    assert code in freeze(at(10, 0, zone=zone)).departments
    assert code in freeze(at(11, 19, 59, zone)).departments
    assert code not in freeze(at(11, 20, zone=zone)).departments


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("971", "America/Guadeloupe"),
        ("972", "America/Martinique"),
        ("973", "America/Cayenne"),
        ("975", "America/Miquelon"),
        ("977", "America/St_Barthelemy"),
        ("978", "America/Marigot"),
        ("987", "Pacific/Tahiti"),
    ],
)
def test_america_and_polynesia_vote_on_the_saturday(presidential, code, zone):
    assert code not in freeze(at(8, 23, 59, zone)).departments
    assert code in freeze(at(9, 0, zone=zone)).departments
    assert code in freeze(at(10, 19, 59, zone)).departments
    assert code not in freeze(at(10, 20, zone=zone)).departments


def test_a_local_vote_is_on_sunday_everywhere(presidential):
    ElectionWindow.objects.update(votes_early_overseas=False)
    assert "972" in freeze(at(11, 12, zone="America/Martinique")).departments
    assert "972" not in freeze(at(9, 12, zone="America/Martinique")).departments


def test_a_vote_in_one_place_freezes_that_place_alone():
    ElectionWindow.objects.create(name="Partielle", day=SUNDAY).departments.set(["35"])
    found = freeze(at(10, 12))
    assert found.departments == {"35"}
    assert not found.all_france
    assert found.covers("35")
    assert not found.covers("56")
    assert found.covers(None), "What all of France reads is read there too."


def test_a_national_vote_holds_for_whoever_gave_no_place(presidential):
    assert freeze(at(10, 12)).all_france
    assert not freeze(at(9, 12)).all_france, "Only Guadeloupe and its neighbours are on their eve."
    assert set(Department.objects.values_list("code", flat=True)) >= freeze(at(10, 12)).departments


def test_it_asks_the_same_whatever_the_number_of_places(presidential, django_assert_num_queries):
    with django_assert_num_queries(3):
        freeze(at(10, 12))
    with django_assert_num_queries(1):
        freeze(at(20, 12))


def test_one_vote_is_written_once(presidential):
    with pytest.raises(IntegrityError):
        ElectionWindow.objects.create(name="Élection présidentielle", day=SUNDAY)
