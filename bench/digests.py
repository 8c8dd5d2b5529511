"""`make bench-digests`: how long a hundred thousand local digests take, from the hour until the last has left.

Makes a database of its own in the embedded PostgreSQL of `make run` (which must not be running), or in the server of
DATABASE_URL; fills it with members, what moves near them and what they support; then two processes, as many as
production's workers, make the digests and send them to a mail server of its own. Nothing is left after. It fails when
a member got none, or two.

The last line is one JSON object; docs/notifications.md says what its names mean. A machine that does other things
meanwhile makes `seconds` longer: `cpu_ms_per_digest` and the ratios, taken in the same run, are little moved by it.
"""

import argparse
import json
import smtplib
import sys
import time
from pathlib import Path

from bench.map import connect, database
from bench.site import Broken, Parts, environment, folder_of, free_port
from deploy import processes
from deploy.postgres import ROOT, VAR

DATABASE = "bench_digests"
FOLDER = VAR / "bench-digests"
#: As JOB_WORKERS in docker-compose.yml.
WORKERS = 2
#: What to compare with: messages that are ready, and rows that nothing is asked of.
BARE = 5_000


def module(*words: str) -> list[str]:
    return [sys.executable, "-m", "bench.digest_work", *words]


def say(words: str) -> None:
    print(words, flush=True)


def taken(port: int) -> int:
    """How many messages the mail server took."""
    with smtplib.SMTP("127.0.0.1", port) as server:
        return int(server.docmd("HELP")[1])


def run(address: str, folder: Path, members: int) -> dict:
    port = free_port()
    env = environment(address, folder, service="worker", EMAIL_URL=f"smtp://127.0.0.1:{port}")
    say(f"{time.strftime('%H:%M:%S')} a database of its own: territories, {members} members, what moves near them")
    processes.run([sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"], env=env, cwd=ROOT)
    processes.run([sys.executable, "manage.py", "load_territories", "--verbosity=0"], env=env, cwd=ROOT)
    filled = json.loads(processes.run(module("fill", str(members)), env=env, cwd=ROOT))
    with Parts(folder) as parts:
        (folder / "mail").mkdir()
        parts.start("mailbox", [sys.executable, "-m", "bench.mailbox", str(port), str(folder / "mail")])
        parts.wait_until_open(port)
        compared = json.loads(processes.run(module("bare", str(BARE)), env=env, cwd=ROOT))
        before = taken(port)
        say(f"{time.strftime('%H:%M:%S')} the hour comes")
        begun = time.monotonic()
        for worker in range(WORKERS):
            parts.start(f"work-{worker}", module("work"), env=env)
        for worker in range(WORKERS):
            parts.wait(f"work-{worker}", seconds=60 * 60)
        seconds = time.monotonic() - begun
        sent = taken(port) - before
        works = [json.loads((folder / f"work-{worker}.log").read_text().splitlines()[-1]) for worker in range(WORKERS)]
        check(address, sent)
        idle = json.loads(processes.run(module("idle"), env=env, cwd=ROOT))
    cpu, sql = (sum(work[name] for work in works) * 1000 / sent for name in ("cpu", "sql"))
    return {
        "digests": sent,
        "seconds": round(seconds, 1),
        "per_second": round(sent / seconds, 1),
        "minutes_for_100000": round(seconds * 100_000 / sent / 60, 1),
        "minutes_of_two_cores": round((cpu + sql) * 100_000 / 60_000 / WORKERS, 1),
        "cpu_ms_per_digest": round(cpu, 2),
        "postgres_ms_per_digest": round(sql, 2),
        "gather_seconds": round(sum(work["gather"] for work in works), 1),
        "idle_seconds": idle["seconds"],
        "with_lines": filled["with_lines"],
        "communes": filled["communes"],
        "ratio_bare_message": ratio(cpu, compared["message_ms"]),
        "ratio_plain_insert": ratio(sum(work["gather_sql"] for work in works) * 1000 / sent, compared["insert_ms"]),
    }


def ratio(ours: float, theirs: float) -> float | None:
    """None where PostgreSQL is elsewhere, and its processor cannot be read."""
    return round(ours / theirs, 2) if theirs else None


def check(address: str, sent: int) -> None:
    """Everyone who had something new got one message."""
    with connect(address) as connection:
        rows, readers, marked = connection.execute(
            "SELECT count(*), count(DISTINCT recipient_id), count(sent_at) FROM notifications_notification "
            "WHERE kind = 'digest'"
        ).fetchone()
    if not rows == readers == marked == sent:
        raise Broken(f"{rows} digests for {readers} members, {marked} marked as sent, {sent} taken by the mail server.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=100_000)
    asked = parser.parse_args()
    with database(DATABASE) as address, folder_of(FOLDER) as folder:
        figures = run(address, folder, asked.members)
    for name, figure in figures.items():
        say(f"{name:>24}  {figure}")
    say(json.dumps(figures))


if __name__ == "__main__":
    main()
