"""The place that is named among the words of a search: « piscine vitré », « 35500 vélo », « ille et vilaine eau »."""

import math
from dataclasses import dataclass
from functools import cached_property

from core.hot import hot
from search.typed import Typed
from territories.geo import bounding_box, distance_km
from territories.lookup import Question, communes_of_postcode
from territories.models import Commune, Department, Place, Region
from territories.names import ARTICLES, fold

#: Words of the longest names that are looked for.
_LONGEST = 7
#: A commune of so many people is meant by its name alone; a smaller one when its name is no word of the site. More are
#: asked of a name whose article was left out: « rochelle », but not « hôpital », of Moselle.
_KNOWN, _KNOWN_WITHOUT_ARTICLE = 5_000, 15_000
_SELDOM = 3
#: Around a commune, the départements that hold what is near.
_AROUND_KM = 45
#: Names that are words of every day: they name a place after « à », « dans », « en », or with a postcode.
_EVERYDAY = frozenset(
    """
    albert allier bar beaune blanc bouc bourg bruyeres centre chateau cher cognac cours creuse croix diamant
    donges eu fort francois garde grasse ham landes lorrain lot lure lys manche marche marches marin marne mer
    montagne moule moules moulins mure nord orange persan plaisir plan pont port possession prades puy reunion robert
    roche sens somme sud tampon tour tours trait trappes tulle valette vence verger vif village ville
    """.split()  # noqa: SIM905 (thirty names are read more easily than a list of strings)
)
_BEFORE = frozenset(("a", "en", "dans", "au", "aux", "vers", "pres", "autour"))
_BETWEEN = frozenset((*ARTICLES, "de", "du", "des", "d"))
#: Seconds during which a process keeps régions and départements: they change once in decades.
_KEPT = 60 * 60


@dataclass(frozen=True)
class Where:
    """A place that a search is about, and the words of it that name the place, by their positions."""

    place: Place
    named_by: frozenset[int] = frozenset()
    #: Others of the same name, nearly as large: nobody knows which one was meant.
    namesakes: tuple[Commune, ...] = ()

    @cached_property
    def within(self) -> list[str]:
        """The marks of what is in it."""
        return [_mark(each) for each in (self.place, *self.namesakes)]

    @cached_property
    def around(self) -> list[str]:
        """The marks of what is in it or near, and of what is everywhere."""
        region = [f"r:{self.place.region_id}"] if isinstance(self.place, Department) and self.place.region_id else []
        return [*self.near, *region, "e"]

    @cached_property
    def near(self) -> list[str]:
        """The marks of what is in it and, of a commune, of what is near."""
        if not isinstance(self.place, Commune):
            return self.within
        south, west, north, east = bounding_box(self.place.latitude, self.place.longitude, _AROUND_KM)
        near = [
            f"d:{area.code}"
            for area in self._areas.values()
            if area.south <= north and area.north >= south and area.west <= east and area.east >= west
        ]
        return [*near, *(f"d:{each.department_id}" for each in self.namesakes)]

    @cached_property
    def share_within(self) -> float:
        """Of what is said in France, how much may be there: as much as people live there."""
        return min(sum(each.population for each in (self.place, *self.namesakes)) / self._people, 1)

    @cached_property
    def share_around(self) -> float:
        """The same of what is in it or near."""
        areas = {mark.partition(":")[2] for mark in self.around if mark.startswith("d:")}
        around = sum(area.population for code, area in self._areas.items() if code in areas)
        return min(max(around / self._people, self.share_within), 1)

    @cached_property
    def _areas(self) -> dict[str, Department]:
        return departments()

    @property
    def _people(self) -> int:
        return sum(area.population for area in self._areas.values()) or 1

    @cached_property
    def radius(self) -> float:
        """Kilometres from its middle to its edge, about."""
        if isinstance(self.place, Commune):
            return 0
        south, west, north, east = self.place.box
        return distance_km((south, west), (north, east)) / 2


def regions() -> dict[str, Region]:
    return hot("search.regions", Region.objects.in_bulk, seconds=_KEPT)


def departments() -> dict[str, Department]:
    return hot("search.departments", Department.objects.in_bulk, seconds=_KEPT)


