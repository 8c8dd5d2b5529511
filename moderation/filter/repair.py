"""Words that were misspelt, on purpose or not, brought back to the words that rules look for.

"musulmns", "muslumans", "mus ulmans", "jedetestelesarabes", "n*gres" and "arrrabes" are read by nobody's rule. A word
that is neither French nor a word of the rules is compared with those of the rules, and replaced by one of them when
nothing likelier explains it: "les arbes" are trees, since they are likelier than Arabs. French is what the word list
of `pyspellchecker` holds: 140,000 forms with how often each is used.

What is found only so is a guess, and never more than queued (`screening.py`).
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import inf, log

from spellchecker import SpellChecker

SHORTEST = 4
"""Letters of the shortest word that is repaired: below, half of the short words of French are one letter away."""
LONGEST = 80
"""Letters of the longest word that is looked at."""
MOST_LETTERS = 8_000
"""Letters of unknown words looked at in one text: ten times what prose of the longest texts has."""
MOST_PIECES = 4
"""Pieces into which a word may have been cut."""

_UNSEEN = 500
"""How often a word of the rules that no list of French words holds is taken to be used."""
_UNLIKELY = log(10)
"""A letter in excess, or another one, is ten times less likely than a letter missing or two swapped."""
_SURE_LENGTH = 7
"""Letters from which a letter in excess, or another one, is forgiven at all."""
_FOREIGN = (b"and",)
"""Short words that films said, and French does not."""
_ARTICLES = (b"le", b"la", b"du")
"""With one word more they make the names of families: Lenoir, Dubois."""
_GLUED = 6
"""Letters of the shortest word that may be several."""
_SEGMENT = 24
_LETTERS = bytes(range(97, 123))
_EACH = [b"%c" % letter for letter in _LETTERS]
_MOST_STARS = 2
_ELIDED = (b"a", b"j", b"l", b"d", b"n", b"c", b"s", b"t", b"m", b"qu")
_TOOL_WORDS_FROM = 20_000
"""How often a word of two or three letters is used when it is one of those that hold sentences together."""
_ELIDED_USE = 200_000
_USUAL_FROM = 10_000
"""How often a word is used when two such words, stuck together, are read apart though no rule looks for them."""

_SIGNS = re.compile(rb"[^a-z]")
_UNSURE = re.compile(rb"[~1]")
_MOST_SIGNS = 4


@lru_cache(maxsize=1)
def french() -> Mapping[bytes, int]:
    """The words of French without accents, and how often each is used in some 400 million."""
    used: dict[bytes, int] = {}
    for word, times in SpellChecker(language="fr").word_frequency.items():
        letters = unicodedata.normalize("NFD", word.replace("œ", "oe").replace("æ", "ae"))
        plain = letters.encode("ascii", "ignore")
        if plain.isalpha():
            used[plain] = used.get(plain, 0) + times
    return used


def _deletions(word: bytes) -> set[bytes]:
    return {word[:index] + word[index + 1 :] for index in range(len(word))}


def _swaps(word: bytes) -> Iterator[bytes]:
    for index in range(len(word) - 1):
        if word[index] != word[index + 1]:
            yield word[:index] + word[index + 1 : index + 2] + word[index : index + 1] + word[index + 2 :]


def _differ_by_one(one: bytes, other: bytes) -> bool:
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


class Spelling:
    """How to read misspelt words, for rules that look for the words `wanted` (folded)."""

    def __init__(self, wanted: Iterable[str]):
        self.wanted = frozenset(word.encode() for word in wanted if len(word) >= SHORTEST and word.isascii())
        self.by_deletion: dict[bytes, list[bytes]] = {}
        self.by_shape: dict[tuple[int, int, int], list[bytes]] = {}
        for word in sorted(self.wanted):
            for shorter in _deletions(word):
                self.by_deletion.setdefault(shorter, []).append(word)
            # A masked word is looked for by its length and its first letter, or its last one.
            self.by_shape.setdefault((len(word), 0, word[0]), []).append(word)
            self.by_shape.setdefault((len(word), -1, word[-1]), []).append(word)
        used = french()
        total = log(sum(used.values()))
        #: How dear each word is, in nats: the rarer, the dearer; those of the rules are never rare.
        self.costs = {word: total - log(times) for word, times in used.items()}
        for word in self.wanted:
            self.costs[word] = min(self.costs.get(word, inf), total - log(_UNSEEN))
        #: The same of the short words of which a sentence is made.
        self.tools = {
            word: total - log(times)
            for word, times in used.items()
            if 1 < len(word) < SHORTEST and times >= _TOOL_WORDS_FROM and word not in _FOREIGN
        } | dict.fromkeys(_ELIDED, total - log(_ELIDED_USE))

        #: The cost of the words that are used all the time, of any length.
        self.usual = total - log(_USUAL_FROM)

    def knows(self, word: bytes) -> bool:
        return word in self.costs or word in self.tools

    def repaired(self, word: bytes) -> bytes | None:
        """The word, or the words with a space between them, that an unknown one stands for; None when it is unclear.

        `word` may carry the signs of the view `tight`.
        """
        if _SIGNS.search(word) is not None:
            return self._unmasked(word)
        return self._corrected(word) or self._parted(word)

    def _unmasked(self, word: bytes) -> bytes | None:
        """A word whose signs hide letters: "con~ard", "ma1", "n*gre"."""
        if b"*" in word:
            return self._unstarred(word)
        readings = _readings(word.replace(b"\x1f", b""))
        if (known := self.likeliest(readings)) is not None:
            return known
        repaired = (self._corrected(plain) or self._parted(plain) for plain in readings)
        return next(filter(None, repaired), None)

    def likeliest(self, words: Iterable[bytes]) -> bytes | None:
        """The word of the rules among these, else the most used that is French; None when none is known."""
        known = [word for word in words if self.knows(word)]
        return min(known, key=lambda word: (word not in self.wanted, self.costs.get(word, 0)), default=None)

    def unmasked(self, word: bytes) -> list[bytes]:
        """What each sign of a word of the view `tight` stands for, when it makes a known word: `~` and `1` alone."""
        readings = {b"".join(signs): signs for signs in _spelt_out(word)}
        known = self.likeliest(readings)
        return readings[known] if known is not None else []

    def _unstarred(self, word: bytes) -> bytes | None:
        """Each star for one letter, as long as enough are left to tell which word it is, and no likelier one fits."""
        letters = word.replace(b"\x1f", b"")
        stars = letters.count(b"*")
        if not 1 <= stars <= _MOST_STARS or len(letters) - stars < SHORTEST - 1 or b"~" in letters or b"1" in letters:
            return None
        place = -1 if letters[:1] == b"*" else 0
        shape = re.compile(letters.replace(b"*", b"."))
        known = self.by_shape.get((len(letters), place, letters[place]), ())
        best = min(filter(shape.match, known), key=self.costs.__getitem__, default=None)
        if best is None:
            return None
        pieces = letters.split(b"*")
        filled = (
            b"".join(map(b"".join, zip(pieces, (*chosen, b""), strict=True))) for chosen in product(_EACH, repeat=stars)
        )
        likelier = (
            other for other in filled if self.costs.get(other, inf) < self.costs[best] and other not in self.wanted
        )
        return best if next(likelier, None) is None else None

    def _corrected(self, word: bytes) -> bytes | None:
        """The word of the rules one letter away, when no other word of French is a likelier reading."""
        if not SHORTEST <= len(word) <= _SEGMENT:
            return None
        near = self._near(word)
        if not near:
            return None
        best = min(near, key=near.__getitem__)
        likelier = (
            other
            for mistake, others in _edits(word)
            for other in others
            if other not in self.wanted and mistake + self.costs.get(other, inf) < near[best]
        )
        return best if next(likelier, None) is None else None

    def _near(self, word: bytes) -> dict[bytes, float]:
        """The words of the rules one letter away, and how unlikely each is: the mistake, then the word."""
        near: dict[bytes, float] = {}
        if len(word) >= _SURE_LENGTH:
            for shorter in _deletions(word):
                same_length = [known for known in self.by_deletion.get(shorter, ()) if _differ_by_one(known, word)]
                for known in (shorter, *same_length):
                    near[known] = _UNLIKELY
        near |= dict.fromkeys((*_swaps(word), *self.by_deletion.get(word, ())), 0.0)
        return {known: mistake + self.costs[known] for known, mistake in near.items() if known in self.wanted}

    def _parted(self, word: bytes) -> bytes | None:
        """Words written without the spaces between them, when they hold together."""
        if not _GLUED <= len(word) <= LONGEST:
            return None
        parts = self.parts(word)
        if len(parts) < 2 or (len(parts) == 2 and parts[0] in _ARTICLES):
            return None
        if self.wanted.isdisjoint(parts) and not self._are_usual(parts):
            return None
        # A prefix is no word ("transfrontalier"): a sentence has tool words, and an insult only words of the rules.
        if any(part in self.tools for part in parts) or self.wanted.issuperset(parts):
            return b" ".join(parts)
        return None

    def _are_usual(self, parts: Sequence[bytes]) -> bool:
        """Whether these are two words that everybody uses all the time."""
        costs = (self.tools.get(part, self.costs.get(part, inf)) for part in parts)
        return len(parts) == 2 and all(cost <= self.usual for cost in costs)

    def parts(self, word: bytes) -> list[bytes]:
        """The likeliest way to cut letters into words; empty when there is none."""
        if self.knows(word):
            return [word]
        size = len(word)
        costs, starts = [0.0] + [inf] * size, [0] * (size + 1)
        for start in range(size):
            if costs[start] == inf:
                continue
            for end in range(start + 1, min(size, start + _SEGMENT) + 1):
                known = self.tools if end - start < SHORTEST else self.costs
                if (cost := costs[start] + known.get(word[start:end], inf)) < costs[end]:
                    costs[end], starts[end] = cost, start
        if costs[size] == inf:
            return []
        parts, end = [], size
        while end:
            parts.append(word[starts[end] : end])
            end = starts[end]
        return parts[::-1]

    def joined(self, pieces: Sequence[bytes]) -> bytes | None:
        """The word that was cut into these pieces, of the rules or of French."""
        whole = b"".join(pieces).replace(b"\x1f", b"")
        return whole if len(whole) > SHORTEST and whole in self.costs else None


def _edits(word: bytes) -> Iterator[tuple[float, Iterable[bytes]]]:
    """All that is one letter away from a word, with how unlikely each mistake is."""
    places = range(len(word) + 1)
    yield 0.0, _swaps(word)
    yield 0.0, (b"%b%c%b" % (word[:place], letter, word[place:]) for place in places for letter in _LETTERS)
    yield _UNLIKELY, _deletions(word)
    yield _UNLIKELY, (b"%b%c%b" % (word[:place], letter, word[place + 1 :]) for place in places for letter in _LETTERS)


def _spelt_out(word: bytes) -> list[list[bytes]]:
    """The ways to read a word of the view `tight`, sign by sign: `~` is the letter before once more, or nothing; `1` is
    an i or an l. None when there are too many of them."""
    if len(_UNSURE.findall(word)) > _MOST_SIGNS:
        return []
    choices = [
        (b"", word[place - 1 : place]) if sign == b"~" else (b"i", b"l") if sign == b"1" else (sign,)
        for place, sign in enumerate(word[index : index + 1] for index in range(len(word)))
    ]
    return [list(signs) for signs in product(*choices)]


def _readings(word: bytes) -> list[bytes]:
    return [b"".join(signs) for signs in _spelt_out(word)]


@dataclass(frozen=True)
class Mended:
    """What stands from start to end of a text, and the word or words to be read there instead."""

    start: int
    end: int
    words: bytes


_WORD = re.compile(rb"[^ ]+")
_WORD_SIGNS = b"abcdefghijklmnopqrstuvwxyz1~*\x1f"
_WORDS_ONLY = bytes(sign if sign in _WORD_SIGNS else 32 for sign in range(256))
_STARS = re.compile(rb"\*+")
_BESIDE_STARS = b"abcdefghijklmnopqrstuvwxyz\x1f~"
_BETWEEN_PIECES = re.compile(rb"[ .,\-_/|*+'\"\x1a]{1,3}")


def mend(text: bytes, spelling: Spelling) -> list[Mended]:
    """The places of a text of the view `tight` where a word is to be read otherwise, in order."""
    if b"*" in text:
        text = _STARS.sub(_without_loose, text)
    plain = text.translate(_WORDS_ONLY)
    words = plain.split()
    repaired = _repaired_words(words, spelling)
    joined = dict(_joined_pieces(words, repaired.keys(), spelling))
    if not joined and not any(repaired.values()):
        return []
    spans = [match.span() for match in _WORD.finditer(plain)]
    mended, done = [], 0
    for index in sorted(joined.keys() | {place for place, word in enumerate(words) if word in repaired}):
        if index < done:
            continue
        count, whole = joined.get(index, (1, None))
        gaps = [text[spans[place][1] : spans[place + 1][0]] for place in range(index, index + count - 1)]
        if whole is None or not all(_BETWEEN_PIECES.fullmatch(gap) for gap in gaps):
            count, whole = 1, repaired.get(words[index])
        if whole is not None and whole != words[index] and (whole in spelling.wanted or b" " in whole):
            mended.append(Mended(spans[index][0], spans[index + count - 1][1], whole))
        done = index + count
    return mended


def _without_loose(stars: re.Match[bytes]) -> bytes:
    """Stars that are not between two letters are bullets, or emphasis."""
    text, (start, end) = stars.string, stars.span()
    between = start > 0 and end < len(text) and text[start - 1] in _BESIDE_STARS and text[end] in _BESIDE_STARS
    return stars.group() if between else b" " * (end - start)


def _repaired_words(words: Sequence[bytes], spelling: Spelling) -> dict[bytes, bytes | None]:
    """Each unknown word, and how it is to be read; None when it is unclear."""
    repaired: dict[bytes, bytes | None] = {}
    letters = 0
    known, tools = spelling.costs, spelling.tools
    for word in [word for word in dict.fromkeys(words) if word not in known and word not in tools]:
        letters += len(word)
        if letters > MOST_LETTERS:
            break
        repaired[word] = spelling.repaired(word) if len(word) <= LONGEST else None
    return repaired


def _joined_pieces(
    words: Sequence[bytes], unknown: Collection[bytes], spelling: Spelling
) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Where neighbours, one of them unknown, are the pieces of one word: its first piece, how many, and the word."""
    done = 0
    for index in [index for index, word in enumerate(words) if word in unknown]:
        if index < done:
            continue
        for count in range(2, MOST_PIECES + 1):
            starts = range(max(done, index - count + 1), min(index, len(words) - count) + 1)
            found = [(start, whole) for start in starts if (whole := spelling.joined(words[start : start + count]))]
            if found:
                start, whole = min(found, key=lambda each: each[1] not in spelling.wanted)
                yield start, (count, whole)
                done = start + count
                break
