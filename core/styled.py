"""Messages carry their styles in their elements, since many a mailbox reads no sheet.

css-inline puts them there once, as a template is loaded: neither a message nor a mould costs anything for it. What the
engine will fill stands aside meanwhile, so that each element of a template must open and close in it, whatever its
conditions say; `tests/core/test_styled.py` compares each message with what the sheet says of it once rendered.
"""

import re
from functools import cache
from pathlib import Path

from css_inline import CSSInliner
from django.template import Origin
from django.template.loaders import filesystem

#: The sheet of all messages, beside their common templates. An element of a part is styled by that part alone.
SHEET = "emails/sheet.css"
#: What is a message: the common templates, and those that extend one of them.
_COMMON, _EXTENDS = "emails/", '{% extends "emails/'
_TAGS = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_ASIDE = re.compile(r"aside(\d+)end")
#: A whole document keeps its head, with the few rules that elements cannot hold.
_BODY = re.compile(r"(?<=<body>)(.*)(?=</body>)", re.DOTALL)


class Loader(filesystem.Loader):
    """Django's loader of files, which puts the sheet in the messages."""

    def get_contents(self, origin: Origin) -> str:
        contents = super().get_contents(origin)
        if not is_message(origin.template_name, contents):
            return contents
        sheet = Path(origin.name.removesuffix(origin.template_name), SHEET)
        if _BODY.search(contents):
            return _BODY.sub(lambda body: styled(body[0], sheet.read_text()), contents)
        return styled(contents, sheet.read_text())


def is_message(name: str, contents: str) -> bool:
    return name.endswith(".html") and (name.startswith(_COMMON) or _EXTENDS in contents)


def styled(template: str, sheet: str) -> str:
    """A part of a message, with the declarations of the sheet in its elements; either may hold template tags."""
    aside: list[str] = []

    def put_aside(tag: re.Match) -> str:
        aside.append(tag[0])
        return f"aside{len(aside) - 1}end"

    bare, rules = _TAGS.sub(put_aside, template), _TAGS.sub(put_aside, sheet)
    return _ASIDE.sub(lambda place: aside[int(place[1])], _inliner().inline_fragment(bare, rules))


@cache
def _inliner() -> CSSInliner:
    """It reads nothing but what it is given."""
    return CSSInliner(load_remote_stylesheets=False)
