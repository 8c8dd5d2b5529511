"""The same text seen without disguise, each character knowing where it came from.

A view is made of bytes, one per character, so that the offsets of the matching engine are ours:

- `cased`     ASCII: compatibility forms undone (NFKD), accents, zero-width and bidi characters dropped, look-alike
              letters of other alphabets brought back to Latin, quotes and dashes unified; capitals kept.
- `lowered`   `cased` in lower case: addresses and links are looked for here.
- `folded`    the same with spaces for underscores. Most rules read this one.
- `accented`  Latin-1, lower case, accents kept: tells "tué" from "tue".
- `tight`     `folded` with spaced-out letters joined, leet read as letters, runs of three letters or more
              shortened. None when there is nothing of the sort in the text.
- `repaired`  `tight` in plain words: its signs read, misspelt, glued and cut words brought back to the words that
              rules look for (`repair.py`). None when nothing had to be.

The last two hold what surrounds such places, and not the rest of the text, which the others have shown already.

In `tight`, `~` follows a letter that stood three times or more ("con~ard"), `1` inside a word may be an i or an l,
`*` may be any vowel, and the control character 1F joins letters that were spaced out and make no known word: a word may
end there. The
compiler of rules (`forms.py`) knows these four signs.
"""

import re
import unicodedata
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape

import re2

from .repair import Spelling, mend
from .writer import UNKNOWN, Writer

Span = tuple[int, int]

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
    | _pairs("🅐🅑🅒🅓🅔🅕🅖🅗🅘🅙🅚🅛🅜🅝🅞🅟🅠🅡🅢🅣🅤🅥🅦🅧🅨🅩", "abcdefghijklmnopqrstuvwxyz")
    | _pairs("🅰🅱🅲🅳🅴🅵🅶🅷🅸🅹🅺🅻🅼🅽🅾🅿🆀🆁🆂🆃🆄🆅🆆🆇🆈🆉", "abcdefghijklmnopqrstuvwxyz")
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


_FEW = 30
"""Signs of other alphabets that are replaced one after the other; more of them, all at once."""


_HELD = {OTHER: "\x80", EURO: "\x81"}
"""Readings that would be read again, and control characters that hold their place meanwhile."""


class _Readings(dict[int, str]):
    """The reading of each character met, by its code point, as `str.translate` asks for it."""

    def __init__(self, read: Callable[[str], str]):
        self.read = read

    def __missing__(self, code: int) -> str:
        reading = self[code] = self.read(chr(code))
        return reading

    @cached_property
    def of_latin(self) -> bytes:
        """The readings of the first 256 characters, for `bytes.translate`."""
        table = bytearray("".join(self.single(code) for code in range(256)).encode("latin-1"))
        for reading, place in _HELD.items():
            table[ord(place)] = ord(reading)
        return bytes(table)

    def single(self, code: int) -> str:
        """The reading of a character when it is one character; else something in its place."""
        reading = self[code]
        return reading if len(reading) == 1 else OTHER

    def one_for_one(self, text: str, signs: set[str]) -> bytes:
        """A text whose characters are these, each read as a single one."""
        foreign = [sign for sign in signs if sign > "\xff"]
        if len(foreign) > _FEW:
            return text.translate({ord(sign): self.single(ord(sign)) for sign in signs}).encode("latin-1")
        for sign in foreign:
            reading = self.single(ord(sign))
            text = text.replace(sign, _HELD.get(reading, reading))
        return text.encode("latin-1").translate(self.of_latin)


def _cased(unit: str) -> str:
    return "".join(_latin(character) for character in unit)


def _accented(unit: str) -> str:
    composed = unicodedata.normalize("NFC", unit).lower()
    if len(composed) == 1 and "\xdf" < composed <= "\xff" and composed not in "ð÷øþ":
        return composed
    return _cased(unit).lower()


_CASED = _Readings(_cased)
_ACCENTED = _Readings(_accented)

# The standard engine, since the other one refuses lone surrogates; nothing here can backtrack.
_MAY_BE_SEVERAL = re.compile("[&\u0300-\u036f]")
_SEVERAL = re.compile("&#?[0-9A-Za-z]{1,32};|(?s:.)[\u0300-\u036f]{1,3}")
"""Several characters that are one: an HTML entity, a letter and its accents."""


@dataclass(frozen=True)
class View:
    """One reading of a text: its bytes, and for each of them where its character starts and ends in the original."""

    name: str
    text: bytes
    starts: Sequence[int]
    ends: Sequence[int]
    notes: dict = field(default_factory=dict, compare=False, repr=False)
    """What the rules make of this view and read several times, by name; it lives as long as the view."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original text of what stands from start to end (exclusive, not empty) in this view."""
        return self.starts[start], self.ends[end - 1]


