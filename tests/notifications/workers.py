"""Real workers, and how they end."""

import os
import signal
import subprocess
import time


def kill(process: subprocess.Popen) -> None:
    """It and its children die at once, without a word."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(condition, worker: subprocess.Popen, *, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert worker.poll() is None, "the worker ended by itself"
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
