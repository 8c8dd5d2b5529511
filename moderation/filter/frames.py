"""Hatred by its grammar: a group that the law protects, and what is said of it.

A list of sentences never ends; the ways to say "this group is vile" are few. A frame describes one of them:

    {who} {be} {much}? {vile}           "les Xs sont vraiment dégoûtants", "ils sont dégoûtants"
    {i} {hate.one} {much}? {target}     "je déteste franchement ces Xs"

The text is first tagged: each word carries the classes that `lexicon` gives it, and a pronoun that stands for a group
named before it, in its sentence or in the previous one, is marked as such. Sentences that speak of no group are dropped
at once, and most texts hold no other. Frames are then matched, in linear time, over the tagged sentences.

In a tagged text a word that no frame spells out is `w`; the bytes from 80 on are its classes; `&` opens a sentence that
follows one about a group; each sentence ends with its sign.
"""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, product

from .forms import Choice, FormError, Gap, Parser, Token, Word, compile_pattern, spell
from .forms import Sequence as Form
from .lexicon import PRONOUNS, Lexicon, fold
from .views import View

TRIGGER = "sensitive"
"""The class of the words without which no frame can match: a sentence that has none is not read further."""
NAMED = "named"
"""The class of the words that name a group for which a pronoun may stand later."""
MOST_READINGS = 64
"""Ways to read one disguised word that are tried."""
LONGEST_RUN = 80
"""Letters of the longest run of spaced-out letters that is parted into words."""
LONGEST_WORD = 20
FAR = 10
"""Words after which another noun takes the pronouns of a sentence away from the group named in it."""

_SENTENCE = re.compile(r"([^.!?;\n]+)([.!?;\n]*)")
_SIGNS = {".", "!", "?"}
_PIECE = re.compile(r"([a-z0-9~*\x1f]+)|[,:()\"/]")
_WORD = re.compile(r"[a-z0-9]+")
_DISGUISED = re.compile(r"[~*\x1f]|[a-z]1|1[a-z]")
_OPENINGS = {"^": r"\n(?:& )?", "&": r"\n& "}
_TAGS = r"[\x80-\xff]*"
_ANY = rf"[a-z0-9]+{_TAGS},? "

_SUBJECTS = {"ils": "masculine", "elles": "feminine", "eux": "masculine", "il": "masculine", "elle": "feminine"}
_OBJECTS = {"les": "", "leur": "", "eux": "masculine", "elles": "feminine", "en": "", "l": "", "le": "masculine"}
_OBJECTS |= {"la": "feminine", "lui": "", "elle": "feminine"}
_ALONE = {"il", "elle", "le", "la", "l", "lui"}
_IT = {"ce", "c", "ca", "cela"}
_POINTING = {"ces", "cette", "ce", "cet"}
_DETERMINERS = {
    "les",
    "des",
    "ces",
    "ses",
    "vos",
    "leurs",
    "nos",
    "aux",
    "un",
    "une",
    "le",
    "la",
    "l",
    "cet",
    "cette",
    "ce",
}
_DETERMINERS |= {
    "chaque",
    "tout",
    "toute",
    "aucun",
    "aucune",
    "d",
    "de",
    "du",
    "au",
    "tous",
    "toutes",
    "quel",
    "quels",
    "est",
    "es",
    "suis",
    "etes",
    "sont",
}
_SEVERAL = {"les", "des", "ces", "nos", "vos", "mes", "tes", "ses", "leurs", "certains", "certaines", "plusieurs"}
_ONE = {"le", "la", "l", "un", "une", "ce", "cet", "cette", "mon", "ma", "ton", "ta", "son", "sa", "notre", "votre"}
# "Il faut", "il est temps de": nobody.
_IMPERSONAL = {
    "faut",
    "faudrait",
    "faudra",
    "fallait",
    "y",
    "suffit",
    "convient",
    "s",
    "semble",
    "parait",
    "importe",
    "reste",
}


class FrameError(FormError):
    """A frame, or a phrase of the lexicon, cannot be read."""


@dataclass(frozen=True)
class _Class:
    """A word that carries all these classes and marks."""

    names: tuple[str, ...]


