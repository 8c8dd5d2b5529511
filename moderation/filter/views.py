"""The same text seen without disguise, each character knowing where it came from.

A view is made of bytes, one per character, so that the offsets of the matching engine are ours:

- `cased`     ASCII: compatibility forms undone (NFKD), accents, zero-width and bidi characters dropped, look-alike
              letters of other alphabets brought back to Latin, quotes and dashes unified; capitals kept.
- `lowered`   `cased` in lower case: addresses and links are looked for here.
- `folded`    the same with spaces for underscores. Most rules read this one.
- `accented`  Latin-1, lower case, accents kept: tells "tué" from "tue".
- `tight`     `folded` with spaced-out letters joined, leet read as letters, runs of three letters or more
              shortened. None when there is nothing of the sort in the text.

In `tight`, `~` follows a letter that stood three times or more ("con~ard"), `1` inside a word may be an i or an l,
`*` may be any vowel, and the control character 1F joins letters that were spaced out: a word may end there. The
compiler of rules (`forms.py`) knows these four signs.
"""

import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import re2

OTHER = "\x1a"
"""Stands for a character without Latin reading: an emoji, another script."""

EURO = "^"
"""Stands for the euro sign, which leet uses as an e."""


def _pairs(foreign: str, latin: str) -> dict[str, str]:
    return dict(zip(foreign, latin, strict=True))


