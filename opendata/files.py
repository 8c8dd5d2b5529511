"""The files that anyone may take away, made each night: whole or not at all.

A file is written apart, put in the public storage under a name that holds its hash, and only then told of by its row:
nobody is ever given half of one. Rows are read by a cursor and written as they come, so that a million of them take no
more memory than a thousand. In production the proxy serves the files (deploy/Caddyfile): a process of ours would be
held by each slow reader.
"""

import csv
import gzip
import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.utils import timezone

from core.jobs import is_alone
from moderation.models import Decision
from opendata.columns import TABLES, Row, Table, Value, moment
from opendata.licence import licence
from opendata.models import DataFile

logger = logging.getLogger(__name__)

#: Under the root of the storage, as in its addresses; deploy/Caddyfile has it too.
FOLDER = "donnees"
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "geojson": "application/geo+json",
}
#: Of the night, here: after what is counted at night.
HOUR = 5
#: What is withheld in the day leaves the files too: they are made again, at most so often.
_AGAIN = timedelta(hours=1)
#: What a task that was killed left is erased once no task may still be writing it.
_LEFT = timedelta(hours=1)
_PREFIX = "possibles-donnees-"
#: Beyond, a better compression costs more time than it saves bytes.
_LEVEL = 6


def make_due() -> int:
    """Make the files that are not of this night yet, erase those that nothing names; how many tables were made."""
    sweep()
    return sum(make(table) for table in TABLES)


def forget() -> None:
    """Nothing of what was made is given any more: everything has changed. The next round makes it anew."""
    DataFile.objects.all().delete()


def _is_due(table: Table) -> bool:
    made = dict(DataFile.objects.filter(table=table.slug).values_list("form", "made_at"))
    if any(form not in made for form in table.forms):
        return True
    oldest = min(made[form] for form in table.forms)
    return oldest < _last_night() or (oldest < timezone.now() - _AGAIN and _is_reduced(table, since=oldest))


def _is_reduced(table: Table, *, since: datetime) -> bool:
    """Whether moderators withheld some of it: the log of decisions is read from its latest on."""
    if table.content is None:
        return False
    content_type = ContentType.objects.get_for_model(table.content)
    withheld = Decision.objects.filter(content_type=content_type, verb=Decision.Verb.WITHHOLD)
    return withheld.filter(made_at__gte=since).exists()


def _last_night() -> datetime:
    now = timezone.localtime()
    night = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return night if now >= night else night - timedelta(days=1)


def make(table: Table) -> bool:
    """Make all the forms of one table from the same rows. False when they are of this night, or another is at it."""
    with transaction.atomic():
        if not is_alone(f"opendata.files.make/{table.slug}", 0) or not _is_due(table):
            return False
        made_at = timezone.now()
        with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
            writers = _write(table, Path(folder), made_at)
            for form, writer in writers.items():
                _give(table, form, writer, made_at)
    return True


def _write(table: Table, folder: Path, made_at: datetime) -> dict[str, "_Writer"]:
    with ExitStack() as stack:
        writers = {
            form: stack.enter_context(_WRITERS[form](table, folder / f"{table.slug}.{form}", made_at))
            for form in table.forms
        }
        for row in table.rows():
            values = table.values(row)
            for writer in writers.values():
                writer.add(row, values)
    return writers


def _give(table: Table, form: str, writer: "_Writer", made_at: datetime) -> None:
    """In the storage, then in the row: readers go from one whole file to the next."""
    sha256 = writer.sha256
    name = f"{FOLDER}/{table.slug}-{sha256[:16]}.{form}"
    storage = _storage()
    # The same rows make the same file: one that is named is whole, one that is not may never have been finished.
    if not DataFile.objects.filter(name=name).exists():
        for path, kept in ((writer.path, name), (writer.packed_path, f"{name}.gz")):
            storage.delete(kept)
            with path.open("rb") as written:
                storage.save(kept, File(written))
    DataFile.objects.update_or_create(
        table=table.slug,
        form=form,
        defaults={
            "name": name,
            "rows": writer.rows,
            "size": writer.size,
            "packed_size": writer.packed_path.stat().st_size,
            "sha256": sha256,
            "made_at": made_at,
        },
    )


def sweep() -> int:
    """Erase the files that no row names, but those that may be about to be named; how many."""
    storage = _storage()
    try:
        _folders, names = storage.listdir(FOLDER)
    except FileNotFoundError:
        names = []
    named = set(DataFile.objects.values_list("name", flat=True))
    erased = 0
    for name in (f"{FOLDER}/{name}" for name in names):
        if name.removesuffix(".gz") not in named and _is_old(storage, name):
            storage.delete(name)
            erased += 1
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if timezone.now().timestamp() - folder.stat().st_mtime > _LEFT.total_seconds():
            shutil.rmtree(folder, ignore_errors=True)
    return erased


