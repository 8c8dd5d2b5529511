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
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Any

from django.conf import settings
from django.db.models import Field, Model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
    words = [_words_of(holding, name) for name in columns]
    count = 0
    with tempfile.TemporaryFile() as spare:
        lines = io.TextIOWrapper(spare, "utf-8", newline="", write_through=True)
        sheet = csv.writer(lines)
        # Without this mark a spreadsheet takes accents for something else.
        lines.write("\ufeff")
        sheet.writerow([heading_of(holding, name) for name in columns])
        with archive.open(f"{holding.name}.json", "w", force_zip64=True) as raw:
            raw.write(b"[")
            for values in holding.copied_of(person).values_list(*columns).iterator(chunk_size=_CHUNK):
                row = {name: _plain(value) for name, value in zip(columns, values, strict=True)}
                raw.write((",\n" if count else "\n").encode() + json.dumps(row, ensure_ascii=False).encode())
                sheet.writerow([_cell(say(value)) for say, value in zip(words, values, strict=True)])
                count += 1
            raw.write(b"\n]\n")
        spare.seek(0)
        with archive.open(f"{holding.name}.csv", "w", force_zip64=True) as written:
            shutil.copyfileobj(spare, written)
        lines.detach()
    return count


def _write_files(holding: Holding, person: Person, archive: zipfile.ZipFile) -> None:
    for row in holding.copied_of(person).iterator(chunk_size=_CHUNK):
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


def _words_of(holding: Holding, lookup: str) -> Callable[[Any], Any]:
    """What a cell says of a value: the words of a choice rather than its code."""
    found = _field_of(holding.model, lookup)
    choices = holding.words.get(lookup) or dict(found.flatchoices if found else ())
    words = {code: str(label) for code, label in choices.items()}
    return lambda value: words.get(value, value) if isinstance(value, str | int) else value


def heading_of(holding: Holding, lookup: str) -> str:
    if lookup in holding.labels:
        return str(holding.labels[lookup])
    if lookup == _NUMBER:
        return _("numéro")
    found = _field_of(holding.model, lookup)
    own = _field_of(holding.model, lookup.partition("__")[0])
    return str(own.verbose_name if own is not None else found.verbose_name if found is not None else lookup)


def _is_named(holding: Holding, name: str) -> bool:
    """Whether its name was written for people; else it is its name in the code, which tells them nothing."""
    field = holding.model._meta.get_field(name)
    return name in holding.labels or str(field.verbose_name) != field.name.replace("_", " ")


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
    if isinstance(value, datetime):
        # As a spreadsheet reads it.
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, list | dict):
        value = " · ".join(_said_in(value))
    value = _plain(value)
    # A number below zero stays one.
    return plain_cell(value) if isinstance(value, str) else str(value)


def _said_in(value: Any) -> list[str]:
    """What a list or an object says, without the names of its entries: the JSON file has them."""
    if isinstance(value, list | dict):
        parts = value.values() if isinstance(value, dict) else value
        return [said for part in parts for said in _said_in(part)]
    return [] if value in (None, "") else [_cell(value)]


# --- What it says of itself ------------------------------------------------------------------------------------------


def _read_me(tables: Iterable[tuple[Holding, int]]) -> str:
    """What is in it, what is not, and why."""
    lines = [
        _("Vos données sur %(site)s") % {"site": settings.SITE_NAME},
        f"{settings.SITE_ADDRESS}",
        timezone.localtime().strftime("%d/%m/%Y %H:%M"),
        "",
        _("Chaque tableau est là deux fois : .csv s’ouvre dans un tableur, .json se lit par un programme."),
        _("Les heures sont celles de Greenwich (UTC)."),
        "",
        _("CE QUE CONTIENT CETTE ARCHIVE"),
    ]
    lines += [f"- {holding.name} : {holding.title} ({count})" for holding, count in tables if count]
    lines += ["", _("CE QUI EST VIDE")]
    lines += [f"- {holding.name} : {holding.title}" for holding, count in tables if not count]
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
            for reason in dict.fromkeys(holding.left_out.values()):
                names = [name for name, why in holding.left_out.items() if why == reason]
                found.setdefault(str(reason), []).append(f"{holding.title} ({_columns_in_words(holding, names)})")
    return [(" ; ".join(dict.fromkeys(what)), reason) for reason, what in found.items()]


def _columns_in_words(holding: Holding, names: list[str]) -> str:
    """ "essais, prise en charge, et 2 autres colonnes": what only the code has a name for is counted."""
    named = [heading_of(holding, name) for name in names if _is_named(holding, name)]
    unnamed = len(names) - len(named)
    if not named:
        return ngettext("%(count)d colonne", "%(count)d colonnes", unnamed) % {"count": unnamed}
    if unnamed:
        more = ngettext("et %(count)d autre colonne", "et %(count)d autres colonnes", unnamed) % {"count": unnamed}
        named.append(more)
    return ", ".join(named)


def kept_despite() -> list[tuple[str, str]]:
    """What stays when somebody leaves, and why: (what, why)."""
    kept = [holding for room in rooms() for holding in room.holdings if holding.fate is Fate.KEPT]
    return [(str(holding.title), str(holding.why)) for holding in kept]
