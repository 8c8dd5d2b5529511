"""The figures that `bench.map` asks of the database that it filled (DATABASE_URL): the last line is one JSON object.

Counts the squares of the map first, as the task of every five seconds does.
"""

import json
import statistics
import sys
import time

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.cache import caches  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bench.map import HOST, VIEWS, address_of  # noqa: E402
from events import mapping  # noqa: E402
from events.agenda import Search, themes  # noqa: E402
from events.models import Event  # noqa: E402
from events.services import cells  # noqa: E402

ROUNDS = 15
POSTGIS_COLUMN = """
ALTER TABLE events_event ADD COLUMN bench_point geometry(Point, 4326);
UPDATE events_event SET bench_point = ST_SetSRID(ST_MakePoint(longitude, latitude), 4326);
CREATE INDEX bench_point ON events_event USING gist (bench_point);
"""
#: Cells of the same size over the same box: the number of each, its middle, its extent, one of its events.
POSTGIS = """
EXPLAIN (ANALYZE, BUFFERS)
SELECT ST_SnapToGrid(bench_point, %(width)s, %(height)s) AS cell, count(*),
    avg(ST_Y(bench_point)), avg(ST_X(bench_point)), ST_Extent(bench_point), min(id)
FROM events_event
WHERE bench_point && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326) AND ends_at > now()
    AND published_at IS NOT NULL AND withheld_at IS NULL AND cancelled_at IS NULL
GROUP BY cell
"""


def execution(plan: str) -> float:
    """Milliseconds."""
    return float(plan.rsplit("Execution Time: ", 1)[1].split(maxsplit=1)[0])


def explained(rows) -> tuple[float, str]:
    """The median of the times that PostgreSQL says, and the last plan."""
    plans = [rows.explain(analyze=True, buffers=True) for _ in range(ROUNDS)]
    return round(statistics.median(map(execution, plans)), 2), plans[-1]


def has_postgis() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        cursor.execute(POSTGIS_COLUMN)
        cursor.execute("VACUUM ANALYZE events_event")
        return True


def by_postgis(grid: mapping.Grid) -> float:
    box = dict(zip(("west", "south", "east", "north"), grid.edges, strict=True))
    width, height = grid.cell
    with connection.cursor() as cursor:
        times = []
        for _ in range(ROUNDS):
            cursor.execute(POSTGIS, box | {"width": width, "height": height})
            times.append(execution("\n".join(line for (line,) in cursor.fetchall())))
    return statistics.median(times)


def measure(*, plans: bool) -> dict:
    start = time.perf_counter()
    cells.leave_map()
    squares = cells.count_squares()
    print(f"{squares} squares counted in {time.perf_counter() - start:.1f} s, all being new")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE events_event, events_mapcell, events_stalecell")
    client, figures = Client(HTTP_HOST=HOST), {}
    for zoom, bbox in VIEWS.items():
        caches["local"].clear()
        with CaptureQueriesContext(connection) as bill:
            answer = client.get(address_of(zoom), secure=True)
        grid = mapping.Grid.over(mapping.Box.parse(bbox), zoom)
        sql, plan = explained(mapping.counted(Search(), grid))
        filtered, filtered_plan = explained(mapping.counted(Search(kind="debate", theme=themes()[0]), grid))
        if plans:
            print(f"\n-- zoom {zoom}, {bbox}\n{plan}\n\n-- the same, debates of one theme\n{filtered_plan}")
        figures[zoom] = {
            "queries": len(bill),
            "events": sum(marker["count"] for marker in answer.json()["markers"]),
            "sql_ms": sql,
            "sql_two_filters_ms": filtered,
            "sql_from_events_ms": explained(mapping.from_events(Event.objects.coming(), grid))[0],
        }
    # Last: a table that has one more column is no more the site's.
    installed = has_postgis()
    for zoom, bbox in VIEWS.items():
        grid = mapping.Grid.over(mapping.Box.parse(bbox), zoom)
        figures[zoom]["ratio_postgis"] = round(figures[zoom]["sql_ms"] / by_postgis(grid), 4) if installed else None
    return figures


if __name__ == "__main__":
    # What a process keeps for a moment would hide a query.
    settings.HOT_SECONDS = 0
    print(json.dumps(measure(plans="--plans" in sys.argv)))
