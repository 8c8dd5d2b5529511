import signal
import subprocess
import sys
import time

import pytest

from deploy import processes, run


def wait_until(condition, *, patience: float = 15) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_a_child_started_and_forgot_goes_with_it():
    child = processes.spawn(["sh", "-c", "sleep 300 & exec sleep 301"])
    wait_until(lambda: "sleep 300" in processes.group(child.pid))
    processes.stop(child)
    wait_until(lambda: not processes.group(child.pid))


def test_a_child_that_ignores_a_polite_signal_is_ended_anyway():
    child = processes.spawn(["sh", "-c", "trap '' TERM; echo ready; sleep 300; sleep 300"], output=subprocess.PIPE)
    assert child.stdout.readline() == b"ready\n"
    processes.stop(child, patience=0.2)
    assert child.returncode == -signal.SIGKILL
    child.stdout.close()


def test_what_a_killed_run_left_is_ended_by_the_next(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, "PYTHON", sys.executable)
    left = processes.spawn([sys.executable, "-c", "import time; time.sleep(300)"])
    somebody_elses = processes.spawn(["sleep", "300"])
    (tmp_path / "children").write_text(f"{left.pid} {somebody_elses.pid}")
    wait_until(lambda: processes.group(left.pid))
    run.Children(tmp_path / "children").sweep()
    try:
        assert left.wait(10) == -signal.SIGKILL
        assert somebody_elses.poll() is None
        assert str(left.pid) in capsys.readouterr().out
    finally:
        processes.stop(somebody_elses)
    run.Children(tmp_path / "children").sweep()


HOLDER = """
import sys, time
from pathlib import Path
from deploy.processes import Lock
lock = Lock(Path(sys.argv[1]))
lock.take(says="somebody")
print("held", flush=True)
time.sleep(300)
"""


def test_a_lock_says_who_holds_it_and_ends_with_its_holder(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "lock")]
    holder = subprocess.Popen(command, cwd=run.ROOT, stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    lock = processes.Lock(tmp_path / "lock")
    with pytest.raises(processes.Busy, match="somebody"):
        lock.take()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    lock.take()
    lock.release()
