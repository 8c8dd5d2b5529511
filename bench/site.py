"""The site as production runs it, for benchmarks: the commands of docker-compose.yml, on this machine alone."""

import http.client
import math
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import yaml

from deploy import processes
from deploy.postgres import ROOT

SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
#: Under this name the site is asked for, as behind its proxy. It cannot exist.
HOST = "possibles.example"
#: What a browser says of itself, and the proxy of the way it came.
BROWSER = (
    "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    "Accept-Language: fr,fr-FR;q=0.8,en-US;q=0.5,en;q=0.3\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "X-Forwarded-Proto: https\r\n"
)


class Broken(Exception):
    """A part of the site does not run; the text says which, and how its log ends."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command_of(service: str, *, port: int = 0, folder: Path = Path()) -> list[str]:
    """How docker-compose.yml starts this service, with its defaults, on a port and in a folder of ours."""
    text = re.sub(r"\$\{\w+:-(\w+)\}", r"\1", SERVICES[service]["command"])
    text = text.replace("--host 0.0.0.0 --port 8000", f"--host 127.0.0.1 --port {port}")
    program, *words = shlex.split(text.replace("/var/lib/possibles", str(folder)))
    found = shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(program)
    if not found and program == "valkey-server":
        found = shutil.which("redis-server")
    if not found:
        raise Broken(f"{program} is not installed.")
    return [found, *words]


def niceness(service: str) -> int:
    """The `cpu_shares` of a service (1024 unless told) as steps of nice(1), each of which is a fifth less."""
    return round(math.log(1024 / SERVICES.get(service, {}).get("cpu_shares", 1024), 1.25))


def weigh(number: int, steps: int) -> None:
    """Let this process, the first of its session, weigh so much beside others. Only root may give more than usual."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, number, steps)
    # Where the kernel shares the processor out between sessions (sched(7)), nice(1) means nothing outside its own.
    with suppress(OSError):
        Path(f"/proc/{number}/autogroup").write_text(str(steps))


def environment(database_url: str, folder: Path, *, service: str = "web", **more: str) -> dict[str, str]:
    """What docker-compose.yml gives this service, with our database, our folder and secrets worth nothing."""
    given = SERVICES[service]["environment"].items()
    fixed = {name: str(value) for name, value in given if "${" not in str(value)}
    ours = {
        "ADDRESS_KEY": "bench" * 12,
        "ALLOWED_HOSTS": f"{HOST},127.0.0.1",
        "DATABASE_URL": database_url,
        "DEVELOPMENT": "0",
        "DJANGO_SETTINGS_MODULE": "possibles.settings",
        "EMAIL_URL": "consolemail://",
        "PYTHONPATH": str(ROOT),
        "REDIS_URL": "",
        "SECRET_KEY": "bench" * 12,
        "SITE_ADDRESS": f"https://{HOST}",
        "VAR_DIR": str(folder),
    }
    return os.environ | fixed | ours | more


def manage(*words: str, env: dict[str, str]) -> None:
    """Run one of the site's commands to its end."""
    processes.run([sys.executable, "manage.py", *words], env=env, cwd=ROOT)


class Parts:
    """Processes that start in order, and stop in the other. Each has its log in the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Parts":
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self.running)):
            self.stop(name)

    def start(self, name: str, command: Sequence[str | Path], *, env: dict[str, str] | None = None) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = processes.spawn(command, env=env, cwd=ROOT, output=log)
        if steps := niceness(name):
            weigh(self.running[name].pid, steps)

    def stop(self, name: str) -> None:
        # Celery ends at once by SIGQUIT; by SIGTERM it would first send all the messages that it holds.
        signals = (signal.SIGQUIT,) if name in ("worker", "urgent") else (signal.SIGTERM,)
        processes.stop(self.running.pop(name), *signals, patience=5)

    def wait(self, name: str, *, seconds: float) -> None:
        """Until this part ends by itself. Raises Broken when it fails, or does not end."""
        try:
            code = self.running[name].wait(seconds)
        except subprocess.TimeoutExpired:
            raise Broken(f"{name} does not end.") from None
        if code:
            raise Broken(self.last_words(name))
        del self.running[name]

    def check(self) -> None:
        """Raises Broken when one of them failed."""
        for name, process in self.running.items():
            if process.poll():
                raise Broken(self.last_words(name))

    def last_words(self, name: str) -> str:
        said = (self.folder / f"{name}.log").read_text(errors="replace").strip()
        return f"{name} does not run:\n" + "\n".join(said.splitlines()[-20:])

    def wait_until_open(self, port: int, *, path: str = "", seconds: float = 30) -> None:
        """Until something listens there; with a `path`, until this page of the site answers 200."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check()
            try:
                if not path:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    return
                if ask(port, path).status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise Broken(f"Nothing answers on port {port}.")


def ask(port: int, path: str) -> http.client.HTTPResponse:
    """One page over a connection of its own, as the proxy asks for it; its body was read, and is in `.content`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": HOST, "X-Forwarded-Proto": "https"})
        answer = connection.getresponse()
        answer.content = answer.read()
        return answer
    finally:
        connection.close()


@contextmanager
def serving(env: dict[str, str], folder: Path) -> Iterator[int]:
    """The web server alone; gives its port."""
    with Parts(folder) as parts:
        port = free_port()
        parts.start("web", command_of("web", port=port), env=env)
        parts.wait_until_open(port, path="/sante/")
        yield port


@contextmanager
def folder_of(path: Path) -> Iterator[Path]:
    """An empty folder, which leaves nothing; PostgreSQL's account may enter it."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True, mode=0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
