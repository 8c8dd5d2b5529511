"""Who lives in the demonstration: names, communes, and how eager each person is."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, repeat
from random import Random

from pages.demo import DOMAIN
from pages.demo.atlas import Atlas
from pages.demo.texts import Texts
from territories.models import Commune, Department, Region

Place = Region | Department | Commune | None

#: Drawn by population alone, before the neighbours of the initiatives.
BY_POPULATION = 2_000
#: So that an initiative has somebody near it, and a département somebody to organise something.
NEIGHBOURS = 3
PER_DEPARTMENT = 3


@dataclass(eq=False)
class Person:
    """A member to be."""

    email: str
    display_name: str
    commune: Commune
    eagerness: float
    """How much likelier than somebody else they are to support or to come; 1 is usual."""
    joined_ago: float = 0
    """Days since they joined."""

    def __post_init__(self) -> None:
        # Read a million times: kept beside the commune.
        self.town = self.commune.code
        self.department = self.commune.department_id
        self.region = self.commune.department.region_id


@dataclass
class People:
    """All of them, found by where they live."""

    everyone: list[Person]
    by_commune: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    by_department: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    by_region: dict[str | None, list[Person]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for person in self.everyone:
            self.by_commune[person.town].append(person)
            self.by_department[person.department].append(person)
            self.by_region[person.region].append(person)

    def near(self, place: Place) -> list[Person]:
        """Those who live in this place, or else in its département; everyone for France."""
        if place is None:
            return self.everyone
        if isinstance(place, Region):
            return self.by_region[place.code]
        if isinstance(place, Department):
            return self.by_department[place.code]
        return self.by_commune[place.code] or self.by_department[place.department_id]


def settle(texts: Texts, atlas: Atlas, places: Iterable[Place], *, count: int, rng: Random) -> People:
    """`count` members: most where France lives, some in every département, some near each of these places."""
    homes = atlas.anywhere(rng, BY_POPULATION)
    homes += [atlas.commune_in(code, rng) for code in chain.from_iterable(repeat(atlas.departments, PER_DEPARTMENT))]
    for place in places:
        homes += [_home_near(place, atlas, rng) for _ in range(NEIGHBOURS)]
    homes += atlas.anywhere(rng, max(0, count - len(homes)))
    del homes[count:]
    rng.shuffle(homes)
    return People(
        [
            Person(
                email=f"membre-{number:04}@{DOMAIN}",
                display_name=f"{rng.choice(texts.first_names)} {rng.choice(texts.initials)}.",
                commune=home,
                eagerness=rng.lognormvariate(0, 1),
            )
            for number, home in enumerate(homes, start=1)
        ]
    )


def _home_near(place: Region | Department | Commune, atlas: Atlas, rng: Random) -> Commune:
    if isinstance(place, Commune):
        return place
    if isinstance(place, Department):
        return atlas.commune_in(place.code, rng)
    inside = [code for code, department in atlas.departments.items() if department.region_id == place.code]
    return atlas.commune_in(rng.choice(inside), rng)
