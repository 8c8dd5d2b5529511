"""The numbers shown become those of the rows.

A trigger writes a delta for each support that begins or ceases to count; folding adds the deltas to the numbers, in
total, by département and by commune. Nothing on the path of a request writes a number.
"""

from dataclasses import dataclass

from django.db import connection, transaction

#: How long folding waits for an initiative that somebody else holds. It then fails, is logged, and is tried again the
#: next second: without an end, one held row would stop all the numbers, and nothing would say so.
_PATIENCE = "2s"
#: Held while the shown numbers are written, so that two countings never overlap.
_COUNTING_LOCK = 20100117

# Rows are deleted and counted by one statement: whatever dies, each delta is counted once. Ids are never compared,
# since they commit out of order. An initiative that is gone takes its deltas with it.
_FOLD = """
WITH taken AS (
    DELETE FROM initiatives_supportdelta RETURNING initiative_id, commune_id, confirmed, suspect
), totals AS (
    SELECT initiative_id, sum(confirmed) AS confirmed, sum(suspect) AS suspect FROM taken GROUP BY initiative_id
), places AS (
    SELECT taken.initiative_id, commune.department_id, commune.code AS commune_id, sum(confirmed) AS confirmed
    FROM taken
    JOIN territories_commune commune ON commune.code = taken.commune_id
    JOIN initiatives_initiative ON initiatives_initiative.id = taken.initiative_id
    GROUP BY GROUPING SETS (
        (taken.initiative_id, commune.department_id, commune.code),
        (taken.initiative_id, commune.department_id)
    )
    HAVING sum(confirmed) <> 0
), tallied AS (
    INSERT INTO initiatives_supporttally (initiative_id, department_id, commune_id, count)
    SELECT initiative_id, department_id, commune_id, confirmed FROM places
    ON CONFLICT (initiative_id, commune_id, department_id)
    DO UPDATE SET count = initiatives_supporttally.count + excluded.count
)
UPDATE initiatives_initiative
SET support_count = support_count + totals.confirmed, suspect_count = suspect_count + totals.suspect,
    supports_counted_at = CASE WHEN totals.confirmed <> 0 THEN statement_timestamp() ELSE supports_counted_at END
FROM totals WHERE initiatives_initiative.id = totals.initiative_id
"""

# The truth is the rows, less the changes that are still to be folded.
_TRUTH = """
WITH changes AS (
    SELECT initiative_id, commune_id, (state = 'confirmed')::int AS confirmed, (state = 'suspect')::int AS suspect
    FROM initiatives_support WHERE state <> 'pending'
    UNION ALL
    SELECT initiative_id, commune_id, -confirmed, -suspect FROM initiatives_supportdelta
)
"""

_RECONCILE_TOTALS = (
    _TRUTH  # noqa: S608 (made of constants)
    + """
, truth AS (
    SELECT initiative.id, coalesce(sum(changes.confirmed), 0) AS confirmed, coalesce(sum(changes.suspect), 0) AS suspect
    FROM initiatives_initiative initiative LEFT JOIN changes ON changes.initiative_id = initiative.id
    GROUP BY initiative.id
), shown AS (
    SELECT id, support_count FROM initiatives_initiative
)
UPDATE initiatives_initiative
SET support_count = truth.confirmed, suspect_count = truth.suspect, supports_counted_at = statement_timestamp()
FROM truth JOIN shown ON shown.id = truth.id
WHERE initiatives_initiative.id = truth.id
    AND (initiatives_initiative.support_count, suspect_count) IS DISTINCT FROM (truth.confirmed, truth.suspect)
RETURNING truth.id, shown.support_count, truth.confirmed
"""
)

_RECONCILE_TALLIES = (
    _TRUTH  # noqa: S608 (made of constants)
    + """
, truth AS (
    SELECT changes.initiative_id, commune.department_id, commune.code AS commune_id, sum(changes.confirmed) AS confirmed
    FROM changes
    JOIN territories_commune commune ON commune.code = changes.commune_id
    JOIN initiatives_initiative ON initiatives_initiative.id = changes.initiative_id
    GROUP BY GROUPING SETS (
        (changes.initiative_id, commune.department_id, commune.code),
        (changes.initiative_id, commune.department_id)
    )
), repaired AS (
    INSERT INTO initiatives_supporttally AS tally (initiative_id, department_id, commune_id, count)
    SELECT initiative_id, department_id, commune_id, confirmed FROM truth
    WHERE confirmed <> 0 OR EXISTS (
        SELECT FROM initiatives_supporttally known
        WHERE known.initiative_id = truth.initiative_id AND known.department_id = truth.department_id
            AND known.commune_id IS NOT DISTINCT FROM truth.commune_id
    )
    ON CONFLICT (initiative_id, commune_id, department_id)
    DO UPDATE SET count = excluded.count WHERE tally.count <> excluded.count
    RETURNING initiative_id
), emptied AS (
    UPDATE initiatives_supporttally tally SET count = 0
    WHERE count <> 0 AND NOT EXISTS (
        SELECT FROM truth WHERE truth.initiative_id = tally.initiative_id
            AND truth.department_id = tally.department_id AND truth.commune_id IS NOT DISTINCT FROM tally.commune_id
    )
    RETURNING initiative_id
)
SELECT DISTINCT initiative_id FROM (TABLE repaired UNION ALL TABLE emptied) AS drifted
"""
)


@dataclass(frozen=True)
class Drift:
    """A number shown that was not that of the rows; equal when only suspects or places had drifted."""

    initiative_id: int
    shown: int
    rows: int


@transaction.atomic
def fold_supports() -> int:
    """Add the waiting deltas to the shown numbers. Returns how many initiatives changed, 0 if another is at it.

    Raises OperationalError when an initiative stays locked: nothing is lost, all is added the next time.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [_COUNTING_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
        cursor.execute(_FOLD)
        return cursor.rowcount


@transaction.atomic
def reconcile_supports() -> list[Drift]:
    """Recount every initiative from its rows, in total and by place, and repair what drifted. Returns the repairs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [_COUNTING_LOCK])
        cursor.execute(_RECONCILE_TOTALS)
        drifts = {row[0]: Drift(*row) for row in cursor.fetchall()}
        cursor.execute(_RECONCILE_TALLIES)
        for (initiative_id,) in cursor.fetchall():
            drifts.setdefault(initiative_id, Drift(initiative_id, 0, 0))
    return sorted(drifts.values(), key=lambda drift: drift.initiative_id)
