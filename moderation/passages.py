"""Showing a text to a moderator: what the filter saw in it, and what an edit changed. Everything else is escaped."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise

from django.utils.html import format_html
from django.utils.safestring import SafeString

Spans = Iterable[tuple[int, int]]

#: Pairs of equal words that are compared: two texts of 5,000 characters in ordinary prose have 15,000. Two words alone,
#: drawn by lot, take the longest: a quarter of a second for so many, a second for twice as many.
_MOST_PAIRS = 25_000


def marked(text: str, spans: Spans) -> SafeString:
    """The text with these passages, as offsets, in <mark>."""
    return _wrapped(text, {"mark": spans})


def difference(old: str, new: str, spans: Spans = ()) -> tuple[SafeString, SafeString]:
    """The two texts, word by word: what goes in <del>, what comes in <ins>, and `spans` of the new one in <mark>."""
    before, after = _words(old), _words(new)
    gone, come = [], []
    for start, end, new_start, new_end in _changes(before, after):
        gone.append((_length(before[:start]), _length(before[:end])))
        come.append((_length(after[:new_start]), _length(after[:new_end])))
    return _wrapped(old, {"del": gone}), _wrapped(new, {"ins": come, "mark": spans})


@dataclass(frozen=True)
class Change:
    """One passage that an edit changed: `gone`, `come`, and the words around them. Plain texts, to be escaped."""

    lead: str
    gone: str
    come: str
    tail: str


def changes(old: str, new: str, *, around: int = 12) -> list[Change]:
    """The passages that changed, in their order, each with about so many words before and after it."""
    before, after = _words(old), _words(new)
    # Words are counted with the spaces between them.
    reach = 2 * around
    shown, read = [], 0
    for start, end, new_start, new_end in _changes(before, after):
        between = after[read:new_start]
        tail, lead = _cut(between, reach, is_first=not shown)
        if shown:
            shown[-1] = replace(shown[-1], tail=tail)
        shown.append(Change(lead, "".join(before[start:end]), "".join(after[new_start:new_end]), ""))
        read = new_end
    rest = after[read:]
    if shown:
        shown[-1] = replace(shown[-1], tail="".join(rest) if len(rest) <= reach else "".join(rest[:reach]) + " […]")
    return shown


def _cut(between: list[str], reach: int, *, is_first: bool) -> tuple[str, str]:
    """Words between two changes, as those after the one and those before the other; said once when they are few."""
    if len(between) <= (reach if is_first else 2 * reach):
        return "", "".join(between)
    return "".join(between[:reach]) + " […]", "[…] " + "".join(between[-reach:])


def _changes(before: list[str], after: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Which words of the first became which of the second.

    Words repeated for pages would be compared for minutes, each with each: then all that is between the first change
    and the last one counts as changed.
    """
    first = _same(before, after)
    last = _same(before[first:][::-1], after[first:][::-1])
    before, after = before[first : len(before) - last], after[first : len(after) - last]
    there = Counter(after)
    if sum(count * there[word] for word, count in Counter(before).items() if not word.isspace()) > _MOST_PAIRS:
        yield first, first + len(before), first, first + len(after)
        return
    for verb, start, end, new_start, new_end in SequenceMatcher(
        str.isspace, before, after, autojunk=False
    ).get_opcodes():
        if verb != "equal":
            yield first + start, first + end, first + new_start, first + new_end


def _same(one: list[str], other: list[str]) -> int:
    """How many words both begin with."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", text)


def _length(words: list[str]) -> int:
    return sum(map(len, words))


def _wrapped(text: str, spans_by_tag: dict[str, Spans]) -> SafeString:
    """Cut the text wherever a span begins or ends, and wrap each piece in the tags whose span covers it."""
    spans_by_tag = {tag: [(max(0, a), min(len(text), b)) for a, b in spans] for tag, spans in spans_by_tag.items()}
    bounds = {0, len(text)} | {bound for spans in spans_by_tag.values() for a, b in spans if a < b for bound in (a, b)}
    html = SafeString("")
    for start, end in pairwise(sorted(bounds)):
        covering = [tag for tag, spans in spans_by_tag.items() if any(a <= start and end <= b for a, b in spans)]
        html += _piece(text[start:end], covering)
    return html


def _piece(text: str, tags: list[str]) -> SafeString:
    html = format_html("{}", text)
    for tag in tags:
        html = format_html(f"<{tag}>{{}}</{tag}>", html)
    return html
