"""The digests of a slice of members, by one statement.

It reads who is due, looks once around each of their homes and at each territory that they follow, keeps for each member
what they have not been shown, writes their message in the outbox and where they stand. Whoever has nothing new is not
written to.
"""

from datetime import timedelta

from members.models import Consent
from notifications.digests import ITEMS, LINES
from notifications.kinds import DIGEST

#: Members whose turn it is at once. Written in the statement: a plan that is kept must know how few they are.
SLICE = 1000
#: Kilometres around a home, tried in turn until there are `ENOUGH`.
CIRCLES_KM = (10, 30, 100)
ENOUGH = 5
#: Around a home so many are looked at, the nearest circle and the newest first.
_LOOKED_AT = 60
#: A département where fewer were active lately hears of itself every day, the others every week.
YOUNG = 50
#: After so many digests without a visit they come each month.
PATIENCE = 3
#: Days between two digests.
DAILY, WEEKLY, MONTHLY = 1, 7, 30
#: What somebody was shown near home and may still be told to others: the newest of it.
_REMEMBERED = 900
#: What was told longer ago, and waited, is not news: it stands on the site.
STALE = timedelta(days=45)

_KM = """
12742.0176 * asin(least(1, sqrt(
    sin(radians(happening.latitude - commune.latitude) / 2) ^ 2
    + cos(radians(commune.latitude)) * cos(radians(happening.latitude))
    * sin(radians(happening.longitude - commune.longitude) / 2) ^ 2
)))
"""
_COLUMNS = "happening.id, happening.kind, initiative_id, event_id, action_id, is_partners, moved_at"
_ORDER = f"ORDER BY is_partners, moved_at DESC, id DESC LIMIT {_LOOKED_AT}"


def _within(circle: int, beyond: int, km: int, wider: str = "") -> str:
    """What is so far from a home, first by a box that is a little too large: a degree of latitude is 111.19 km."""
    degrees = 1.01 * km / 111.19
    return f"""(
        SELECT * FROM (
            SELECT {_COLUMNS}, {circle} AS circle, {_KM} AS km FROM pages_happening happening
            WHERE is_shown AND latitude IS NOT NULL AND point(longitude, latitude) <@ box(
                point(commune.longitude - {degrees:.4f} / cos(radians(commune.latitude)),
                      commune.latitude - {degrees:.4f}),
                point(commune.longitude + {degrees:.4f} / cos(radians(commune.latitude)),
                      commune.latitude + {degrees:.4f})
            ) AND {_KM} > {beyond} AND {_KM} <= {km}
            {wider}
        ) there {_ORDER}
    )"""  # noqa: S608 (ours)


def _of(circle: int, condition: str) -> str:
    """What is of a whole département or région, without a point."""
    return f"""UNION ALL
            SELECT {_COLUMNS}, {circle} AS circle, 0 AS km FROM pages_happening happening
            WHERE is_shown AND latitude IS NULL AND {condition}"""  # noqa: S608 (ours)


# The indexes' own conditions are said too.
_OF_DEPARTMENT = "happening.department <> '' AND happening.department = commune.department_id"
_OF_REGION = "happening.department = '' AND happening.region = department.region_id"
# A circle is looked at only when those within it hold too little: PostgreSQL stops at the limit.
_AROUND = " UNION ALL ".join(
    [
        _within(1, -1, CIRCLES_KM[0]),
        _within(2, CIRCLES_KM[0], CIRCLES_KM[1], _of(2, _OF_DEPARTMENT)),
        _within(
            3,
            CIRCLES_KM[1],
            CIRCLES_KM[2],
            _of(3, _OF_REGION),
        ),
    ]
)

# The newest of a whole département that somebody follows, or of those of a région and of that région itself.
_WIDE = f"""(
        SELECT there.* FROM (
            SELECT code FROM territories_department
            WHERE (code = place OR 'r' || region_id = place)
                AND NOT (%(is_frozen)s::boolean AND code = ANY(%(frozen)s::varchar[]))
        ) inside CROSS JOIN LATERAL (
            SELECT {_COLUMNS}, 2 AS circle, 0 AS km FROM pages_happening happening
            WHERE is_shown AND department = inside.code AND department <> '' {_ORDER}
        ) there
        UNION ALL (
            SELECT {_COLUMNS}, 3 AS circle, 0 AS km FROM pages_happening happening
            WHERE is_shown AND latitude IS NULL AND department = '' AND 'r' || region = place {_ORDER}
        )
        {_ORDER}
    )"""  # noqa: S608 (ours)

# What somebody did whom its reader has blocked since stays on the site. Not an EXISTS, which may read all blocks.
_WANTED = """COALESCE(
            (SELECT false FROM members_block WHERE blocker_id = line.recipient_id AND blocked_id = line.by_id), true
        )"""

