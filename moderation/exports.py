"""Statements of reasons as files for the Commission's database, written as they are read."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from core.spreadsheets import plain_cell
from moderation.commission import FIELDS
from moderation.models import Statement

FORMATS = {"json": "application/json", "csv": "text/csv; charset=utf-8"}
_CHUNK = 1_000


def statements_between(first: date | None, last: date | None) -> QuerySet[Statement]:
    """Those of these days, both included, in the order in which they were made; without the demonstration's."""
    found = Statement.objects.filter(decision__is_demonstration=False)
    if first:
        found = found.filter(stated_at__gte=_midnight(first))
    if last:
        found = found.filter(stated_at__lt=_midnight(last + timedelta(days=1)))
    return found.order_by("stated_at", "pk")


def written(statements: QuerySet[Statement], form: str) -> Iterator[str]:
    """The file in pieces, in memory that does not grow with it. In CSV, several values are a JSON list in one cell."""
    rows = statements.values_list("fields", flat=True).iterator(chunk_size=_CHUNK)
    return _json(rows) if form == "json" else _csv(rows)


def _json(rows: Iterable[dict]) -> Iterator[str]:
    yield '{"statements": ['
    for number, fields in enumerate(rows):
        ordered = {name: fields[name] for name in FIELDS if name in fields}
        yield (",\n" if number else "\n") + json.dumps(ordered, ensure_ascii=False)
    yield "\n]}\n"


def _csv(rows: Iterable[dict]) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line)

    def flush() -> str:
        text = line.getvalue()
        line.seek(0)
        line.truncate()
        return text

    writer.writerow(FIELDS)
    yield flush()
    for fields in rows:
        writer.writerow([_cell(fields.get(name, "")) for name in FIELDS])
        yield flush()


def _cell(value: str | list[str]) -> str:
    return plain_cell(json.dumps(value) if isinstance(value, list) else value)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())
