"""`make bench-ranking`: what the order of initiatives costs with a million of them.

Makes a database of its own in the embedded PostgreSQL of `make run` (which must not be running), or in the server of
DATABASE_URL; fills it with a million initiatives in communes drawn by their population, acts of the last days in one of
ten; ranks those, composes the first pages, and times each list as a page asks for it, deep in its pages too. Nothing is
left after. About ten minutes on two cores, most of it to fill.

The last line is one JSON object: `rows`, `ranked_per_s` (initiatives ranked by the task in a second), `rank_idle_ms` (a
run of the task when nothing happened), `compose_ms`, and by list its `p50_ms` and `p99_ms` in the database.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

from bench.figures import percentile
from bench.map import connect, database
from bench.site import manage
from deploy.postgres import ROOT

DATABASE = "bench_ranking"
FILL = """
WITH towns AS (
    SELECT row_number() OVER (ORDER BY commune.code) AS place, commune.code, department.code AS department,
           department.region_id AS region, sum(commune.population + 200) OVER (ORDER BY commune.code)::float AS upto
    FROM territories_commune commune JOIN territories_department department ON department.code = commune.department_id
    WHERE commune.kind = 'commune'
), steps AS (
    SELECT array_agg(upto ORDER BY upto) AS thresholds, max(upto) AS people FROM towns
), drawn AS MATERIALIZED (
    SELECT n, now() - random() * interval '400 days' AS published_at,
           1 + width_bucket(random() * people, thresholds) AS place
    FROM generate_series(1, %(count)s) n, steps
)
INSERT INTO initiatives_initiative (
    kind, title, summary, problem, proposal, means, keywords, place_label, state, nursery_key, commune_id,
    department_id, region_id, created_at, updated_at, published_at, active_at, steps, asked_if_asleep, outcome, proof,
    lessons, end_to_tell, support_count, suspect_count, supports_told, rank_score
)
SELECT CASE WHEN n %% 50 = 0 THEN 'national_project' ELSE 'local_project' END, 'Une idée ' || n, '', '', '', '', '',
    'Ici', 'published', '', CASE WHEN n %% 50 > 0 THEN code END, CASE WHEN n %% 50 > 0 THEN department END,
    CASE WHEN n %% 50 > 0 THEN region END, published_at, published_at, published_at, published_at, '{}', 0, '', '', '',
    false, (random() ^ 8 * 1000)::int, 0, 0, 4 + extract(epoch FROM published_at - '2026-01-01'::date) / 86400 / 7
FROM drawn JOIN towns USING (place)
"""
# One initiative in ten had supports lately, one in a hundred something else as well.
ACTS = """
INSERT INTO initiatives_actday (initiative_id, kind, day, count)
SELECT id, 'support', initiatives_today() - (random() * 30)::int, 1 + (random() ^ 4 * 200)::int
FROM initiatives_initiative WHERE id % 10 = 0
UNION ALL
SELECT id, 'event', initiatives_today() - (random() * 10)::int, 1 FROM initiatives_initiative WHERE id % 100 = 0
"""
#: As the pages ask: the mix, one département, one commune, the nearest, the last active, newest, most supported.
LISTED = "SELECT id FROM initiatives_initiative WHERE state = 'published' AND withheld_at IS NULL"
DEEP = (
    "SELECT rank_order, id FROM initiatives_initiative WHERE state = 'published' AND withheld_at IS NULL"
    " ORDER BY rank_order DESC, id DESC OFFSET %(deep)s LIMIT 1"
)
LISTS = {
    "mix": f"{LISTED} ORDER BY rank_order DESC, id DESC LIMIT 21",
    "mix_deep": f"{LISTED} AND (rank_order <= %(score)s AND (rank_order < %(score)s OR id < %(id)s))"
    " ORDER BY rank_order DESC, id DESC LIMIT 21",
    "department": f"{LISTED} AND department_id = '75' ORDER BY rank_score DESC, id DESC LIMIT 21",
    "commune": f"{LISTED} AND commune_id = '35238' ORDER BY rank_score DESC, id DESC LIMIT 21",
    "active": f"{LISTED} ORDER BY active_at DESC, id DESC LIMIT 21",
    "recent": f"{LISTED} ORDER BY published_at DESC, id DESC LIMIT 21",
    "supported": f"{LISTED} ORDER BY support_count DESC, id DESC LIMIT 21",
}


def timed(connection, statement: str, told: dict | list, *, times: int) -> dict[str, float]:
    """In the database, as EXPLAIN ANALYZE says, once prepared and warm."""
    spent = []
    for _time in range(times):
        (plan,) = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {statement}", told).fetchone()
        spent.append(plan[0]["Execution Time"])
    return {"p50_ms": round(statistics.median(spent), 3), "p99_ms": round(percentile(spent, 99), 3)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=200)
    asked = parser.parse_args()
    with database(DATABASE) as address:
        env = os.environ | {"DATABASE_URL": address, "DEVELOPMENT": "1", "DJANGO_SETTINGS_MODULE": "possibles.settings"}
        manage("migrate", "--no-input", "--verbosity=0", env=env)
        manage("load_territories", "--verbosity=0", env=env)
        with connect(address) as connection:
            connection.execute("SELECT setseed(0.5)")
            # Titles are compared elsewhere: the rows are there, without it.
            connection.execute("DROP INDEX initiative_title_stems, initiative_title_trigrams")
            connection.execute("ALTER TABLE initiatives_initiative DISABLE TRIGGER USER")
            connection.execute("ALTER TABLE initiatives_initiative ENABLE TRIGGER initiative_has_a_point")
            connection.execute(FILL, {"count": asked.rows})
            connection.execute("ALTER TABLE initiatives_initiative ENABLE TRIGGER USER")
            connection.execute(ACTS)
            connection.execute(
                "UPDATE initiatives_initiative SET rank_due_on = initiatives_today()"
                " FROM initiatives_actday act WHERE act.initiative_id = initiatives_initiative.id"
            )
            connection.execute("VACUUM ANALYZE initiatives_initiative, initiatives_actday")
            print(f"{asked.rows} initiatives", flush=True)
            work = subprocess.run(
                [sys.executable, "-m", "bench.ranking_work"],
                env=env,
                cwd=ROOT,
                check=True,
                capture_output=True,
                text=True,
            )
            told = json.loads(work.stdout.splitlines()[-1])
            connection.execute("VACUUM ANALYZE initiatives_initiative")
            score, number = connection.execute(DEEP, {"deep": asked.rows // 50}).fetchone()
            lists = {
                name: timed(connection, statement, {"score": score, "id": number}, times=asked.times)
                for name, statement in LISTS.items()
            }
            lists["nearest"] = timed(connection, *told.pop("nearest"), times=asked.times)
    for name, each in lists.items():
        print(f"{name:12} p50 {each['p50_ms']:8.3f} ms   p99 {each['p99_ms']:8.3f} ms")
    print(json.dumps({"rows": asked.rows, **told, "lists": lists}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