class _FrameParser(Parser):
    """Reads the language of forms, in which `{name}` is a phrase or a class, and `{class.mark}` both at once."""

    def __init__(self, form: str, phrases: Mapping[str, list[str]], lexicon: Lexicon, within: tuple[str, ...] = ()):
        super().__init__(form, phrases, within)
        self.lexicon = lexicon

    def _reference(self, name: str):
        if name in self.vocabulary:
            if name in self.within:
                raise FrameError(f"Phrase {name!r} contains itself")
            within = (*self.within, name)
            forms = self.vocabulary[name]
            return Choice(tuple(_FrameParser(form, self.vocabulary, self.lexicon, within).parse() for form in forms))
        names = tuple(name.split("."))
        if unknown := set(names) - self.lexicon.signs.keys():
            raise FrameError(f"Unknown {', '.join(sorted(unknown))} in frame {self.form!r}")
        return _Class(names)


@dataclass(slots=True)
class _Word:
    """A word of a sentence, or a phrase of the lexicon taken as one."""

    text: str
    start: int
    end: int
    tags: frozenset[str]
    comma: bool = False

    @property
    def is_verb(self) -> bool:
        return not self.tags.isdisjoint(("inf", "one", "they", "call"))


@dataclass(frozen=True)
class _Mention:
    """A group named a moment ago: what a pronoun must be to stand for it."""

    numbers: frozenset[str]
    genders: frozenset[str]
    is_core: bool

    @classmethod
    def of(cls, words: Sequence[_Word], index: int) -> "_Mention":
        head = words[index - 1] if index and "person" in words[index - 1].tags else words[index]
        # "Des personnes Xs… ils", "une famille X… ils": people make the pronoun agree with those they think of.
        genders = head.tags & {"masculine", "feminine"} if head is words[index] else frozenset()
        is_core = not words[index].tags.isdisjoint(("core", "slur", "trait"))
        return cls(head.tags & {"singular", "plural"}, genders or frozenset(("masculine", "feminine")), is_core)

    def marks(self, word: str) -> set[str]:
        """What a pronoun is, when it stands for this group."""
        marks = {"it"} if word in _IT else set()
        if word in _ALONE and "singular" not in self.numbers:
            return marks
        for mark, pronouns in (("subject", _SUBJECTS), ("object", _OBJECTS)):
            if word in pronouns and (not pronouns[word] or pronouns[word] in self.genders):
                marks.add(mark)
        if marks and self.is_core:
            marks.add("of_core")
        return marks


