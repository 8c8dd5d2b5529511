"""What a kind of message looks like with what the site really told, as staff may read it.

The last one that was told, or else what other kinds told last of the same things. Nobody's name is shown, nor a link
that acts in somebody's name. What may be private, a letter or the reason of a decision, is: its reading is written
down.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise

from notifications import digests
from notifications.kinds import DIGEST, KINDS, Kind
from notifications.models import Notification
from notifications.services.previewing import WholePreview, preview_filled
from notifications.stopping import OWN
from notifications.words import GROUPS, WORDS

#: How far back the last one of a kind is looked for, and how many of the others are read.
LOOKED_AT, READ = 20_000, 300

#: The entries of contexts that are somebody's name.
_NAMES = ("recipient", "name", "by", "author", "who")
_MASKED_LINK = "/lien-personnel/"
_WORD = re.compile(r"\w\w+")


class NoExample(Exception):
    """Nothing that was told can show it yet."""


@dataclass(frozen=True)
class Example:
    kind: Kind
    message: WholePreview
    #: The row that it was taken from; None when it was made of several others.
    row: Notification | None


def example_of(kind: Kind) -> Example:
    """Raises NoExample."""
    newest = Notification.objects.order_by("-id").values_list("id", flat=True).first()
    if newest is None:
        raise NoExample
    recent = Notification.objects.filter(pk__gt=newest - LOOKED_AT).select_related("recipient").order_by("-id")
    row = recent.filter(kind=kind.name).first()
    with transaction.atomic():
        try:
            filled = _of_row(kind, row) if row else _of_others(kind)
            return Example(kind, preview_filled(kind, _masked(kind, filled)), row)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # A template asks for what no other kind ever says.
            raise NoExample from error
        finally:
            # A digest puts off the lines that are hidden for the moment: not here.
            transaction.set_rollback(True)


def _of_row(kind: Kind, row: Notification) -> dict[str, Any]:
    if kind.name != DIGEST:
        return kind.fill(row.context, row.recipient)
    filled = digests.fill(row, {})
    if filled is None:
        raise NoExample
    return filled


def _of_others(kind: Kind) -> dict[str, Any]:
    """Each entry as it was said last, by a kind of the same group if any said it."""
    if kind.name == DIGEST:
        raise NoExample
    context: dict[str, Any] = {}
    rows = list(Notification.objects.order_by("-id").values_list("kind", "context")[:READ])
    for _name, said in sorted(rows, key=lambda row: row[0] not in KINDS or KINDS[row[0]].group != kind.group):
        context = said | context
    return kind.fill(context, None) | {"recipient": "…"}


def _masked(kind: Kind, filled: dict[str, Any]) -> dict[str, Any]:
    """Without names, nor links that are each reader's own; with the ways out that every reader has."""
    names = {name: initials(filled[name]) for name in _NAMES if isinstance(filled.get(name), str)}
    own = {*kind.varying, *(name for name in filled if name.endswith("_url"))}
    links = {name: _MASKED_LINK for name in own if str(filled.get(name, "")).startswith("/")}
    ways = {} if kind.essential else dict.fromkeys(OWN, _MASKED_LINK) | {"settings_url": reverse("settings_messages")}
    return filled | names | links | ways


def initials(name: str) -> str:
    """Jean-Marie Le Pont: J…-M… L… P…"""
    return _WORD.sub(lambda word: f"{word[0][0]}…", name)


def kinds_by_group() -> Iterator[tuple[str | Promise, list[tuple[str, str | Promise]]]]:
    """The table as staff choose in it: for each group, pairs of a kind's name and what members read of it."""
    titles = {group.name: group.title for group in GROUPS.values()}
    groups: dict[str, list[tuple[str, str | Promise]]] = {}
    for kind in KINDS.values():
        groups.setdefault(kind.group, []).append((kind.name, WORDS.get(kind.name, "")))
    for name, kinds in groups.items():
        yield titles.get(name, name), kinds
