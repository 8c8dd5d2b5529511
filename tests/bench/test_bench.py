"""What the benchmarks measure with: nothing here needs the site."""

import os
import smtplib
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench import figures, site, wire
from deploy.postgres import ROOT


def test_a_support_is_late_from_its_confirmation_until_the_first_look_that_shows_it():
    confirmed = [10.0, 10.5, 11.0, 14.0]
    assert figures.lateness(confirmed, [(9.0, 0), (10.2, 1), (11.5, 1), (12.0, 3), (14.5, 4)]) == pytest.approx(1.5)


def test_a_support_that_is_never_shown_is_late_until_the_last_look():
    assert figures.lateness([10.0, 11.0], [(10.5, 1), (40.0, 1)]) == pytest.approx(29.0)


def test_a_support_confirmed_after_the_last_look_is_not_late():
    assert figures.lateness([10.0, 50.0], [(10.5, 1), (40.0, 1)]) == pytest.approx(0.5)


def test_percentiles_are_values_that_were_seen():
    seen = list(range(1, 101))
    assert (figures.percentile(seen, 50), figures.percentile(seen, 99)) == (51, 100)
    assert figures.percentile([7.0], 99) == 7.0
    assert figures.percentile([], 99) == 0.0


def test_the_time_of_a_child_that_ended_is_its_parents():
    burn = "sum(i * i for i in range(3_000_000))"
    child = (
        f"import subprocess, sys, time; subprocess.run([sys.executable, '-c', {burn!r}]); print(1, flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        spent = figures.cpu_seconds({"parent": process.pid, "nobody": 2**22 + 1})
        process.communicate(b"\n")
    assert spent["parent"] > 0.1
    assert spent["nobody"] == 0.0


def test_a_service_is_started_as_the_compose_file_does():
    command = site.command_of("web", port=8123)
    assert command[0].endswith("/granian")
    assert command[command.index("--port") + 1] == "8123"
    assert command[command.index("--workers") + 1] == "2"
    assert "127.0.0.1" in command and "0.0.0.0" not in command
    environment = site.environment("postgres://possibles@/x", ROOT / "var", service="web")
    assert environment["TRUSTED_PROXY_COUNT"] == "1"
    ours = {name: value for name, value in environment.items() if os.environ.get(name) != value}
    assert ours and not [value for value in ours.values() if "${" in value]


def test_a_folder_is_empty_then_gone(tmp_path):
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "by.txt").touch()
    with site.folder_of(tmp_path / "left") as folder:
        assert list(folder.iterdir()) == []
        (folder / "more.txt").touch()
    assert not folder.exists()


def test_a_part_that_fails_says_its_last_words(tmp_path):
    with site.Parts(tmp_path) as parts:
        parts.start("worker", [sys.executable, "-c", "raise SystemExit('no broker')"])
        with pytest.raises(site.Broken, match="no broker"):
            parts.wait("worker", seconds=10)


class Slow(BaseHTTPRequestHandler):
    """Answers in two parts what it was sent, and leaves at once when asked."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body == b"leave":
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:3])
        self.wfile.flush()
        time.sleep(0.02)
        self.wfile.write(body[3:])

    def log_message(self, *_):
        pass


@pytest.fixture
def slow():
    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def post(body: bytes) -> bytes:
    return b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def test_scripts_talk_at_once_and_each_gets_its_own_answers(slow):
    heard = {}

    def script(name: str):
        for turn in range(3):
            yield None
            answer = yield post(f"{name}-{turn}".encode())
            heard.setdefault(name, []).append(answer.text)
            assert answer.seconds >= 0.02

    wire.drive(slow, [script(name) for name in ("alice", "bob", "chloé")])
    assert heard == {name: [f"{name}-{turn}" for turn in range(3)] for name in ("alice", "bob", "chloé")}


def test_a_connection_that_breaks_is_an_answer_of_status_0_and_the_script_goes_on(slow):
    statuses = []

    def script():
        for body in (b"before", b"leave", b"after"):
            answer = yield post(body)
            statuses.append(answer.status)

    wire.drive(slow, [script()])
    assert statuses == [200, 0, 200]


def test_the_mailbox_takes_every_message_and_says_how_many(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with site.Parts(tmp_path) as parts:
        parts.start("mailbox", [sys.executable, "-m", "bench.mailbox", str(port), str(tmp_path)])
        parts.wait_until_open(port)
        with smtplib.SMTP("127.0.0.1", port) as connection:
            for turn in range(3):
                connection.sendmail("a@a.example", "b@b.example", f"Subject: {turn}\n\n.\nLigne {turn}")
            assert connection.docmd("HELP") == (214, b"3")
    assert b"Subject: 0" in (tmp_path / "0.eml").read_bytes()


def test_a_service_of_few_shares_gives_way_here_too(tmp_path):
    assert (site.niceness("pages"), site.niceness("web"), site.niceness("worker")) == (-9, 0, 6)
    with site.Parts(tmp_path) as parts:
        parts.start("worker", ["sleep", "60"])
        number = parts.running["worker"].pid
        assert os.getpriority(os.PRIO_PROCESS, number) == 6
        group = Path(f"/proc/{number}/autogroup")
        # Where the kernel has none, the niceness of the process is enough.
        assert not group.exists() or group.read_text().endswith(" nice 6\n")