@dataclass(frozen=True)
class Tagged:
    """The sentences of a view that speak of a group, tagged, and where each word stands in the view."""

    text: bytes
    positions: Sequence[int]
    starts: Sequence[int]
    ends: Sequence[int]

    def in_view(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the view of what stands from start to end in the tagged text."""
        first, last = bisect_left(self.positions, start), bisect_right(self.positions, end - 1) - 1
        return self.starts[first], self.ends[last]


@dataclass
class Frames:
    """Compiles frames, and tags the texts on which they are matched."""

    lexicon: Lexicon
    phrases: Mapping[str, list[str]]
    literals: set[str] = field(default_factory=set)

    def compile(self, forms: list[str]):
        """One matcher of all these frames for tagged texts. Raises FrameError when one cannot be read."""
        return compile_pattern("|".join(self._written(form) for form in forms))

    def _written(self, form: str) -> str:
        core = form.lstrip("^&").removesuffix("$").strip()
        written = self._sequence(_FrameParser(core, self.phrases, self.lexicon).parse())
        return _OPENINGS.get(form[0], r"[\n ]") + written + ("[.!?]" if form.endswith("$") else "")

    def _sequence(self, sequence: Form) -> str:
        return "".join(
            f"(?:{self._token(token)})?" if token.optional else self._token(token) for token in sequence.tokens
        )

    def _token(self, token: Token) -> str:
        atom = token.atoms[0][0]
        if len(token.atoms) > 1 or isinstance(atom, Word):
            return self._literal(spell(token))
        if isinstance(atom, Gap):
            return f"(?:{_ANY}){{0,{atom.words}}}"
        if isinstance(atom, _Class):
            signs = _TAGS.join(f"\\x{sign:02x}" for sign in self.lexicon.tagged(atom.names))
            return rf"[a-z0-9]+{_TAGS}{signs}{_TAGS},? "
        if isinstance(atom, Choice):
            return "(?:" + "|".join(self._sequence(branch) for branch in atom.branches) + ")"
        raise FrameError("A frame is made of words, classes, phrases and gaps")

    def _literal(self, words: list[str]) -> str:
        words = sorted({fold(word) for word in words})
        self.literals.update(words)
        return f"(?:{'|'.join(words)}){_TAGS},? "

    @cached_property
    def _signs_of(self) -> dict[frozenset[str], bytes]:
        return {}

    def signs_of(self, tags: frozenset[str]) -> bytes:
        """The bytes of these classes and marks. There are few combinations: each is worked out once."""
        if tags not in self._signs_of:
            self._signs_of[tags] = self.lexicon.tagged(tags)
        return self._signs_of[tags]

    @cached_property
    def known(self) -> frozenset[str]:
        """Every word that means something to a frame. Only asked once all the frames are compiled."""
        return self.lexicon.words | self.literals

    @cached_property
    def _naming(self) -> frozenset[str]:
        """A text without any of these words names no group: of each name, its longest word."""
        return frozenset(
            max(phrase.split(" "), key=len) for phrase, tags in self.lexicon.entries.items() if TRIGGER in tags
        )

    @cached_property
    def _lengths(self) -> Mapping[tuple[str, str], list[int]]:
        """How many words the phrases of several words have, longest first, by their first two words."""
        found: dict[tuple[str, str], set[int]] = {}
        for phrase in self.lexicon.entries:
            words = phrase.split(" ")
            if len(words) > 1:
                found.setdefault((words[0], words[1]), set()).add(len(words))
        return {start: sorted(lengths, reverse=True) for start, lengths in found.items()}

    def read(self, view: View) -> Tagged | None:
        """The sentences of this view that speak of a group, tagged; None when there is none."""
        text, may_hide = view.text.decode("latin-1"), view.name != "folded"
        writer, mention = _Writer(self), None
        for found in _SENTENCE.finditer(text):
            sentence, sign, follows = found[1], found[2][:1], mention is not None
            # Most sentences speak of no group: they cost this line.
            if (
                not follows
                and self._naming.isdisjoint(_WORD.findall(sentence))
                and not (may_hide and _DISGUISED.search(sentence))
            ):
                continue
            if words := self._phrased(self._words(sentence, found.start())):
                mention = _resolve(words, mention)
                if follows or any(TRIGGER in word.tags for word in words):
                    writer.write(words, sign if sign in _SIGNS else ".", follows)
        return writer.done()

    def _words(self, sentence: str, start: int) -> list[_Word]:
        words: list[_Word] = []
        for found in _PIECE.finditer(sentence):
            if (word := found[1]) is None:
                if words:
                    words[-1].comma = True
            elif word.isalpha() or word in self.known:
                words.append(_Word(word, start + found.start(), start + found.end(), _NO_TAGS))
            else:
                words += self._undisguised(word, start + found.start())
        return words

    def _phrased(self, words: list[_Word]) -> list[_Word]:
        """Gives each word its classes, and makes one word of each phrase of the lexicon."""
        entries, sentence, index = self.lexicon.entries, [], 0
        following = [word.text for word in words[1:]] + [""]
        while index < len(words):
            word = words[index]
            for length in self._lengths.get((word.text, following[index]), ()):
                phrase = " ".join((word.text, *following[index : index + length - 1]))
                if phrase in entries:
                    last = words[index + length - 1]
                    sentence.append(_Word("w", word.start, last.end, entries[phrase], last.comma))
                    index += length
                    break
            else:
                word.tags = entries.get(word.text) or (_ADVERB if _is_adverb(word.text) else _NO_TAGS)
                sentence.append(word)
                index += 1
        return sentence

    def _undisguised(self, word: str, start: int) -> Iterator[_Word]:
        """The words behind the signs that the view `tight` leaves in a word ("con~ard", "m*sulman", "s.a.l.e")."""
        readings = list(islice(_readings(word), MOST_READINGS))
        plain = next((reading for reading in readings if reading in self.known), readings[0])
        if "\x1f" in word and plain not in self.known and len(plain) <= LONGEST_RUN:
            joined = [place for place, letter in enumerate(word) if letter != "\x1f"]
            if len(joined) == len(plain):
                at = 0
                for part in self._parted(plain):
                    yield _Word(part, start + joined[at], start + joined[at + len(part) - 1] + 1, frozenset())
                    at += len(part)
                return
        yield _Word(plain, start, start + len(word), frozenset())

    def _parted(self, run: str) -> list[str]:
        """The fewest known words of which this run of letters is made, or the run itself."""
        best: list[list[str] | None] = [[]] + [None] * len(run)
        for end in range(1, len(run) + 1):
            words = ((best[first], run[first:end]) for first in range(max(0, end - LONGEST_WORD), end))
            ways = [[*before, word] for before, word in words if before is not None and word in self.known]
            best[end] = min(ways, key=len, default=None)
        return best[-1] or [run]


_HUMAN = frozenset(("person", "scum"))
_HEADS = frozenset(("person", NAMED))
_BETWEEN = frozenset(("epithet", "damning"))
_LOOSE = frozenset(("it", "of_core"))
_ALL = frozenset(PRONOUNS)
_NO_TAGS: frozenset[str] = frozenset()
_ADVERB = frozenset(("adverb",))


def _is_adverb(word: str) -> bool:
    return len(word) > 6 and word.endswith("ment")


def _readings(word: str) -> Iterator[str]:
    """What a word with the signs of the view `tight` may be."""
    choices, previous = [], ""
    for letter in word.replace("\x1f", ""):
        choices.append({"~": ("", previous), "*": "aeiou", "1": "il1"}.get(letter, letter))
        previous = letter
    return ("".join(letters) for letters in product(*choices))


def _names(words: Sequence[_Word], index: int) -> bool:
    """Whether this word names a group here: "noir" does after an article or "gens", not after "café"."""
    if NAMED not in words[index].tags:
        return False
    if "slur" in words[index].tags:
        return True
    before = index - 1
    while before >= 0 and not _BETWEEN.isdisjoint(words[before].tags):
        before -= 1
    return before >= 0 and (words[before].text in _DETERMINERS or not _HEADS.isdisjoint(words[before].tags))


def _resolve(words: list[_Word], before: _Mention | None) -> _Mention | None:
    """Marks the pronouns that stand for a group; returns the group for which those of the next sentence may stand."""
    mention, place, resolved = before, -FAR, False
    hidden: set[str] = set()
    for index, word in enumerate(words):
        if _names(words, index):
            mention, place, resolved = _Mention.of(words, index), index, True
            hidden.clear()
        elif mention is not None:
            number = "singular" if word.text in _ALONE else "plural"
            marks = mention.marks(word.text) & (_LOOSE if number in hidden else _ALL)
            if word.text == "il" and _is_impersonal(words[index + 1 : index + 8]):
                marks = set()
            if not _HUMAN.isdisjoint(word.tags) and index and words[index - 1].text in _POINTING:
                marks.add("those")
            if marks:
                word.tags = word.tags | marks
                resolved = resolved or not marks <= _LOOSE
            # Another noun has come: a pronoun may now stand for it.
            if index - place >= FAR and index + 1 < len(words) and not words[index + 1].is_verb:
                hidden |= {"plural"} if word.text in _SEVERAL else {"singular"} if word.text in _ONE else set()
    return mention if resolved else None


def _is_impersonal(following: Sequence[_Word]) -> bool:
    """Whether "il" before these words stands for nobody: "il faut", "il n’est pas normal que"."""
    texts = [word.text for word in following if word.text not in ("ne", "n", "en")]
    if not texts or texts[0] in _IMPERSONAL:
        return bool(texts)
    return texts[0] in ("est", "etait", "serait") and not {"que", "qu", "de", "d", "temps"}.isdisjoint(texts[2:6])


class _Writer:
    """Writes tagged sentences one after the other."""

    def __init__(self, frames: Frames):
        self.frames, self.pieces, self.length = frames, [], 0
        self.positions, self.starts, self.ends = array("l"), array("l"), array("l")

    def write(self, words: Sequence[_Word], sign: str, follows: bool) -> None:
        self._add(b"\n& " if follows else b"\n")
        for word in words:
            self.positions.append(self.length)
            self.starts.append(word.start)
            self.ends.append(word.end)
            text = word.text if word.text in self.frames.literals else "w"
            self._add(text.encode() + self.frames.signs_of(word.tags) + (b", " if word.comma else b" "))
        self._add(sign.encode())

    def _add(self, piece: bytes) -> None:
        self.pieces.append(piece)
        self.length += len(piece)

    def done(self) -> Tagged | None:
        if not self.pieces:
            return None
        return Tagged(b"".join(self.pieces), self.positions, self.starts, self.ends)
