"""Where things are plausible: a sea for the harbour, snow for the ski lift, a town large enough for two bus lines.

Codes are INSEE's. The lists are short and real; everything else is told by the population.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from random import Random

from pages.demo.texts import InitiativeText
from territories.models import Commune, Department, Region

COAST = (
    *("06083", "11170", "13022", "14117", "14715", "17168", "17306", "22054", "22162", "29039", "29046", "29239"),
    *("33009", "33214", "34003", "34301", "35049", "35288", "40065", "40184", "44131", "44211", "50031", "50218"),
    *("56034", "56186", "59183", "62108", "62160", "64260", "64483", "66053", "66148", "76217", "80182", "83009"),
    *("85222", "85294", "2A249", "2B050"),
)
MOUNTAIN = (
    *("01247", "04019", "05023", "05026", "05046", "05096", "06094", "09032", "15101", "15138", "25380", "31042"),
    *("38225", "38548", "39470", "48061", "63038", "63236", "64040", "64320", "65138", "65388", "66124", "73034"),
    *("73054", "73290", "74001", "74136", "74191", "88075", "88196"),
)
RIVER = (
    *("08105", "12145", "16102", "17415", "24037", "26281", "27681", "29233", "30321", "33243", "35236", "37003"),
    *("39198", "46042", "47157", "49328", "53130", "55545", "58194", "60159", "71076", "82112", "88160"),
)
ISLAND = ("17004", "22016", "29082", "29155", "56069", "56152", "85113")
SUBURB = (
    *("13117", "31149", "33281", "33318", "38421", "44162", "59009", "67447", "69029", "69256", "69259", "76681"),
    *("77288", "78586", "91228", "92004", "92050", "93008", "93010", "93048", "93066", "94028", "94041", "94081"),
    *("95018", "95268"),
)
#: Around Paris: towns there are suburbs.
AROUND_PARIS = ("75", "77", "78", "91", "92", "93", "94", "95")

#: What a word says of the place, on top of the setting: communes (five characters), départements or régions ("r53").
#: The first that applies wins.
PLACES_OF_WORDS: dict[str, tuple[str, ...]] = {
    "évasan": ("98735", "98736"),
    "polynésie": ("98716", "98740", "98749"),
    "fleuve": ("97308", "97353", "97357", "97360", "97362"),
    "guyane": ("97353", "97356", "97357"),
    "sargasses": ("97108", "97112", "97210", "97222", "97232"),
    "guadeloupe": ("97101", "97105", "97107", "97118"),
    "martinique": ("97209", "97213"),
    "antilles": ("97128", "97230"),
    "mayotte": ("976",),
    "nouvelle-calédonie": ("98805", "98817", "98818"),
    "saint-pierre-et-miquelon": ("97502",),
    "continuité territoriale": ("r04",),
    "langues": ("97302", "97311"),
    "ravine": ("97408", "97411"),
    "cyclone": ("97410", "97416"),
    "lagon": ("97413", "97415"),
    "vie chère": ("97209",),
    "solaire": ("97412", "97422"),
    "circuits courts": ("97103", "97107", "97115"),
    "posidonie": ("13022", "83009"),
    "sentier": ("22054", "35049"),
    "érosion": ("33214", "85294"),
    "dune": ("40184", "62108"),
    "dunes": ("50031", "85294"),
    "port": ("44211", "66148", "85222"),
    "pêche": ("29039", "64483"),
    "voile": ("59183", "62160", "76217"),
    "plage": ("14117", "17306", "44131", "64260"),
    "résidences secondaires": ("56034", "56186"),
    "station": ("01247", "25380", "64040"),
    "estive": ("09", "31", "64", "65"),
    "pastoralisme": ("04", "05", "38", "65", "73"),
    "aéroport": ("94077", "95280"),
    "moustique": ("13", "30", "34", "83"),
    "feu de forêt": ("13", "30", "34", "66", "83"),
    "haies": ("22", "35", "50", "53", "61", "79"),
    "bocage": ("14", "35", "50", "53", "61", "79", "85"),
    "verger": ("14", "50", "61", "72"),
    "pierre sèche": ("07", "30", "46", "48"),
    "saisons": ("05", "65", "73", "74"),
    "langue régionale": ("r44", "r53", "r75", "r76", "r94"),
    "faune sauvage": ("r28", "r32", "r53"),
    **dict.fromkeys(
        ("train", "rail", "avion", "vélo", "élevage", "terres", "foncier"),
        ("r24", "r27", "r28", "r32", "r44", "r52", "r53", "r75", "r76", "r84", "r93"),
    ),
    "motos": ("r27", "r44", "r76", "r84", "r93"),
}


class Atlas:
    """The French territory in memory, and the places already taken, so that two projects seldom meet in one village."""

    def __init__(self) -> None:
        self.regions = {region.code: region for region in Region.objects.order_by("code")}
        self.departments = {department.code: department for department in Department.objects.order_by("code")}
        for department in self.departments.values():
            department.region = self.regions.get(department.region_id)
        self.communes: dict[str, Commune] = {}
        self.in_department: dict[str, list[Commune]] = defaultdict(list)
        for commune in Commune.objects.current().filter(kind=Commune.Kind.COMMUNE).order_by("code"):
            commune.department = self.departments[commune.department_id]
            self.communes[commune.code] = commune
            self.in_department[commune.department_id].append(commune)
        self._taken: set[str] = set()
        self._setting = cache(self._setting)
        self._crowds = cache(self._crowds)

    # --- Drawing a place ---------------------------------------------------------------------------------------------

    def place_for(self, text: InitiativeText, rng: Random) -> Region | Department | Commune | None:
        """Where this text was written; None is France."""
        if text.level == "country":
            return None
        if text.level == "region":
            return self._draw(rng, [f"r{code}" for code in self._regions_for(text)], self.regions, prefix="r")
        if text.level == "department":
            return self._draw(rng, self._departments_for(text), self.departments)
        return self._draw(rng, self._communes_for(text), self.communes)

    def commune_like(self, setting: str, rng: Random) -> Commune:
        """A commune of this setting where nobody wrote yet."""
        return self._draw(rng, self._setting(setting), self.communes)

    def commune_in(self, department: str, rng: Random, *, at_least: int = 0, power: float = 1.0) -> Commune:
        """A commune of this département, the larger the likelier (population to this power).

        Communes under `at_least` inhabitants are left out when there is a larger one.
        """
        all_of_it = self.in_department[department]
        candidates = [commune for commune in all_of_it if commune.population >= at_least] or all_of_it
        return rng.choices(candidates, [commune.population**power for commune in candidates])[0]

    def anywhere(self, rng: Random, count: int, *, at_least: int = 0, power: float = 1.0) -> list[Commune]:
        """So many communes of the whole country, the larger the likelier, perhaps the same twice."""
        candidates, weights = self._crowds(at_least, power)
        return rng.choices(candidates, cum_weights=weights, k=count)

    # --- What fits ---------------------------------------------------------------------------------------------------

    def largest(self, count: int) -> list[Commune]:
        """So many communes, the most populated first."""
        return sorted(self.communes.values(), key=lambda commune: -commune.population)[:count]

    def _draw(self, rng: Random, codes: Sequence[str], places: dict, *, prefix: str = ""):
        free = [code for code in codes if code not in self._taken]
        code = rng.choice(free or codes)
        self._taken.add(code)
        return places[code.removeprefix(prefix)]

    def _communes_for(self, text: InitiativeText) -> list[str]:
        fitting = self._setting(text.setting)
        words = _codes(text)
        if not words:
            return fitting
        narrowed = [code for code in fitting if code in words or self.communes[code].department_id in words]
        return narrowed or [code for code in words if code in self.communes]

    def _departments_for(self, text: InitiativeText) -> list[str]:
        mainland = [
            code
            for code, department in self.departments.items()
            if len(code) == 2 and code not in (*AROUND_PARIS, "2A", "2B")
        ]
        words = _codes(text)
        return [code for code in mainland if code in words] or mainland

    def _regions_for(self, text: InitiativeText) -> list[str]:
        words = [code.removeprefix("r") for code in _codes(text) if code.startswith("r")]
        return words or [code for code in self.regions if code > "10" and code != "94"]

    def _crowds(self, at_least: int, power: float) -> tuple[list[Commune], list[float]]:
        candidates = [commune for commune in self.communes.values() if commune.population >= at_least]
        return candidates, list(accumulate(commune.population**power for commune in candidates))

    def _setting(self, setting: str) -> list[str]:
        lists = {"coast": COAST, "mountain": MOUNTAIN, "river": RIVER, "island": ISLAND, "suburb": SUBURB}
        if setting in lists:
            return list(lists[setting])
        if setting == "overseas":
            return [code for code in self.communes if code >= "97"]
        low, high = {
            "city": (100_000, 3_000_000),
            "town": (10_000, 100_000),
            "village": (300, 2_000),
            "any": (2_000, 60_000),
        }[setting]
        mainland = (commune for code, commune in self.communes.items() if code < "97" and code not in ISLAND)
        return [
            commune.code
            for commune in mainland
            if low <= commune.population < high and (setting != "town" or commune.department_id not in AROUND_PARIS)
        ]


def _codes(text: InitiativeText) -> tuple[str, ...]:
    """The codes that the first telling word of the text allows; empty when none tells."""
    regional = text.level == "region"
    for word, codes in PLACES_OF_WORDS.items():
        if word in text.tags and codes[0].startswith("r") == regional:
            return codes
    return ()


def fill(text: str, place: Region | Department | Commune | None) -> str:
    """The text with the place's name in it: « à Vitré », « de Vitré », « Vitré »."""
    if place is None:
        return text
    return text.replace("{a}", place.name_in).replace("{de}", place.name_of).replace("{name}", place.name)
