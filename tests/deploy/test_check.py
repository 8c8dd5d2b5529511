import os
import subprocess
import time

import pytest

from deploy import check, processes


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A machine with no tool at all, and somebody who may not install any."""
    monkeypatch.setattr(check, "TOOLS", tmp_path / "tools")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.delenv("REDIS_SERVER", raising=False)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return tmp_path


def test_what_is_missing_is_named_with_what_to_type(bare, capsys):
    verdict = check.Verdict()
    assert check.find_tools(verdict) == {}
    assert verdict.conclude() == 0
    said = capsys.readouterr().out
    assert "LEFT OUT: the browser tests; on Debian or Ubuntu, type: sudo apt install chromium" in said
    assert "sudo apt install redis-tools" in said


def test_in_ci_nothing_may_be_missing(bare, monkeypatch):
    monkeypatch.setenv("CI", "true")
    verdict = check.Verdict()
    check.find_tools(verdict)
    assert verdict.conclude() == 1


def test_a_failure_is_the_verdict_even_when_the_rest_passed(capsys):
    verdict = check.Verdict()
    verdict.quietly("passes", ["true"], dict(os.environ))
    verdict.quietly("fails", ["sh", "-c", "echo because; exit 3"], dict(os.environ))
    assert verdict.conclude() == 1
    said = capsys.readouterr().out
    assert "because" in said
    assert "FAILED: fails" in said
    assert "FAILED: passes" not in said


def test_what_runs_meanwhile_is_waited_for_and_its_failure_is_the_verdict(tmp_path, capsys):
    verdict = check.Verdict()
    done = tmp_path / "done"
    with verdict.meanwhile("passes", ["sh", "-c", 'sleep 0.2; touch "$0"', str(done)], dict(os.environ)):
        assert not done.exists()
    assert done.exists()
    with verdict.meanwhile("fails", ["sh", "-c", "echo because; exit 3"], dict(os.environ)):
        pass
    assert verdict.conclude() == 1
    said = capsys.readouterr().out
    assert "because" in said
    assert "FAILED: fails" in said
    assert "FAILED: passes" not in said


def test_what_runs_meanwhile_is_stopped_with_the_rest(tmp_path):
    verdict = check.Verdict()
    late = tmp_path / "late"
    with (
        pytest.raises(processes.Stopped),
        verdict.meanwhile("goes on", ["sh", "-c", 'sleep 1; touch "$0"', str(late)], dict(os.environ)),
    ):
        raise processes.Stopped
    time.sleep(1.2)
    assert not late.exists()


def test_redis_is_found_under_the_name_of_its_checker(bare, monkeypatch):
    """Debian's redis-tools has no redis-server, but the same program under another name."""
    checker = bare / "redis-check-rdb"
    checker.write_text('#!/bin/sh\ncase "$0" in *redis-server) echo Redis server v=7.0.15;; esac\n')
    checker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bare}:/bin")
    server = check.find_redis()
    said = subprocess.run([server, "--version"], capture_output=True, text=True, check=True).stdout
    assert said.startswith("Redis server")
