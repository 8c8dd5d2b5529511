"""Reads the rule files and makes them ready to run.

One YAML file per ground, and three that all share: `_vocabulary.yaml` (lists of forms), `_lexicon.yaml` (the words of
frames) and `_guards.yaml` (what makes a passage a quotation, a report, a denunciation, a negation). `docs/filter.md`
describes the keys.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

import yaml

from . import lexicon, personal, spam
from .forms import FormError, Vocabulary, compile_forms, words_of
from .frames import Frames, Tagged
from .grounds import Ground
from .guards import Guards
from .repair import Spelling
from .verdict import Outcome
from .views import View, Views

RULES = Path(__file__).parent / "rules"
DETECTORS = personal.DETECTORS | spam.DETECTORS
DEFAULT_VIEWS = ("folded", "tight", "repaired")
UNDOING = ("tight", "repaired")
"""The views that undo disguises."""
DEFAULT_GUARDS = ("reported", "quoted", "denounced", "negated")
FRAME_GUARDS = ("reported", "quoted", "denounced", "disowned")
"""A frame says by itself what "ne … pas" does to it: it does not listen to `negated`."""
SPELT = (Ground.HATE_INCITEMENT, Ground.DISCRIMINATORY_INSULT, Ground.DISCRIMINATORY_DEFAMATION, Ground.INSULT)
SPELT += (Ground.THREAT, Ground.HARASSMENT)
"""Grounds whose words are also looked for misspelt."""
MOST_SPANS = 50
"""Passages kept for one rule in one text: beyond, they tell a moderator nothing more."""
EXCEPTION_REACH = 60
"""Characters around a passage in which an exception may begin or end."""


class RuleError(ValueError):
    """A rule file is wrong; the message says which rule, and why."""


@dataclass(frozen=True)
class Found:
    """A passage found by a rule: offsets in the original text, how far the guards excuse it (0, 1, 2), and, to explain
    it, the view in which it was read and the guards that spoke."""

    span: tuple[int, int]
    excuses: int = 0
    view: str = ""
    guards: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """What is looked for, on which ground, and what follows. Subclasses say how."""

    id: str
    version: str
    ground: Ground
    outcome: Outcome
    severity: int
    reason: str
    source: str
    except_fields: frozenset[str]
    is_live: bool

    def applies_to(self, field: str) -> bool:
        return field not in self.except_fields

    def find(self, views: Views, own_contacts: frozenset[str]) -> list[Found]:
        raise NotImplementedError


@dataclass(frozen=True)
class FormRule(Rule):
    """Looks for forms in one or several views, and asks the guards about each passage."""

    matchers: Mapping[str, object]
    exceptions: Mapping[str, object]
    guards: Guards

    def find(self, views: Views, own_contacts: frozenset[str]) -> list[Found]:
        named = ((views.named(name), matcher) for name, matcher in self.matchers.items())
        read = ((view, matcher) for view, matcher in named if view is not None)
        return _once(passage for view, matcher in read for passage in self._passages(view, matcher))

    def _passages(self, view: View, matcher) -> Iterator[Found]:
        kept = 0
        for match in matcher.finditer(view.text):
            start, end = _trim(view.text, *match.span(matcher.groups))
            if start == end:
                continue
            if self._is_excepted(view, start, end):
                yield Found(view.original(start, end), 2, view.name, ("exception",))
                continue
            speaking = self.guards.speaking(view, start, end)
            excuses = min(2, sum(speaking.values()))
            yield Found(view.original(start, end), excuses, view.name, tuple(speaking))
            kept += 1
            if kept == MOST_SPANS:
                return

    def _is_excepted(self, view: View, start: int, end: int) -> bool:
        exception = self.exceptions.get(view.name)
        if exception is None:
            return False
        window = max(0, start - EXCEPTION_REACH), min(len(view.text), end + EXCEPTION_REACH)
        return any(
            allowed.start() < end and allowed.end() > start for allowed in exception.finditer(view.text, *window)
        )


@dataclass(frozen=True)
class FrameRule(Rule):
    """Looks for frames in the sentences that speak of a group, and asks the guards about each passage."""

    frames: Frames
    matcher: object
    exceptions: object | None
    views: tuple[str, ...]
    guards: Guards

    def find(self, views: Views, own_contacts: frozenset[str]) -> list[Found]:
        named = (view for name in self.views if (view := views.named(name)) is not None)
        read = ((view, tagged) for view in named if (tagged := self._tagged(view)) is not None)
        return _once(passage for view, tagged in read for passage in self._passages(view, tagged))

    def _tagged(self, view: View) -> Tagged | None:
        if "tagged" not in view.notes:
            view.notes["tagged"] = self.frames.read(view)
        return view.notes["tagged"]

    def _passages(self, view: View, tagged: Tagged) -> Iterator[Found]:
        excepted = [match.span() for match in self.exceptions.finditer(tagged.text)] if self.exceptions else []
        for match in islice(self.matcher.finditer(tagged.text), MOST_SPANS):
            first, last = match.span()
            start, end = tagged.in_view(first + 1, last)
            if any(opening < last and closing > first for opening, closing in excepted):
                yield Found(view.original(start, end), 2, view.name, ("exception",))
                continue
            speaking = self.guards.speaking(view, start, end)
            yield Found(view.original(start, end), min(2, sum(speaking.values())), view.name, tuple(speaking))


@dataclass(frozen=True)
class DetectorRule(Rule):
    """Asks a function of `personal` or `spam`, with the options of the rule file."""

    detector: str
    options: Mapping[str, object]

    def find(self, views: Views, own_contacts: frozenset[str]) -> list[Found]:
        spans = DETECTORS[self.detector](views, self.options, own_contacts)
        return [Found(span) for span in spans[:MOST_SPANS]]


def _once(passages: Iterable[Found]) -> list[Found]:
    """Each passage as the first view shows it, excused as far as it is where disguises are undone.

    What excuses it may be misspelt too.
    """
    first: dict[tuple[int, int], Found] = {}
    excused: list[Found] = []
    for passage in passages:
        first.setdefault(passage.span, passage)
        if passage.excuses and passage.view in UNDOING and len(excused) < MOST_SPANS:
            excused.append(passage)
    return [max([passage, *_over(passage, excused)], key=lambda each: each.excuses) for passage in first.values()]


def _over(passage: Found, others: list[Found]) -> Iterator[Found]:
    """The passage, excused as those of the others are that overlap it."""
    start, end = passage.span
    for other in others:
        if other.span[0] < end and start < other.span[1]:
            yield replace(passage, excuses=other.excuses, guards=other.guards)


def _trim(text: bytes, start: int, end: int) -> tuple[int, int]:
    """A form anchored to a sentence carries its opening or closing signs: the passage shown does not."""
    while start < end and text[start : start + 1] in b" .!?:;\n":
        start += 1
    while start < end and text[end - 1 : end] in b" .!?:;\n":
        end -= 1
    return start, end


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Every rule of the site, compiled once per process. Raises RuleError when a file is wrong."""
    return load_rules(RULES)


