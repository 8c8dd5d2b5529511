"""Texts that look alike, found among any number: the signature of a text, and what is equal in those of two that
resemble each other.

Each of the SIZE numbers of a signature is equal in two texts as often as they share their pieces (A. Broder, "On the
resemblance and containment of documents", 1997). Numbers are taken by bands: texts that share half of their pieces
have one key in common nine times out of ten, those that share a tenth hardly ever.
"""

import random
import re
from collections.abc import Iterable
from zlib import crc32

#: Letters of a piece; characters that are read: a long text resembles another by its beginning.
_PIECE = 5
_READ = 3000
SIZE = 16
_BAND = 2
_PRIME = (1 << 61) - 1
#: The same numbers for ever, since signatures are kept.
_draw = random.Random(1881)  # noqa: S311
_TURNS = [(_draw.randrange(1, _PRIME), _draw.randrange(_PRIME)) for _each in range(SIZE)]


def signature(texts: Iterable[str]) -> list[int]:
    """SIZE numbers of 31 bits; none for what has no words."""
    words = " ".join(re.findall(r"\w+", " ".join(texts).casefold()))[:_READ]
    if not words:
        return []
    pieces = {crc32(words[at : at + _PIECE].encode()) for at in range(max(1, len(words) - _PIECE + 1))}
    return [min((first * piece + more) % _PRIME for piece in pieces) & 0x7FFFFFFF for first, more in _TURNS]


def keys(numbers: list[int]) -> list[int]:
    """What two texts that look alike have one of in common."""
    bands = [numbers[at : at + _BAND] for at in range(0, len(numbers), _BAND)]
    return [crc32(repr((at, band)).encode()) & 0x7FFFFFFF for at, band in enumerate(bands)]


def resemblance(one: list[int], other: list[int]) -> float:
    """About the share of pieces that two texts have in common, 0 to 1."""
    return sum(a == b for a, b in zip(one, other, strict=True)) / SIZE
