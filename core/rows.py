"""Thousands of rows at once."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import Model
from django.db.models.expressions import DatabaseDefault


def copy_in(rows: Sequence[Model]) -> None:
    """Write new rows of one model by COPY, and give them their numbers: much sooner than `bulk_create`.

    As there, nothing is asked of `save`. What all of them leave to the database's own default is not read back.
    Raises ValueError when only some of them do.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if not field.generated and _is_said(rows, field.attname)]
    names = ", ".join(field.column for field in fields)
    with connection.cursor() as cursor:
        number = model._meta.pk
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, number.column, len(rows)],
        )
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = pk
        # Names of our own table and columns.
        with cursor.copy(f"COPY {model._meta.db_table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields])
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _is_said(rows: Sequence[Model], name: str) -> bool:
    left = {isinstance(getattr(row, name), DatabaseDefault) for row in rows}
    if len(left) > 1:
        raise ValueError(f"{name} is left to the database by some of these rows, and not by all")
    return not left.pop()