def named(typed: Typed, seldom: dict[str, int]) -> Where | None:
    """The place that these words name, if any: the longest name, and of two the last. One query at most.

    `seldom` says how many entries hold each word, folded: « école » is a commune of Savoie, and hardly ever meant.
    """
    words = [fold(word) for word in typed.words]
    by_postcode = _postcode(words)
    if by_postcode is not None:
        return by_postcode
    found = _candidates(words)
    meant = [each for each in found if _is_meant(each, words, seldom)]
    if not meant:
        return None
    wheres = [_with_department(*each, found, words) for each in meant]
    return max(wheres, key=lambda where: (len(where.named_by), max(where.named_by), _size(where.place)))


def _postcode(words: list[str]) -> Where | None:
    for position, word in enumerate(words):
        if len(word) == 5 and word.isdecimal() and word.isascii():
            communes = communes_of_postcode(word)
            if communes:
                own = {each.sort_name: each for each in communes}
                for start, end in _spans(len(words)):
                    name = " ".join(words[start:end])
                    if name in own:
                        return Where(own[name], frozenset((*range(start, end), position)))
                return Where(communes[0], frozenset((position,)))
    return None


def _spans(count: int) -> list[tuple[int, int]]:
    return [(start, end) for start in range(count) for end in range(start + 1, min(count, start + _LONGEST) + 1)]


def _candidates(words: list[str]) -> list[tuple[Place, int, int]]:
    """Every place that bears the name of some of these words in a row, with the words: from, and before which."""
    names: dict[str, list[tuple[int, int]]] = {}
    for start, end in _spans(len(words)):
        if words[start] in _BETWEEN and end - start == 1:
            continue
        for name in Question(name=" ".join(words[start:end])).names:
            names.setdefault(name, []).append((start, end))
    areas = [area for area in (*regions().values(), *departments().values()) if area.sort_name in names]
    communes = Commune.objects.current().filter(sort_name__in=list(names)).order_by("-population")[:200]
    found = [(place, *span) for place in (*areas, *communes) for span in names[place.sort_name]]
    code = words[-1].upper() if words else ""
    if len(code) in (2, 3) and code in departments():
        found.append((departments()[code], len(words) - 1, len(words)))
    return found


def _is_meant(candidate: tuple[Place, int, int], words: list[str], seldom: dict[str, int]) -> bool:
    place, start, end = candidate
    said = [word for word in words[start:end] if word not in _BETWEEN]
    before = [word for word in words[:start] if word not in _BETWEEN][-1:]
    # « dans le nord », « piscine à sens »: the article may stand between.
    is_announced = before and before[0] in _BEFORE and all(word in _BETWEEN for word in words[start - 1 : start][1:])
    is_whole = place.sort_name == " ".join(words[start:end])
    known = _KNOWN if is_whole else _KNOWN_WITHOUT_ARTICLE
    is_large = not isinstance(place, Commune) or place.population >= known
    if any(word.isdecimal() for word in said):
        return True
    if len(said) > 1 or is_announced:
        return is_whole or is_large
    name = said[0] if said else ""
    if name in _EVERYDAY:
        return False
    return is_large or (is_whole and len(name) > 3 and seldom.get(name, 0) <= _SELDOM)


def _with_department(
    place: Place, start: int, end: int, found: list[tuple[Place, int, int]], words: list[str]
) -> Where:
    """A namesake in the département that is named beside it is the one that is meant: « saint denis 93 »."""
    mine = set(range(start, end))
    if isinstance(place, Commune):
        beside = [
            (area, span)
            for area, *span in found
            if isinstance(area, Department) and not mine & set(range(*span)) and span[0] in (end, end + 1)
        ]
        namesakes = [each for each, *span in reversed(found) if span == [start, end] and isinstance(each, Commune)]
        same = {each.department_id: each for each in namesakes}
        for area, span in beside:
            if area.code in same:
                return Where(same[area.code], frozenset(mine | set(range(*span))))
        others = [each for each in namesakes if each != place and each.population * 2 > place.population]
        return Where(place, frozenset(mine), tuple(others))
    return Where(place, frozenset(mine))


def _size(place: Place) -> float:
    """Of one name: Paris is the city before the département, La Réunion the département before the région."""
    widest = {Commune: 2, Department: 1, Region: 0}
    return widest[type(place)] * 10 + math.log10(place.population + 1)


def _mark(place: Place) -> str:
    return f"{type(place).__name__[0].lower()}:{place.code}"
