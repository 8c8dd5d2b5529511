"""`make run`: the whole site on this machine, from an empty clone to an address to open, and nothing left behind.

PostgreSQL, the server and the schedule are children of this process. Ctrl-C stops them in order; if one of them dies,
all stop; if this process is killed, the kernel tells them to end.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from deploy import environment, processes
from deploy.console import Failure, say, step
from deploy.environment import PYTHON
from deploy.postgres import ROOT, VAR, Cluster, PostgresError

HOST = "127.0.0.1"
HEALTH = "/sante/"
# Folders whose change restarts the server: the code and what it reads, not var/ nor .venv.
NOT_CODE = {"var", "docs", "bench", "tests", "deploy", "static", "staticfiles", "node_modules"}


class Children:
    """What runs beside us, by name, stopped in the reverse order of its start."""

    def __init__(self, note: Path) -> None:
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.logs: dict[str, Path] = {}
        self.note = note

    def sweep(self) -> None:
        """End what a killed run may have left: the note has its children's groups. Only our Python is touched."""
        for number in self.note.read_text().split() if self.note.exists() else []:
            if any(command.startswith(str(PYTHON)) for command in processes.group(int(number))):
                say(f"Stopping what a killed run left (process {number}).")
                os.killpg(int(number), signal.SIGKILL)
        self.note.unlink(missing_ok=True)

    def start(self, name: str, command: list[str | Path], *, env: dict[str, str], log: Path | None = None) -> None:
        """Start one; its words go to the terminal, or to `log`."""
        if log is None:
            self.running[name] = processes.spawn(command, env=env, cwd=ROOT)
        else:
            self.logs[name] = log
            with log.open("wb") as output:
                self.running[name] = processes.spawn(command, env=env, cwd=ROOT, output=output)
        self.note.write_text(" ".join(str(process.pid) for process in self.running.values()))

    def check(self, *others: tuple[str, subprocess.Popen[bytes] | None]) -> None:
        """Raises Failure when one of them, or of these others, ended by itself."""
        for name, process in (*self.running.items(), *others):
            if process is not None and process.poll() is not None:
                log = f" Its last words are in {self.logs[name].relative_to(ROOT)}." if name in self.logs else ""
                raise Failure(f"The {name} stopped by itself (code {process.returncode}).{log} Stopping everything.")

    def stop(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        for process in reversed(self.running.values()):
            processes.stop(process, patience=5)
        self.note.unlink(missing_ok=True)


def main() -> int:
    """Run until told to stop. Returns the exit code."""
    processes.raise_when_stopped()
    if "MAKELEVEL" in os.environ:
        # Whoever kills `make` wants the site stopped, too.
        processes.die_with_parent(signal.SIGTERM)
    try:
        port = port_from(os.environ.get("PORT") or "8000")
        serve(port)
    except processes.Stopped:
        say("Stopped.")
        return 0
    except (Failure, PostgresError) as error:
        say(f"{error}")
        return 1
    return 0


def port_from(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Failure(f"PORT is a number between 1 and 65535, not {text}. For instance: make run PORT=8123")
    return int(text)


def serve(port: int) -> None:
    """Prepare all that is missing, then serve until Stopped is raised or a child dies."""
    check_writable()
    address = f"http://{HOST}:{port}/"
    lock = processes.Lock(VAR / "run.lock")
    try:
        lock.take(says=f"process {os.getpid()}, {address}")
    except processes.Busy as busy:
        raise Failure(
            f"This clone is already running ({busy}). Stop it first, by Ctrl-C where it was started."
        ) from None
    children = Children(VAR / "children")
    children.sweep()
    check_free(port)
    environment.prepare("requirements.txt")
    with ExitStack() as stack:
        stack.callback(lock.release)
        env = os.environ | {"PYTHONUNBUFFERED": "1"}
        env.setdefault("DEVELOPMENT", "1")
        env.setdefault("SITE_ADDRESS", address.rstrip("/"))
        cluster = None
        if not env.get("DATABASE_URL"):
            cluster = Cluster(VAR / "postgres", report=say)
            stack.callback(cluster.stop)
            with step(f"Starting PostgreSQL {cluster.programs.major}"):
                cluster.start()
                cluster.create_database()
            env["DATABASE_URL"] = cluster.url()
        account = fill(env)
        stack.callback(children.stop)
        stack.callback(say, "Stopping …")
        others = [("PostgreSQL", cluster.process)] if cluster else []
        say("Starting the server …")
        start_all(children, port, env)
        wait_until_healthy(port, children, others)
        say()
        say(f"  The site:    {address}")
        for line in account.splitlines():
            say(f"  {line}")
        say(f"  Messages:    {address}dev/messages/")
        say("  Ctrl-C stops everything.")
        say()
        while True:
            children.check(*others)
            time.sleep(0.5)


def check_writable() -> None:
    """Refuse in one sentence a clone, or a var/, that somebody else made."""
    for folder in (ROOT, VAR):
        if folder == VAR:
            VAR.mkdir(exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise Failure(f"{folder} cannot be written by you: run as its owner, or make your own clone.")


def check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Failure(
                f"Port {port} cannot be used ({error.strerror}). Choose another: make run PORT={port + 1}"
            ) from None


def fill(env: dict[str, str]) -> str:
    """Bring the database to what the code expects. Returns the lines that name the demonstration's accounts."""
    with step("Bringing the database up to date"):
        manage(env, "migrate", "--no-input")
    with step("Loading the territories"):
        manage(env, "load_territories")
    with step("Loading the demonstration, a minute or so the first time"):
        return manage(env, "load_demo", "--once")


def manage(env: dict[str, str], *arguments: str) -> str:
    return processes.run([PYTHON, "manage.py", *arguments], env=env, cwd=ROOT)


def start_all(children: Children, port: int, env: dict[str, str]) -> None:
    """The server, which restarts when the code changes; the schedule; and the worker, when there is a Redis."""
    watched = sorted(
        folder for folder in ROOT.iterdir() if folder.is_dir() and folder.name not in NOT_CODE and folder.name[0] != "."
    )
    children.start(
        "server",
        [
            *(PYTHON, "-m", "granian", "--interface", "wsgi", "possibles.wsgi:application"),
            *("--host", HOST, "--port", str(port), "--workers", "1", "--blocking-threads", "4"),
            *("--log-level", "warning", "--access-log", "--reload"),
            *(part for folder in watched for part in ("--reload-paths", folder)),
        ],
        env=env,
    )
    celery = [PYTHON, "-m", "celery", "-A", "possibles"]
    beat = ["beat", "--schedule", VAR / "celerybeat-schedule", "--pidfile=", "--loglevel", "warning"]
    children.start("schedule", [*celery, *beat], env=env, log=VAR / "beat.log")
    if env.get("REDIS_URL"):
        worker = ["worker", "--concurrency", "1", "--loglevel", "info"]
        children.start("worker", [*celery, *worker], env=env, log=VAR / "worker.log")


def wait_until_healthy(port: int, children: Children, others, *, patience: float = 60) -> None:
    """Wait until the site answers. Raises Failure when a child dies first, or after `patience` seconds."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        children.check(*others)
        connection = http.client.HTTPConnection(HOST, port, timeout=10)
        try:
            connection.request("GET", HEALTH)
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise Failure(f"The site did not answer in {patience:.0f} seconds. Stopping everything.")


if __name__ == "__main__":
    sys.exit(main())
