"""Where the supports of an initiative are, as far as anyone may know: no number under five is said of a place, and
none can be had by taking some from others.

What is public of an initiative is its total, its départements and its régions. A département or a région is said from
five supports on; and whatever is left once what is said is taken from what contains it is nothing, or at least five.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from initiatives.models import Initiative, SupportTally
from territories.models import Department, Region

#: Fewer are not said: somebody could be guessed among so few.
FEWEST = 5


@dataclass(frozen=True)
class Shown:
    """The numbers of one initiative that may be said, by the code of a département and of a région."""

    departments: Mapping[str, int] = field(default_factory=dict)
    regions: Mapping[str, int] = field(default_factory=dict)


def shown(
    total: int, departments: Mapping[str, int], region_of: Mapping[str, str | None] = MappingProxyType({})
) -> Shown:
    """What may be said of an initiative that has `total` supports, so many by département.

    `region_of` names the région of each of these départements; overseas collectivities have none. Some supports are of
    no place: the total is at least the sum.
    """
    said = {code: count for code, count in departments.items() if count >= FEWEST}
    if _is_few(total - sum(said.values())):
        # With the smallest of those that are said, what is left is enough to hide in.
        said.pop(_smallest(said), None)
    return Shown(said, _regions(total, departments, said, region_of))


def _regions(
    total: int, departments: Mapping[str, int], said: Mapping[str, int], region_of: Mapping[str, str | None]
) -> dict[str, int]:
    """Each hides, or does not hold, at least five supports of which it is not said where they are; so does the rest.

    Nor is one said whose silent départements all have the most that is not said: eight in Corse would be twice four.
    """
    sums: dict[str, int] = {}
    hidden: dict[str, int] = {}
    most: dict[str, int] = {}
    for code, count in departments.items():
        if region := region_of.get(code):
            sums[region] = sums.get(region, 0) + count
            hidden[region] = hidden.get(region, 0) + (0 if code in said else count)
            most[region] = most.get(region, 0) + (0 if code in said else FEWEST - 1)
    regions = {
        region: count
        for region, count in sums.items()
        if count >= FEWEST and not _is_few(hidden[region]) and (not hidden[region] or hidden[region] != most[region])
    }
    left = total - sum(said.values()) - sum(hidden[region] for region in regions)
    if _is_few(left):
        # It is the rest of what these régions hide: without one of them it is lost among what that one hides.
        regions.pop(_smallest({region: hidden[region] for region in regions if hidden[region]}), None)
    return regions


def _is_few(count: int) -> bool:
    return 0 < count < FEWEST


def _smallest(counts: Mapping[str, int]) -> str | None:
    return min(counts, key=lambda code: (counts[code], code), default=None)


def local_counts(initiatives: Iterable[Initiative], place: Department | Region) -> dict[int, int]:
    """How many supports each of these initiatives has there, by its number; those that may not be said are left out.

    One query, of a hundred rows an initiative at most.
    """
    totals = {initiative.pk: initiative.support_count for initiative in initiatives}
    tallies: dict[int, dict[str, int]] = {}
    region_of: dict[str, str | None] = {}
    rows = SupportTally.objects.filter(initiative__in=totals, commune=None, count__gt=0)
    for pk, code, region, count in rows.values_list("initiative_id", "department_id", "department__region_id", "count"):
        tallies.setdefault(pk, {})[code] = count
        region_of[code] = region
    sort = "regions" if isinstance(place, Region) else "departments"
    found = {pk: getattr(shown(totals[pk], counts, region_of), sort).get(place.pk) for pk, counts in tallies.items()}
    return {pk: count for pk, count in found.items() if count}
