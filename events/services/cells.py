"""The squares of the map hold what their events say, a few seconds after any change.

They are counted again from the events, never added to: nothing drifts. A trigger notes each square in which something
changes, with the change itself; counting takes what is noted, in the transaction that counts.
"""

from datetime import timedelta
from math import floor

from django.db import connection, transaction
from django.utils import timezone

from events.models import Event, StaleCell
from events.models.event import LAST_CALL
from events.models.mapcell import FIRST_ZOOM, LAST_ZOOM, SQUARE_HEIGHT, SQUARE_WIDTH

#: What was noted, or is over, for so long and is still not counted: nobody counts, and the squares are not believed.
_LATE = timedelta(seconds=30)
#: Events that leave the map, and squares that are counted, in one transaction.
_EVENTS, _SQUARES = 1_000, 200
#: Held by whoever counts, so that two never do.
_COUNTING_LOCK = 20100118

# Those that somebody holds leave with the next round.
_LEAVE = """
UPDATE events_event SET left_map_at = now() WHERE id IN (
    SELECT id FROM events_event WHERE left_map_at IS NULL AND ends_at <= now()
    ORDER BY ends_at LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
)
"""

# What is noted after this statement began is left to the next round: counting, which begins later, sees at least all
# that these notes are about.
_TAKE = """
WITH squares AS (
    SELECT x, y FROM events_stalecell GROUP BY x, y ORDER BY min(id) LIMIT %(most)s
), taken AS (
    DELETE FROM events_stalecell USING squares
    WHERE events_stalecell.x = squares.x AND events_stalecell.y = squares.y
)
SELECT x, y FROM squares
"""

_EMPTY = """
DELETE FROM events_mapcell USING unnest(%(x)s::int[], %(y)s::int[]) AS square (x, y)
WHERE zoom = %(zoom)s AND events_mapcell.x = square.x AND events_mapcell.y = square.y
"""

# One row for all the events of a square, one for each kind and each theme, and as many for those with a free place
# (EventQuerySet.with_free_places).
_COUNT = """
INSERT INTO events_mapcell (zoom, facet, y, x, count, latitudes, longitudes, south, west, north, east, event)
SELECT %(zoom)s,
    concat_ws('-',
        CASE GROUPING(event.kind) WHEN 0 THEN event.kind END,
        CASE GROUPING(event.theme_id) WHEN 0 THEN 'theme-' || event.theme_id END,
        CASE GROUPING(event.has_room) WHEN 0 THEN 'places' END
    ),
    square.y, square.x, count(*), sum(latitude), sum(longitude),
    min(latitude), min(longitude), max(latitude), max(longitude), min(id)
FROM unnest(%(x)s::int[], %(y)s::int[]) AS square (x, y)
CROSS JOIN LATERAL (
    SELECT id, latitude, longitude, kind, theme_id,
        capacity IS NULL OR (capacity > attendee_count + held_count
            AND (waiting_count = 0 OR starts_at < statement_timestamp() + %(last_call)s)) AS has_room
    FROM events_event
    WHERE latitude >= square.y * %(height)s AND latitude < (square.y + 1) * %(height)s
        AND longitude >= square.x * %(width)s AND longitude < (square.x + 1) * %(width)s
        AND published_at IS NOT NULL AND withheld_at IS NULL AND cancelled_at IS NULL AND left_map_at IS NULL
    OFFSET 0
) AS event
GROUP BY square.y, square.x, GROUPING SETS ((), (event.kind), (event.theme_id)), GROUPING SETS ((), (event.has_room))
HAVING (GROUPING(event.theme_id) = 1 OR event.theme_id IS NOT NULL) AND (GROUPING(event.has_room) = 1 OR event.has_room)
"""

# Four squares of a zoom make one of the zoom before.
_GATHER = """
INSERT INTO events_mapcell (zoom, facet, y, x, count, latitudes, longitudes, south, west, north, east, event)
SELECT %(zoom)s, facet, square.y, square.x, sum(count), sum(latitudes), sum(longitudes),
    min(south), min(west), max(north), max(east), min(event)
FROM unnest(%(x)s::int[], %(y)s::int[]) AS square (x, y)
JOIN events_mapcell AS part ON part.zoom = %(zoom)s + 1
    AND part.y BETWEEN 2 * square.y AND 2 * square.y + 1 AND part.x BETWEEN 2 * square.x AND 2 * square.x + 1
GROUP BY facet, square.y, square.x
"""


def leave_map() -> int:
    """What is over leaves the map. Returns how many events left it."""
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE, {"most": _EVENTS})
        return cursor.rowcount


def note_square(event: Event) -> None:
    """For what changes on the map as time passes, which no trigger sees."""
    if event.latitude is None or event.longitude is None:
        return
    width = SQUARE_WIDTH / 2**LAST_ZOOM
    x, y = floor(event.longitude / width), floor(event.latitude / (width * SQUARE_HEIGHT))
    StaleCell.objects.create(x=x, y=y, noted_at=timezone.now())


def count_squares() -> int:
    """Count again each square that was noted. Returns how many, 0 when somebody else is at it."""
    done = 0
    # What is noted meanwhile is for the next time: one that never ends would hold its place among the tasks.
    last = StaleCell.objects.order_by("-pk").values_list("pk", flat=True).first()
    while StaleCell.objects.filter(pk__lte=last or 0).exists():
        counted = _count_some()
        if not counted:
            break
        done += counted
    return done


@transaction.atomic
def _count_some() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [_COUNTING_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_TAKE, {"most": _SQUARES})
        squares = taken = cursor.fetchall()
        width = SQUARE_WIDTH / 2**LAST_ZOOM
        for zoom in range(LAST_ZOOM, FIRST_ZOOM - 1, -1):
            # A square of a zoom lies in that of half its number at the zoom before.
            squares = sorted({(x >> 1, y >> 1) for x, y in squares}) if zoom < LAST_ZOOM else squares
            asked = {"zoom": zoom, "x": [x for x, _y in squares], "y": [y for _x, y in squares]}
            cursor.execute(_EMPTY, asked)
            if zoom == LAST_ZOOM:
                cursor.execute(
                    _COUNT, asked | {"width": width, "height": width * SQUARE_HEIGHT, "last_call": LAST_CALL}
                )
            else:
                cursor.execute(_GATHER, asked)
        return len(taken)


def are_fresh() -> bool:
    """Whether the squares say what their events said less than a minute ago: somebody counts them."""
    since = timezone.now() - _LATE
    noted = StaleCell.objects.filter(noted_at__lt=since).values("pk")
    over = Event.objects.filter(left_map_at=None, ends_at__lt=since).order_by().values("pk")
    return not noted.union(over, all=True).exists()
