"""Statements that a crowd sends: the driver's own layers, for one that never changes, take longer than the rest.

A `Statement` is prepared once by each connection, then executed by one function of libpq: 0.02 ms of processor, where
Django's cursor and psycopg's take 0.07. For what thousands do each minute; everything else goes through Django.
"""

import itertools
import re
import time
from collections.abc import Mapping

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import DiagnosticField, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

_HOLE = re.compile(r"%\((\w+)\)s")
_FORGOTTEN = InvalidSqlStatementName.sqlstate.encode()
_numbers = itertools.count(1)

#: A row: each value as PostgreSQL writes it, None for NULL.
Row = tuple[str | None, ...]


class Statement:
    """`sql` names its values, each with its type: `%(support)s::bigint`. It is one statement, of one text for ever."""

    def __init__(self, sql: str) -> None:
        self.text = sql
        self.names = list(dict.fromkeys(_HOLE.findall(sql)))
        self.sql = _HOLE.sub(lambda hole: f"${self.names.index(hole[1]) + 1}", sql)
        self._number = next(_numbers)

    def execute(self, values: Mapping[str, object]) -> list[Row]:
        """Its rows. Alone it is committed; within `transaction.atomic` it is part of it. Raises Django's errors."""
        said = [_written(values[name]) for name in self.names]
        database = connections[DEFAULT_DB_ALIAS]
        # As before Django's own cursors.
        database.close_if_health_check_failed()
        database.ensure_connection()
        began = time.monotonic() if database.queries_logged else 0.0
        with database.wrap_database_errors:
            try:
                result = self._alone(said, database) if database.get_autocommit() else self._within(said, database)
                _raise_if_refused(result)
            finally:
                if began:
                    database.queries_log.append({"sql": self.sql, "time": f"{time.monotonic() - began:.3f}"})
        columns = range(result.nfields)
        return [
            tuple(None if (raw := result.get_value(row, column)) is None else raw.decode() for column in columns)
            for row in range(result.ntuples)
        ]

    def _alone(self, values: list[bytes | None], database: BaseDatabaseWrapper) -> PGresult:
        result = self._execute(values, database)
        if result.error_field(DiagnosticField.SQLSTATE) == _FORGOTTEN:
            # After a rollback psycopg has the server forget all that was prepared; nothing was done.
            database.prepared.clear()
            result = self._execute(values, database)
        return result

    def _execute(self, values: list[bytes | None], database: BaseDatabaseWrapper) -> PGresult:
        server = database.connection.pgconn
        name = database.prepared.get(self._number)
        if name is None:
            name = b"possibles_%d" % self._number
            _raise_if_refused(server.prepare(name, self.sql.encode()))
            database.prepared[self._number] = name
        return server.exec_prepared(name, values)

    def _within(self, values: list[bytes | None], database: BaseDatabaseWrapper) -> PGresult:
        """Part of a transaction, which a statement that was forgotten would end: it is parsed each time."""
        server = database.connection.pgconn
        if server.transaction_status == TransactionStatus.IDLE:
            # Django leaves it to psycopg to begin.
            database.connection.execute("SELECT")
        return server.exec_params(self.sql.encode(), values)


def _written(value: object) -> bytes | None:
    """As PostgreSQL reads it."""
    if value is None:
        return None
    written = b"\\x" + value.hex().encode() if isinstance(value, bytes) else str(value).encode()
    if b"\0" in written:
        # It would end there.
        raise ValueError("PostgreSQL keeps no text with a NUL character.")
    return written


def _raise_if_refused(result: PGresult) -> None:
    if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        raise error_from_result(result)