@dataclass(frozen=True)
class Views:
    """All the readings of one text, each made the first time it is asked for.

    Without a `spelling`, nothing is repaired. What is known of its `writer` goes with it.
    """

    original: str
    spelling: Spelling | None = None
    writer: Writer = UNKNOWN

    @cached_property
    def _units(self) -> Mapping[int, str]:
        """Where several characters of the original are to be read as one."""
        if _MAY_BE_SEVERAL.search(self.original) is None:
            return {}
        return {match.start(): match.group() for match in _SEVERAL.finditer(self.original)}

    def _read(self, name: str, readings: _Readings) -> View:
        """One character for one wherever it can be, so that only the other places are worked out."""
        units = dict(self._units)
        if uneven := [sign for sign in self._signs if len(readings[ord(sign)]) != 1]:
            signs = re.compile(f"[{re.escape(''.join(uneven))}]")
            units = {match.start(): match.group() for match in signs.finditer(self.original)} | units
        plain = readings.one_for_one(self.original, self._signs)
        if not units:
            return View(name, plain, range(len(plain)), range(1, len(plain) + 1))
        text, starts, ends, done = [], array("l"), array("l"), 0
        places = array("l", range(len(plain) + 1))
        for start in sorted(units):
            # An accent that belongs to the letter before it is not read again.
            if start < done:
                continue
            end = start + len(units[start])
            reading = readings.read(unescape(units[start])).encode("latin-1", "replace")
            text += plain[done:start], reading
            starts += places[done:start]
            ends += places[done + 1 : start + 1]
            starts.extend([start] * len(reading))
            ends.extend([end] * len(reading))
            done = end
        text.append(plain[done:])
        starts += places[done:-1]
        ends += places[done + 1 :]
        return View(name, b"".join(text), starts, ends)

    @cached_property
    def _signs(self) -> set[str]:
        return set(self.original)

    @cached_property
    def cased(self) -> View:
        return self._read("cased", _CASED)

    @cached_property
    def lowered(self) -> View:
        return View("lowered", self.cased.text.lower(), self.cased.starts, self.cased.ends)

    @cached_property
    def folded(self) -> View:
        # An underscore is part of an address, and a mere space between words.
        return View("folded", self.lowered.text.replace(b"_", b" "), self.cased.starts, self.cased.ends)

    @cached_property
    def accented(self) -> View:
        return self._read("accented", _ACCENTED)

    @cached_property
    def _undone(self) -> "_Undone":
        return _undo(self.folded.text, self.spelling)

    @cached_property
    def tight(self) -> View | None:
        undone, made = self._undone, _Patchwork(self.folded)
        for start, end in undone.windows:
            made.part()
            made.copy(undone.text[start:end], undone.kept[start:end])
        return made.view("tight")

    @cached_property
    def repaired(self) -> View | None:
        if self.spelling is None:
            return None
        undone, made = self._undone, _Patchwork(self.folded)
        places = deque(mend(undone.text, self.spelling))
        for start, end in _around([(place.start, place.end) for place in places], undone.text):
            made.part()
            done = start
            while places and places[0].start < end:
                place = places.popleft()
                made.copy(undone.text[done : place.start], undone.kept[done : place.start])
                made.replace(undone.text[place.start : place.end], undone.kept[place.start : place.end], place.words)
                done = place.end
            made.copy(undone.text[done:end], undone.kept[done:end])
        return made.view("repaired")

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
_STARRED = _bytes_regex(rb"[a-z]\*+[a-z]")
_MASKED = _bytes_regex(rb"[a-z]\*+[a-z]|[a-z]1|1[a-z]")
_READ_LEET = bytes.maketrans(b"034578@$^!|+9", b"oeastbase11tg")


_ORDINARY = re.compile(
    rb"(?:[0-9]{2,}|[12689])"
    rb"(?:er|ere|e|eme|emes|nde?|h|km|[cdkm]?m|m[23]|k?g|t|l|[kmgt]?o|k|[kmgt]?wh?|ha|s|min|mn|j|ans?|x)[0-9]*"
    rb"|[a-z]{1,2}[0-9]*[26][0-9]*"
)
"""What is written with figures and letters and hides nothing: "1er", "20h30", "12km", "co2", "a6"."""

REACH = 400
"""Characters kept on each side of what was undone or repaired: as far as any rule or guard looks."""


@dataclass(frozen=True)
class _Undone:
    """A folded text without its disguises: for each byte its place in the folded one, and where there were some."""

    text: bytes
    kept: Sequence[int]
    windows: Sequence[Span]


def _undo(folded: bytes, spelling: Spelling | None) -> _Undone:
    disguised = [match.span() for matcher in (_SPACED, _RUN, _STARRED) for match in matcher.finditer(folded)]
    disguised += [match.span() for match in _LEET_WORD.finditer(folded) if _ORDINARY.fullmatch(match.group()) is None]
    pieces, kept, windows, done = [], array("l"), [], 0
    for start, end in _around(disguised, folded):
        text, places = _tighten(folded[start:end], range(start, end), spelling)
        if text == folded[start:end] and _MASKED.search(text) is None:
            continue
        pieces += folded[done:start], text
        kept.extend(range(done, start))
        windows.append((len(kept), len(kept) + len(text)))
        kept.extend(places)
        done = end
    if not windows:
        return _Undone(folded, range(len(folded)), ())
    pieces.append(folded[done:])
    kept.extend(range(done, len(folded)))
    return _Undone(b"".join(pieces), kept, windows)


