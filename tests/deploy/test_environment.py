import importlib.util
import os
import re
import subprocess
import sys

import pytest

from deploy import environment
from deploy.console import Failure


@pytest.fixture
def installed(tmp_path, monkeypatch) -> list[str]:
    """An empty environment that works, a lock to install in it, and the commands that were run for it."""
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "lock.txt").write_text("django==5.2\n")
    for name, value in {
        "ROOT": tmp_path,
        "VAR": tmp_path / "var",
        "VENV": venv,
        "PYTHON": venv / "bin" / "python",
        "STAMP": venv / "possibles.json",
        "UNFINISHED": venv / "possibles-unfinished",
    }.items():
        monkeypatch.setattr(environment, name, value)
    commands = []
    monkeypatch.setattr(environment.processes, "run", lambda command, **_: commands.append(" ".join(map(str, command))))
    return commands


def test_packages_are_installed_by_their_hashes_and_only_when_the_lock_changes(installed, tmp_path):
    environment.prepare("lock.txt")
    environment.prepare("lock.txt")
    assert len(installed) == 1
    assert "--require-hashes" in installed[0]
    (tmp_path / "lock.txt").write_text("django==5.2.1\n")
    environment.prepare("lock.txt")
    assert len(installed) == 2


def test_an_installation_cut_short_is_made_again_from_the_start(installed):
    environment.prepare("lock.txt")
    environment.UNFINISHED.touch()
    environment.prepare("lock.txt")
    assert "-m venv --clear" in installed[1]


def test_an_environment_that_was_moved_or_whose_python_changed_is_made_again(installed):
    environment.prepare("lock.txt")
    for old, new in ((str(environment.VENV), "/elsewhere/.venv"), (sys.version.split()[0], "3.11.0")):
        stamp = environment.STAMP.read_text()
        environment.STAMP.write_text(stamp.replace(old, new))
        assert not environment.usable()
        environment.STAMP.write_text(stamp)
        assert environment.usable()


def test_without_its_package_a_user_is_told_what_to_type(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Failure, match=r"type: sudo apt install python3\.\d+-venv"):
        environment.create()


def test_without_its_package_root_on_debian_installs_it(installed, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(environment.shutil, "which", lambda name: f"/usr/bin/{name}")
    environment.create()
    assert [command.split()[0:2] for command in installed[:2]] == [["apt-get", "update"], ["apt-get", "install"]]
    assert "-venv" in installed[1]
    assert "-m venv" in installed[2]


def test_an_old_python_gets_a_sentence():
    """The first module that runs is understood by any Python 3: no newer syntax, nothing of ours imported."""
    code = "import ast, sys; ast.parse(open('deploy/__main__.py').read(), feature_version=(3, 4))"
    subprocess.run([sys.executable, "-c", code], cwd=environment.ROOT, check=True)


def test_the_locks_name_no_index_and_agree_with_each_other():
    """`make test` would otherwise try other versions than those that `make run` and production use."""
    pins = {}
    for name in ("requirements.txt", "requirements-test.txt"):
        text = (environment.ROOT / name).read_text()
        assert "://" not in text
        assert "--index" not in text
        pins[name] = set(re.findall(r"^(\S+==\S+)", text, re.MULTILINE))
    assert len(pins["requirements.txt"]) > 20
    assert pins["requirements.txt"] <= pins["requirements-test.txt"]
