"""`python -m bench.map`: what the map costs with 200,000 coming events.

Makes a database of its own in the embedded PostgreSQL of `make run` (which must not be running), or in the server of
DATABASE_URL, fills it, asks the box endpoint at five zooms in one process, shows the plans (`--plans`), and drops the
database. The last line is one JSON object: per zoom `p50_ms`, `p99_ms`, `sql_ms`, `bytes`, `markers`, `queries`.
"""

import argparse
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from deploy.postgres import VAR, Cluster

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "bench_map"
# Events in communes drawn by their population; one in five has a point of its own, the others the commune's centre. One
# in three has a theme, one in four a number of places, of which one in five is full.
FILL = """
WITH towns AS (
    SELECT row_number() OVER (ORDER BY code) AS place, code, department_id, latitude, longitude,
           sum(population + 200) OVER (ORDER BY code)::float AS upto
    FROM territories_commune WHERE kind = 'commune'
), steps AS (
    SELECT array_agg(upto ORDER BY upto) AS thresholds, max(upto) AS people FROM towns
), themes AS (
    SELECT array_agg(id ORDER BY theme_rank) AS numbers FROM initiatives_tag WHERE theme_rank IS NOT NULL
), drawn AS MATERIALIZED (
    SELECT n, now() + random() * interval '120 days' AS starts_at,
           1 + width_bucket(random() * people, thresholds) AS place
    FROM generate_series(1, %(count)s) n, steps
)
INSERT INTO events_event (
    kind, title, description, starts_at, ends_at, time_zone, commune_id, department_id, place_name, address,
    latitude, longitude, precision, theme_id, capacity, attendee_count, online_url, created_at, updated_at, published_at,
    attendees_told, held_count, waiting_count, walk_in_count, sequence, told_sequence, geocode_tries, checklist
)
SELECT
    (ARRAY['meeting', 'cleanup', 'debate', 'workshop', 'walk'])[1 + n %% 5], 'Réunion publique ' || n,
    repeat('On y parlera du verger. ', 25), starts_at, starts_at + interval '2 hours', 'Europe/Paris',
    code, department_id, 'Salle des fêtes', '',
    latitude + CASE WHEN n %% 5 = 0 THEN (random() - 0.5) * 0.03 ELSE 0 END,
    longitude + CASE WHEN n %% 5 = 0 THEN (random() - 0.5) * 0.03 ELSE 0 END,
    'commune', CASE WHEN n %% 3 = 0 THEN numbers[1 + n / 3 %% cardinality(numbers)] END,
    CASE WHEN n %% 4 = 0 THEN 20 END, CASE WHEN n %% 20 = 0 THEN 20 ELSE 0 END, '', now(), now(), now(),
    0, 0, 0, 0, 0, 0, 0, '[]'
FROM drawn JOIN towns USING (place), themes
"""


@contextmanager
def database():
    """The address of an empty database, dropped in the end."""
    if server := os.environ.get("DATABASE_URL"):
        with made(server) as address:
            yield address
    else:
        with Cluster(VAR / "postgres") as cluster, made(cluster.url()) as address:
            yield address


@contextmanager
def made(server: str):
    parts = urlsplit(server)
    address = urlunsplit(parts._replace(path=f"{parts.path.rpartition('/')[0]}/{DATABASE}"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        connection.execute(f"CREATE DATABASE {DATABASE}")
        try:
            yield address
        finally:
            connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def fill(address: str, count: int) -> None:
    for command in ("migrate", "load_territories"):
        subprocess.run([sys.executable, "manage.py", command, "--verbosity=0"], cwd=ROOT, env=os.environ, check=True)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SELECT setseed(0.5)")
        connection.execute(FILL, {"count": count})
        connection.execute("VACUUM ANALYZE events_event")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--plans", action="store_true")
    asked = parser.parse_args()
    with database() as address:
        os.environ |= {"DATABASE_URL": address, "DEVELOPMENT": "1", "DJANGO_SETTINGS_MODULE": "possibles.settings"}
        fill(address, asked.events)
        subprocess.run([sys.executable, "-m", "bench.map_figures", *["--plans"] * asked.plans], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
