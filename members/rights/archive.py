"""All that the site holds about somebody, as one zip file: JSON and CSV, one of each for every table.

Written as it is read: the memory it takes does not grow with what there is.
"""

import csv
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from django.conf import settings
from django.db.models import Field, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from core.spreadsheets import plain_cell
from members.rights.registry import Fate, Holding, Person, rooms

#: Rows read at once.
_CHUNK = 1_000
#: Of the time that a spreadsheet takes to open what is larger, nobody is sure.
_NUMBER = "id"


def write(person: Person, place: IO[bytes]) -> None:
    """Write the archive of this person's data. What is deleted meanwhile may be left out."""
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        tables = []
        for room in rooms():
            for holding in room.holdings:
                if holding.fields:
                    count = _write_table(holding, person, archive)
                    tables.append((holding, count))
                if holding.files:
                    _write_files(holding, person, archive)
        archive.writestr("LISEZ-MOI.txt", _read_me(tables))


def columns_of(holding: Holding) -> list[str]:
    return list(dict.fromkeys([holding.model._meta.pk.attname, *holding.fields]))


def _write_table(holding: Holding, person: Person, archive: zipfile.ZipFile) -> int:
    """Both files of one table, read once: an archive takes one file at a time, the other waits on the disk."""
    columns = columns_of(holding)
    words = [_words_of(holding.model, name) for name in columns]
    count = 0
    with tempfile.TemporaryFile() as spare:
        lines = io.TextIOWrapper(spare, "utf-8", newline="", write_through=True)
        sheet = csv.writer(lines)
        # Without this mark a spreadsheet takes accents for something else.
        lines.write("\ufeff")
        sheet.writerow([heading_of(holding, name) for name in columns])
        with archive.open(f"{holding.name}.json", "w", force_zip64=True) as raw:
            raw.write(b"[")
            for values in holding.of(person).values_list(*columns).iterator(chunk_size=_CHUNK):
                row = {name: _plain(value) for name, value in zip(columns, values, strict=True)}
                raw.write((",\n" if count else "\n").encode() + json.dumps(row, ensure_ascii=False).encode())
                sheet.writerow([_cell(say(value)) for say, value in zip(words, row.values(), strict=True)])
                count += 1
            raw.write(b"\n]\n")
        spare.seek(0)
        with archive.open(f"{holding.name}.csv", "w", force_zip64=True) as written:
            shutil.copyfileobj(spare, written)
        lines.detach()
    return count


def _write_files(holding: Holding, person: Person, archive: zipfile.ZipFile) -> None:
    for row in holding.of(person).iterator(chunk_size=_CHUNK):
        for name, content in holding.files(row):
            # Pictures are compressed already.
            archive.writestr(f"{holding.name}/{name}", content, compress_type=zipfile.ZIP_STORED)


def _plain(value: Any) -> Any:
    """As JSON says it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, Decimal):
        return str(value)
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    return str(value)


def _words_of(model: type[Model], lookup: str) -> Callable[[Any], Any]:
    """What a cell says of a value: the words of a choice rather than its code."""
    found = _field_of(model, lookup)
    if not (found and found.flatchoices):
        return lambda value: value
    words = {code: str(label) for code, label in found.flatchoices}
    return lambda value: words.get(value, value)


def heading_of(holding: Holding, lookup: str) -> str:
    if lookup in holding.labels:
        return str(holding.labels[lookup])
    if lookup == _NUMBER:
        return _("numéro")
    found = _field_of(holding.model, lookup)
    own = _field_of(holding.model, lookup.partition("__")[0])
    return str(own.verbose_name if own is not None else found.verbose_name if found is not None else lookup)


def _field_of(model: type[Model], lookup: str) -> Field | None:
    found = None
    for part in lookup.split("__"):
        try:
            found = model._meta.get_field(part)
        except LookupError:
            return None
        model = getattr(found, "related_model", None) or model
    return found


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    # A number below zero stays one.
    return plain_cell(value) if isinstance(value, str) else str(value)


# --- What it says of itself ------------------------------------------------------------------------------------------


def _read_me(tables: Iterable[tuple[Holding, int]]) -> str:
    """What is in it, what is not, and why."""
    lines = [
        _("Vos données sur %(site)s") % {"site": settings.SITE_NAME},
        f"{settings.SITE_ADDRESS}",
        timezone.localtime().strftime("%d/%m/%Y %H:%M"),
        "",
        _("Chaque table est là deux fois : .json pour un programme, .csv pour un tableur. Les dates sont en UTC."),
        "",
        _("CE QUE CONTIENT CETTE ARCHIVE"),
    ]
    lines += [f"- {holding.name} : {holding.title} ({count})" for holding, count in tables]
    lines += ["", _("CE QUI N’Y EST PAS, ET POURQUOI")]
    for title, reason in left_out():
        lines.append(f"- {title} : {reason}")
    return "\n".join(lines) + "\n"


def left_out() -> list[tuple[str, str]]:
    """What the copy does not give, in words, each reason once: (what, why)."""
    found: dict[str, list[str]] = {}
    for room in rooms():
        for holding in room.holdings:
            if holding.nothing_because:
                found.setdefault(str(holding.nothing_because), []).append(str(holding.title))
            for name, reason in holding.left_out.items():
                what = f"{holding.title}, {heading_of(holding, name)}"
                found.setdefault(str(reason), []).append(what)
    return [(" ; ".join(dict.fromkeys(what)), reason) for reason, what in found.items()]


def kept_despite() -> list[tuple[str, str]]:
    """What stays when somebody leaves, and why: (what, why)."""
    kept = [holding for room in rooms() for holding in room.holdings if holding.fate is Fate.KEPT]
    return [(str(holding.title), str(holding.why)) for holding in kept]
