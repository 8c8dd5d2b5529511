"""No number under five is said of a place, and none can be had from what is said."""

from itertools import combinations

import pytest
from cast import new_initiative
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from initiatives.models import Initiative, SupportTally
from initiatives.places import local_counts, shown
from territories.models import Department, Region

#: A small country: three régions of three départements, a région of one, and a collectivity.
REGION_OF = {
    **dict.fromkeys(("22", "29", "35"), "53"),
    **dict.fromkeys(("14", "50", "61"), "28"),
    **dict.fromkeys(("18", "28", "36"), "24"),
    "974": "04",
    "975": None,
}
COUNTS = st.dictionaries(st.sampled_from(sorted(REGION_OF)), st.integers(1, 12))


def few(count: int) -> bool:
    return 0 < count < 5


@given(counts=COUNTS, placeless=st.integers(0, 6))
def test_nothing_that_is_said_tells_of_fewer_than_five(counts, placeless):
    """Whatever somebody takes from the total or from a région: what they are left with is nothing, or at least five."""
    total = sum(counts.values()) + placeless
    said = shown(total, counts, REGION_OF)
    assert all(count >= 5 and counts[code] == count for code, count in said.departments.items())
    assert all(count >= 5 for count in said.regions.values())
    if not said.departments and not said.regions:
        return  # Their total is public, and says nothing of a place.
    hidden = {
        region: count - sum(said.departments.get(code, 0) for code, of in REGION_OF.items() if of == region)
        for region, count in said.regions.items()
    }
    left = total - sum(said.departments.values())
    for size in range(len(hidden) + 1):
        for regions in combinations(hidden, size):
            assert not few(sum(hidden[region] for region in regions))
            assert not few(left - sum(hidden[region] for region in regions))


@given(counts=COUNTS)
def test_what_may_be_said_is_said(counts):
    """With many supports elsewhere that no place is told of, only what is small is left out."""
    said = shown(sum(counts.values()) + 100, counts, REGION_OF)
    assert said.departments == {code: count for code, count in counts.items() if count >= 5}


def test_a_region_does_not_tell_of_its_smallest_departement():
    """Ten, twelve and three: twenty-five for the three would say the three."""
    counts = {"22": 10, "29": 12, "35": 3, "14": 9, "50": 4, "61": 3}
    said = shown(100, counts, REGION_OF)
    assert said.departments == {"22": 10, "29": 12, "14": 9}
    assert said.regions == {"28": 16}


def test_a_region_does_not_tell_that_each_of_its_silent_departements_has_four():
    """Eight in a région of two, neither of which is said: four and four."""
    region_of = {"2A": "94", "2B": "94", "35": "53"}
    assert shown(100, {"2A": 4, "2B": 4, "35": 30}, region_of).regions == {"53": 30}
    assert shown(100, {"2A": 4, "2B": 3, "35": 30}, region_of).regions == {"53": 30, "94": 7}


@pytest.fixture
def countrywide(alice, vitre) -> list[Initiative]:
    """Two national projects, with supports in Brittany and elsewhere."""
    found = []
    for title, here in (("Le train de nuit partout", 41), ("La cantine à un euro", 4)):
        initiative = new_initiative(alice, None, title=title, kind="national_project")
        Initiative.objects.filter(pk=initiative.pk).update(support_count=here + 30)
        initiative.refresh_from_db()
        for code, count in (("35", here), ("29", 12), ("75", 8)):
            SupportTally.objects.create(initiative=initiative, department_id=code, commune=None, count=count)
        SupportTally.objects.create(initiative=initiative, department_id="35", commune=vitre, count=here)
        found.append(initiative)
    return found


def test_what_is_national_is_counted_where_one_is(countrywide):
    train, canteen = countrywide
    assert local_counts(countrywide, Department.objects.get(code="35")) == {train.pk: 41}
    # Brittany's sixteen would say that four of them are in Ille-et-Vilaine.
    assert local_counts(countrywide, Region.objects.get(code="53")) == {train.pk: 53}
    assert local_counts(countrywide, Department.objects.get(code="29")) == {train.pk: 12, canteen.pk: 12}


def test_many_initiatives_are_counted_by_one_query(countrywide, alice):
    more = [new_initiative(alice, None, title=f"Encore un projet, le {n}e", kind="national_project") for n in range(20)]
    SupportTally.objects.bulk_create(
        SupportTally(initiative=initiative, department_id="35", commune=None, count=9) for initiative in more
    )
    Initiative.objects.filter(pk__in=[one.pk for one in more]).update(support_count=9)
    everything = list(Initiative.objects.all())
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = local_counts(everything, Department.objects.get(code="35"))
    assert len(found) == 21
    # The département, and the numbers.
    assert len(asked) == 2
