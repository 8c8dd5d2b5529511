"""What the person in front of the terminal reads: one line for each step that lasts, one sentence for what fails."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Failure(Exception):
    """Nothing more can be done; the text says why, and what to type."""


def say(text: str = "") -> None:
    print(text, flush=True)


def in_full(error: subprocess.CalledProcessError, *, lines: int = 40) -> str:
    """What a command that failed said, its end only."""
    said = (error.output or "").rstrip().splitlines()[-lines:]
    return "\n".join([f"{' '.join(error.cmd)} failed ({error.returncode}):", *said])


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce what is being done, then the seconds it took, on one line. A command that fails becomes a Failure."""
    print(f"{title} … ", end="", flush=True)
    start = time.monotonic()
    try:
        yield
    except subprocess.CalledProcessError as error:
        say("failed")
        raise Failure(in_full(error)) from error
    except BaseException:
        say()
        raise
    say(f"{time.monotonic() - start:.1f} s")
