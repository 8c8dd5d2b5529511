"""A service that carries pushes, on this machine, and the browsers that it carries them to."""

import base64
import json
import os
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02


def written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Browser:
    """Its address at the service, its keys, and what it was told."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: os.urandom(16))
    told: list[dict] = field(default_factory=list)

    @property
    def subscription(self) -> dict[str, str]:
        """What its Push API says."""
        public = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "p256dh": written(public), "auth": written(self.secret)}

    @property
    def shown(self) -> list[str]:
        return [said["body"] for said in self.told]

    def hear(self, body: bytes, headers: dict[str, str]) -> None:
        text = http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm")
        self.told.append(json.loads(text) | {"length": len(text), "headers": headers})


@dataclass
class PushService:
    """Takes what is signed, and shows it; or answers to chosen browsers as a test wants, holds back, or is slow."""

    url: str
    browsers: dict[str, Browser] = field(default_factory=dict)
    #: By path: a status, and headers.
    answers: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    pause: float = 0
    hold_after: int | None = None
    holding: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    door: threading.Lock = field(default_factory=threading.Lock)

    def browser(self, name: str) -> Browser:
        return self.browsers.setdefault(f"/{name}", Browser(f"{self.url}/{name}"))

    def take(self, request: BaseHTTPRequestHandler) -> tuple[int, dict[str, str]]:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        with self.door:
            self.asked.append(request.path)
            self.topics.append(request.headers["Topic"])
            number = len(self.asked)
        time.sleep(self.pause)
        if self.hold_after is not None and number > self.hold_after:
            self.holding.set()
            self.released.wait()
            return 500, {}
        if request.path in self.answers:
            return self.answers[request.path]
        assert Vapid02.verify(request.headers["Authorization"])
        self.browsers[request.path].hear(body, dict(request.headers))
        return 201, {}


@contextmanager
def push_service():
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            status, headers = service.take(self)
            self.send_response(status)
            for name, value in (headers | {"Content-Length": "0"}).items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_said):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads, block_on_close = True, False
        request_queue_size = 100

        def handle_error(self, *_said):
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        service = PushService(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield service
        service.released.set()
        server.shutdown()