@lru_cache(maxsize=1)
def spelling() -> Spelling:
    """How to read what is misspelt, by the words of the rules of the site."""
    words = set(lexicon.read()[0].words)
    vocabulary = _read(RULES / "_vocabulary.yaml")
    forms = [form for forms in vocabulary.values() for form in forms]
    # What excuses may be misspelt too.
    forms += [form for cue in _read(RULES / "_guards.yaml")["cues"] for form in cue["forms"]]
    for ground in SPELT:
        forms += [form for rule in _read(RULES / f"{ground}.yaml")["rules"] for form in rule.get("forms", ())]
    for form in forms:
        words.update(word for written in words_of(form) for word in lexicon.fold(written).split(" "))
    return Spelling(words)


def load_rules(folder: Path) -> tuple[Rule, ...]:
    """The rules of one folder, gravest first, so that the time budget is spent on what matters most."""
    vocabulary = _read(folder / "_vocabulary.yaml")
    guards = Guards.load(_read(folder / "_guards.yaml"), vocabulary)
    frames = Frames(*lexicon.read(folder / "_lexicon.yaml"))
    rules = [
        rule
        for path in sorted(folder.glob("[!_]*.yaml"))
        for rule in _rules_of(path, _read(path), vocabulary, guards, frames)
    ]
    names = [rule.id for rule in rules]
    if twice := {name for name in names if names.count(name) > 1}:
        raise RuleError(f"Named twice: {', '.join(sorted(twice))}")
    return tuple(sorted(rules, key=lambda rule: (-rule.outcome.gravity, -rule.severity)))


