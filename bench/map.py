"""`make bench-map`: what the map costs with 200,000 coming events.

Makes a database of its own in the embedded PostgreSQL of `make run` (which must not be running), or in the server of
DATABASE_URL; fills it, counts the squares of the map, and asks the box endpoint of the site that production runs, at
five zooms, in turn with a file of the same bytes from the same server, without and with the page cache; then the same
of PostGIS, where PostgreSQL has it. Shows the plans (`--plans`); nothing is left after. About two minutes.

The last line is one JSON object: per zoom `p50_ms`, `p99_ms`, `bytes`, `queries`, `ratio_static` and `ratio_postgis`
(our time over theirs: below 1 we are faster; null where PostGIS is not installed), and what docs/events.md says of the
others.
"""

import argparse
import gzip
import http.client
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import environ
import psycopg

from bench.figures import percentile
from bench.site import HOST, Parts, command_of, environment, folder_of, free_port, manage
from deploy import processes
from deploy.postgres import ROOT, VAR, Cluster

DATABASE = "bench_map"
FOLDER = VAR / "bench-map"
#: Zoom, then the box that a wide screen asks: the world, the country, a region, a département, a city.
VIEWS = {
    3: "-180,-61.875,180,85.078125",
    6: "-11.25,38.671875,14.0625,54.140625",
    8: "-4.921875,46.4062500,0,49.3066406",
    10: "-2.1093750,47.7355957,-0.7031250,48.5815430",
    13: "2.2631836,48.8081360,2.4389648,48.9138794",
}
MAP, STATIC = "/evenements/carte.json", "/static/bench/zoom-{}.json"
ASKED = {"Host": HOST, "X-Forwarded-Proto": "https", "Accept-Encoding": "gzip"}
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
    latitude, longitude, precision, theme_id, capacity, attendee_count, online_url, created_at, updated_at,
    published_at, attendees_told, held_count, waiting_count, walk_in_count, sequence, told_sequence, geocode_tries,
    checklist
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
def database(name: str) -> Iterator[str]:
    """The address of an empty database of this name, dropped in the end."""
    if server := os.environ.get("DATABASE_URL"):
        with made(server, name) as address:
            yield address
    else:
        with Cluster(VAR / "postgres") as cluster, made(cluster.url("postgres"), name) as address:
            yield address


def connect(address: str) -> psycopg.Connection:
    """To the database of a DATABASE_URL, as the settings read it: the embedded cluster's names a socket's folder."""
    known = environ.Env.db_url_config(address)
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    return psycopg.connect(
        autocommit=True, **{name: known[theirs] for name, theirs in names.items() if known.get(theirs)}
    )


@contextmanager
def made(server: str, name: str) -> Iterator[str]:
    parts = urlsplit(server)
    address = urlunsplit(parts._replace(path=f"{parts.path.rpartition('/')[0]}/{name}"))
    with connect(server) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield address
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def fill(address: str, count: int, env: dict[str, str]) -> None:
    manage("migrate", "--no-input", "--verbosity=0", env=env)
    manage("load_territories", "--verbosity=0", env=env)
    manage("collectstatic", "--no-input", "--verbosity=0", env=env)
    with connect(address) as connection:
        connection.execute("SELECT setseed(0.5)")
        connection.execute(FILL, {"count": count})
        connection.execute("VACUUM ANALYZE events_event")


def address_of(zoom: int) -> str:
    return f"{MAP}?{urlencode({'bbox': VIEWS[zoom], 'zoom': zoom})}"


class Client:
    """One connection, kept open as a proxy keeps it."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def time(self, path: str) -> float:
        """Milliseconds until the last byte of its answer."""
        start = time.perf_counter()
        self.connection.request("GET", path, headers=ASKED)
        answer = self.connection.getresponse()
        self.body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        return (time.perf_counter() - start) * 1000


@contextmanager
def serving(env: dict[str, str], folder: Path) -> Iterator[Client]:
    """What serves readers, alone."""
    with Parts(folder) as parts:
        port = free_port()
        parts.start("pages", command_of("pages", port=port), env=env)
        parts.wait_until_open(port, path="/sante/")
        yield Client(port)


def measure(env: dict[str, str], folder: Path, *, rounds: int) -> dict[int, dict]:
    """The same bytes from Django and from a file, in turn: what else the machine does slows both."""
    figures: dict[int, dict] = {}
    with serving(env | {"PAGE_CACHE_MB": "0"}, folder) as client:
        (folder / "static" / "bench").mkdir()
        for zoom in VIEWS:
            client.time(address_of(zoom))
            sent = client.body
            content = gzip.decompress(sent) if sent.startswith(b"\x1f\x8b") else sent
            figures[zoom] = {
                "bytes": len(content),
                "sent_bytes": len(sent),
                "markers": len(json.loads(content)["markers"]),
            }
            for name, body in ((f"zoom-{zoom}.json", content), (f"zoom-{zoom}.json.gz", gzip.compress(content))):
                (folder / "static" / "bench" / name).write_bytes(body)
    # The server finds its files when it starts.
    with serving(env | {"PAGE_CACHE_MB": "0"}, folder) as client:
        for zoom, figure in figures.items():
            times: dict[str, list[float]] = {address_of(zoom): [], STATIC.format(zoom): []}
            for turn in range(rounds + 10):
                for path, spent in times.items():
                    milliseconds = client.time(path)
                    if turn >= 10:
                        spent.append(milliseconds)
            ours, files = times.values()
            figure["p50_ms"], figure["p99_ms"] = round(statistics.median(ours), 2), round(percentile(ours, 99), 2)
            figure["static_p50_ms"] = round(statistics.median(files), 2)
            figure["ratio_static"] = round(statistics.median(ours) / statistics.median(files), 2)
    with serving(env | {"PAGE_CACHE_MB": "32"}, folder) as client:
        for zoom, figure in figures.items():
            kept = [client.time(address_of(zoom)) for _ in range(rounds)]
            figure["kept_p50_ms"] = round(statistics.median(kept), 2)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--plans", action="store_true")
    asked = parser.parse_args()
    with database(DATABASE) as address, folder_of(FOLDER) as folder:
        env = environment(address, folder, service="pages", HTTPS="0")
        fill(address, asked.events, env)
        command = [sys.executable, "-m", "bench.map_figures", *["--plans"] * asked.plans]
        said, _newline, found = processes.run(command, env=env, cwd=ROOT).strip().rpartition("\n")
        if asked.plans:
            print(said)
        figures = measure(env, folder, rounds=asked.rounds)
        for zoom, of_the_database in json.loads(found).items():
            figures[int(zoom)] |= of_the_database
    for zoom, figure in figures.items():
        print(f"zoom {zoom:>2}  " + "  ".join(f"{name} {value}" for name, value in figure.items()))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