def _is_old(storage: Storage, name: str) -> bool:
    try:
        return storage.get_modified_time(name) < timezone.now() - _LEFT
    except FileNotFoundError:
        # Another sweep erased it.
        return False


def _storage() -> Storage:
    return storages["default"]


def address_of(file: DataFile) -> str:
    """Where its bytes are: an address that never stands for others."""
    return _storage().url(file.name)


def opened(name: str) -> IO[bytes] | None:
    """The bytes of a file that this room made, for a site without a proxy that serves them."""
    storage = _storage()
    return storage.open(f"{FOLDER}/{name}") if storage.exists(f"{FOLDER}/{name}") else None


# --- Writing ---------------------------------------------------------------------------------------------------------


@dataclass
class _Writer:
    """One form of a table, as it is and compressed, hashed as it is written."""

    table: Table
    path: Path
    made_at: datetime
    rows: int = 0
    size: int = 0
    _hash: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def __enter__(self) -> "_Writer":
        self._plain = self.path.open("wb")
        self._packed_file = self.packed_path.open("wb")
        # Neither the hour nor the name of the temporary file are in it: the same rows, the same bytes.
        self._packed = gzip.GzipFile(filename="", fileobj=self._packed_file, mode="wb", compresslevel=_LEVEL, mtime=0)
        self._say(self.head())
        return self

    def __exit__(self, error_type, error, traceback) -> None:
        if error_type is None:
            self._say(self.end())
        for file in (self._packed, self._packed_file, self._plain):
            file.close()

    @property
    def packed_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.gz")

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def add(self, row: Row, values: dict[str, Value]) -> None:
        self._say(self.line(row, values))
        self.rows += 1

    def _say(self, text: str) -> None:
        written = text.encode()
        self._hash.update(written)
        self._plain.write(written)
        self._packed.write(written)
        self.size += len(written)

    def head(self) -> str:
        raise NotImplementedError

    def line(self, row: Row, values: dict[str, Value]) -> str:
        raise NotImplementedError

    def end(self) -> str:
        return ""


class _Csv(_Writer):
    """RFC 4180: commas, CRLF, quotes where they are needed; UTF-8 without a mark."""

    def head(self) -> str:
        self._line = _Line()
        self._cells = csv.writer(self._line)
        self._columns = self.table.columns
        self._cells.writerow([column.name for column in self._columns])
        return self._line.text

    def line(self, row: Row, values: dict[str, Value]) -> str:
        self._cells.writerow([column.cell(values[column.name]) for column in self._columns])
        return self._line.text


class _Line:
    """What `csv` writes to: its last line alone."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


class _Json(_Writer):
    def head(self) -> str:
        return f'{{{_said_before(self.table, self.made_at)}, "lignes": ['

    def line(self, row: Row, values: dict[str, Value]) -> str:
        return (",\n" if self.rows else "\n") + json.dumps(values, ensure_ascii=False)

    def end(self) -> str:
        return "\n]}\n"


class _GeoJson(_Writer):
    """RFC 7946: WGS 84, longitude first. What has no place has no geometry."""

    def head(self) -> str:
        return f'{{"type": "FeatureCollection", {_said_before(self.table, self.made_at)}, "features": ['

    def line(self, row: Row, values: dict[str, Value]) -> str:
        point = self.table.point(row) if self.table.point else None
        feature = {
            "type": "Feature",
            "id": values["identifiant"],
            "geometry": point and {"type": "Point", "coordinates": [round(point[1], 6), round(point[0], 6)]},
            "properties": values,
        }
        return (",\n" if self.rows else "\n") + json.dumps(feature, ensure_ascii=False)

    def end(self) -> str:
        return "\n]}\n"


_WRITERS: dict[str, type[_Writer]] = {"csv": _Csv, "json": _Json, "geojson": _GeoJson}


def _said_before(table: Table, made_at: datetime) -> str:
    """Members of the object that come before its rows."""
    said = {
        "jeu": table.slug,
        "fait_le": moment(made_at),
        "source": settings.SITE_ADDRESS,
        "licence": licence().address,
    }
    return json.dumps(said, ensure_ascii=False)[1:-1]


def files() -> Iterator[DataFile]:
    """What may be taken now, in the order of the tables."""
    found = {(file.table, file.form): file for file in DataFile.objects.all()}
    return (file for table in TABLES for form in table.forms if (file := found.get((table.slug, form))))
