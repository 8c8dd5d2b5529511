"""Dates, numbers and distances as French writes them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone

from core import french

PARIS, NOUMEA = ZoneInfo("Europe/Paris"), ZoneInfo("Pacific/Noumea")
NARROW, FIXED = "\u202f", "\u00a0"


def test_the_first_of_the_month_is_an_ordinal():
    assert french.day(date(2026, 3, 1)) == "1er mars 2026"
    assert french.day(date(2026, 8, 2)) == "2 août 2026"


def test_a_moment_is_told_at_the_clocks_of_its_place():
    moment = datetime(2031, 3, 1, 17, 30, tzinfo=UTC)
    assert french.when(moment, PARIS) == f"sam. 1er mars 2031, 18{FIXED}h{FIXED}30"
    assert french.when(moment, NOUMEA) == f"dim. 2 mars 2031, 4{FIXED}h{FIXED}30"
    assert french.full_when(moment, PARIS) == f"samedi 1er mars 2031, 18{FIXED}h{FIXED}30"


def test_this_year_is_not_said():
    now = timezone.localtime()
    assert str(now.year) not in french.when(now)


def test_minutes_are_not_said_on_the_hour():
    assert french.hour(datetime(2026, 1, 1, 18)) == f"18{FIXED}h"
    assert french.hour(datetime(2026, 1, 1, 0, 5)) == f"0{FIXED}h{FIXED}05"


def test_nought_and_one_are_singular():
    assert [french.count(n, "soutien") for n in (0, 1, 2)] == [
        f"0{FIXED}soutien",
        f"1{FIXED}soutien",
        f"2{FIXED}soutiens",
    ]
    assert french.count(3, "lieu", "lieux") == f"3{FIXED}lieux"


def test_large_numbers_have_narrow_spaces():
    assert french.number(1234567) == f"1{NARROW}234{NARROW}567"
    assert french.number(-1200) == f"-1{NARROW}200"


@pytest.mark.parametrize(
    ("km", "said"),
    [
        (0.04, "à 100 m"),
        (0.84, "à 800 m"),
        (0.97, "à 1,0 km"),
        (2.44, "à 2,4 km"),
        (9.97, "à 10 km"),
        (12.4, "à 12 km"),
        (1234.0, f"à 1{NARROW}234 km"),
    ],
)
def test_distances(km, said):
    assert french.distance(km).replace(FIXED, " ") == said


@pytest.mark.parametrize(
    ("elapsed", "said"),
    [
        (timedelta(seconds=5), "à l’instant"),
        (timedelta(minutes=1), "il y a 1 minute"),
        (timedelta(hours=5), "il y a 5 heures"),
        (timedelta(days=1), "il y a 1 jour"),
    ],
)
def test_how_long_ago(elapsed, said):
    assert french.ago(timezone.now() - elapsed).replace(FIXED, " ") == said


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=5), "1 minute"),
        (timedelta(minutes=20), "20 minutes"),
        (timedelta(hours=3), "3 heures"),
        (timedelta(hours=70), "3 jours"),
    ],
)
def test_how_long_it_takes(span, said):
    assert french.duration(span).replace(FIXED, " ") == said


def test_ranks():
    assert [french.ordinal(n) for n in (1, 2, 38)] == ["1er", "2e", "38e"]


def test_a_page_says_the_day_of_our_clocks():
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert Template("{{ late|day }}").render(Context({"late": late})) == "23 novembre 2026"
    assert Template("{{ late|day }}").render(Context({"late": late.date()})) == "22 novembre 2026"
