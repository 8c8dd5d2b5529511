"""Filling the tables from ``territories/data``: one COPY a table, again and again without harm."""

import csv
import hashlib
import lzma
from datetime import date

from django.db import connection, transaction

from territories.data import DATA_DIR, FILES
from territories.models import Commune, DataLoad, Department, Postcode, Region

#: Any number, the same for all who load: two servers starting together must not load together.
LOCK = 53_3536_0

MODELS = {"regions": Region, "departments": Department, "communes": Commune, "postcodes": Postcode}


def digest() -> str:
    """What tells one edition of the data files from another."""
    everything = hashlib.sha256((DATA_DIR / "EDITION").read_bytes())
    for name in FILES:
        everything.update((DATA_DIR / f"{name}.csv.xz").read_bytes())
    return everything.hexdigest()


@transaction.atomic
def load() -> bool:
    """Make the tables say what the files say. Returns False when they already did.

    Others point at these rows, so a row is written over, never replaced. A commune that the files no longer have
    stays, with the date of its end and the commune that took it in; a région or département stays as it was.
    """
    edition = digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [LOCK])
        newest = DataLoad.objects.first()
        if newest and newest.digest == edition:
            return False
        for name in FILES:
            _copy(cursor, name)
        for name in ("regions", "departments", "communes"):
            _upsert(cursor, name)
        _replace_postcodes(cursor)
        _end_communes(cursor)
        for model in MODELS.values():
            cursor.execute(f"ANALYZE {model._meta.db_table}")
        cursor.execute(f"DROP TABLE {', '.join(f'new_{name}' for name in FILES)}")
    DataLoad.objects.create(digest=edition)
    return True


def _read(name: str) -> tuple[list[str], bytes]:
    """The columns of a file, and its bytes."""
    content = lzma.decompress((DATA_DIR / f"{name}.csv.xz").read_bytes())
    header = content[: content.index(b"\n")].decode()
    return next(csv.reader([header])), content


def _columns(name: str) -> list[str]:
    return _read(name)[0]


def _copy(cursor, name: str) -> None:
    """A temporary table with the file's rows."""
    columns, content = _read(name)
    if name in MODELS:
        table = MODELS[name]._meta.db_table
        listed = ", ".join(columns)
        like = f"SELECT {listed} FROM {table} LIMIT 0"  # noqa: S608 names of our own columns
        cursor.execute(f"CREATE TEMPORARY TABLE new_{name} ON COMMIT DROP AS {like}")
    else:
        defined = ", ".join(f"{column} text" for column in columns)
        cursor.execute(f"CREATE TEMPORARY TABLE new_{name} ({defined}) ON COMMIT DROP")
    # An empty time zone is an empty string; an empty région or city is unknown.
    empty = [column for column in columns if not column.endswith("_id")]
    options = f"FORMAT csv, HEADER true, FORCE_NOT_NULL ({', '.join(empty)})"
    with cursor.copy(f"COPY new_{name} ({', '.join(columns)}) FROM STDIN WITH ({options})") as copy:
        copy.write(content)


def _upsert(cursor, name: str) -> None:
    table = MODELS[name]._meta.db_table
    columns = _columns(name)
    listed = ", ".join(columns)
    changed = [column for column in columns if column != "code"]
    back = ", ended_on = NULL, successor_id = NULL" if name == "communes" else ""
    same = " AND t.ended_on IS NULL" if name == "communes" else ""
    cursor.execute(
        # Names of our own tables and columns.
        f"""
        INSERT INTO {table} AS t ({listed}) SELECT {listed} FROM new_{name}
        ON CONFLICT (code) DO UPDATE SET {", ".join(f"{column} = excluded.{column}" for column in changed)}{back}
        WHERE NOT (({", ".join(f"t.{column}" for column in changed)})
            IS NOT DISTINCT FROM ({", ".join(f"excluded.{column}" for column in changed)}){same})
        """  # noqa: S608
    )


def _replace_postcodes(cursor) -> None:
    """Those of communes that still exist; the others keep theirs."""
    cursor.execute(
        """
        DELETE FROM territories_postcode AS p USING new_communes AS c
        WHERE c.code = p.commune_id
            AND NOT EXISTS (SELECT FROM new_postcodes AS n WHERE n.code = p.code AND n.commune_id = p.commune_id)
        """
    )
    cursor.execute(
        """
        INSERT INTO territories_postcode (code, commune_id) SELECT code, commune_id FROM new_postcodes
        ON CONFLICT (code, commune_id) DO NOTHING
        """
    )


def _end_communes(cursor) -> None:
    """Communes that the files no longer have ended on the day of the edition, and go to the one that took them in."""
    day = date.fromisoformat((DATA_DIR / "EDITION").read_text().strip())
    cursor.execute(
        """
        UPDATE territories_commune AS t SET
            ended_on = COALESCE(t.ended_on, %s::date),
            successor_id = (
                SELECT s.successor_id FROM new_successors AS s WHERE s.code = t.code
            )
        WHERE NOT EXISTS (SELECT FROM new_communes AS n WHERE n.code = t.code)
        """,
        [day],
    )
