"""Exact counts of what happens in windows of time, shared by all processes, in PostgreSQL.

A window of 60 seconds goes from one full minute of the database's clock to the next: clocks of web machines that
differ change nothing. Counts live in an UNLOGGED table: a commit waits for no disk, and a crash of PostgreSQL forgets
them all.

Call these outside any transaction: a count is a row that others wait for until the transaction ends, and that a
rollback would take back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from core.statements import Statement

# Keys are taken in one order by everybody, so that two who count the same windows never wait for each other.
_HIT = Statement("""
WITH windows AS (
    SELECT window_key, window_seconds, times, place,
           floor(extract(epoch FROM statement_timestamp()) / window_seconds)::bigint AS slot
    FROM unnest(
        string_to_array(%(keys)s::text, ' '), string_to_array(%(seconds)s::text, ' ')::bigint[],
        string_to_array(%(times)s::text, ' ')::int[]
    ) WITH ORDINALITY AS asked (window_key, window_seconds, times, place)
), rows AS (
    SELECT concat_ws('/', window_key, window_seconds, slot) AS key, times, place,
           to_timestamp((slot + 1) * window_seconds) AS ends_at
    FROM windows
), counted AS (
    INSERT INTO core_hitcount AS already (key, hits, ends_at)
    SELECT key, max(times), max(ends_at) FROM rows GROUP BY key ORDER BY key
    ON CONFLICT (key) DO UPDATE SET hits = already.hits + excluded.hits
    RETURNING key, hits
)
SELECT hits FROM rows JOIN counted USING (key) ORDER BY place
""")

_ONCE = """
INSERT INTO core_hitcount (key, hits, ends_at) VALUES (%s, 1, statement_timestamp() + make_interval(secs => %s))
ON CONFLICT (key) DO NOTHING
"""

_HOLD = """
INSERT INTO core_hitcount AS already (key, hits, ends_at)
VALUES (%s, 1, statement_timestamp() + make_interval(secs => %s))
ON CONFLICT (key) DO UPDATE SET hits = already.hits + 1, ends_at = excluded.ends_at
"""

_IS_HELD = "SELECT EXISTS (SELECT FROM core_hitcount WHERE key = %s AND ends_at > statement_timestamp())"

# Nobody counts any more in a window that ended an hour ago: the two never wait for each other.
_FORGET = "DELETE FROM core_hitcount WHERE ends_at < statement_timestamp() - interval '1 hour'"


@dataclass(frozen=True)
class Window:
    """What is counted, and over how many seconds.

    A key holds no space, no address and no name in clear: hash them first.
    """

    key: str
    seconds: int


def hit(windows: Sequence[Window], *, times: Sequence[int] | None = None) -> list[int]:
    """Count one more in each window, in one statement; the counts, this one included, in the order asked.

    `times` says how many more in each, instead of one. A window named twice is counted once.
    """
    if not windows:
        return []
    times = [1] * len(windows) if times is None else list(times)
    keys, seconds = [each.key for each in windows], [each.seconds for each in windows]
    rows = _HIT.execute({"keys": _listed(keys), "seconds": _listed(seconds), "times": _listed(times)})
    return [int(hits) for (hits,) in rows]


def _listed(values: Sequence) -> str:
    """As PostgreSQL reads them: the driver takes longer to write an array than PostgreSQL to count."""
    return " ".join(map(str, values))


def first_time(key: str, *, seconds: int) -> bool:
    """True for the first caller of all with this key, False for the next ones during at least `seconds`.

    Unlike a window, it begins when it is called: no full hour or minute lets a key pass twice.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ONCE, [key, seconds])
        return cursor.rowcount == 1


def hold(key: str, *, seconds: int) -> None:
    """Hold the key for so long from now on; what was held already is held anew."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [f"held/{key}", seconds])


def is_held(key: str) -> bool:
    """Whether `hold` still holds the key, for all processes."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_HELD, [f"held/{key}"])
        return cursor.fetchone()[0]


def forget_ended() -> int:
    """Erase the windows that ended more than an hour ago; how many they were."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET)
        return cursor.rowcount
