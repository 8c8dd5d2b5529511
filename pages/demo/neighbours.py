"""The territories that people of the demonstration follow, and who answers for the operator in some of them."""

from collections.abc import Mapping
from random import Random

from core.rows import copy_in
from members.models import Member
from notifications.models import Follow
from pages.demo import DOMAIN
from pages.demo.country import SEED, Country
from pages.demo.people import Person
from territories.models import Department, Referent, Region

#: One in so many follows the département of their home besides it, one in so many another one.
_ONE_IN_HOME, _ONE_IN_AWAY = 8, 20
#: Besides the régions.
_DEPARTMENTS = ("13", "35", "69", "974")


def write_neighbours(country: Country, members: Mapping[Person, Member]) -> str:
    """Returns what was written, in words."""
    rng = Random(f"{SEED} neighbours")  # noqa: S311 (nothing secret is drawn)
    everyone = country.people.everyone
    follows = []
    for person in everyone:
        places = {person.department} if rng.randrange(_ONE_IN_HOME) == 0 else set()
        if rng.randrange(_ONE_IN_AWAY) == 0:
            places.add(rng.choice(everyone).department)
        follows += [Follow(member=members[person], department_id=code) for code in sorted(places)]
    copy_in(follows)
    places = [*Region.objects.order_by("code"), *Department.objects.filter(code__in=_DEPARTMENTS).order_by("code")]
    referents = [_referent(country, place, number) for number, place in enumerate(places, start=1)]
    # Those of real people stay.
    Referent.objects.bulk_create(referents, ignore_conflicts=True)
    return f"{len(follows)} territories followed, {len(referents)} referents"


def _referent(country: Country, place: Region | Department, number: int) -> Referent:
    people = country.people
    here = people.by_region[place.code] if isinstance(place, Region) else people.by_department[place.code]
    is_region = isinstance(place, Region)
    return Referent(
        **{"region" if is_region else "department": place},
        name=f"{here[number % len(here)].display_name} (démonstration)",
        role=f"Animation, {place.name}",
        email=f"referent-{number:02}@{DOMAIN}",
        agreed_on=country.now.date(),
    )


def flush() -> None:
    """Follows go with their members."""
    Referent.objects.filter(email__endswith=f"@{DOMAIN}").delete()
