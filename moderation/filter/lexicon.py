"""The words that frames are made of: each in all its forms, with the classes to which it belongs.

`rules/_lexicon.yaml` gives dictionary forms: adjectives and nouns of both genders ("répugnant", "menteur"), nouns of
one gender ("parasite"), verbs ("chasser"). Their feminines, plurals and tenses are made here by the regular endings of
French. A wrong form that nobody writes ("menteure") costs nothing; a missing one lets hatred pass, so all the likely
endings are made. Besides its class, a word carries what is known of it: `plural`, `singular`, `feminine`, `masculine`,
and for verbs `inf` (chasser), `they` (chassent, chasseraient), `one` (chasse, chassait), `call` (chassons, chassez),
`part` (chassé), `future` (chassera).

Words are folded: lower case, no accents; an apostrophe or a hyphen parts two words.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import yaml

from .forms import spellings

FILE = Path(__file__).parent / "rules" / "_lexicon.yaml"
FIRST_TAG = 0x80
MOST_TAGS = 0x80
MOODS = ("inf", "they", "one", "call", "part", "future")
KINDS = ("adjectives", "masculine", "feminine", "verbs", "forms", *MOODS)
PRONOUNS = ("subject", "object", "it", "those", "of_core")
"""What a word that stands for a group may be in its sentence; `frames` finds which words do."""
MARKS = ("plural", "singular", "feminine", "masculine", *MOODS, "adverb", *PRONOUNS)

Marked = tuple[str, tuple[str, ...]]
"""A form and its marks."""

_FEMININES = (
    # ending of the masculine, endings of the feminine: the first that fits
    ("teur", ("teuse", "trice", "teure")),
    ("eur", ("euse", "eure", "eresse")),
    ("eux", ("euse",)),
    ("oux", ("ouse", "ousse", "ouce")),
    ("aux", ("ausse",)),
    ("eau", ("elle",)),
    ("ou", ("olle", "oue")),
    ("if", ("ive",)),
    ("er", ("ere",)),
    ("el", ("elle",)),
    ("ul", ("ulle", "ule")),
    ("il", ("ille", "ile")),
    ("en", ("enne",)),
    ("on", ("onne",)),
    ("et", ("ette", "ete")),
    ("ot", ("otte", "ote")),
    ("ic", ("ique",)),
    ("nc", ("nche", "nque")),
    ("c", ("que", "che", "cque")),
    ("g", ("gue",)),
    ("s", ("se", "sse")),
    ("x", ("xe", "se")),
    ("e", ("e",)),
    ("", ("e",)),
)


class LexiconError(ValueError):
    """The lexicon says something that cannot be read."""


def fold(text: str) -> str:
    """Lower case, without accents, apostrophes and hyphens as spaces: how the words of the lexicon are looked up."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    return re.sub("['’ -]+", " ", "".join(character for character in plain if not unicodedata.combining(character)))


def _plural(word: str) -> str:
    return word if word[-1] in "sxz" else f"{word}x" if word.endswith("eau") else f"{word}s"


def adjective(masculine: str, *, acute: bool = False) -> Iterator[Marked]:
    """All the forms of an adjective, or of a noun that has both genders, from its folded masculine singular.

    `acute` says that it ends with an é, which its folded form no longer shows.
    """
    feminines = (
        (f"{masculine}e",)
        if acute
        else next(
            tuple(masculine[: len(masculine) - len(ending)] + other for other in others)
            for ending, others in _FEMININES
            if masculine.endswith(ending)
        )
    )
    # "menteurs" is masculine; "asiatiques" is both, and so is said of both.
    for word in (masculine, *feminines):
        genders = tuple(
            gender for gender, words in (("masculine", (masculine,)), ("feminine", feminines)) if word in words
        )
        plural = _plural(word)
        yield word, (*genders, "singular", *(("plural",) if plural == word else ()))
        yield plural, (*genders, "plural", *(("singular",) if plural == word else ()))
    if masculine.endswith("al"):
        yield f"{masculine[:-2]}aux", ("masculine", "plural")


def _verb_stem(infinitive: str) -> Iterator[Marked]:
    """The tenses of a verb of the first group (chasser), of the second (salir), or in -re (pendre)."""
    stem, ending = infinitive[:-2], infinitive[-2:]
    if ending == "er":
        loud = stem + "e" if stem.endswith("g") else stem
        mute = {stem}
        if stem.endswith(("el", "et")):
            mute.add(stem + stem[-1])
        if stem.endswith("y"):
            mute.add(f"{stem[:-1]}i")
        for base in sorted(mute):
            yield from _endings(base, "one", "e es era eras erai erait erais")
            yield from _endings(base, "future", "era erai erons eront")
            yield from _endings(base, "they", "ent eront eraient")
        yield from _endings(loud, "one", "a ai ais ait ant")
        yield from _endings(stem, "they", "erent")
        yield from _endings(loud, "they", "aient")
        yield from _endings(loud, "call", "ons")
        yield from _endings(stem, "call", "ez erons erez ions iez erions eriez")
        yield from _endings(stem, "part", "e ee es ees")
    elif ending == "ir":
        yield from _endings(stem, "one", "is it ira iras irai irait irais issait issais isse issant")
        yield from _endings(stem, "future", "ira irai irons iront")
        yield from _endings(stem, "they", "issent iront iraient irent issaient")
        yield from _endings(stem, "call", "issons issez irons irez")
        yield from _endings(stem, "part", "i ie is ies")
    elif ending == "re":
        soft = stem + "t" if stem.endswith("t") else stem
        yield from _endings(soft, "one", "s ra ras rai rait rais ait ais e ant")
        yield stem, ("one",)
        yield from _endings(soft, "future", "ra rai rons ront")
        yield from _endings(soft, "they", "ent ront raient aient irent")
        yield from _endings(soft, "call", "ons ez rons rez")
        yield from _endings(soft, "part", "u ue us ues")
    else:
        raise LexiconError(f"{infinitive!r} is not a regular verb: give its tenses one by one")


def _endings(stem: str, mood: str, endings: str) -> Iterator[Marked]:
    return ((stem + ending, (mood,)) for ending in endings.split())


def verb(infinitive: str) -> Iterator[Marked]:
    """All the forms of a regular verb, each with its mood."""
    yield infinitive, ("inf",)
    yield from _verb_stem(infinitive)


# What comes before and after the word that is inflected: "se suicider", "bon à rien".
_INFLECTED = re.compile(r"((?:se |s )?)([^ ]+)(.*)")


def _number(phrase: str) -> tuple[str, ...]:
    return ("plural",) if phrase.partition(" ")[0][-1] in "sx" else ("singular",)


def _forms_of(kind: str, entries: str | Iterable[str]) -> Iterator[Marked]:
    """The forms that one list of the lexicon, or a line of words parted by commas, stands for."""
    for entry in entries.split(",") if isinstance(entries, str) else entries:
        for written in spellings(entry.strip()):
            phrase = fold(written)
            head, first, tail = _INFLECTED.match(phrase).groups()
            acute = f"{written} ".find("é ") + 1 == len(head) + len(first)
            if kind == "adjectives":
                yield from ((word + tail, marks) for word, marks in adjective(first, acute=acute))
            elif kind in ("masculine", "feminine"):
                yield phrase, (kind, "singular")
                yield _plural(first) + tail, (kind, "plural")
            elif kind == "verbs":
                yield from ((head + word + tail, marks) for word, marks in verb(first))
            elif kind == "forms":
                yield phrase, _number(phrase)
            else:
                yield phrase, (kind,)


def _holders(name: str, classes: Mapping[str, Mapping]) -> frozenset[str]:
    """A class, and all those that include it."""
    found, waiting = set(), [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += [holder for holder, lists in classes.items() if current in lists.get("includes", ())]
    return frozenset(found)


@dataclass(frozen=True)
class Lexicon:
    """Which classes and marks each word, or each phrase of several words, carries."""

    entries: Mapping[str, frozenset[str]]
    names: tuple[str, ...]

    @classmethod
    def load(cls, content: Mapping[str, Mapping]) -> "Lexicon":
        """Reads the `classes` of the lexicon file. A class may hold others, by `includes`."""
        entries: dict[str, set[str]] = {}
        classes = content["classes"]
        holders = {name: _holders(name, classes) for name in classes}
        for name, lists in classes.items():
            unknown = (lists.keys() - {*KINDS, "includes"}) | (set(lists.get("includes", ())) - classes.keys())
            if unknown:
                raise LexiconError(f"{name}: unknown {', '.join(sorted(unknown))}")
            for kind in KINDS:
                for phrase, marks in _forms_of(kind, lists.get(kind, ())):
                    entries.setdefault(phrase, set()).update(holders[name], marks)
        names = (*MARKS, *(name for name in classes if name not in MARKS))
        if len(names) > MOST_TAGS:
            raise LexiconError(f"{len(names)} classes and marks, for {MOST_TAGS} signs")
        return cls({phrase: frozenset(tags) for phrase, tags in entries.items()}, names)

    @cached_property
    def signs(self) -> Mapping[str, int]:
        """The byte that stands for each class and mark in a tagged text."""
        return {name: FIRST_TAG + index for index, name in enumerate(self.names)}

    def tagged(self, tags: Iterable[str]) -> bytes:
        """The bytes of several classes and marks, in order."""
        return bytes(sorted(self.signs[tag] for tag in tags))

    @cached_property
    def words(self) -> frozenset[str]:
        """Every single word of the lexicon."""
        return frozenset(word for phrase in self.entries for word in phrase.split(" "))


@lru_cache(maxsize=2)
def read(path: Path = FILE) -> tuple[Lexicon, Mapping[str, list[str]]]:
    """The lexicon of a file, and the phrases that its frames share."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Lexicon.load(content), content.get("phrases", {})
