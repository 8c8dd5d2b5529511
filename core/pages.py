"""Bounded pages of results by keyset: the thousandth page costs what the first one does."""

import base64
import binascii
import json
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

#: What JSON can write and the database cannot read: no character, or half of one.
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


class BadCursor(ValueError):
    """The address's `apres` was not made by this site: start again from the first page."""


@dataclass(frozen=True)
class Page:
    """Rows of one page, and the cursor after which the next one starts ("" on the last)."""

    rows: list
    next: str

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)


def keyset(queryset: QuerySet, *, order: tuple[str, ...], after: str = "", size: int = 20) -> Page:
    """The `size` rows after the cursor, in `order`: columns or annotations, all "-" or none, the last one unique.

    Raises BadCursor.
    """
    queryset = queryset.order_by(*order)
    if after:
        queryset = queryset.filter(_beyond(queryset, order, _decode(after, len(order))))
    rows = list(queryset[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows, _encode(queryset, rows[-1], order) if more else "")


def _beyond(queryset: QuerySet, order: tuple[str, ...], values: list) -> Q:
    """(a, b) < (x, y), written so that PostgreSQL starts reading the index at x."""
    comparison = "lt" if order[0].startswith("-") else "gt"
    names = [name.removeprefix("-") for name in order]
    try:
        values = [_field(queryset, name).to_python(value) for name, value in zip(names, values, strict=True)]
    except (ValidationError, ValueError, TypeError, OverflowError) as error:
        raise BadCursor from error
    if None in values:
        raise BadCursor
    condition = Q(**{f"{names[-1]}__{comparison}": values[-1]})
    for name, value in zip(reversed(names[:-1]), reversed(values[:-1]), strict=True):
        condition = Q(**{f"{name}__{comparison}": value}) | (Q(**{name: value}) & condition)
    return Q(**{f"{names[0]}__{comparison}e": values[0]}) & condition


def _field(queryset: QuerySet, name: str):
    """What reads the values of a column; of one that is computed, the field of what computes it."""
    if name in queryset.query.annotations:
        return queryset.query.annotations[name].output_field
    field = queryset.model._meta.get_field(name)
    return getattr(field, "output_field", field)


def _encode(queryset: QuerySet, row, order: tuple[str, ...]) -> str:
    values = [_value(queryset, row, name.removeprefix("-")) for name in order]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _value(queryset: QuerySet, row, name: str) -> str:
    if name in queryset.query.annotations:
        return str(getattr(row, name))
    return row._meta.get_field(name).value_to_string(row)


def _decode(cursor: str, length: int) -> list:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadCursor from error
    if not isinstance(values, list) or len(values) != length or not all(isinstance(v, str | int) for v in values):
        raise BadCursor
    if any(_NOT_TEXT.search(str(value)) for value in values):
        raise BadCursor
    return values
