"""The numbers shown become those of the rows.

A trigger writes a delta for each support that begins or ceases to count; folding adds the deltas to the numbers, in
total, by département and by commune, by day, and by the link they came by. Nothing on the path of a request writes a
number.
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
    DELETE FROM initiatives_supportdelta RETURNING initiative_id, commune_id, day, source, confirmed, suspect
), days AS (
    -- A delta written before days were kept has none: its support was counted with the rows.
    INSERT INTO initiatives_actday (initiative_id, kind, day, count)
    SELECT taken.initiative_id, 'support', day, sum(confirmed)
    FROM taken JOIN initiatives_initiative ON initiatives_initiative.id = taken.initiative_id
    WHERE day IS NOT NULL GROUP BY taken.initiative_id, day HAVING sum(confirmed) <> 0
    ON CONFLICT (initiative_id, kind, day) DO UPDATE SET count = initiatives_actday.count + excluded.count
), sources AS (
    INSERT INTO initiatives_sourcetally (initiative_id, source, count)
    SELECT taken.initiative_id, source, sum(confirmed)
    FROM taken JOIN initiatives_initiative ON initiatives_initiative.id = taken.initiative_id
    WHERE source <> '' GROUP BY taken.initiative_id, source HAVING sum(confirmed) <> 0
    ON CONFLICT (initiative_id, source) DO UPDATE SET count = initiatives_sourcetally.count + excluded.count
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
), held AS (
    -- In the order in which a merger takes them: nobody waits in a circle.
    SELECT id FROM initiatives_initiative WHERE id IN (SELECT initiative_id FROM totals)
    ORDER BY id FOR NO KEY UPDATE
)
UPDATE initiatives_initiative
SET support_count = support_count + totals.confirmed, suspect_count = suspect_count + totals.suspect,
    supports_counted_at = CASE WHEN totals.confirmed <> 0 THEN statement_timestamp() ELSE supports_counted_at END,
    rank_due_on = CASE WHEN totals.confirmed <> 0 THEN initiatives_today() ELSE rank_due_on END
FROM totals JOIN held ON held.id = totals.initiative_id WHERE initiatives_initiative.id = held.id
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


_RECONCILE_SOURCES = """
WITH changes AS (
    SELECT initiative_id, source, 1 AS confirmed FROM initiatives_support WHERE state = 'confirmed' AND source <> ''
    UNION ALL
    SELECT initiative_id, source, -confirmed FROM initiatives_supportdelta
    JOIN initiatives_initiative ON initiatives_initiative.id = initiative_id
    WHERE source <> ''
), truth AS (
    SELECT coalesce(changes.initiative_id, known.initiative_id) AS initiative_id,
        coalesce(changes.source, known.source) AS source, coalesce(sum(changes.confirmed), 0) AS confirmed,
        bool_or(known.id IS NOT NULL) AS is_known
    FROM changes FULL JOIN initiatives_sourcetally known
        ON known.initiative_id = changes.initiative_id AND known.source = changes.source
    GROUP BY 1, 2
)
INSERT INTO initiatives_sourcetally AS tally (initiative_id, source, count)
SELECT initiative_id, source, confirmed FROM truth WHERE confirmed <> 0 OR is_known
ON CONFLICT (initiative_id, source) DO UPDATE SET count = excluded.count WHERE tally.count <> excluded.count
RETURNING initiative_id
"""


# By day of confirmation, for the rank: whatever drifted is ranked again.
_RECONCILE_DAYS = """
WITH changes AS (
    SELECT initiative_id, (confirmed_at AT TIME ZONE 'Europe/Paris')::date AS day, 1 AS confirmed
    FROM initiatives_support WHERE state = 'confirmed'
    UNION ALL
    SELECT initiative_id, day, -confirmed FROM initiatives_supportdelta WHERE day IS NOT NULL
), truth AS (
    SELECT changes.initiative_id, changes.day, sum(changes.confirmed) AS confirmed
    FROM changes JOIN initiatives_initiative ON initiatives_initiative.id = changes.initiative_id
    GROUP BY changes.initiative_id, changes.day
), repaired AS (
    INSERT INTO initiatives_actday AS known (initiative_id, kind, day, count)
    SELECT initiative_id, 'support', day, confirmed FROM truth
    WHERE confirmed <> 0 OR EXISTS (
        SELECT FROM initiatives_actday counted
        WHERE counted.initiative_id = truth.initiative_id AND counted.kind = 'support' AND counted.day = truth.day
    )
    ON CONFLICT (initiative_id, kind, day) DO UPDATE SET count = excluded.count WHERE known.count <> excluded.count
    RETURNING initiative_id
), emptied AS (
    UPDATE initiatives_actday known SET count = 0
    WHERE kind = 'support' AND count <> 0 AND NOT EXISTS (
        SELECT FROM truth WHERE truth.initiative_id = known.initiative_id AND truth.day = known.day
    )
    RETURNING initiative_id
)
UPDATE initiatives_initiative SET rank_due_on = initiatives_today()
FROM (TABLE repaired UNION TABLE emptied) AS drifted WHERE initiatives_initiative.id = drifted.initiative_id
RETURNING initiatives_initiative.id
"""


@dataclass(frozen=True)
class Drift:
    """A number shown that was not that of the rows; equal when only suspects, places or links had drifted."""

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
    """Recount every initiative from its rows, in total, by place, link and day, and repair what drifted.

    Returns the repairs.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [_COUNTING_LOCK])
        cursor.execute(_RECONCILE_TOTALS)
        drifts = {row[0]: Drift(*row) for row in cursor.fetchall()}
        for recount in (_RECONCILE_TALLIES, _RECONCILE_SOURCES, _RECONCILE_DAYS):
            cursor.execute(recount)
            for (initiative_id,) in cursor.fetchall():
                drifts.setdefault(initiative_id, Drift(initiative_id, 0, 0))
    return sorted(drifts.values(), key=lambda drift: drift.initiative_id)
