"""What a team compares its initiative with: how fast others went, and how many links were used. Made each night.

Set by set, in the database, whatever the number of initiatives: of those of one kind and one scale, at most `SAMPLE`
are compared, drawn by their numbers, so that the old are among them as well as the new.
"""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

#: Days after it became public at which an initiative is compared with others.
AGES = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365)
#: Fewer tell more of each than of all.
FEWEST = 10
SAMPLE = 2000
#: Demands older than this are erased (asking.FORGET_AFTER).
DEMANDS_OF = timedelta(days=30)

_PACES = """
WITH opened AS (
    SELECT id, kind, (published_at AT TIME ZONE 'Europe/Paris')::date AS day,
        CASE WHEN commune_id IS NOT NULL THEN 'commune' WHEN department_id IS NOT NULL THEN 'department'
            WHEN region_id IS NOT NULL THEN 'region' ELSE 'country' END AS scale
    FROM initiatives_initiative WHERE published_at IS NOT NULL AND withheld_at IS NULL
), one_in AS (
    SELECT kind, scale, greatest(ceil(count(*) / %(sample)s::float8), 1)::bigint AS so_many
    FROM opened GROUP BY kind, scale
), compared AS (
    SELECT opened.* FROM opened JOIN one_in USING (kind, scale) WHERE abs(hashint8(id)::bigint) %% so_many = 0
), gathered AS (
    SELECT kind, scale, age, (
        SELECT coalesce(sum(count), 0) FROM initiatives_actday
        WHERE initiative_id = compared.id AND kind = 'support' AND day <= compared.day + age
    ) AS supports
    FROM compared CROSS JOIN unnest(%(ages)s::int[]) AS age
    -- A day that is not over would be compared with whole ones.
    WHERE compared.day + age < (%(now)s::timestamptz AT TIME ZONE 'Europe/Paris')::date
)
INSERT INTO initiatives_pace (kind, scale, age, low, middle, high, compared, made_at)
SELECT kind, scale, age, quartiles[1], quartiles[2], quartiles[3], compared, %(now)s::timestamptz
FROM (
    SELECT kind, scale, age, count(*) AS compared,
        percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY supports) AS quartiles
    FROM gathered GROUP BY kind, scale, age HAVING count(*) >= %(fewest)s::int
) AS told
ON CONFLICT (kind, scale, age) DO UPDATE
SET (low, middle, high, compared, made_at) =
    (excluded.low, excluded.middle, excluded.high, excluded.compared, excluded.made_at)
"""

# Pending rows hold an address, those that were confirmed by a link know when it was sent.
_CONFIRMING = """
INSERT INTO initiatives_confirming (initiative_id, confirmed, waiting, made_at)
SELECT asked.initiative_id, count(*) FILTER (WHERE asked.state <> 'pending'),
    count(DISTINCT asked.address_key) FILTER (WHERE asked.state = 'pending' AND given.id IS NULL),
    %(now)s::timestamptz
FROM initiatives_support asked
LEFT JOIN members_member member ON asked.state = 'pending' AND member.address_key = asked.address_key
LEFT JOIN initiatives_support given ON given.member_id = member.id AND given.initiative_id = asked.initiative_id
WHERE asked.written_at IS NOT NULL AND asked.created_at >= %(since)s::timestamptz
GROUP BY asked.initiative_id
ON CONFLICT (initiative_id) DO UPDATE
SET (confirmed, waiting, made_at) = (excluded.confirmed, excluded.waiting, excluded.made_at)
"""


def compare() -> None:
    """Made anew; what is told of no more goes. Twice at once is harmless."""
    now = timezone.now()
    values = {"now": now, "sample": SAMPLE, "ages": list(AGES), "fewest": FEWEST, "since": now - DEMANDS_OF}
    for statement, table in ((_PACES, "initiatives_pace"), (_CONFIRMING, "initiatives_confirming")):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            cursor.execute(f"DELETE FROM {table} WHERE made_at < %s", [now])  # noqa: S608 (one of ours)
