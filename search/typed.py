"""What was typed, taken apart before PostgreSQL reads it: nothing that anyone types is an operator but these.

Words are looked for together; « "une phrase" » as it stands; « -mot » is left out. The last word may be a beginning.
"""

import re
import unicodedata
from dataclasses import dataclass, field

#: Longer than anything that makes sense; the rest is not read.
LONGEST, MOST_WORDS = 200, 10
#: Shorter, the beginning of a word is the beginning of too many.
SHORTEST_BEGINNING = 3

_CHUNK = re.compile(r"""(?P<out>(?<!\S)[-−–](?=[\w"«“]))?(?:["«“](?P<phrase>[^"»”]*)["»”]|(?P<bare>[^\s"«»“”]+)|.)""")
_WORD = re.compile(r"[^\W_]+")
#: What a vowel shortens: it is no word of its own.
_ELIDED = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)['’ʼ](?=\w)", re.IGNORECASE)


@dataclass(frozen=True)
class Typed:
    """The words in their order, phrases as lists of words, and the words left out."""

    words: list[str] = field(default_factory=list)
    phrases: list[list[str]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    #: Whether more letters of the last word may follow.
    is_open: bool = False

    @classmethod
    def read(cls, text: str) -> "Typed":
        text = "".join(letter for letter in text[:LONGEST] if letter.isprintable() or letter.isspace())
        text = _ELIDED.sub("", unicodedata.normalize("NFC", text))
        words, phrases, left_out = [], [], []
        for chunk in _CHUNK.finditer(text):
            quoted = chunk["phrase"]
            found = _WORD.findall(quoted if quoted is not None else chunk["bare"] or "")
            if chunk["out"]:
                left_out += found
            elif quoted is not None and len(found) > 1:
                phrases.append(found[:MOST_WORDS])
            else:
                words += found
        # A letter alone is a remnant, and in everything.
        words = [word for word in words if len(word) > 1 or word.isdecimal()]
        is_open = bool(words) and _WORD.fullmatch(text[-1:]) is not None and text.endswith(words[-1])
        return cls(words[:MOST_WORDS], phrases[:3], left_out[:MOST_WORDS], is_open and len(words) <= MOST_WORDS)

    def __bool__(self) -> bool:
        return bool(self.words or self.phrases)
