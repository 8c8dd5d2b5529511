"""`make bench-data`: what giving a million initiatives away costs.

Makes a database of its own in the embedded PostgreSQL of `make run` (which must not be running), or in the server of
DATABASE_URL; fills it without its triggers, then makes the files of all rows, and asks the interface to read by, the
feeds and the map of the site what costs them most. Nothing is left after. About ten minutes, most of which fill.

The last line is one JSON object: `rows`, `file_s` (processor seconds of Python to make the three files), `file_wall_s`,
`peak_mb` (memory that making them added), `sizes` (bytes by form, as they are and compressed), and for each question
`p50_ms` and `p99_ms` of the whole answer by Django without any cache.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import django
import psycopg

from bench.figures import percentile
from bench.map import connect, database
from bench.site import environment, folder_of, manage
from deploy.postgres import ROOT, VAR

DATABASE = "bench_data"
FOLDER = VAR / "bench-data"
#: What changes from one row to the next; all other columns are those of the first.
INITIATIVES = {
    "id": "n",
    "title": "'Un verger partagé pour le quartier ' || n",
    "summary": "repeat('Planter trente fruitiers et les entretenir ensemble. ', 4)",
    "kind": "(ARRAY['local_project', 'debate'])[1 + n % 2]",
    "state": "(ARRAY['published', 'published', 'published', 'succeeded', 'closed', 'archived'])[1 + n % 6]",
    "commune_id": "town.code",
    "department_id": "town.department_id",
    "region_id": "town.region_id",
    "place_label": "town.name",
    "published_at": "now() - n * interval '30 seconds'",
    "updated_at": "now() - n * interval '20 seconds'",
    "ended_at": "CASE WHEN n % 6 > 2 THEN now() - n * interval '10 seconds' END",
    "support_count": "n % 700",
}
EVENTS = {
    "id": "n",
    "title": "'Réunion publique ' || n",
    "uid": "gen_random_uuid()::text",
    "commune_id": "town.code",
    "department_id": "town.department_id",
    "starts_at": "now() + interval '1 day' + n * interval '1 minute'",
    "ends_at": "now() + interval '1 day 2 hours' + n * interval '1 minute'",
    "published_at": "now() - n * interval '30 seconds'",
    "updated_at": "now() - n * interval '20 seconds'",
    "latitude": "town.latitude",
    "longitude": "town.longitude",
}
QUESTIONS = {
    "api_list": "/api/v1/initiatives?par_page=100",
    "api_far": "/api/v1/initiatives?par_page=100&curseur={far}",
    "api_region": "/api/v1/initiatives?territoire=r11",
    "api_village": "/api/v1/initiatives?territoire=48095",
    "api_theme": "/api/v1/initiatives?theme={theme}&etat=archived",
    "api_rare": "/api/v1/initiatives?theme={theme}&territoire=48095&etat=succeeded",
    "api_changed": "/api/v1/initiatives?modifiee_depuis=2026-01-01",
    "api_one": "/api/v1/initiatives/{half}",
    "api_events": "/api/v1/evenements?par_page=100",
    "api_events_changed": "/api/v1/evenements?modifie_depuis=2026-01-01",
    "feed_all": "/initiatives/fil.atom",
    "feed_theme": "/initiatives/fil.atom?theme={theme}",
    "feed_region": "/territoires/r11-ile-de-france/fil.atom",
    "feed_events": "/evenements/fil.atom",
    "sitemap": "/sitemap.xml",
    "sitemap_part": "/plan/initiatives/{part}.xml",
}


def fill(connection: psycopg.Connection, table: str, count: int, changes: dict[str, str]) -> None:
    """As many rows as asked, after the only one that is there."""
    names = [
        name
        for (name,) in connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attgenerated = ''",
            [table],
        )
    ]
    values = ", ".join(changes.get(name, f"model.{name}") for name in names)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM generate_series(2, {int(count)}) n"
        f" JOIN town ON town.place = n::bigint * 7919 % (SELECT count(*) FROM town) CROSS JOIN {table} AS model"
    )


@contextmanager
def without_indexes(connection: psycopg.Connection, table: str) -> Iterator[None]:
    """Made again at once, but those by which words are found: they are not asked here."""
    found = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisunique",
        [table],
    ).fetchall()
    for name, _definition in found:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in found:
        if " gin " not in definition:
            connection.execute(definition)


def prepare(address: str, *, initiatives: int, events: int) -> None:
    with connect(address) as connection:
        # What keeps rows in step with others is not what is measured.
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "CREATE TEMP TABLE town AS SELECT row_number() OVER (ORDER BY commune.code) - 1 AS place, commune.code,"
            " commune.name, department_id, region_id, commune.latitude, commune.longitude"
            " FROM territories_commune AS commune JOIN territories_department AS department"
            " ON department.code = department_id WHERE commune.kind = 'commune'"
        )
        with without_indexes(connection, "initiatives_initiative"):
            fill(connection, "initiatives_initiative", initiatives, INITIATIVES)
        connection.execute(
            "INSERT INTO initiatives_taggedinitiative (tag_id, content_object_id)"
            " SELECT tags[1 + id % cardinality(tags)], id FROM initiatives_initiative,"
            " (SELECT array_agg(id) AS tags FROM initiatives_tag WHERE theme_rank IS NOT NULL) AS themes"
        )
        fill(connection, "events_event", events, EVENTS)
        connection.execute("VACUUM ANALYZE")


def first_rows() -> None:
    """One of each, as the site writes them."""
    from django.utils import timezone  # noqa: PLC0415, once Django is set up

    from events.models import Event  # noqa: PLC0415
    from initiatives.models import Initiative  # noqa: PLC0415
    from territories.models import Commune  # noqa: PLC0415

    now, town = timezone.now(), Commune.objects.select_related("department").get(pk="35360")
    place = {"commune": town, "department": town.department}
    Initiative.objects.create(
        id=1,
        title="La première",
        kind="debate",
        state="published",
        published_at=now,
        region=town.department.region,
        problem="La friche est vide. " * 40,
        proposal="Y planter des arbres. " * 40,
        **place,
    )
    Event.objects.create(
        id=1,
        title="La première",
        published_at=now,
        starts_at=now + timedelta(days=1),
        ends_at=now + timedelta(days=1, hours=2),
        description="On en parle. " * 40,
        **place,
    )


def measure(rounds: int) -> dict:
    from django.conf import settings  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from initiatives.models import Initiative, Tag  # noqa: PLC0415
    from opendata import columns, files  # noqa: PLC0415
    from opendata.models import DataFile  # noqa: PLC0415
    from opendata.sitemaps import SLICE  # noqa: PLC0415

    settings.API_LIMIT_MINUTE = settings.API_LIMIT_DAY = 10**9
    before, spent, start = _peak(), time.process_time(), time.perf_counter()
    files.make(columns.INITIATIVES)
    figures = {
        "rows": Initiative.objects.count(),
        "file_s": round(time.process_time() - spent, 1),
        "file_wall_s": round(time.perf_counter() - start, 1),
        "peak_mb": round(_peak() - before),
        "sizes": {file.form: [file.size, file.packed_size] for file in DataFile.objects.all()},
    }
    client, theme = Client(), Tag.objects.filter(theme_rank__isnull=False).first().slug
    half = figures["rows"] // 2
    known = {"theme": theme, "far": _cursor(half), "half": half, "part": half // SLICE}
    for name, question in QUESTIONS.items():
        address, taken = question.format(**known), []
        for turn in range(rounds + 3):
            begun = time.perf_counter()
            answer = client.get(address, headers={"host": "127.0.0.1"}, secure=True)
            if turn >= 3:
                taken.append((time.perf_counter() - begun) * 1000)
            if answer.status_code != 200:
                raise RuntimeError(f"{address}: {answer.status_code} {answer.content[:500]}")
        figures[name] = {"p50_ms": round(statistics.median(taken), 1), "p99_ms": round(percentile(taken, 99), 1)}
        print(f"{name:20} {figures[name]['p50_ms']:8.1f} {figures[name]['p99_ms']:8.1f}  {address}", flush=True)
    return figures


def _cursor(number: int) -> str:
    """Of the page that begins at this number."""
    from core.pages import keyset  # noqa: PLC0415
    from initiatives.models import Initiative  # noqa: PLC0415

    return keyset(Initiative.objects.filter(pk__lte=number), order=("-id",), size=1).next


def _peak() -> float:
    """Megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--initiatives", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--inside", choices=["first", "measure"], help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        django.setup()
        if asked.inside == "first":
            first_rows()
        else:
            print(json.dumps(measure(asked.rounds)))
        return
    with database(DATABASE) as address, folder_of(FOLDER) as folder:
        env = environment(address, folder, service="pages", HTTPS="0", HOT_SECONDS="0", PAGE_CACHE_MB="0")
        env["DJANGO_SETTINGS_MODULE"] = "possibles.settings"
        manage("migrate", "--no-input", "--verbosity=0", env=env)
        manage("load_territories", "--verbosity=0", env=env)
        command = [sys.executable, "-m", "bench.opendata", "--rounds", str(asked.rounds), "--inside"]
        subprocess.run([*command, "first"], env=env, cwd=ROOT, check=True)
        start = time.perf_counter()
        prepare(address, initiatives=asked.initiatives, events=asked.events)
        print(f"filled in {time.perf_counter() - start:.0f} s", flush=True)
        subprocess.run([*command, "measure"], env=env, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
