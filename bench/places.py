"""`make bench-places`: what the page of a territory asks of a database with a million initiatives.

Makes a database of its own in the embedded PostgreSQL of `make run` (which must not be running), or in the server of
DATABASE_URL; fills it with a million initiatives, one in ten of which succeeded, and 200,000 coming events, in communes
drawn by their population; then asks what is alive in 500 communes drawn at random, in the largest cities, and in every
département and région. Nothing is left after. About ten minutes, most of it to fill.

The last line is one JSON object: `initiatives`, `events`, and by sort of place (`communes`, `cities`, `departments`,
`regions`) `p50_ms`, `p99_ms` and `worst_ms`, the time of the one statement within PostgreSQL.
"""

import argparse
import json
import os
import subprocess
import sys

from bench.map import FILL as FILL_EVENTS
from bench.map import connect, database
from bench.ranking import FILL as FILL_INITIATIVES
from bench.site import manage
from deploy.postgres import ROOT

DATABASE = "bench_places"
#: Read by other pages than these: their rows are there, without them.
_OTHERS = "initiative_title_stems, initiative_title_trigrams"


def fill(address: str, initiatives: int, events: int) -> None:
    with connect(address) as connection:
        connection.execute("SELECT setseed(0.5)")
        connection.execute(f"DROP INDEX IF EXISTS {_OTHERS}")
        for table in ("initiatives_initiative", "events_event"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        connection.execute("ALTER TABLE initiatives_initiative ENABLE TRIGGER initiative_has_a_point")
        connection.execute(FILL_INITIATIVES, {"count": initiatives})
        connection.execute(
            "UPDATE initiatives_initiative SET state = 'succeeded', ended_at = published_at WHERE id % 10 = 3"
        )
        connection.execute(FILL_EVENTS, {"count": events})
        connection.execute("VACUUM ANALYZE initiatives_initiative")
        connection.execute("VACUUM ANALYZE events_event")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--initiatives", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=200_000)
    asked = parser.parse_args()
    with database(DATABASE) as address:
        env = os.environ | {"DATABASE_URL": address, "DEVELOPMENT": "1", "DJANGO_SETTINGS_MODULE": "possibles.settings"}
        manage("migrate", "--no-input", "--verbosity=0", env=env)
        manage("load_territories", "--verbosity=0", env=env)
        fill(address, asked.initiatives, asked.events)
        print(f"{asked.initiatives} initiatives, {asked.events} events", flush=True)
        work = [sys.executable, "-m", "bench.places_figures"]
        said = subprocess.run(work, env=env, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    told = json.loads(said.splitlines()[-1])
    for name, each in told.items():
        print(f"{name:12} p50 {each['p50_ms']:8.2f} ms   p99 {each['p99_ms']:8.2f} ms")
    print(json.dumps({"initiatives": asked.initiatives, "events": asked.events, **told}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
