"""No small number by place is shown, nor can be told from the others."""

from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from figures.suppression import LEAST, cells, held, two_levels

#: No stopwatch: the machine may be busy.
ANY_PACE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
COUNTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 40), max_size=8)


def test_a_small_number_is_never_hidden_alone():
    """The first that is given is hidden with it: choosing by its number would tell it."""
    assert cells({"29": 120, "22": 3, "35": 41, "56": 30}) == {"29": None, "22": None, "35": 41, "56": 30}


def test_zero_is_hidden_as_four_is():
    """Else the first act of a place would show."""
    assert cells({"44": 6, "22": 0, "29": 4, "56": 0, "35": 41}) == dict.fromkeys(["22", "29", "56", "44"]) | {"35": 41}


def test_numbers_that_are_all_large_are_all_shown():
    assert cells({"35": 41, "22": 5}) == {"35": 41, "22": 5}


def test_what_was_hidden_yesterday_protects_first():
    """A neighbour that is hidden one day in two would tell what it protects."""
    assert cells({"35": 41, "22": 3, "29": 12, "56": 30}, before=["56"])["56"] is None


@ANY_PACE
@given(COUNTS, st.sets(st.sampled_from("abcdefgh")), st.booleans())
def test_what_is_hidden_together_is_never_small(counts, before, sum_is_hidden):
    shown = cells(counts, before=before, sum_is_hidden=sum_is_hidden)
    hidden = [key for key in counts if shown[key] is None]
    rest = sum(counts[key] for key in hidden)
    assert all(counts[key] >= LEAST for key in counts if key not in hidden)
    if len(hidden) < len(counts) and (rest or sum_is_hidden):
        assert len(hidden) > 1
        assert rest >= LEAST


def test_nobody_solves_a_published_table():
    """All small tables, as an attacker who knows the rule sees them: their sum, and what is shown of them.

    Where anybody is hidden, another number is possible in each place; a sum that is small is not shown either.
    """
    seen: dict = {}
    for counts in (*product(range(25), repeat=2), *product(range(25), repeat=3), *product(range(19), repeat=4)):
        if sum(counts) > (18 if len(counts) == 4 else 24):
            continue  # not all tables of that sum are here
        shown = tuple(cells(dict(enumerate(counts))).values())
        seen.setdefault((sum(counts), shown), []).append(counts)
    for (total, shown), tables in seen.items():
        for place, value in enumerate(shown):
            if value is None and total >= LEAST and total > sum(filter(None, shown)):
                possible = {table[place] for table in tables}
                assert len(possible) > 1, (total, shown, tables)


def test_a_region_that_is_hidden_cannot_be_added_up_again():
    regions = {"53": 60, "94": 3, "11": 80}
    departments = {"53": {"35": 20, "22": 40}, "94": {"2A": 1, "2B": 2}, "11": {"75": 50, "92": 30}}
    shown_regions, shown_departments = two_levels(regions, departments)
    assert shown_regions == {"53": None, "94": None, "11": 80}
    assert shown_departments == {"35": None, "22": None, "2A": None, "2B": None, "75": 50, "92": 30}


@ANY_PACE
@given(st.lists(st.integers(0, 30), min_size=2, max_size=60))
def test_a_held_number_never_moves_by_less_than_five(counts):
    published = held(None, counts[0])
    assert published == counts[0]
    for count in counts[1:]:
        latest = held(published, count)
        assert latest == published or abs(latest - published) >= LEAST
        assert abs(latest - count) < LEAST
        published = latest
