"""The Python environment of the project, .venv, made from the hashed locks and made again when they change."""

import hashlib
import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from deploy import processes
from deploy.console import Failure, step
from deploy.postgres import ROOT, VAR

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# What is installed, written once it is; and the sign that an installation began and did not end.
STAMP = VENV / "possibles.json"
UNFINISHED = VENV / "possibles-unfinished"


def prepare(*locks: str) -> None:
    """Make .venv if need be and install these locks (names of files, at the root) that it does not hold yet."""
    lock = processes.Lock(VAR / "environment.lock")
    try:
        lock.take()
    except processes.Busy:
        with step("Waiting for another command that prepares the Python environment"):
            lock.take(wait=True)
    try:
        if not usable():
            create()
        for name in locks:
            install(name)
    finally:
        lock.release()


def usable() -> bool:
    """Whether .venv works: whole, made at this very place, for a Python that is still there, with a pip."""
    if UNFINISHED.exists() or not PYTHON.exists():
        return False
    seen = stamp()
    if seen:
        return seen["folder"] == str(VENV) and seen["python"] == version()
    return not subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode


def version() -> str:
    """Which Python the environment runs; empty when it does not run any more."""
    said = subprocess.run([PYTHON, "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=False)
    return " ".join(said.stdout.split())


def stamp() -> dict[str, str]:
    try:
        return json.loads(STAMP.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def create() -> None:
    """Make an empty .venv, installing on Debian the package that Python lacks there when we are allowed to."""
    if importlib.util.find_spec("ensurepip") is None:
        add_venv_to_debian()
    with step("Making the Python environment"):
        # When we run from a .venv, even this one, its parent makes the new one.
        base = getattr(sys, "_base_executable", sys.executable)
        processes.run([base, "-m", "venv", "--clear", VENV])


def add_venv_to_debian() -> None:
    package = f"python3.{sys.version_info.minor}-venv"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Failure(f"This Python cannot make environments. On Debian or Ubuntu, type: sudo apt install {package}")
    with step(f"Installing {package}"):
        apt_install(package)
    importlib.invalidate_caches()


def apt_install(*packages: str) -> None:
    """Install Debian packages, asking nothing. Raises CalledProcessError with what apt-get said."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    processes.run(["apt-get", "update", "-q"], env=env)
    processes.run(["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages], env=env)


def install(lock: str) -> None:
    """Bring .venv to what the lock says, unless it was already; every file is checked against its hash."""
    path = ROOT / lock
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if stamp().get(lock) == digest:
        return
    with step(f"Installing the Python packages of {lock}, a minute or so the first time"):
        UNFINISHED.touch()
        # The lock names every package, so pip has nothing to work out.
        options = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
        processes.run([PYTHON, "-m", "pip", "install", *options, "-r", path])
        write(STAMP, json.dumps(stamp() | {"folder": str(VENV), "python": version(), lock: digest}, indent=2))
        UNFINISHED.unlink()


def write(path: Path, text: str) -> None:
    """Replace a file whole."""
    unfinished = path.with_suffix(".new")
    unfinished.write_text(text)
    unfinished.replace(path)