def _read(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


_REQUIRED = {"id", "outcome", "severity", "reason"}
_WAYS = ("forms", "frames", "detector")
_OPTIONAL = {*_WAYS, "options", "exceptions", "guards", "views", "except_fields", "source", "stage"}
_STAGES = ("live", "shadow")


def _rules_of(path: Path, content: dict, vocabulary: Vocabulary, guards: Guards, frames: Frames) -> Iterator[Rule]:
    ground = Ground(content["ground"])
    if ground.value != path.stem:
        raise RuleError(f"{path.name} holds rules of {ground}")
    for entry in content["rules"]:
        name = f"{ground}.{entry.get('id')}"
        if (missing := _REQUIRED - entry.keys()) or (unknown := entry.keys() - _REQUIRED - _OPTIONAL):
            raise RuleError(f"{name}: missing {missing or 'nothing'}, unknown {unknown if not missing else '?'}")
        if sum(way in entry for way in _WAYS) != 1:
            raise RuleError(f"{name}: one of {', '.join(_WAYS)}")
        if (stage := entry.get("stage", "live")) not in _STAGES:
            raise RuleError(f"{name}: a stage is one of {', '.join(_STAGES)}")
        common = {
            "id": name,
            "version": str(content["version"]),
            "ground": ground,
            "outcome": Outcome(entry["outcome"]),
            "severity": int(entry["severity"]),
            "reason": entry["reason"].strip(),
            "source": entry.get("source", content["source"]),
            "except_fields": frozenset(entry.get("except_fields", ())),
            "is_live": stage == "live",
        }
        if "detector" in entry:
            if entry["detector"] not in DETECTORS:
                raise RuleError(f"{name}: no detector {entry['detector']!r}")
            yield DetectorRule(**common, detector=entry["detector"], options=entry.get("options", {}))
            continue
        if "frames" in entry:
            try:
                yield FrameRule(
                    **common,
                    frames=frames,
                    matcher=frames.compile(entry["frames"]),
                    exceptions=frames.compile(entry["exceptions"]) if "exceptions" in entry else None,
                    views=tuple(entry.get("views", DEFAULT_VIEWS)),
                    guards=guards.only(entry.get("guards", FRAME_GUARDS)),
                )
            except FormError as error:
                raise RuleError(f"{name}: {error}") from error
            continue
        views = tuple(entry.get("views", DEFAULT_VIEWS))
        exceptions = entry.get("exceptions", [])
        try:
            yield FormRule(
                **common,
                matchers=_by_view(entry["forms"], vocabulary, views),
                exceptions=_by_view(exceptions, vocabulary, views) if exceptions else {},
                guards=guards.only(entry.get("guards", DEFAULT_GUARDS)),
            )
        except FormError as error:
            raise RuleError(f"{name}: {error}") from error


def _by_view(forms: list[str], vocabulary: Vocabulary, views: tuple[str, ...]) -> dict[str, object]:
    """One matcher for each view; plain words are the same in all that are folded."""
    matchers = {view: compile_forms(forms, vocabulary, view) for view in views if view != "repaired"}
    if "repaired" in views:
        matchers["repaired"] = matchers.get("folded") or compile_forms(forms, vocabulary, "folded")
    return matchers
