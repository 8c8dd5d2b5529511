"""`make test`: everything that must hold before a change is shared, on a throw-away PostgreSQL.

`make test ARGS="tests/members -k name"` runs pytest alone, on these.
"""

import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from deploy import environment, processes
from deploy.console import Failure, in_full, say, step
from deploy.environment import PYTHON, VENV
from deploy.postgres import ROOT, VAR, Cluster, PostgresError

TOOLS = VAR / "tools"
#: The database of which each process of the tests has a copy: its migrations are run once.
FILLED = "possibles_filled"
FILL = '"$0" manage.py migrate --verbosity 0 && "$0" manage.py load_territories --verbosity 0'
# What a developer's terminal may set for `make run` and the tests must not see.
CONFIGURATION = (
    "ADDRESS_KEY",
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "DEBUG",
    "EMAIL_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "TRUSTED_PROXY_COUNT",
    "VAPID_PRIVATE_KEY",
)
# A production worthy of the name, to which nothing connects: what `check --deploy` is asked about.
PRODUCTION = {
    "DEVELOPMENT": "0",
    "ALLOWED_HOSTS": "possibles.example",
    "CONTACT_EMAIL": "contact@possibles.example",
    "DEFAULT_FROM_EMAIL": "contact@possibles.example",
    "EMAIL_URL": "smtp+tls://user:password@mail.possibles.example:587",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "SITE_ADDRESS": "https://possibles.example",
    "TRUSTED_PROXY_COUNT": "1",
}


