"""Children that never outlive the supervisor, and locks that end with whoever holds them."""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
PRCTL = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


class Stopped(BaseException):
    """Somebody asked the supervisor to stop: Ctrl-C, SIGTERM, or the death of `make`."""


class Busy(Exception):
    """The lock is held by another process; its text is what that process wrote there."""


def die_with_parent(sign: signal.Signals) -> None:
    """Ask the kernel to send `sign` to this process when its parent dies, even by kill -9 (on Linux only)."""
    if PRCTL is not None:
        PRCTL(PR_SET_PDEATHSIG, sign, 0, 0, 0)


def spawn(
    command: Sequence[str | Path],
    *,
    env: dict[str, str] | None = None,
    cwd: Path | str | None = None,
    output: IO[bytes] | int | None = None,
    user: int | None = None,
    group: int | None = None,
    farewell: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that a Ctrl-C reaches the supervisor alone, which stops all in order.

    `output` takes both its output and its errors; None leaves them to the terminal. `farewell` is what the kernel
    sends it when the supervisor is killed.
    """
    supervisor = os.getpid()

    def before_exec() -> None:
        die_with_parent(farewell)
        if os.getppid() != supervisor:
            os._exit(1)

    return subprocess.Popen(
        [str(part) for part in command],
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        user=user,
        group=group,
        extra_groups=None if user is None else [],
        start_new_session=True,
        preexec_fn=before_exec,  # noqa: PLW1509 (the supervisor has one thread)
    )


def stop(process: subprocess.Popen[bytes], *signals: signal.Signals, patience: float = 10) -> None:
    """End a child, asking with each signal in turn and waiting `patience` seconds each time, at last by SIGKILL.

    What it started and forgot goes with it: a server told to stop while it reloads leaves its new worker behind.
    """
    for sign in (*(signals or (signal.SIGTERM,)), signal.SIGKILL):
        if process.poll() is not None:
            break
        process.send_signal(sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def group(number: int) -> list[str]:
    """The command lines of what still runs in this group of processes; a child of ours leads that of its number."""
    command = ["ps", "-eww", "-o", "pgid=,stat=,command="]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return []
    rows = [line.split(None, 2) for line in said.splitlines()]
    return [row[2] for row in rows if len(row) == 3 and row[0] == str(number) and row[1][0] != "Z"]


def run(command: Sequence[str | Path], *, env: dict[str, str] | None = None, cwd: Path | str | None = None) -> str:
    """Run a short command to its end and return what it said; raises CalledProcessError with its output."""
    process = spawn(command, env=env, cwd=cwd, output=subprocess.PIPE)
    try:
        output, _ = process.communicate()
    except BaseException:
        stop(process, patience=3)
        raise
    text = output.decode(errors="replace")
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, [str(part) for part in command], text)
    return text


class Lock:
    """A file held by one process at a time. The kernel lets go of it when the process dies, whatever killed it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: IO[str] | None = None

    def take(self, *, says: str = "", wait: bool = False) -> None:
        """Hold the file and write `says` in it for whoever comes next. Raises Busy with what the holder wrote."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip()
            file.close()
            raise Busy(holder) from None
        file.truncate(0)
        file.write(says)
        file.flush()
        self.file = file

    def release(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None


def raise_when_stopped() -> None:
    """From now on Ctrl-C, SIGTERM and SIGHUP raise Stopped, once: the way out is never interrupted.

    SIGHUP stays ignored under nohup, where somebody asked for the run to outlive the terminal.
    """
    signals = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signals.append(signal.SIGHUP)

    def handler(number: int, frame: object) -> None:
        for sign in signals:
            signal.signal(sign, signal.SIG_IGN)
        raise Stopped(signal.Signals(number).name)

    for sign in signals:
        signal.signal(sign, handler)