_LOOKALIKES = (
    _pairs("абвгдеёзийкмнорстухѕіјһԁԛԝґєѵӏ", "abbgdeezijkmhopctyxsijhdqwgevl")
    | _pairs("АВЕЗКМНОРСТУХЅІЈԌԚԜЄӀ", "ABE3KMHOPCTYXSIJGQWEI")
    | _pairs("αβγεζηικλμνορστυχωϲϳ", "abyeznikluvopotuxwcj")
    | _pairs("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX")
    | _pairs("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz")
    | _pairs("ɑɡıøØđĐłŁħŧɩǝəɛɔɐɾʋʌ", "agioOdDlLhtieeeoarua")
    | {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ẞ": "SS", "€": EURO}
)
_MARKS = (
    dict.fromkeys("«»“”„‟‹›❝❞〝〞＂", '"')
    | dict.fromkeys("’‘‚‛ʼʻʹ´`′＇", "'")
    | dict.fromkeys("‐‑‒–—―−﹣－⁃", "-")
    | dict.fromkeys("•·∙⋅・｡。․", ".")
    | dict.fromkeys("\u2028\u2029\x85\x0b\x0c\r\n", "\n")
    | dict.fromkeys("~^`\x1a\u2800", " ")
    | dict.fromkeys("\u115f\u1160\u3164\uffa0", "")
)

_KNOWN = _LOOKALIKES | _MARKS


def _latin(character: str) -> str:
    """The ASCII reading of one character, possibly empty, possibly several letters."""
    if character in _KNOWN:
        return _KNOWN[character]
    if character.isascii():
        return character if character.isprintable() else " "
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me"):
        return ""
    if category.startswith("Z"):
        return " "
    decomposed = unicodedata.normalize("NFKD", character)
    if decomposed == character:
        return OTHER
    return "".join(_latin(part) for part in decomposed)


class _Readings(dict[str, str]):
    """Remembers the reading of each character met; a cluster of several code points is never kept."""

    def __init__(self, read):
        self.read = read

    def __missing__(self, unit: str) -> str:
        reading = self.read(unit)
        if len(unit) == 1:
            self[unit] = reading
        return reading


def _accented(unit: str) -> str:
    composed = unicodedata.normalize("NFC", unit).lower()
    if len(composed) == 1 and "\xdf" < composed <= "\xff" and composed not in "ð÷øþ":
        return composed
    return "".join(_latin(character) for character in unit).lower()


_CASED = _Readings(lambda unit: "".join(_latin(character) for character in unit))
_ACCENTED = _Readings(_accented)

# The standard engine, since the other one refuses lone surrogates; nothing here can backtrack.
_COMBINING = re.compile("[\u0300-\u036f]")
_CLUSTER = re.compile("(?s:.)[\u0300-\u036f]{0,3}")


@dataclass(frozen=True)
class View:
    """One reading of a text: its bytes, and for each of them where its character starts and ends in the original."""

    name: str
    text: bytes
    starts: Sequence[int]
    ends: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original text of what stands from start to end (exclusive, not empty) in this view."""
        return self.starts[start], self.ends[end - 1]


@dataclass(frozen=True)
class Views:
    """All the readings of one text, each made the first time it is asked for."""

    original: str

    @cached_property
    def _units(self) -> Sequence[str]:
        if _COMBINING.search(self.original) is None:
            return self.original
        return _CLUSTER.findall(self.original)

    def _read(self, name: str, readings: _Readings, encoding: str) -> View:
        units = self._units
        pieces = [readings[unit] for unit in units]
        joined = "".join(pieces)
        if units is self.original and len(joined) == len(pieces) and all(pieces):
            return View(name, joined.encode(encoding, "replace"), range(len(pieces)), range(1, len(pieces) + 1))
        starts, ends = array("l"), array("l")
        position = 0
        for unit, piece in zip(units, pieces, strict=True):
            after = position + len(unit)
            for _ in piece:
                starts.append(position)
                ends.append(after)
            position = after
        return View(name, joined.encode(encoding, "replace"), starts, ends)

    @cached_property
    def cased(self) -> View:
        return self._read("cased", _CASED, "ascii")

    @cached_property
    def lowered(self) -> View:
        return View("lowered", self.cased.text.lower(), self.cased.starts, self.cased.ends)

    @cached_property
    def folded(self) -> View:
        # An underscore is part of an address, and a mere space between words.
        return View("folded", self.lowered.text.replace(b"_", b" "), self.cased.starts, self.cased.ends)

    @cached_property
    def accented(self) -> View:
        return self._read("accented", _ACCENTED, "latin-1")

    @cached_property
    def tight(self) -> View | None:
        return _tighten(self.folded)

    def named(self, name: str) -> View | None:
        return getattr(self, name)


def _bytes_regex(pattern: bytes):
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    return re2.compile(pattern, options)


_SPACED = _bytes_regex(
    rb"(?:^|[^a-z0-9@$*\^])"
    rb"[a-z0-9@$*\^](?:[ .,\-_/|*+'\"\x1a]{1,3}[a-z0-9@$*\^]){2,}"
    rb"(?:$|[^a-z0-9@$*\^])"
)
_INNER_GAP = _bytes_regex(rb"[ .,\-_/|*+'\"\x1a]+")
# A word in which a letter touches a sign that leet uses; a closing "!" is only a closing "!".
_LEET_WORD = _bytes_regex(
    rb"(?:[a-z0-9@$^*][a-z0-9@$^*!|+\x1f]*)?"
    rb"(?:[a-z][\x1f*]*[0-9@$^]|[0-9@$^!|+][\x1f*]*[a-z])"
    rb"(?:[a-z0-9@$^*!|+\x1f]*[a-z0-9@$^*])?"
)
_LETTER = _bytes_regex(rb"[a-z]")
_RUN = _bytes_regex(b"|".join(b"%c{3,}" % letter for letter in b"abcdefghijklmnopqrstuvwxyz"))
# What only the forms can read: a star may be any vowel, and a 1 in a word an i or an l.
_MASKED = _bytes_regex(rb"[a-z]\*+[a-z]|[a-z]1|1[a-z]")
_READ_LEET = bytes.maketrans(b"034578@$^!|+9", b"oeastbase11tg")


def _tighten(folded: View) -> View | None:
    text, kept = folded.text, range(len(folded.text))
    text, kept = _join_spaced_letters(text, kept)
    text = _read_leet(text)
    text, kept = _shorten_runs(text, kept)
    if text == folded.text and _MASKED.search(text) is None:
        return None
    starts = array("l", map(folded.starts.__getitem__, kept))
    ends = array("l", map(folded.ends.__getitem__, kept))
    return View("tight", text, starts, ends)


def _join_spaced_letters(text: bytes, kept: Sequence[int]) -> tuple[bytes, Sequence[int]]:
    """ "c o n" becomes "con" with a joint between letters; two spaces stay one, since they part words. Digits stay."""
    pieces, indices, done = [], array("l"), 0
    position = 0
    while (found := _SPACED.search(text, position)) is not None:
        start, end = found.span()
        # The closing boundary may open the next run: give it back.
        position = end - 1 if end < len(text) or end - start > 1 else end
        if _LETTER.search(text, start, end) is None:
            continue
        for gap in _INNER_GAP.finditer(text, start + 1, end - 1):
            pieces.append(text[done : gap.start()])
            indices.extend(kept[done : gap.start()])
            pieces.append(b" " if b"  " in gap.group() else b"\x1f")
            indices.append(kept[gap.start()])
            done = gap.end()
    if not pieces:
        return text, kept
    pieces.append(text[done:])
    indices.extend(kept[done:])
    return b"".join(pieces), indices


def _read_leet(text: bytes) -> bytes:
    """Digits and signs inside a word that has letters are read as letters, one for one."""
    pieces, done = [], 0
    for word in _LEET_WORD.finditer(text):
        start, end = word.span()
        pieces += text[done:start], text[start:end].translate(_READ_LEET)
        done = end
    pieces.append(text[done:])
    return b"".join(pieces)


def _shorten_runs(text: bytes, kept: Sequence[int]) -> tuple[bytes, Sequence[int]]:
    """ "connnnard" becomes "con~ard": neither "conard" nor "connard", since doubling a letter can change a word."""
    pieces, indices, done = [], array("l"), 0
    for run in _RUN.finditer(text):
        start, end = run.span()
        pieces += text[done : start + 1], b"~"
        indices.extend(kept[done : start + 1])
        indices.append(kept[end - 1])
        done = end
    if not pieces:
        return text, kept
    pieces.append(text[done:])
    indices.extend(kept[done:])
    return b"".join(pieces), indices