def _around(spans: Iterable[Span], text: bytes) -> list[Span]:
    """These places with what surrounds them, from a space to a space; those that touch are one."""
    windows: list[Span] = []
    for start, end in sorted(spans):
        first, last = max(0, start - REACH), min(len(text), end + REACH)
        if first and (space := text.find(b" ", first, start)) >= 0:
            first = space + 1
        if last < len(text) and (space := text.rfind(b" ", end, last)) >= 0:
            last = space
        if windows and first <= windows[-1][1]:
            windows[-1] = windows[-1][0], max(last, windows[-1][1])
        else:
            windows.append((first, last))
    return windows


class _Patchwork:
    """A view made of parts of another one, some of them written otherwise."""

    def __init__(self, source: View):
        self.source = source
        self.text: list[bytes] = []
        self.starts, self.ends = array("l"), array("l")

    def part(self) -> None:
        """What follows is of another place of the text."""
        if self.starts:
            self._write(b"\n", self.starts[-1:], self.ends[-1:])

    def copy(self, text: bytes, places: Sequence[int]) -> None:
        starts, ends = self.source.starts, self.source.ends
        self._write(text, [starts[place] for place in places], [ends[place] for place in places])

    def replace(self, text: bytes, places: Sequence[int], words: bytes) -> None:
        """Write words instead of this text: letter for letter when they only differ by spaces, else as a whole."""
        letters = [place for place, sign in zip(places, text, strict=True) if 97 <= sign <= 122]
        if text.translate(None, _NOT_LETTERS) != words.replace(b" ", b""):
            start, end = self.source.original(places[0], places[-1] + 1)
            self._write(words, [start] * len(words), [end] * len(words))
            return
        for part in re.findall(rb"[a-z]+ ?", words):
            here, letters = letters[: len(part.rstrip())], letters[len(part.rstrip()) :]
            self.copy(part, here if len(here) == len(part) else [*here, here[-1]])

    def _write(self, text: bytes, starts: Iterable[int], ends: Iterable[int]) -> None:
        self.text.append(text)
        self.starts.extend(starts)
        self.ends.extend(ends)

    def view(self, name: str) -> View | None:
        return View(name, b"".join(self.text), self.starts, self.ends) if self.starts else None


_NOT_LETTERS = bytes(sign for sign in range(256) if not 97 <= sign <= 122)


def _tighten(text: bytes, kept: Sequence[int], spelling: Spelling | None) -> tuple[bytes, Sequence[int]]:
    text, kept = _join_spaced_letters(text, kept)
    text = _read_leet(text)
    if spelling is None:
        return _shorten_runs(text, kept)
    text, kept = _shorten_runs(*_part_joined_letters(text, kept, spelling))
    return _read_unsure_letters(text, kept, spelling)


_UNSURE_WORD = re.compile(rb"[a-z1~]+")


def _read_unsure_letters(text: bytes, kept: Sequence[int], spelling: Spelling) -> tuple[bytes, Sequence[int]]:
    """A letter that may be doubled or not, an i that may be an l: as the word that is known, when there is one."""
    pieces, indices, done = [], array("l"), 0
    for match in _UNSURE_WORD.finditer(text):
        word, (start, end) = match.group(), match.span()
        if not (b"~" in word or b"1" in word) or not (signs := spelling.unmasked(word)):
            continue
        pieces += text[done:start], b"".join(signs)
        indices.extend(kept[done:start])
        indices.extend(place for place, sign in zip(kept[start:end], signs, strict=True) if sign)
        done = end
    if not pieces:
        return text, kept
    pieces.append(text[done:])
    indices.extend(kept[done:])
    return b"".join(pieces), indices


_JOINED = re.compile(rb"[a-z](?:\x1f[a-z])+")
_LONGEST_JOINED = 400


def _part_joined_letters(text: bytes, kept: Sequence[int], spelling: Spelling) -> tuple[bytes, Sequence[int]]:
    """Letters that were spaced out and make French words are these words: their joints part no others."""
    pieces, indices, done = [], array("l"), 0
    for run in _JOINED.finditer(text):
        letters, start = run.group()[::2], run.start()
        if len(letters) > _LONGEST_JOINED or not (words := spelling.parts(letters)):
            continue
        pieces += text[done:start], b" ".join(words)
        indices.extend(kept[done:start])
        for word in words:
            if indices and start > run.start():
                indices.append(kept[start - 1])
            indices.extend(kept[start : start + 2 * len(word) : 2])
            start += 2 * len(word)
        done = run.end()
    if not pieces:
        return text, kept
    pieces.append(text[done:])
    indices.extend(kept[done:])
    return b"".join(pieces), indices


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
