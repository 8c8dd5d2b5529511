"""A real mail server on this machine, that answers as a test wants."""

import asyncio
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Literal

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from cast import database_url, free_port
from celery import Celery
from django.conf import settings as django_settings

from notifications.pressure import mail_server
from tests.notifications.workers import kill


@dataclass
class Sink:
    """Keeps every message it accepted.

    It can hold one back until it is released, answer an error to chosen addresses, or die at the first message to one
    of them. It can have enough of a connection after some messages: it says so at the next one ("421"), or leaves
    without a word, at once or when it hears of the next one.
    """

    port: int
    accepted: list[Message] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuse_recipient: dict[str, str] = field(default_factory=dict)
    refuse_data: dict[str, str] = field(default_factory=dict)
    die_at: set[str] = field(default_factory=set)
    hold_after: int | None = None
    holding: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    pause: float = 0
    connections: int = 0
    #: Whether it says that what need not wait for its answers may come together (RFC 2920).
    pipelines: bool = True
    take_a_connection: int | None = None
    leaves: Literal["saying so", "at once", "when spoken to", "saying so late", "when spoken to, late"] = "saying so"

    async def handle_EHLO(self, server: SMTP, session, envelope, hostname: str, responses: list[str]) -> list[str]:
        session.host_name = hostname
        session.taken = 0
        self.connections += 1
        # The first line is the name of the server.
        return [responses[0], "250-PIPELINING", *responses[1:]] if self.pipelines else responses

    async def handle_MAIL(self, server: SMTP, session, envelope, address: str, options: list[str]) -> str:
        if self._has_enough(session) and not self.leaves.endswith("late"):
            if self.leaves == "when spoken to":
                server.transport.abort()
            return "421 4.7.0 Too many messages on this connection"
        session.taken += 1
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    def _has_enough(self, session) -> bool:
        return self.take_a_connection is not None and session.taken >= self.take_a_connection

    async def handle_RCPT(self, server: SMTP, session, envelope, address: str, options) -> str:
        # This message is counted already.
        if self.take_a_connection is not None and session.taken > self.take_a_connection:
            if self.leaves == "when spoken to, late":
                server.transport.abort()
            return "421 4.7.0 Too many messages on this connection"
        if address in self.refuse_recipient:
            return self.refuse_recipient[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session, envelope) -> str:
        if self.pause:
            await asyncio.sleep(self.pause)
        if self.hold_after is not None and len(self.accepted) >= self.hold_after:
            self.holding.set()
            while not self.release.is_set():
                await asyncio.sleep(0.02)
        address = envelope.rcpt_tos[0]
        if address in self.die_at:
            self.die_at.remove(address)
            server.transport.abort()
        if address in self.refuse_data:
            return self.refuse_data[address]
        self.accepted.append(message_from_bytes(envelope.content))
        self.recipients.append(address)
        if self.leaves == "at once" and session.taken == self.take_a_connection:
            asyncio.get_running_loop().call_soon(server.transport.close)
        return "250 OK"


@pytest.fixture(autouse=True)
def _mail_server_at_ease():
    """No test hears of what another's server refused."""
    mail_server.reset()


@pytest.fixture
def sink(settings):
    """The server that this site's messages go to."""
    sink = Sink(free_port())
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    settings.EMAIL_BACKEND = "core.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_TIMEOUT = 5
    yield sink
    controller.stop()


@pytest.fixture
def worker(committed_db, redis_url, sink, tmp_path):
    """`worker()` starts a worker as in production, whose messages go to the sink. All are ended with the test.

    It serves every queue, or the one named; variables of its environment may be others.
    """
    environment = os.environ | {
        "DEVELOPMENT": "1",
        "DATABASE_URL": database_url(),
        "REDIS_URL": redis_url,
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "VAR_DIR": str(tmp_path),
    }
    started = []

    def start(queue: str = "", **others: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "celery", "-A", "possibles", "worker", "--concurrency", "1", "-l", "WARNING"]
        if queue:
            command += ["--queues", queue, "--hostname", f"{queue}@%h"]
        process = subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle", "--without-heartbeat"],
            cwd=django_settings.BASE_DIR,
            env=environment | others,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        kill(process)


@pytest.fixture
def broker_at():
    """`broker_at(address)`: what the site does after a commit, without this process's own settings."""
    apps = []

    def at(address: str) -> Celery:
        app = Celery(broker=address, set_as_current=False)
        app.conf.task_ignore_result = True
        app.conf.task_queues = django_settings.CELERY_TASK_QUEUES
        app.conf.task_routes = django_settings.CELERY_TASK_ROUTES
        apps.append(app)
        return app

    yield at
    for app in apps:
        app.close()


@pytest.fixture
def broker(broker_at, redis_url) -> Celery:
    return broker_at(redis_url)
