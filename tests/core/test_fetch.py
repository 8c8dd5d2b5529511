"""Addresses that somebody else wrote: what is read, and where nobody goes. The servers are real, on this machine."""

import gzip
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network

import pytest

from core import fetch as fetching
from core.fetch import FetchFailed, Lines, Reason, Reply, fetch, is_public, may_lead_outside

HERE = [ip_network("127.0.0.0/8")]
LIMITS = {"most_bytes": 10_000, "seconds": 1.5, "trusted": HERE}


@contextmanager
def serving(*answers, tls=None):
    """A server that gives these answers in turn, bytes or a function of the socket; its port, and what it was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(10)

        def serve():
            for answer in answers:
                try:
                    client, _address = door.accept()
                except OSError:
                    return
                with client:
                    client.settimeout(10)
                    try:
                        talk = tls.wrap_socket(client, server_side=True) if tls else client
                        asked.append(talk.recv(65536))
                        answer(talk) if callable(answer) else talk.sendall(answer)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield door.getsockname()[1], asked
    thread.join(timeout=12)


def said(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]).encode() + body


def failure(address: str, **changes) -> Reason:
    with pytest.raises(FetchFailed) as failed:
        fetch(address, **(LIMITS | changes))
    return failed.value.reason


def test_a_page_is_read_with_what_lets_one_ask_again():
    answer = said(
        b"bonjour",
        'ETag: "v1"',
        "Last-Modified: Mon, 23 Nov 2026 00:00:00 GMT",
        "Content-Type: text/calendar; charset=ISO-8859-1",
    )
    with serving(answer) as (port, asked):
        found = fetch(f"http://127.0.0.1:{port}/agenda.ics?cle=1", **LIMITS)
    assert (found.body, found.etag, found.charset) == (b"bonjour", '"v1"', "iso-8859-1")
    assert asked[0].startswith(b"GET /agenda.ics?cle=1 HTTP/1.1\r\n")
    assert b"If-None-Match" not in asked[0]
    with serving(said(b"", status="304 Not Modified")) as (port, asked):
        again = fetch(f"http://127.0.0.1:{port}/", etag=found.etag, last_modified=found.last_modified, **LIMITS)
    assert again.is_same
    assert b'If-None-Match: "v1"' in asked[0]
    assert b"If-Modified-Since: Mon, 23 Nov 2026" in asked[0]


# --- Where nobody goes -----------------------------------------------------------------------------------------------

PRIVATE = [
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1",
    "fd00:ec2::254", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:101::1", "2001:db8::1",
    "2001:0:7f00:1::",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_internet_is_refused(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_an_address_of_the_internet_is_not(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/", "https://localhost/", "https://2130706433/", "https://0x7f.1/", "https://[::1]/",
        "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest/meta-data/", "https://0/", "https://[fe80::1]/",
    ],
)  # fmt: skip
def test_nothing_is_asked_of_this_machine_however_it_is_called(address, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: pytest.fail("asked"))
    assert failure(address, trusted=[]) is Reason.ADDRESS


@pytest.mark.parametrize(
    "address",
    ["http://example.org/", "ftp://example.org/", "file:///etc/passwd", "https://", "https://a:b@example.org/",
     "https://example.org:99999/", "https://exa mple.org/", "https://[::1/", "", "/etc/passwd"],
)  # fmt: skip
def test_nothing_but_an_address_of_the_web_in_https_is_asked(address, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("93.184.215.14", 80))])
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: pytest.fail("asked"))
    assert failure(address, trusted=[]) is Reason.ADDRESS


def test_one_private_address_among_others_is_enough(monkeypatch):
    found = [(2, 1, 6, "", ("93.184.215.14", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: found)
    assert failure("https://agenda.example/", trusted=[]) is Reason.ADDRESS


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch):
    """A name that answers differently the second time: nobody asks a second time."""
    answers = iter(["93.184.215.14", "127.0.0.1"])
    went = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", (next(answers), 443))])

    def connect(address, timeout):
        went.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    assert failure("https://agenda.example/", trusted=[]) is Reason.UNREACHABLE
    assert went == ["93.184.215.14"]


def test_a_redirection_is_followed_and_judged_anew():
    with serving(said(b"ici")) as (port, _asked):
        moved = said(b"", f"Location: http://127.0.0.1:{port}/la", status="302 Found")
        with serving(moved) as (first, _asked):
            assert fetch(f"http://127.0.0.1:{first}/", **LIMITS).body == b"ici"


@pytest.mark.parametrize(
    "target", ["http://127.0.0.2:9/", "https://169.254.169.254/", "file:///etc/passwd", "gopher://x/"]
)
def test_a_redirection_to_a_private_place_is_not_followed(target):
    moved = said(b"", f"Location: {target}", status="301 Moved")
    with serving(moved) as (port, _asked):
        assert failure(f"http://127.0.0.1:{port}/", trusted=[ip_network("127.0.0.1/32")]) is Reason.REDIRECTED


def test_a_circle_of_redirections_ends():
    with serving(*[said(b"", "Location: /encore", status="302 Found")] * 4) as (port, asked):
        assert failure(f"http://127.0.0.1:{port}/") is Reason.REDIRECTED
        assert len(asked) == 4


# --- How much, and how long ------------------------------------------------------------------------------------------


def endless(talk) -> None:
    talk.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        talk.sendall(b"x" * 1000)


def test_an_endless_body_is_left():
    with serving(endless) as (port, _asked):
        assert failure(f"http://127.0.0.1:{port}/") is Reason.HEAVY


def test_a_body_that_says_that_it_is_too_long_is_not_read():
    with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n") as (port, _asked):
        assert failure(f"http://127.0.0.1:{port}/") is Reason.HEAVY


def test_a_small_body_that_unpacks_into_a_huge_one_is_left():
    packed = gzip.compress(b"0" * 20_000_000, mtime=0)
    packed_twice = packed[:9000]
    assert len(packed_twice) < LIMITS["most_bytes"]
    with serving(said(packed_twice, "Content-Encoding: gzip")) as (port, _asked):
        assert failure(f"http://127.0.0.1:{port}/") is Reason.HEAVY


def test_a_packed_body_is_unpacked():
    with serving(said(gzip.compress(b"bonjour" * 1000, mtime=0), "Content-Encoding: gzip")) as (port, _asked):
        assert fetch(f"http://127.0.0.1:{port}/", **LIMITS).body == b"bonjour" * 1000


def trickling(start: bytes):
    def trickle(talk) -> None:
        talk.sendall(start)
        while True:
            talk.sendall(b"a")
            time.sleep(0.05)

    return trickle


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n",
    ],
)
def test_a_server_that_trickles_is_left_at_the_deadline(start):
    with serving(trickling(start)) as (port, _asked):
        assert failure(f"http://127.0.0.1:{port}/", seconds=0.5) is Reason.SLOW


def test_a_server_that_says_nothing_is_left_at_the_deadline():
    with serving(lambda talk: time.sleep(2)) as (port, _asked):
        assert failure(f"http://127.0.0.1:{port}/", seconds=0.4) is Reason.SLOW


def test_a_handshake_that_never_ends_is_left_at_the_deadline():
    with serving(lambda talk: time.sleep(2)) as (port, _asked):
        assert failure(f"https://127.0.0.1:{port}/", seconds=0.4) is Reason.SLOW


@pytest.mark.parametrize(
    "cut",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nBEGIN:VCALENDAR",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\nBEGIN:VCALENDAR",
        said(gzip.compress(b"BEGIN:VCALENDAR" * 100, mtime=0)[:-12], "Content-Encoding: gzip"),
        said(b"not gzip at all", "Content-Encoding: gzip"),
        b"nonsense\r\n\r\n",
        b"",
    ],
)
def test_half_an_answer_is_no_answer(cut):
    with serving(cut) as (port, _asked):
        assert failure(f"http://127.0.0.1:{port}/") is Reason.UNREACHABLE


@pytest.mark.parametrize(
    "status", ["401 Unauthorized", "404 Not Found", "410 Gone", "500 Oh", "206 Partial", "304 Same"]
)
def test_an_answer_that_is_not_the_page_is_a_refusal(status):
    with serving(said(b"x", status=status)) as (port, _asked):
        assert failure(f"http://127.0.0.1:{port}/") is Reason.REFUSED


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    assert failure(f"http://127.0.0.1:{port}/") is Reason.UNREACHABLE


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path):
    """A trusted network excuses http, never a wrong certificate."""
    import subprocess

    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(said(b"secret"), tls=context) as (port, _asked):
        assert failure(f"https://127.0.0.1:{port}/") is Reason.UNREACHABLE
    trusting = ssl.create_default_context(cafile=certificate)
    trusting.check_hostname = False
    with serving(said(b"secret"), tls=context) as (port, _asked), pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetching.ssl, "create_default_context", lambda: trusting)
        assert fetch(f"https://127.0.0.1:{port}/", **LIMITS).body == b"secret"


# --- Giving something ------------------------------------------------------------------------------------------------

GIVEN = {"body": b"bonjour", "headers": {"TTL": "60"}, "seconds": 1.5}


@contextmanager
def taking(answer):
    """A server that keeps connections open; `answer(talk, number)` says what it does with each thing it is given.

    Yields its address, and a list of (connection, path, TTL, body).
    """
    taken: list[tuple] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.client_address[1], self.path, self.headers["TTL"], body))
            answer(self, len(taken))

        def log_message(self, *_said):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads, block_on_close = True, False

        def handle_error(self, *_said):
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", taken
        server.shutdown()


def created(talk: BaseHTTPRequestHandler, _number: int) -> None:
    talk.send_response(201)
    talk.send_header("Content-Length", "5")
    talk.send_header("Retry-After", "12")
    talk.end_headers()
    talk.wfile.write(b"merci")


def test_things_given_in_turn_go_through_one_connection():
    with taking(created) as (server, taken), Lines(trusted=HERE) as lines:
        replies = [lines.post(f"{server}/{name}?x=1", **GIVEN) for name in "ab"]
    assert replies == [Reply(201, "12")] * 2
    assert [what[1:] for what in taken] == [("/a?x=1", "60", b"bonjour"), ("/b?x=1", "60", b"bonjour")]
    assert len({connection for connection, *_rest in taken}) == 1


def test_a_server_that_left_between_two_things_is_called_again():
    def leave(talk, number):
        created(talk, number)
        talk.close_connection = True

    with taking(leave) as (server, taken), Lines(trusted=HERE) as lines:
        for _ in range(3):
            assert lines.post(server, **GIVEN).status == 201
            time.sleep(0.05)
    assert len({connection for connection, *_rest in taken}) == 3


def test_what_was_given_is_not_given_again_when_nobody_knows_whether_it_was_taken():
    def die(talk, _number):
        talk.connection.shutdown(socket.SHUT_RDWR)

    with taking(die) as (server, taken), Lines(trusted=HERE) as lines, pytest.raises(FetchFailed) as failed:
        lines.post(server, **GIVEN)
    assert failed.value.reason is Reason.UNREACHABLE
    assert len(taken) == 1


@pytest.mark.parametrize("says_it_took_it", [True, False])
def test_an_answer_that_trickles_ends_at_the_deadline_and_the_next_one_is_heard(says_it_took_it):
    def trickle(talk, number):
        if number > 1:
            return created(talk, number)
        talk.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 9999\r\n\r\n" if says_it_took_it else b"HTTP")
        with suppress(OSError):
            for _ in range(100):
                talk.wfile.write(b"x")
                time.sleep(0.05)
        return None

    with taking(trickle) as (server, taken), Lines(trusted=HERE) as lines:
        if says_it_took_it:
            assert lines.post(server, **(GIVEN | {"seconds": 0.3})).status == 201
        else:
            with pytest.raises(FetchFailed) as failed:
                lines.post(server, **(GIVEN | {"seconds": 0.3}))
            assert failed.value.reason is Reason.SLOW
        assert lines.post(server, **GIVEN).status == 201
    assert len({connection for connection, *_rest in taken}) == 2


def test_words_without_end_are_not_read_and_their_connection_is_left():
    def talkative(talk, _number):
        talk.send_response(200)
        talk.send_header("Content-Length", "100000")
        talk.end_headers()
        with suppress(OSError):
            talk.wfile.write(b"x" * 100_000)

    with taking(talkative) as (server, taken), Lines(trusted=HERE) as lines:
        assert [lines.post(server, **GIVEN).status for _ in range(2)] == [200, 200]
    assert len({connection for connection, *_rest in taken}) == 2


def test_nothing_is_given_where_a_server_points_to():
    def elsewhere(talk, _number):
        talk.send_response(307)
        talk.send_header("Location", "http://127.0.0.1:1/")
        talk.send_header("Content-Length", "0")
        talk.end_headers()

    with taking(elsewhere) as (server, taken), Lines(trusted=HERE) as lines:
        assert lines.post(server, **GIVEN).status == 307
    assert len(taken) == 1


@pytest.mark.parametrize("address", ["https://127.0.0.1/", "http://93.184.215.14/", "https://169.254.169.254/x"])
def test_nothing_is_given_to_what_is_not_of_the_internet(address, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: pytest.fail("given"))
    with Lines() as lines, pytest.raises(FetchFailed) as failed:
        lines.post(address, **GIVEN)
    assert failed.value.reason is Reason.ADDRESS


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://push.example/abc", True), ("https://93.184.215.14/", True), ("http://push.example/abc", False),
        ("https://localhost/", False), ("https://2130706433/", False), ("https://10.0.0.1/", False),
        ("https://[::1]/", False), ("https://a:b@push.example/", False), ("javascript:alert(1)", False), ("", False),
    ],
)  # fmt: skip
def test_an_address_that_would_be_refused_is_told_apart_without_asking_anybody(address, may, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: pytest.fail("asked"))
    assert may_lead_outside(address) is may


def test_a_network_of_ours_may_be_trusted_by_http_too():
    assert may_lead_outside("http://127.0.0.1:1234/", trusted=HERE)
