"""What the snapshot of a night costs with a million supports: `DATABASE_URL=… python -m bench.nights`.

Wants a database of its own, migrated, with the territories loaded. All is written in one transaction that is taken
back: 100,000 members, 20,000 initiatives, a million supports, 20,000 events of the last months, 200,000 attendances.
Shows the time of each statement. The last line is one JSON object: `supports`, `snapshot_s`, `cpu_s` and `peak_mb` (of
Python, beyond what filling took), `bytes` of the published file.
"""

import json
import os
import resource
import time
from datetime import timedelta
from random import Random

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "possibles.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from core.rows import copy_in  # noqa: E402
from events.models import Event  # noqa: E402
from figures import services  # noqa: E402
from figures.counting import STATEMENTS, Day  # noqa: E402
from figures.models import Snapshot  # noqa: E402
from initiatives.models import Initiative  # noqa: E402
from territories.models import Commune  # noqa: E402

MEMBERS, INITIATIVES, EACH, EVENTS, COMING = 100_000, 20_000, 10, 20_000, 10

_MEMBERS = """
INSERT INTO members_member (
    password, email, address_key, display_name, joined_at, is_superuser, is_staff, is_active, is_demonstration,
    active_on
)
SELECT '!', 'bench-' || n || '@exemple.invalid', sha256(n::text::bytea), 'Banc', now() - interval '90 days', false,
    n %% 1000 = 0, true, false, now()::date - n %% 200
FROM generate_series(1, %s) n RETURNING id
"""
_SUPPORTS = """
INSERT INTO initiatives_support (
    initiative_id, member_id, state, suspicion, commune_id, created_at, confirmed_at, email, first_name,
    consent_version, domain, is_disposable
)
SELECT %(initiative)s + (n * 7 + k * 131) %% %(initiatives)s, %(member)s + n, 'confirmed', '', town.code,
    now() - interval '1 day' * (2 + (n + k) %% 80), now() - interval '1 day' * (2 + (n + k) %% 80), '', '', '', '',
    false
FROM generate_series(0, %(members)s - 1) n
JOIN (SELECT code, row_number() OVER (ORDER BY code) AS place FROM territories_commune) town
    ON town.place = 1 + (n * 31) %% 30000
CROSS JOIN generate_series(1, %(each)s) k
"""
_ATTENDANCES = """
INSERT INTO events_attendance (event_id, member_id, state, guests, created_at, checked_in_at, email, first_name,
    consent_version)
SELECT %(event)s + n, %(member)s + (n * 3 + k * 977) %% %(members)s, 'coming', 0, now(),
    CASE WHEN k %% 2 = 0 THEN now() END, '', '', ''
FROM generate_series(0, %(events)s - 1) n CROSS JOIN generate_series(1, %(coming)s) k
"""


def main() -> None:
    with transaction.atomic():
        _fill()
        _measure()
        transaction.set_rollback(True)


def _fill() -> None:
    now, draw = timezone.now(), Random(1)
    with connection.cursor() as cursor:
        # Triggers and foreign keys are not what is measured.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_MEMBERS, [MEMBERS])
        member = cursor.fetchone()[0]
        long_ago = now - timedelta(days=85)
        initiatives = [
            Initiative(
                kind="debate", title=f"Banc {number}", state="published", launched_at=long_ago, published_at=long_ago
            )
            for number in range(INITIATIVES)
        ]
        copy_in(initiatives)
        towns = list(Commune.objects.current().order_by("code"))
        events = []
        for number in range(EVENTS):
            town, starts_at = draw.choice(towns), now - timedelta(days=2 + number % 80)
            events.append(
                Event(
                    title="Banc",
                    kind="meeting",
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(hours=2),
                    published_at=long_ago,
                    commune=town,
                    department_id=town.department_id,
                    latitude=town.latitude,
                    longitude=town.longitude,
                )
            )
        copy_in(events)
        known = {"member": member, "members": MEMBERS, "initiative": initiatives[0].pk, "initiatives": INITIATIVES}
        cursor.execute(_SUPPORTS, known | {"each": EACH})
        cursor.execute(_ATTENDANCES, known | {"event": events[0].pk, "events": EVENTS, "coming": COMING})
        cursor.execute("SET LOCAL session_replication_role = origin")
        for table in (
            "members_member",
            "initiatives_initiative",
            "initiatives_support",
            "events_event",
            "events_attendance",
        ):
            cursor.execute(f"ANALYZE {table}")


def _measure() -> None:
    day = Day(services.yesterday())
    for slug, statement in STATEMENTS.items():
        begun = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(statement, day.parameters)
            cursor.fetchall()
        print(f"{slug:16} {time.perf_counter() - begun:6.2f} s")
    peak, cpu, begun = _peak(), time.process_time(), time.perf_counter()
    made = services.rebuild(1, demonstration=True)
    latest = Snapshot.objects.get(is_demonstration=True)
    said = json.loads(latest.body)["figures"]
    print(
        json.dumps(
            {
                "supports": said["supports_confirmed"],
                "snapshot_s": round(time.perf_counter() - begun, 1),
                "cpu_s": round(time.process_time() - cpu, 2),
                "peak_mb": round((_peak() - peak) / 1024),
                "bytes": len(latest.body),
                "snapshots": made,
            }
        )
    )


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
