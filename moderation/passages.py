"""Showing a text to a moderator: what the filter saw in it, and what an edit changed. Everything else is escaped."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import pairwise

from django.utils.html import format_html
from django.utils.safestring import SafeString

Spans = Iterable[tuple[int, int]]


def marked(text: str, spans: Spans) -> SafeString:
    """The text with these passages, as offsets, in <mark>."""
    return _wrapped(text, {"mark": spans})


def difference(old: str, new: str, spans: Spans = ()) -> tuple[SafeString, SafeString]:
    """The two texts, word by word: what goes in <del>, what comes in <ins>, and `spans` of the new one in <mark>."""
    before, after = _words(old), _words(new)
    gone, come = [], []
    for verb, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if verb != "equal":
            gone.append((_length(before[:start]), _length(before[:end])))
            come.append((_length(after[:new_start]), _length(after[:new_end])))
    return _wrapped(old, {"del": gone}), _wrapped(new, {"ins": come, "mark": spans})


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
