"""The small language in which rules are written, and its translation for the matching engine.

A form is what somebody may write, word by word: `(je|on) (vais|va) (tous)? te {kill}`.

- a space        parts words; in the text it may be a comma, an apostrophe, a hyphen, an emoji, or nothing at all
                 between two words of three letters or more
- `(a|b c)`      one or the other; alone between spaces and followed by `?` the whole word is optional
- `x?`           inside a word, the letter may be missing
- `{list}`       any form of that list of the vocabulary
- `{Name}`       a name with its capital, only for rules that read the view `cased`
- `<n>`          up to n words, any
- `^` and `!`    first, and last: the text or sentence starts, or ends with an exclamation, there

No other sign exists, so that a rule cannot be slow: the engine runs in time linear in the text.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import re2

_GAP = r"""[ ,'"*/\x1a\x1f-]"""
_MAYBE_GAP = _GAP + "{0,4}"
_SURE_GAP = _GAP + "{1,4}"
_ANY_WORD = "[a-zA-Z0-9~*]+"
_VOWELS = "aeiouy"
_NOTHING = "nothing"
SHORTEST_STUCK = 3
# "Durand", "Jean-Marie Le Goff", and the initials of an organisation; a whole text in capitals names nobody.
_ONE_NAME = "(?:[A-Z][a-z]+|[A-Z]{2,5})"
_A_NAME = f"(?-i:{_ONE_NAME}(?:[ '-]{_ONE_NAME}){{0,2}})"
LETTERS = set("abcdefghijklmnopqrstuvwxyz0123456789àâäçéèêëîïôöùûüÿ'-")
_OPEN_ACCENTED = r"(?:^|[^a-z0-9\xe0-\xff])"
_CLOSE_ACCENTED = r"(?:$|[^a-z0-9\xe0-\xff])"
_SENTENCE_STARTS = r"(?:^|[.!?\n:;] {0,2}|^ {1,2})"

Vocabulary = Mapping[str, list[str]]


class FormError(ValueError):
    """A rule file says something that the language of forms does not know."""


@dataclass(frozen=True)
class Word:
    text: str


@dataclass(frozen=True)
class Choice:
    branches: tuple["Sequence", ...]


@dataclass(frozen=True)
class Gap:
    words: int


@dataclass(frozen=True)
class Name:
    pass


@dataclass(frozen=True)
class Token:
    """What stands between two spaces: atoms in a row, or a gap; optional when it is one choice with `?`."""

    atoms: tuple[tuple[object, bool], ...]
    optional: bool


@dataclass(frozen=True)
class Sequence:
    tokens: tuple[Token, ...]


class Parser:
    def __init__(self, form: str, vocabulary: Vocabulary, within: tuple[str, ...] = ()):
        self.form, self.vocabulary, self.within = form, vocabulary, within
        self.position = 0

    def parse(self) -> Sequence:
        sequence = self._sequence()
        if self.position != len(self.form):
            raise FormError(f"Unexpected {self.form[self.position]!r} in form {self.form!r}")
        return sequence

    def _peek(self) -> str:
        return self.form[self.position : self.position + 1]

    def _sequence(self) -> Sequence:
        tokens = []
        while self._peek() not in ("", "|", ")"):
            if self._peek() == " ":
                self.position += 1
                continue
            tokens.append(self._token())
        if not any(not token.optional for token in tokens):
            raise FormError(f"Nothing is required in form {self.form!r}")
        return Sequence(tuple(tokens))

    def _token(self) -> Token:
        atoms = []
        while self._peek() not in ("", " ", "|", ")"):
            atom = self._atom()
            maybe = self._peek() == "?"
            self.position += maybe
            atoms.append((atom, maybe))
        if len(atoms) == 1 and isinstance(atoms[0][0], Gap):
            return Token(tuple(atoms), optional=True)
        if len(atoms) == 1 and atoms[0][1]:
            return Token(((atoms[0][0], False),), optional=True)
        return Token(tuple(atoms), optional=False)

    def _atom(self):
        sign = self._peek()
        self.position += 1
        if sign == "(":
            branches = [self._sequence()]
            while self._peek() == "|":
                self.position += 1
                branches.append(self._sequence())
            self._expect(")")
            return Choice(tuple(branches))
        if sign == "{":
            return self._reference(self._until("}"))
        if sign == "<":
            return Gap(int(self._until(">")))
        if sign not in LETTERS:
            raise FormError(f"Unexpected {sign!r} in form {self.form!r}")
        return Word(sign)

    def _expect(self, sign: str) -> None:
        if self._peek() != sign:
            raise FormError(f"Missing {sign!r} in form {self.form!r}")
        self.position += 1

    def _until(self, sign: str) -> str:
        end = self.form.find(sign, self.position)
        if end < 0:
            raise FormError(f"Missing {sign!r} in form {self.form!r}")
        inner, self.position = self.form[self.position : end], end + 1
        return inner

    def _reference(self, name: str):
        if name == "Name":
            return Name()
        if name in self.within:
            raise FormError(f"List {name!r} contains itself")
        if name not in self.vocabulary:
            raise FormError(f"Unknown list {name!r} in form {self.form!r}")
        within = (*self.within, name)
        return Choice(tuple(Parser(form, self.vocabulary, within).parse() for form in self.vocabulary[name]))


def spellings(form: str) -> list[str]:
    """Everything that a form without lists nor gaps can be: "(un|deux) chats?" is four phrases."""
    return [phrase for phrase in _spelled(Parser(form, {}).parse()) if phrase]


def _spelled(sequence: Sequence) -> Iterator[str]:
    choices = [[*spell(token), *([""] if token.optional else [])] for token in sequence.tokens]
    return (" ".join(word for word in words if word) for words in product(*choices))


def spell(token: Token) -> list[str]:
    """Everything that one token without lists nor gaps can be."""
    pieces = []
    for atom, maybe in token.atoms:
        if isinstance(atom, Choice):
            written = [phrase for branch in atom.branches for phrase in _spelled(branch)]
        elif isinstance(atom, Word):
            written = [atom.text]
        else:
            raise FormError("Only words and choices can be spelled out")
        pieces.append([*written, ""] if maybe else written)
    return ["".join(parts) for parts in product(*pieces)]


def words_of(form: str) -> set[str]:
    """Every word that a form spells out itself, leaving alone those of the lists that it names."""
    lists = {name: [_NOTHING] for name in re.findall(r"\{(\w+)\}", form)}
    return _words_of(Parser(form.strip("^!"), lists).parse()) - {_NOTHING}


def _words_of(sequence: Sequence) -> set[str]:
    found = set()
    for token in sequence.tokens:
        atoms = [atom for atom, _ in token.atoms]
        if len(atoms) == 1 and isinstance(atoms[0], Choice):
            found.update(*(_words_of(branch) for branch in atoms[0].branches))
        elif not any(isinstance(atom, Gap | Name) for atom in atoms):
            found.update(word for phrase in spell(token) for word in phrase.split())
    return found


def _shortest(sequence: Sequence) -> int:
    """The fewest letters with which a sequence can be written."""
    return sum(_shortest_token(token) for token in sequence.tokens if not token.optional)


def _shortest_token(token: Token) -> int:
    return sum(_shortest_atom(atom) for atom, maybe in token.atoms if not maybe)


def _shortest_atom(atom) -> int:
    if isinstance(atom, Choice):
        return min(_shortest(branch) for branch in atom.branches)
    return 0 if isinstance(atom, Gap) else 2 if isinstance(atom, Name) else 1


def _gap_between(token: Token, following: Token) -> str:
    """Long words may be stuck together ("salearabe"); short ones would read "on t’" in "ont"."""
    if min(_shortest_token(token), _shortest_token(following)) < SHORTEST_STUCK:
        return _SURE_GAP
    return _MAYBE_GAP


class _Writer:
    """Writes the pattern of a form as one view shows it."""

    def __init__(self, view: str):
        self.view = view

    def sequence(self, sequence: Sequence) -> str:
        tokens = sequence.tokens
        last = max(index for index, token in enumerate(tokens) if not token.optional)
        pieces = []
        for index, token in enumerate(tokens):
            written, gap = self.token(token), self._is_gap(token)
            if index > last:
                separator = _gap_between(tokens[index - 1], token)
                pieces.append(f"(?:{separator}{written})" + ("" if gap else "?"))
            elif gap or index == last:
                pieces.append(written)
            else:
                separator = _gap_between(token, tokens[index + 1])
                pieces.append(f"(?:{written}{separator})?" if token.optional else written + separator)
        return "".join(pieces)

    @staticmethod
    def _is_gap(token: Token) -> bool:
        return isinstance(token.atoms[0][0], Gap)

    def token(self, token: Token) -> str:
        if self._is_gap(token):
            return f"(?:{_ANY_WORD}{_SURE_GAP}){{0,{token.atoms[0][0].words}}}"
        pieces, previous = [], ""
        for atom, maybe in token.atoms:
            written = self.atom(atom, previous)
            pieces.append(f"(?:{written})?" if maybe else written)
            previous = atom.text if isinstance(atom, Word) and not maybe else ""
        return "".join(pieces)

    def atom(self, atom, previous: str) -> str:
        if isinstance(atom, Choice):
            return "(?:" + "|".join(self.sequence(branch) for branch in atom.branches) + ")"
        if isinstance(atom, Name):
            if self.view != "cased":
                raise FormError("{Name} is only for rules that read the view 'cased'")
            return _A_NAME
        return self.letter(atom.text, previous)

    def letter(self, letter: str, previous: str) -> str:
        if letter in "'-":
            return r"[' \x1f-]?"
        if self.view == "accented":
            return letter
        letter = unicodedata.normalize("NFD", letter)[0]
        if self.view != "tight" or letter.isdigit():
            return letter
        may_be = letter + ("1" if letter in "il" else "") + ("*" if letter in _VOWELS else "")
        may_be = f"[{may_be}]" if len(may_be) > 1 else letter
        # "con~ard" is read both by "conard" and, the sign standing for the second n, by "connard".
        return f"(?:{may_be}~?|~)\\x1f?" if letter == previous else f"{may_be}~?\\x1f?"


def compile_forms(forms: list[str], vocabulary: Vocabulary, view: str):
    """One matcher of all these forms for one view. Its last group, when there is one, is what was found.

    Raises FormError when a form cannot be read.
    """
    plain, opening, shouted = [], [], []
    writer = _Writer(view)
    for form in forms:
        starts, ends = form.startswith("^"), form.endswith("!")
        written = writer.sequence(Parser(form.removeprefix("^").removesuffix("!").strip(), vocabulary).parse())
        if ends:
            written += " ?!"
        (opening if starts else shouted if ends else plain).append(written)
    branches = []
    if view == "accented":
        branches.append(f"{_OPEN_ACCENTED}({'|'.join(plain + opening + shouted)}){_CLOSE_ACCENTED}")
    else:
        if plain:
            # Figures stuck to the end of a word hide it from nobody.
            branches.append(rf"\b(?:{'|'.join(plain)})[0-9]{{0,4}}\b")
        if opening:
            branches.append(rf"{_SENTENCE_STARTS}(?:{'|'.join(opening)})")
        if shouted:
            branches.append(rf"\b(?:{'|'.join(shouted)})")
    return compile_pattern("|".join(branches), ignore_case=view == "cased")


def compile_pattern(pattern: str, *, ignore_case: bool = False):
    """A linear-time matcher over the bytes of a view."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.case_sensitive = not ignore_case
    options.log_errors = False
    options.max_mem = 32 << 20
    return re2.compile(pattern.encode("latin-1"), options)