class Verdict:
    """What passed, what failed, what was left out."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.left_out: list[str] = []

    def quietly(self, title: str, command: list[str | Path], env: dict[str, str]) -> None:
        """Run a check that speaks only when it fails."""
        start = time.monotonic()
        print(f"{title} … ", end="", flush=True)
        try:
            processes.run(command, env=env, cwd=ROOT)
        except subprocess.CalledProcessError as error:
            say("failed")
            say(in_full(error, lines=100))
            self.failed.append(title)
        else:
            say(f"{time.monotonic() - start:.1f} s")

    @contextmanager
    def meanwhile(self, title: str, command: list[str | Path], env: dict[str, str]) -> Iterator[None]:
        """Run a command beside what is within, and wait for it. It speaks only when it fails."""
        start = time.monotonic()
        with TemporaryFile() as output:
            process = processes.spawn(command, env=env, cwd=ROOT, output=output)
            try:
                yield
                process.wait()
            except BaseException:
                processes.stop(process, patience=3)
                raise
            if process.returncode:
                output.seek(0)
                say(f"{title} … failed")
                say(output.read().decode(errors="replace"))
                self.failed.append(title)
            else:
                say(f"{title}, meanwhile … {time.monotonic() - start:.1f} s")

    def aloud(self, title: str, command: list[str | Path], env: dict[str, str]) -> None:
        """Run tests, whose progress is worth seeing."""
        start = time.monotonic()
        say(f"{title} …")
        process = processes.spawn(command, env=env, cwd=ROOT)
        try:
            process.wait()
        except BaseException:
            processes.stop(process, signal.SIGINT, signal.SIGTERM)
            raise
        if process.returncode:
            self.failed.append(title)
        say(f"{title}: {'failed' if process.returncode else 'passed'}, {time.monotonic() - start:.0f} s")

    def conclude(self) -> int:
        """Say it all in a few lines. Returns the exit code; in CI what was left out is a failure."""
        say()
        for what in self.left_out:
            say(f"LEFT OUT: {what}")
        for what in self.failed:
            say(f"FAILED: {what}")
        if self.left_out and in_ci() and not self.failed:
            say("FAILED: nothing may be left out when CI is set.")
        if self.failed or (self.left_out and in_ci()):
            return 1
        say("Everything passed." if not self.left_out else "Everything that could run passed.")
        return 0


def main() -> int:
    """Run the checks. Returns the exit code."""
    processes.raise_when_stopped()
    if "MAKELEVEL" in os.environ:
        processes.die_with_parent(signal.SIGTERM)
    lock = processes.Lock(VAR / "check.lock")
    try:
        lock.take(says=f"process {os.getpid()}")
        return check(shlex.split(os.environ.get("ARGS", "")))
    except processes.Busy as busy:
        say(f"The tests of this clone are already running ({busy}).")
    except processes.Stopped:
        say("Stopped.")
    except (Failure, PostgresError) as error:
        say(f"{error}")
    except PermissionError as error:
        say(f"{error.filename} cannot be written by you: run as its owner, or make your own clone.")
    return 1


def check(only: list[str]) -> int:
    environment.prepare("requirements.txt", "requirements-test.txt")
    verdict = Verdict()
    env = {name: value for name, value in os.environ.items() if name not in CONFIGURATION}
    env |= {"DEVELOPMENT": "1", "PYTHONUNBUFFERED": "1"}
    env |= find_tools(verdict)
    cluster = Cluster(VAR / "test-postgres", durable=False, report=say)
    try:
        with step(f"Starting a PostgreSQL {cluster.programs.major} for the tests"):
            cluster.start()
            cluster.create_database()
        env["DATABASE_URL"] = cluster.url()
        if only:
            verdict.aloud("pytest", [PYTHON, "-m", "pytest", *only], env)
        else:
            cluster.create_database(FILLED)
            run_all(verdict, env, cluster.url(FILLED))
    finally:
        cluster.stop()
    return verdict.conclude()


def run_all(verdict: Verdict, env: dict[str, str], filled: str) -> None:
    production = env | PRODUCTION | {name: secrets.token_urlsafe(60) for name in ("SECRET_KEY", "ADDRESS_KEY")}
    with verdict.meanwhile("Migrations and territories", ["sh", "-c", FILL, PYTHON], env | {"DATABASE_URL": filled}):
        verdict.quietly("ruff check", [PYTHON, "-m", "ruff", "check", "."], env)
        verdict.quietly("ruff format", [PYTHON, "-m", "ruff", "format", "--check", "."], env)
        verdict.quietly("The drawing of the house (lint-imports)", [VENV / "bin" / "lint-imports"], env)
        verdict.quietly("makemigrations --check", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"], env)
        deploy = [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
        verdict.quietly("check --deploy", deploy, production)
        # Compiled once, before several processes read them all.
        verdict.quietly("Tests can be read", [PYTHON, "-m", "pytest", "--collect-only", "-qq"], env)
    env = env | {"TEST_DATABASE_TEMPLATE": FILLED}
    # Half of the tests to each of two, then what the other has left: what a module loads is seldom loaded twice.
    parallel = [PYTHON, "-m", "pytest", "-n", os.environ.get("WORKERS", "2"), "--dist", "worksteal"]
    verdict.aloud("Unit and concurrency tests", [*parallel, "-m", "not browser"], env)
    if "CHROMIUM" in env:
        verdict.aloud("Browser tests", [*parallel, "-m", "browser"], env)


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def find_tools(verdict: Verdict) -> dict[str, str]:
    """The paths of Chromium and of a Redis server, for the tests; both are installed when we are root on Debian."""
    wanted = {
        "CHROMIUM": (find_chromium, "chromium", "the browser tests"),
        "REDIS_SERVER": (find_redis, "redis-tools", "the tests with a real worker"),
    }
    missing = [package for name, (find, package, _) in wanted.items() if not (os.environ.get(name) or find())]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        try:
            with step(f"Installing {' and '.join(missing)}, a minute or so"):
                environment.apt_install(*missing)
        except Failure as failure:
            say(f"{failure}")
    found = {}
    for name, (find, package, tests) in wanted.items():
        if path := os.environ.get(name) or find():
            found[name] = path
        else:
            verdict.left_out.append(f"{tests}; on Debian or Ubuntu, type: sudo apt install {package}")
    return found


def find_chromium() -> str | None:
    return first_of("chromium", "chromium-browser", "google-chrome")


def find_redis() -> str | None:
    """A Redis server. Debian's redis-tools has the whole program under its checker's name, and starts no service."""
    if found := first_of("redis-server", "valkey-server"):
        return found
    checker = first_of("redis-check-rdb", "valkey-check-rdb")
    if checker is None:
        return None
    server = TOOLS / Path(checker).name.replace("check-rdb", "server")
    TOOLS.mkdir(exist_ok=True)
    server.unlink(missing_ok=True)
    server.symlink_to(os.path.realpath(checker))
    said = subprocess.run([server, "--version"], capture_output=True, text=True, check=False).stdout
    return str(server) if "server v=" in said else None


def first_of(*names: str) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)


if __name__ == "__main__":
    sys.exit(main())
