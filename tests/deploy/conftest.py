"""Folders for clusters, and what runs in them."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.postgres import Cluster


def open_folders() -> Iterator[Path]:
    """A short folder that every account may enter; pytest's own is closed to others, and long."""
    folder = Path(tempfile.mkdtemp(prefix="possibles-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


open_folder = pytest.fixture(open_folders)


@pytest.fixture(scope="session")
def lasting_folder() -> Iterator[Path]:
    yield from open_folders()


@pytest.fixture(scope="session")
def lived(lasting_folder: Path):
    """`lived(folder)`: puts there a cluster that ran before and was stopped. Making one takes most of the time."""
    with Cluster(lasting_folder / "postgres") as cluster:
        made = cluster.data

    def put(folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        subprocess.run(["cp", "-a", made, folder], check=True)

    return put


@pytest.fixture
def home(open_folder: Path) -> Path:
    """A home that its owner alone may enter."""
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    return home


@pytest.fixture
def processes_of():
    """What gives the command lines of the living processes that name a folder."""

    def find(folder: Path) -> list[str]:
        said = subprocess.run(["ps", "-eww", "-o", "command="], capture_output=True, text=True, check=True).stdout
        return [line for line in said.splitlines() if str(folder) in line]

    return find
