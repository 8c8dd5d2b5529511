"""`make bench-search`: what a search costs with 100,000 initiatives and 200,000 events, and how good its answers are.

Makes a database of its own in the embedded PostgreSQL of `make run` (which must not be running), or in the server of
DATABASE_URL, and loads the demonstration, on which 100 judged queries are asked (`tests/search/judged.yaml`): nDCG@10,
also of those that nothing was tuned on. Then multiplies the demonstration by the communes of France and measures a mix
of searches: common words, rare ones, beginnings, misspellings, places, phrases, nonsense. Nothing is left after. Some
ten minutes.

The last line is one JSON object: `ndcg10`, `ndcg10_tuned`, `ndcg10_held_out`, `rows`, `searches`; `p50_ms`, `p99_ms`,
and `worst_ms`, the time of the database's answers to one search; `cpu_p50_ms` and `cpu_p99_ms`, what PostgreSQL worked
for them, whatever else the machine does (null where that cannot be read); `suggest_p50_ms`, `suggest_p99_ms`, as one
types.
"""

import argparse
import sys

from bench.map import connect, database
from bench.site import environment, folder_of, manage
from deploy import processes
from deploy.postgres import ROOT, VAR

DATABASE = "bench_search"
FOLDER = VAR / "bench-search"
INDEXES = ("search_words", "search_titles")
#: Initiatives and events come by turns, as they do in life: a part of the first, a part of the others, so many times.
ROUNDS = 20

# Communes drawn by their population, and of each row of the demonstration as many copies as are wanted.
DRAWN = """
CREATE TEMPORARY TABLE drawn AS
WITH towns AS (
    SELECT row_number() OVER (ORDER BY code) AS place, code, name, name_in, department_id, latitude, longitude,
           sum(population + 300) OVER (ORDER BY code)::float AS upto
    FROM territories_commune WHERE kind = 'commune' AND ended_on IS NULL
), steps AS (
    SELECT array_agg(upto ORDER BY upto) AS thresholds, max(upto) AS people FROM towns
), numbers AS MATERIALIZED (
    SELECT n, 1 + width_bucket(random() * people, thresholds) AS place, random() AS luck
    FROM generate_series(1, {count}) n, steps
)
SELECT n, luck, towns.code, towns.name AS commune, towns.name_in, departments.code AS department_id,
    departments.region_id, towns.latitude, towns.longitude, departments.name AS department, bases.*
FROM numbers JOIN towns USING (place) JOIN territories_department departments ON departments.code = towns.department_id
JOIN (SELECT id AS base, row_number() OVER (ORDER BY id) - 1 AS turn, count(*) OVER () AS bases FROM {table}
      WHERE published_at IS NOT NULL AND withheld_at IS NULL {which}) bases ON turn = n % bases
"""
#: What the copies have of their own; the rest is the row's.
INITIATIVES = {
    "title": "left(title, 118 - length(drawn.name_in)) || ' ' || drawn.name_in",
    "kind": "CASE kind WHEN 'national_project' THEN 'local_project' ELSE kind END",
    "region_id": "drawn.region_id",
    "department_id": "drawn.department_id",
    "commune_id": "drawn.code",
    "place_label": "drawn.commune || ' (' || drawn.department || ')'",
    "support_count": "floor(power(luck, 6) * 900)::integer",
    "published_at": "now() - luck * interval '700 days'",
    "author_id": "NULL",
    "merged_into_id": "NULL",
    "state": "CASE state WHEN 'archived' THEN 'published' ELSE state END",
}
EVENTS = {
    "title": "left(title, 118 - length(drawn.name_in)) || ' ' || drawn.name_in",
    "commune_id": "drawn.code",
    "department_id": "drawn.department_id",
    "latitude": "drawn.latitude",
    "longitude": "drawn.longitude",
    "starts_at": "now() + (luck - 0.4) * interval '300 days'",
    "ends_at": "now() + (luck - 0.4) * interval '300 days' + interval '2 hours'",
    "uid": "gen_random_uuid()::text",
    "series_id": "NULL",
    "author_id": "NULL",
    "initiative_id": "NULL",
    "attendee_count": "0",
    "capacity": "NULL",
    "held_count": "0",
    "waiting_count": "0",
    "left_map_at": "now()",
}


def copies(connection, table: str, own: dict[str, str], count: int, which: str = "") -> None:
    columns = [
        name
        for (name,) in connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attgenerated = '' AND attname <> 'id' ORDER BY attnum",
            [table],
        )
    ]
    connection.execute(DRAWN.format(count=count, table=table, which=which))
    values = ", ".join(own.get(name, f"source.{name}") for name in columns)
    names = ", ".join(columns)
    rename = values.replace("(title", "(source.title").replace("CASE kind", "CASE source.kind")
    rename = rename.replace("ELSE kind", "ELSE source.kind").replace("CASE state", "CASE source.state")
    rename = rename.replace("ELSE state", "ELSE source.state")
    # Names of our own tables and columns. They come from anywhere, in turn, as citizens write.
    connection.execute(
        f"INSERT INTO {table} ({names}) SELECT {rename} FROM drawn JOIN {table} source ON source.id = base ORDER BY n"
    )
    connection.execute("DROP TABLE drawn")


def fill(address: str, initiatives: int, events: int) -> None:
    """As the triggers index them, but for the indexes, which are made once."""
    with connect(address) as connection:
        connection.execute("SELECT setseed(0.5)")
        indexes = "SELECT indexdef FROM pg_indexes WHERE indexname = ANY(%s)"
        made = [definition for (definition,) in connection.execute(indexes, [[*INDEXES]])]
        for name in INDEXES:
            connection.execute(f"DROP INDEX {name}")
        connection.execute("UPDATE territories_opening SET opened_at = now() WHERE opened_at IS NULL")
        # What happens on the map is not measured here.
        connection.execute("ALTER TABLE events_event DISABLE TRIGGER event_comes_on_map")
        connection.execute("CREATE TEMPORARY TABLE loaded AS SELECT max(id) AS id FROM initiatives_initiative")
        connection.execute("CREATE TEMPORARY TABLE held AS SELECT max(id) AS id FROM events_event")
        for _round in range(ROUNDS):
            which = "AND state <> 'archived' AND id <= (SELECT id FROM loaded)"
            copies(connection, "initiatives_initiative", INITIATIVES, initiatives // ROUNDS, which)
            which = "AND kind <> 'online' AND source_id IS NULL AND id <= (SELECT id FROM held)"
            copies(connection, "events_event", EVENTS, events // ROUNDS, which)
        for definition in made:
            connection.execute(definition)
        connection.execute("VACUUM ANALYZE")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--initiatives", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--relevance-only", action="store_true", help="no more than the judged queries")
    asked = parser.parse_args()
    with database(DATABASE) as address, folder_of(FOLDER) as folder:
        # Words are counted by a worker, which is never given up.
        env = environment(address, folder, HTTPS="0", STATEMENT_TIMEOUT_MS="0")
        for command in (["migrate", "--no-input"], ["load_territories"], ["load_demo"]):
            manage(*command, "--verbosity=0", env=env)
        figures = [sys.executable, "-m", "bench.search_figures"]
        said = processes.run([*figures, "--relevance"], env=env, cwd=ROOT)
        if asked.relevance_only:
            print(said, end="")
            return
        print(said.rpartition("\n{")[0])
        fill(address, asked.initiatives, asked.events)
        relevance = said.strip().rpartition("\n")[2]
        print(processes.run([*figures, "--speed", relevance], env=env, cwd=ROOT), end="")


if __name__ == "__main__":
    main()
