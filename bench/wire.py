"""HTTP/1.1 by hand over one epoll: a load generator shares the machine with what it measures, and must cost little.

A script is a generator: it yields a request as bytes and receives its `Answer`, or yields None to be called again a
moment later. Each has a connection of its own, kept open, as a proxy keeps those to the site.
"""

import re
import select
import socket
import time
import zlib
from collections.abc import Generator, Iterable
from dataclasses import dataclass

LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
#: Seconds between two looks at scripts that wait.
TURN = 0.01
PATIENCE = 20


@dataclass(slots=True)
class Answer:
    """Status 0 when the connection broke. `seconds` goes from the sending to the last byte."""

    status: int
    head: bytes
    raw: bytes
    seconds: float

    @property
    def text(self) -> str:
        body = self.raw
        if b"content-encoding: gzip" in self.head.lower():
            body = zlib.decompress(body, wbits=31)
        return body.decode()


Script = Generator[bytes | None, Answer | None, None]


class Line:
    """One connection, and the script that speaks over it."""

    def __init__(self, port: int, script: Script) -> None:
        self.port = port
        self.script = script
        self.is_waiting = False
        self.connect()

    def connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.length = 0

    def go_on(self, answer: Answer | None) -> bool:
        """Give the script its answer and send its next request. False when it has ended."""
        try:
            request = next(self.script) if answer is None else self.script.send(answer)
        except StopIteration:
            return False
        self.is_waiting = request is None
        if request is not None:
            self.sent_at = time.perf_counter()
            self.socket.sendall(request)
        return True

    def receive(self) -> Answer | None:
        """What has come, when it is whole."""
        try:
            part = self.socket.recv(262_144)
        except OSError:
            part = b""
        if not part:
            return Answer(0, b"", b"", time.perf_counter() - self.sent_at)
        self.received = self.received + part if self.received else part
        if not self.length:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return None
            found = LENGTH.search(self.received, 0, end + 2)
            self.body_at = end + 4
            self.length = self.body_at + (int(found[1]) if found else 0)
        if len(self.received) < self.length:
            return None
        received, self.received, self.length = self.received, b"", 0
        head = received[: self.body_at]
        return Answer(int(head[9:12]), head, received[self.body_at :], time.perf_counter() - self.sent_at)


def drive(port: int, scripts: Iterable[Script]) -> None:
    """Run the scripts, all at once, until each has ended."""
    epoll = select.epoll()
    lines: dict[int, Line] = {}

    def add(line: Line) -> None:
        lines[line.socket.fileno()] = line
        epoll.register(line.socket, select.EPOLLIN)

    def remove(line: Line) -> None:
        number = line.socket.fileno()
        epoll.unregister(number)
        del lines[number]
        line.socket.close()

    for script in scripts:
        line = Line(port, script)
        add(line)
        if not line.go_on(None):
            remove(line)
    looked_at = 0.0
    while lines:
        for number, _event in epoll.poll(TURN):
            line = lines[number]
            answer = line.receive()
            if answer is None:
                continue
            if answer.status == 0:
                remove(line)
                line.connect()
                add(line)
            if not line.go_on(answer):
                remove(line)
        if time.perf_counter() - looked_at >= TURN:
            looked_at = time.perf_counter()
            for line in [each for each in lines.values() if each.is_waiting]:
                if not line.go_on(None):
                    remove(line)
    epoll.close()
