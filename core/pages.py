"""Bounded pages of results by keyset: the thousandth page costs what the first one does."""

import base64
import binascii
import json
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet


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
    """The `size` rows after the cursor, in `order`: column names, all "-" or none, the last one unique.

    Raises BadCursor.
    """
    queryset = queryset.order_by(*order)
    if after:
        queryset = queryset.filter(_beyond(queryset.model, order, _decode(after, len(order))))
    rows = list(queryset[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows, _encode(rows[-1], order) if more else "")


def _beyond(model, order: tuple[str, ...], values: list) -> Q:
    """(a, b) < (x, y), written so that PostgreSQL starts reading the index at x."""
    comparison = "lt" if order[0].startswith("-") else "gt"
    names = [name.removeprefix("-") for name in order]
    try:
        values = [_field(model, name).to_python(value) for name, value in zip(names, values, strict=True)]
    except (ValidationError, ValueError, TypeError, OverflowError) as error:
        raise BadCursor from error
    if None in values:
        raise BadCursor
    condition = Q(**{f"{names[-1]}__{comparison}": values[-1]})
    for name, value in zip(reversed(names[:-1]), reversed(values[:-1]), strict=True):
        condition = Q(**{f"{name}__{comparison}": value}) | (Q(**{name: value}) & condition)
    return Q(**{f"{names[0]}__{comparison}e": values[0]}) & condition


def _field(model, name: str):
    """What reads the values of a column: of one that the database generates, the field of what it generates."""
    field = model._meta.get_field(name)
    return getattr(field, "output_field", field)


def _encode(row, order: tuple[str, ...]) -> str:
    values = [row._meta.get_field(name.removeprefix("-")).value_to_string(row) for name in order]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _decode(cursor: str, length: int) -> list:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadCursor from error
    if not isinstance(values, list) or len(values) != length or not all(isinstance(v, str | int) for v in values):
        raise BadCursor
    if any("\x00" in str(value) for value in values):
        raise BadCursor
    return values
