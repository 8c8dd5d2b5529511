"""Citizens' Markdown, a safe subset, made into HTML: paragraphs, lists, emphasis, quotations and links."""

import html
import re

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_parser = MarkdownIt("zero", {"linkify": False, "breaks": True}).enable(
    ["paragraph", "list", "emphasis", "blockquote", "link", "autolink", "newline", "escape", "entity"]
)
_TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "blockquote", "a"}
_ATTRIBUTES = {"a": {"href"}}
_SCHEMES = {"http", "https", "mailto"}


def render(text: str) -> SafeString:
    """Parsed, then cleaned: what the parser lets through still meets the sanitizer."""
    clean = nh3.clean(
        _parser.render(text),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="nofollow ugc noopener noreferrer",
    )
    return mark_safe(clean)  # noqa: S308 (cleaned just above)


def plain(text: str) -> str:
    """What the same text says where nothing can be shown but letters: calendars, posters."""
    words = html.unescape(nh3.clean(_parser.render(text), tags=set()))
    return re.sub(r"\n{3,}", "\n\n", words).strip()
