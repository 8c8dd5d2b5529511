"""Finding a place: from what somebody typed, from a point on the map, from an address of the site."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache, partial

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, Case, F, Field, FloatField, Func, IntegerField, Q, TextField, Value, When
from django.db.models.functions import Cast

from core.hot import hot, kept
from territories.geo import bounding_box, distance_km, half_chord, half_chord_of, kilometres_from, within_box
from territories.models import Commune, CommuneQuerySet, Department, Place, Postcode, Region
from territories.names import ARTICLES, fold, ordinal

#: Longer than any name; the rest of what was typed is not read.
LONGEST = 80

#: How many places are offered, and at most when more bear the very name (« Sainte-Colombe », 13).
OFFERED = 8
MOST_OFFERED = 20

#: How many stand for a place that a filter does not know.
MEANT = 4

#: The similarity (0 to 1, pg_trgm) that a spelling needs to stand beside a name that begins as what was typed:
#: « renes » is Rennes, or Renescure.
VERY_ALIKE = 0.6
#: How many of the most alike are weighed against their population.
ALIKE = 24

#: Seconds during which a process keeps the communes of a postcode: they change once a year.
_KEPT = 60 * 60

ARRONDISSEMENTS = {"paris": 20, "lyon": 9, "marseille": 16}

PATH = re.compile(r"(?P<region>r?)(?P<code>[0-9][0-9AB][0-9]{0,3})(?:-[a-z0-9-]*)?", re.ASCII)


@dataclass(frozen=True)
class Question:
    """What was typed, taken apart: « Vitré 35500 », « Saint-Denis (La Réunion) », « st denis 93 », « 355 »."""

    name: str = ""
    postcode: str = ""
    department: str = ""

    @classmethod
    def read(cls, text: str) -> "Question":
        text = text.replace("\x00", "")[:LONGEST]
        in_brackets = re.fullmatch(r"(.*?)\(([^()]*)\)\s*", text)
        if in_brackets:
            return cls(name=fold(in_brackets[1]), department=fold(in_brackets[2]))
        words = fold(text).split()
        if len(words) == 1 and words[0].isdecimal():
            return cls(postcode=words[0])
        numbers = [word for word in words if re.fullmatch(r"[0-9]{5}", word)]
        if len(numbers) == 1:
            return cls(name=" ".join(word for word in words if word != numbers[0]), postcode=numbers[0])
        if words and words[0] not in ARRONDISSEMENTS and re.fullmatch(r"[0-9]{2}|9[78][0-9]|2[ab]", words[-1]):
            return cls(name=" ".join(words[:-1]), department=words[-1])
        return cls(name=" ".join(words))

    @property
    def names(self) -> list[str]:
        """Every whole name that it may be, articles left out included."""
        names = [self.name, *(f"{article} {self.name}" for article in ARTICLES)]
        numbered = re.fullmatch(r"([a-z]+) 0?([0-9]{1,2})(?:er|e|eme|ieme|nd)?(?: arr[a-z]*)?", self.name)
        if numbered and 1 <= int(numbered[2]) <= ARRONDISSEMENTS.get(numbered[1], 0):
            names.append(f"{numbered[1]} {ordinal(int(numbered[2]))}")
        return names

    def rank(self, sort_name: str) -> int:
        """0 for the name itself, 1 for its beginning, 2 for a word of it, 3 for a spelling."""
        if sort_name in self.names:
            return 0
        if sort_name.startswith(tuple(self.names)):
            return 1
        return 2 if all(f" {word}" in f" {sort_name}" for word in self.name.split()) else 3


def search(text: str, limit: int = OFFERED) -> list[Commune]:
    """Communes that answer « Où ? », the right one first, each with its département.

    By name, with or without accents, hyphens, articles, « st » for saint; by the beginning of a name or of a
    postcode; by name and département or postcode. The name itself comes first, then names that begin so, then
    names that have such words, each by population; other spellings when nothing was found, or only beginnings.
    """
    question = Question.read(text)
    places = _asked(question)
    if places is None:
        return []
    if not question.name:
        if question.postcode:
            places = _by_postcode(places, question.postcode)
        return list(places.order_by(*places.query.order_by or ("-population", "code"))[:limit])
    found = list(_by_name(places, question)[:limit])
    if len(found) < limit:
        found += list(_by_words(places, question, found)[: limit - len(found)])
    if not found:
        return _by_spelling(places, question, limit)
    if len(found) < limit and all(question.rank(commune.sort_name) for commune in found):
        known = {commune.pk for commune in found}
        close = _by_spelling(places, question, limit, alike=VERY_ALIKE)
        found += [commune for commune in close if commune.pk not in known][: limit - len(found)]
    return found


def resolve(text: str, code: str = "") -> tuple[Commune | None, list[Commune]]:
    """The commune that is meant when there is no doubt, and else the communes that it may be.

    ``code`` is the one that was picked from a list for this text; it counts only if the text still says so.
    A commune is meant when it alone matches, or alone bears the name and none that begins so is larger: « aix »
    may be Aix (Corrèze) or Aix-en-Provence. A close spelling is offered, never taken.
    """
    question = Question.read(text)
    found = search(text, limit=MOST_OFFERED)
    picked = next((commune for commune in found if commune.code == code), None)
    if picked:
        return picked, []
    exact = [commune for commune in found if not question.name or question.rank(commune.sort_name) == 0]
    same = {commune.code for commune in exact}
    if len(exact) == 1 and (
        question.department or question.postcode or found[0].population >= max(c.population for c in found)
    ):
        return exact[0], []
    if len(found) == 1 and question.rank(found[0].sort_name) < 3:
        return found[0], []
    if question.postcode and not question.name and len(question.postcode) == 5:
        # An arrondissement and its city share a postcode: the part is meant.
        parts = [commune for commune in exact if commune.parent_id in same]
        if len(parts) == 1 and len(exact) == 2:
            return parts[0], []
    return None, found[: max(OFFERED, len(exact))]


def names_of_postcode(postcode: str) -> list[tuple[str, str]]:
    """The code and the name of the communes that a whole postcode serves, the largest first.

    An arrondissement and its city share a postcode: the part is meant. Each process keeps what it read.
    """
    if not re.fullmatch(r"[0-9]{5}", postcode, re.ASCII):
        return []
    return hot(_names_key(postcode), lambda: _names_of(postcode[:2]), seconds=_KEPT).get(postcode, [])


def known_names_of_postcode(postcode: str) -> list[tuple[str, str]] | None:
    """The same, of five digits, when this process has read them; None when the database would have to be asked."""
    names = kept(_names_key(postcode))
    return None if names is None else names.get(postcode, [])


def _names_key(postcode: str) -> tuple[str, str]:
    """Those that begin alike are read together."""
    return "postcodes", postcode[:2]


def communes_of_postcode(postcode: str) -> list[Commune]:
    """The same communes, each with its département."""
    return _communes_of([code for code, _name in names_of_postcode(postcode)])


def commune_of_code(code: str) -> Commune | None:
    """The commune of this code, with its département. Each process keeps what it read."""
    return next(iter(_communes_of([code])), None)


def _communes_of(codes: list[str]) -> list[Commune]:
    starts = {code[:2] for code in codes}
    rows = {start: hot(("communes", start), partial(_rows_of, start), seconds=_KEPT) for start in starts}
    departments = hot("departments", Department.objects.in_bulk, seconds=_KEPT)
    communes = [_built(row) for code in codes if (row := rows[code[:2]].get(code))]
    for commune in communes:
        commune.department = departments[commune.department_id]
    return communes


#: A row is kept as a tuple: the communes of France weigh a third of what they do as objects.
_COLUMNS = [field.attname for field in Commune._meta.concrete_fields]


@lru_cache(maxsize=2000)
def _built(row: tuple) -> Commune:
    """The object of a row, shared as what `hot` keeps: where most people live, it is built already."""
    return Commune.from_db(None, _COLUMNS, row)


def _rows_of(start: str) -> dict[str, tuple]:
    """Every commune whose code begins so: read together, since thousands of people live there."""
    return {row[0]: row[1:] for row in Commune.objects.filter(_begins("code", start)).values_list("pk", *_COLUMNS)}


def _names_of(start: str) -> dict[str, list[tuple[str, str]]]:
    """The communes of every postcode that begins so, the largest first."""
    rows = Postcode.objects.filter(_begins("code", start), commune__ended_on=None)
    found: dict[str, list[tuple[str, str]]] = {}
    parents = set()
    for postcode, code, name, parent in rows.order_by("-commune__population", "commune_id").values_list(
        "code", "commune_id", "commune__name", "commune__parent_id"
    ):
        found.setdefault(postcode, []).append((code, name))
        parents.add(parent)
    return {postcode: [each for each in communes if each[0] not in parents] for postcode, communes in found.items()}


def _asked(question: Question) -> CommuneQuerySet | None:
    """The communes among which to look, or None when the question says nothing."""
    places = Commune.objects.current().select_related("department")
    if len(question.postcode) == 5 and question.name:
        places = places.filter(pk__in=Postcode.objects.filter(code=question.postcode).values("commune_id"))
    if question.department:
        named = Q(sort_name=question.department) | Q(code=question.department.upper())
        return places.filter(department__in=Department.objects.filter(named))
    return places if question.name or 2 <= len(question.postcode) <= 5 else None


def _by_postcode(places: CommuneQuerySet, digits: str) -> CommuneQuerySet:
    """Whole: the arrondissement before its city. Beginning: by population."""
    codes = list(Postcode.objects.filter(_begins("code", digits)).values_list("commune_id", flat=True).order_by())
    # One array whatever its length: one prepared statement, and the index for the few hundred of a département.
    among = _operator("=", F("code"), Func(Value(codes, ArrayField(TextField())), function="ANY"), BooleanField())
    whole = ["kind"] if len(digits) == 5 else []
    return places.filter(among).order_by(*whole, "-population", "code")


def _by_name(places: CommuneQuerySet, question: Question) -> CommuneQuerySet:
    names = question.names
    if len(question.name) == 1:
        condition = _between("sort_name", question.name, f"{question.name} ")
    else:
        condition = _begins("sort_name", names[0])
        for name in names[1:]:
            condition |= _begins("sort_name", name)
    exact = Case(When(sort_name__in=names, then=0), default=1, output_field=IntegerField())
    return places.filter(condition).order_by(exact, "-population", "code")


def _by_words(places: CommuneQuerySet, question: Question, found: list[Commune]) -> CommuneQuerySet:
    """Names with a word that begins as each of the words typed does; short words are not looked for alone."""
    words = [word for word in question.name.split() if len(word) > 2]
    if not words:
        return places.none()
    for word in words:
        places = places.filter(_like("sort_name", f"{word}%") | _like("sort_name", f"% {word}%"))
    return places.exclude(pk__in=[commune.pk for commune in found]).order_by("-population", "code")


def _by_spelling(places: CommuneQuerySet, question: Question, limit: int, alike: float = 0) -> list[Commune]:
    """Close spellings; among equally close ones, people more often mean the larger."""
    if len(question.name) < 3:
        return []
    name = F("sort_name"), _text(question.name)
    # The first operator is true from a similarity of 0.3, PostgreSQL's own threshold; the second is 1 - similarity.
    near = (
        places.filter(_operator("%%", *name, BooleanField()))
        .annotate(unlike=_operator("<->", *name, FloatField()))
        .order_by("unlike", "-population", "code")[:ALIKE]
    )
    kept = [commune for commune in near if commune.unlike <= 1 - alike]
    return sorted(kept, key=lambda commune: commune.unlike - 0.06 * math.log10(commune.population + 1))[:limit]


def _operator(symbol: str, left, right, output_field: Field) -> Func:
    """An operator of PostgreSQL that Django has no lookup for."""
    return Func(left, right, template="(%(expressions)s)", arg_joiner=f" {symbol} ", output_field=output_field)


def _text(value: str) -> Cast:
    return Cast(Value(value), TextField())


def _begins(column: str, start: str) -> Q:
    """The column begins so, said in a way that reads the index whatever plan PostgreSQL keeps."""
    return _between(column, start, f"{start}\U0010ffff")


def _between(column: str, first: str, after: str) -> Q:
    """The column, in the order of bytes, is the first text or comes after it, and before the other."""
    return Q(_operator("~>=~", F(column), _text(first), BooleanField())) & Q(
        _operator("~<~", F(column), _text(after), BooleanField())
    )


def _like(column: str, pattern: str) -> Q:
    """Folded names hold letters, digits and spaces: nothing to escape."""
    return Q(_operator("LIKE", F(column), _text(pattern), BooleanField()))


def search_places(text: str, limit: int = OFFERED) -> list[Place]:
    """Régions, départements and communes of that name or code, for a filter: as ``search``, the largest first."""
    question = Question.read(text)
    code = question.postcode or (question.department if not question.name else "")
    areas = [*Region.objects.all(), *Department.objects.all()]
    if code:
        found = [area for area in areas if isinstance(area, Department) and area.code == code.upper()]
    elif question.department or not question.name:
        found = []
    else:
        found = [area for area in areas if question.rank(area.sort_name) < 3]
        # Mayotte is a région of one département: offered once, as what people live in.
        own = {(area.region_id, area.name) for area in found if isinstance(area, Department)}
        found = [area for area in found if not isinstance(area, Region) or (area.code, area.name) not in own]
    communes = search(text, limit)
    if found and not code:
        communes = [commune for commune in communes if question.rank(commune.sort_name) < 3]
    widest = {Region: 2, Department: 1, Commune: 0}

    def order(place: Place) -> tuple:
        rank = question.rank(place.sort_name) if question.name else int(isinstance(place, Commune))
        return rank, -place.population, widest[type(place)], place.code

    return sorted([*found, *communes], key=order)[:limit]


def nearest(latitude: float, longitude: float, limit: int = OFFERED, max_km: float | None = None) -> list[Commune]:
    """The communes nearest to a point, nearest first, each with its distance as ``km`` and its département.

    Arrondissements are among them, beside their city.
    """
    # The index measures in degrees, which are shorter east-west: the nearest by degrees tell only how far to look.
    point = Func(F("longitude"), F("latitude"), function="point")
    here = Func(Value(longitude, FloatField()), Value(latitude, FloatField()), function="point")
    gap = _operator("<->", point, here, FloatField())
    around = Commune.objects.current().order_by(gap).values_list("latitude", "longitude")[:limit]
    reach = max((distance_km((latitude, longitude), centre) for centre in around), default=0)
    return list(within(latitude, longitude, reach + 0.001 if max_km is None else min(reach + 0.001, max_km))[:limit])


def within(latitude: float, longitude: float, km: float) -> CommuneQuerySet:
    """The communes whose centre is at most so far from a point, nearest first, each with its distance as ``km``."""
    return (
        Commune.objects.current()
        .filter(within_box(*bounding_box(latitude, longitude, km)))
        .alias(chord=half_chord(latitude, longitude))
        .filter(chord__lte=half_chord_of(km))
        .annotate(km=kilometres_from(latitude, longitude))
        .select_related("department")
        .order_by("chord", "code")
    )


def ancestors(place: Place) -> list[Place]:
    """What a place is part of, the smallest first: city of an arrondissement, département, région.

    Overseas collectivities belong to no région.
    """
    if isinstance(place, Commune):
        city = [place.parent] if place.parent_id else []
        return [*city, place.department, *ancestors(place.department)]
    if isinstance(place, Department) and place.region_id:
        return [place.region]
    return []


def from_path(path: str) -> Place | None:
    """The place of « 35360-vitre », « 35-ille-et-vilaine » or « r53-bretagne »; only the code is read.

    A caller that wants one address for each place compares ``place.path``. An ended commune is found too, and
    knows its ``successor``. None when there is no such place.
    """
    asked = PATH.fullmatch(path)
    if not asked:
        return None
    code = asked["code"]
    if asked["region"]:
        return Region.objects.filter(code=code).first()
    if len(code) == 5:
        related = ("department__region", "parent", "successor__department")
        return Commune.objects.select_related(*related).filter(code=code).first()
    return Department.objects.select_related("region").filter(code=code).first()


def meant(text: str, limit: int = MEANT) -> tuple[Place | None, list[Place]]:
    """The place that a filter's address names, and else those that may be meant, the likeliest first.

    By its path (« 35360-vitre »), by a postcode or a code, by its very name, or by a beginning that nothing else is
    like: « renes » may be Renescure or Rennes. Another spelling (« Trifouilly », Bouilly) is offered, never taken.
    """
    place = from_path(text)
    if place is not None:
        return place, []
    question = Question.read(text)
    found = search_places(text, limit)
    ranks = [question.rank(place.sort_name) if question.name else 0 for place in found]
    if ranks and (ranks[0] == 0 or ranks == [1]):
        return found[0], []
    return None, found


def is_misspelt(text: str, place: Place) -> bool:
    """Whether this place, found for what was typed, has another name, of which it is no part."""
    question = Question.read(text)
    return bool(question.name) and question.rank(place.sort_name) == 3
