"""What the database's triggers may have missed, and what it costs to write everything again."""

from django.db import connection

from search.finding import READABLE

#: Contents indexed by one statement.
_AT_ONCE = 1000
#: What is indexed, and by which function (migration `kept_by_the_database`).
_FUNCTIONS = {
    "initiatives_initiative": "search_index_initiatives",
    "events_event": "search_index_events",
    "initiatives_contribution": "search_index_discussions",
}
_MISSING = {
    "initiative": "SELECT id FROM initiatives_initiative row WHERE published_at IS NOT NULL AND withheld_at IS NULL"
    " AND merged_into_id IS NULL",
    "event": "SELECT id FROM events_event row WHERE published_at IS NOT NULL AND withheld_at IS NULL"
    " AND cancelled_at IS NULL",
    "discussion": "SELECT row.id FROM initiatives_contribution row JOIN initiatives_initiative around"
    " ON around.id = row.initiative_id WHERE row.parent_id IS NULL AND row.published_at IS NOT NULL"
    " AND row.withheld_at IS NULL AND row.erased_at IS NULL AND around.published_at IS NOT NULL"
    " AND around.withheld_at IS NULL AND around.merged_into_id IS NULL",
}


def mend() -> int:
    """Delete the entries of what nobody may read any more, write those that are missing; how many they were.

    Two transactions that cross (a tag is added while a moderator withholds) may leave one: it is never shown, since
    what is found is asked again of its own row.
    """
    mended = 0
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM search_entry e WHERE NOT ({READABLE})")  # noqa: S608 (made of constants)
        mended += cursor.rowcount
        for (kind, missing), function in zip(_MISSING.items(), _FUNCTIONS.values(), strict=True):
            cursor.execute(
                f"{missing} AND NOT EXISTS (SELECT FROM search_entry e WHERE e.kind = %s AND e.object_id = row.id)",
                [kind],
            )
            numbers = [number for (number,) in cursor.fetchall()]
            for first in range(0, len(numbers), _AT_ONCE):
                cursor.execute(f"SELECT {function}(%s::bigint[])", [numbers[first : first + _AT_ONCE]])
            mended += len(numbers)
    return mended


def index_all() -> None:
    """Write every entry again: after places were renamed, or weights changed. Searches go on meanwhile."""
    with connection.cursor() as cursor:
        for table, function in _FUNCTIONS.items():
            cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608 (made of constants)
            (last,) = cursor.fetchone()
            for first in range(0, last, _AT_ONCE):
                cursor.execute(
                    f"SELECT {function}(ARRAY(SELECT generate_series(%s::bigint, %s::bigint)))",
                    [first + 1, min(first + _AT_ONCE, last)],
                )