MAKE = f"""
WITH slice AS MATERIALIZED (
    SELECT id, COALESCE(home_commune_id, '') AS home, active_on, is_active AND NOT is_demonstration AS is_there
    FROM members_member
    WHERE (COALESCE(home_commune_id, ''), id) > (%(after_home)s::varchar, %(after_id)s::bigint)
        AND (COALESCE(home_commune_id, '') = ANY(%(communes)s::varchar[])) = %(are_those)s::boolean
    ORDER BY COALESCE(home_commune_id, ''), id LIMIT {SLICE}
), turn AS MATERIALIZED (
    SELECT slice.id, home, active_on, COALESCE(rhythm.shown, '{{}}') AS shown, last_on,
        COALESCE(chosen.digest, 'auto') = 'auto' AS is_ours,
        CASE WHEN last_on <= active_on THEN 0 ELSE COALESCE(unanswered, 0) END AS unanswered,
        CASE chosen.digest
            WHEN 'daily' THEN {DAILY} WHEN 'weekly' THEN {WEEKLY} WHEN 'monthly' THEN {MONTHLY}
            ELSE CASE WHEN COALESCE(activity.members, 0) < {YOUNG} THEN {DAILY} ELSE {WEEKLY} END
        END AS days
    FROM slice
    LEFT JOIN territories_commune commune ON commune.code = home
    LEFT JOIN pages_departmentactivity activity ON activity.code = COALESCE(commune.department_id, '')
    -- Each by its key, whatever is known of tables that grow by all members in one evening.
    LEFT JOIN LATERAL (SELECT * FROM notifications_rhythm WHERE member_id = slice.id OFFSET 0) rhythm ON true
    LEFT JOIN LATERAL (SELECT * FROM notifications_mailsettings WHERE member_id = slice.id OFFSET 0) chosen ON true
    WHERE is_there AND chosen.digest IS DISTINCT FROM 'never'
        AND NOT COALESCE(rhythm.asked_on > active_on, false)
        AND NOT (%(is_frozen)s::boolean
            AND COALESCE(commune.department_id = ANY(%(frozen)s::varchar[]), %(all_france)s::boolean))
), due AS MATERIALIZED (
    SELECT turn.*, waiting.lines,
        home <> '' AND EXISTS (
            SELECT FROM members_consent
            WHERE member_id = turn.id AND purpose = '{Consent.Purpose.DIGEST}' AND withdrawn_at IS NULL
        ) AS agreed
    FROM turn CROSS JOIN LATERAL (
        SELECT count(*) AS lines FROM notifications_notification line
        WHERE line.recipient_id = turn.id AND line.mail = 'digest' AND line.digest_id IS NULL
            AND line.created_at BETWEEN %(stale)s::timestamptz AND %(now)s::timestamptz
            AND {_WANTED}
    ) waiting
    WHERE last_on IS NULL OR last_on + CASE WHEN is_ours AND unanswered >= {PATIENCE} THEN {MONTHLY} ELSE days END
        <= %(today)s::date
), reader AS MATERIALIZED (
    -- What is theirs already, what they turned away from, and whom: nothing of it is news.
    SELECT id, home, agreed, shown, lines,
        ARRAY(
            SELECT initiative_id FROM initiatives_support WHERE member_id = due.id
            UNION ALL SELECT id FROM initiatives_initiative WHERE author_id = due.id
            UNION ALL SELECT initiative_id FROM initiatives_coorganiser WHERE member_id = due.id
        ) AS initiatives,
        ARRAY(
            SELECT event_id FROM events_attendance WHERE member_id = due.id
            UNION ALL SELECT id FROM events_event WHERE author_id = due.id
        ) AS events,
        ARRAY(SELECT action_id FROM initiatives_commitment WHERE member_id = due.id) AS actions,
        ARRAY(SELECT about::text FROM notifications_mute WHERE member_id = due.id) AS muted,
        ARRAY(
            SELECT blocked_id FROM members_block WHERE blocker_id = due.id
            UNION ALL SELECT blocker_id FROM members_block WHERE blocked_id = due.id
        ) AS apart
    FROM due WHERE agreed OR EXISTS (SELECT FROM notifications_follow WHERE member_id = due.id)
), watched AS MATERIALIZED (
    -- Their home, and what they follow: a commune or a département by its code, a région as "r53".
    SELECT id AS member_id, home AS place, true AS is_home FROM reader WHERE agreed
    UNION ALL
    SELECT reader.id, COALESCE(followed.commune_id, followed.department_id, 'r' || followed.region_id), false
    FROM reader JOIN notifications_follow followed ON followed.member_id = reader.id
    LEFT JOIN territories_commune commune ON commune.code = followed.commune_id
    WHERE NOT (agreed AND followed.commune_id IS NOT DISTINCT FROM home)
        AND NOT COALESCE(
            %(is_frozen)s::boolean
            AND COALESCE(commune.department_id, followed.department_id) = ANY(%(frozen)s::varchar[]), false
        )
), around AS MATERIALIZED (
    -- Once for all the neighbours of a commune.
    SELECT item.*, COALESCE(event.author_id, initiative.author_id) AS author_id
    FROM (
        SELECT place, item.*
        FROM (SELECT DISTINCT place FROM watched) places
        JOIN territories_commune commune ON commune.code = place
        JOIN territories_department department ON department.code = commune.department_id
        CROSS JOIN LATERAL (SELECT * FROM ({_AROUND}) circles LIMIT {_LOOKED_AT}) item
        UNION ALL
        SELECT place, item.*
        FROM (SELECT DISTINCT place FROM watched WHERE length(place) < 5 AND NOT is_home) places
        CROSS JOIN LATERAL {_WIDE} item
    ) item
    LEFT JOIN initiatives_initiative initiative ON initiative.id = item.initiative_id
    LEFT JOIN events_event event ON event.id = item.event_id
), once AS (
    -- What is near two of their places is said of home, else of the nearest.
    SELECT DISTINCT ON (reader.id, around.id) reader.id AS member_id, lines, around.id, circle, km,
        is_partners, moved_at, CASE WHEN NOT is_home THEN place END AS followed
    FROM reader JOIN watched ON watched.member_id = reader.id JOIN around USING (place)
    WHERE around.id <> ALL (shown)
        AND (initiative_id IS NULL OR kind = 'action' OR initiative_id <> ALL (initiatives))
        AND (event_id IS NULL OR event_id <> ALL (events))
        AND (action_id IS NULL OR action_id <> ALL (actions))
        AND (author_id IS NULL OR author_id <> reader.id AND author_id <> ALL (apart))
        AND NOT muted && ARRAY[
            'initiatives.initiative ' || initiative_id, 'events.event ' || event_id, 'members.member ' || author_id
        ]
    ORDER BY reader.id, around.id, is_home DESC, circle, km, place
), news AS (
    SELECT *, row_number() OVER (PARTITION BY member_id ORDER BY circle, is_partners, moved_at DESC, id DESC) AS rank
    FROM once
), picked AS MATERIALIZED (
    SELECT member_id, array_agg(id) AS items,
        jsonb_agg(
            jsonb_strip_nulls(jsonb_build_object(
                'about', 'pages.happening ' || id, 'km', round(km::numeric, 1), 'followed', followed
            )) ORDER BY rank
        ) AS near
    FROM (
        SELECT *, max(circle) FILTER (WHERE rank <= {ENOUGH}) OVER (PARTITION BY member_id) AS widest FROM news
    ) here
    WHERE circle <= widest AND rank <= {ITEMS} - least(lines, {LINES})
    GROUP BY member_id
), digest AS (
    INSERT INTO notifications_notification (recipient_id, kind, key, context, created_at, due_at)
    SELECT due.id, '{DIGEST}', %(key)s::varchar,
        jsonb_build_object(
            'home', home, 'lines', lines, 'near', COALESCE(near, '[]'),
            'slows', is_ours AND days < {MONTHLY} AND unanswered + 1 >= {PATIENCE}
        ), %(now)s::timestamptz, %(now)s::timestamptz
    FROM due LEFT JOIN picked ON picked.member_id = due.id
    WHERE lines > 0 OR near IS NOT NULL
    -- The same for neighbours, one after the other: their message is made once.
    ORDER BY home, lines > 0, near, due.id
    ON CONFLICT (key, recipient_id) DO NOTHING
    RETURNING id, recipient_id
), taken AS (
    UPDATE notifications_notification line SET digest_id = digest.id FROM digest
    WHERE line.recipient_id = digest.recipient_id AND line.mail = 'digest' AND line.digest_id IS NULL
        AND line.created_at BETWEEN %(stale)s::timestamptz AND %(now)s::timestamptz
        AND {_WANTED}
), stands AS (
    INSERT INTO notifications_rhythm (member_id, last_on, unanswered, shown)
    SELECT due.id, %(today)s::date, least(unanswered + 1, 1000),
        -- What is gone cannot be shown again.
        ARRAY(
            SELECT kept FROM unnest(shown) kept WHERE EXISTS (SELECT FROM pages_happening WHERE id = kept)
            ORDER BY kept DESC LIMIT {_REMEMBERED}
        ) || COALESCE(items, '{{}}')
    FROM digest JOIN due ON due.id = digest.recipient_id LEFT JOIN picked ON picked.member_id = due.id
    ON CONFLICT (member_id) DO UPDATE SET
        last_on = excluded.last_on, unanswered = excluded.unanswered, shown = excluded.shown
)
SELECT home, id, (SELECT count(*) FROM digest) FROM slice ORDER BY home DESC, id DESC LIMIT 1
"""  # noqa: S608 (ours)
