"""Tells who speaks: a slur that is quoted to be denounced is not a slur that is thrown.

Each guard looks at the words around a passage, in its sentence, and excuses it more or less:

- reported   a word of report stands just before ("on m’a traité de", "le mot", "crier") or after ("m’a-t-il dit")
- quoted     quotation marks surround the passage, without surrounding the whole text
- denounced  the sentence condemns ("est raciste", "nous condamnons", "victime de", "contre")
- negated    the sentence denies ("ne … pas", "jamais", "refuser de")
- disowned   what is said is denied before it is said ("je ne pense pas que", "il est faux de dire que")
- self       the writer speaks of themselves ("je suis")

One excuse: never refused. Two, or one that is clear by itself: published.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .forms import Vocabulary, compile_forms, compile_pattern
from .views import View

BEFORE = 160
AFTER = 160
"""Characters read on each side of a passage: bounded, so that a text full of passages costs no more than its length."""
JUST_BEFORE = 40
JUST_AFTER = 40

GUARDS = ("reported", "quoted", "denounced", "negated", "disowned", "self")
GUARD_VIEWS = ("folded", "tight", "cased", "accented")

_SENTENCE_END = compile_pattern(r"[.!?;\n]")
# The signs of the view `tight` may follow the last letter of a cue, and stand in the words after it.
_NEAR = compile_pattern(r"""^[~\x1f]{0,2}[ ,:'"*/\x1a-]*(?:[a-z~*1\x1f]+[ ,:'"*/\x1a-]+){0,2}$""")
_TOUCHING = compile_pattern(r"""^[~\x1f]{0,2}[ ,:'"*/\x1a-]*$""")
_GAPS = {"before": _NEAR, "touching": _TOUCHING}
"""What may stand between a cue and the passage."""
_QUOTE = b'"'


@dataclass(frozen=True)
class _Cue:
    """Words that excuse, where they must stand, and how much they excuse."""

    guard: str
    place: str
    excuses: int
    matchers: Mapping[str, object]
    unless: Mapping[str, object]


@dataclass(frozen=True)
class Guards:
    """The cues of `_guards.yaml`, for the guards that a rule listens to."""

    cues: tuple[_Cue, ...]
    heard: frozenset[str] = frozenset(GUARDS)

    @classmethod
    def load(cls, content: Mapping[str, list], vocabulary: Vocabulary) -> "Guards":
        return cls(
            tuple(
                _Cue(
                    cue["guard"],
                    cue["place"],
                    cue["excuses"],
                    {view: compile_forms(cue["forms"], vocabulary, view) for view in GUARD_VIEWS},
                    {view: compile_forms(cue["unless"], vocabulary, view) for view in GUARD_VIEWS}
                    if "unless" in cue
                    else {},
                )
                for cue in content["cues"]
            )
        )

    def only(self, heard: Iterable[str]) -> "Guards":
        """The same guards, for a rule that listens to some of them."""
        return replace(self, heard=frozenset(heard))

    def speaking(self, view: View, start: int, end: int) -> Mapping[str, int]:
        """The guards that the words around this passage wake, and how far each excuses it: their sum is 2 and more
        when it is excused entirely."""
        if not self.heard:
            return {}
        window = _Window(view, start, end)
        by_guard: dict[str, int] = {}
        for cue in self.cues:
            if cue.guard in self.heard and by_guard.get(cue.guard, 0) < cue.excuses and window.shows(cue):
                by_guard[cue.guard] = cue.excuses
        if "quoted" in self.heard and window.is_quoted():
            by_guard["quoted"] = 1
        return by_guard


class _Window:
    """The sentence around a passage, cut to a bounded reach."""

    def __init__(self, view: View, start: int, end: int):
        self.alphabet = view.name if view.name in GUARD_VIEWS else "folded"
        self.text, self.start, self.end = view.text, start, end
        self.first = max(0, start - BEFORE)
        for stop in _SENTENCE_END.finditer(self.text, self.first, start):
            self.first = stop.end()
        self.last = min(len(self.text), end + AFTER)
        if (stop := _SENTENCE_END.search(self.text, end, self.last)) is not None:
            self.last = stop.start()

    def shows(self, cue: _Cue) -> bool:
        first, last = {
            "before": (max(self.first, self.start - JUST_BEFORE), self.start),
            "touching": (max(self.first, self.start - JUST_BEFORE), self.start),
            "after": (self.end, min(len(self.text), self.end + JUST_AFTER)),
            "around": (max(self.first, self.start - JUST_BEFORE), min(self.last, self.end + JUST_AFTER)),
            "sentence": (self.first, self.last),
        }[cue.place]
        # The engine sees only the window, so that a word cut by its edge is not taken for another; and what the passage
        # says of a group ("sont ignobles") condemns nothing.
        window = self.text[first:last]
        if cue.place == "sentence":
            window = self.text[first : self.start] + b" | " + self.text[self.end : last]
        if cue.unless and cue.unless[self.alphabet].search(window) is not None:
            return False
        for match in cue.matchers[self.alphabet].finditer(window):
            gap = _GAPS.get(cue.place)
            if gap is None or gap.search(window[match.end() :]) is not None:
                return True
        return False

    def is_quoted(self) -> bool:
        line = self.text.rfind(b"\n", max(0, self.start - 400), self.start) + 1 or max(0, self.start - 400)
        before = self.text[line : self.start]
        after = self.text[self.end : self.end + 400].split(b"\n", 1)[0]
        if before.count(_QUOTE) % 2 == 1 and _QUOTE in after:
            whole = self.text.strip(b' "\n.!?') == self.text[self.start : self.end].strip(b' "\n.!?')
            return not whole
        single = before.endswith((b" '", b"('", b":'")) or before == b"'"
        return single and after[:2] in (b"' ", b"',", b"'.", b"')", b"'") and bool(before.strip(b" '"))
