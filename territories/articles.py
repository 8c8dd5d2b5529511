"""How a place is said in a French sentence, used when the data is rebuilt.

INSEE gives each name a "type de nom en clair" (TNCC), which tells its article and its "de". The preposition of
départements and régions (« dans le Nord », « en Isère », « dans l’Oise ») follows usage and no rule: it is a table.
Source of the codes: https://www.insee.fr/fr/information/2560684
"""

from typing import NamedTuple

from territories.names import ordinal


class Words(NamedTuple):
    """« Le Mans », « au Mans », « du Mans »."""

    name: str
    name_in: str
    name_of: str


#: TNCC → article that opens the name, « à » with it, « de » with it.
COMMUNE_ARTICLES = {
    0: ("", "à ", "de "),
    1: ("", "à ", "d’"),
    2: ("Le ", "au ", "du "),
    3: ("La ", "à La ", "de La "),
    4: ("Les ", "aux ", "des "),
    5: ("L’", "à L’", "de L’"),
    6: ("Aux ", "aux ", "des "),
    7: ("Las ", "à Las ", "de Las "),
    8: ("Los ", "à Los ", "de Los "),
}

#: TNCC → « de » with the name of a département or région, whose article is not part of it.
AREA_OF = {0: "de ", 1: "d’", 2: "du ", 3: "de la ", 4: "des ", 5: "de l’"}

DEPARTMENTS_IN = {
    "en": (
        "07 09 16 17 19 21 23 24 28 2A 2B 31 33 35 37 38 41 43 44 47 48 49 52 53 54 57 70 71 73 74 76 77 82 85 87 93"
        " 971 972 973 987 988"
    ),
    "dans le": "14 15 18 25 29 30 32 39 45 46 56 59 62 63 67 68 69 81 83 84 90 94 95",
    "dans la": "26 42 50 51 55 58 72 80 86",
    "dans l’": "01 02 03 10 11 12 27 34 36 60 61 89 91",
    "dans les": "04 05 06 08 13 22 40 64 65 66 78 79 88 92",
    "à": "75 974 975 976 977 978 986",
}

#: Names that join two rivers drop the article: « de Lot-et-Garonne », as their councils write it.
DEPARTMENTS_OF = {"41": "de ", "47": "de ", "82": "de "}

REGIONS_IN = {
    "à": "04 06",
    "dans le": "44",
    "dans les": "32 52",
    "en": "01 02 03 11 24 27 28 53 75 76 84 93 94",
}
REGIONS_OF = {"75": "de "}


def _by_code(table: dict[str, str]) -> dict[str, str]:
    return {code: words for words, codes in table.items() for code in codes.split()}


def _joined(words: str, name: str) -> str:
    return f"{words}{name}" if words.endswith("’") else f"{words} {name}"


def typographic(name: str) -> str:
    """With true apostrophes, as everything that a citizen reads."""
    return name.replace("'", "’")


def commune_words(name: str, tncc: int | None) -> Words:
    """The words for a commune from its official name, article included. Without TNCC the name itself tells."""
    name = typographic(name)
    if tncc is None:
        tncc = _guess(name)
    article, to, of = COMMUNE_ARTICLES[tncc]
    if not name.startswith(article):
        raise ValueError(f"{name} does not begin with « {article} »")
    bare = name.removeprefix(article)
    return Words(name, f"{to}{bare}", f"{of}{bare}")


def _guess(name: str) -> int:
    for tncc in (2, 3, 4, 5):
        if name.startswith(COMMUNE_ARTICLES[tncc][0]):
            return tncc
    return 1 if name[0] in "AEÉIÎOU" else 0


def arrondissement_words(city: str, number: int) -> Words:
    """« Paris 3e », « dans le 3e arrondissement de Paris »."""
    rank = ordinal(number)
    return Words(f"{city} {rank}", f"dans le {rank} arrondissement de {city}", f"du {rank} arrondissement de {city}")


def department_words(code: str, name: str, tncc: int) -> Words:
    """« Nord », « dans le Nord », « du Nord ». Raises KeyError for a département that usage has not settled here."""
    name = typographic(name)
    to = _by_code(DEPARTMENTS_IN)[code]
    of = DEPARTMENTS_OF.get(code, AREA_OF[tncc])
    return Words(name, _joined(to, name), f"{of}{name}")


def region_words(code: str, name: str, tncc: int) -> Words:
    """« Bretagne », « en Bretagne », « de Bretagne »."""
    name = typographic(name)
    to = _by_code(REGIONS_IN)[code]
    of = REGIONS_OF.get(code, AREA_OF[tncc])
    return Words(name, _joined(to, name), f"{of}{name}")
