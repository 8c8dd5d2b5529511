"""A real mail server on this machine, that answers as a test wants."""

import asyncio
import threading
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from cast import free_port


@dataclass
class Sink:
    """Keeps every message it accepted. It can hold one back for ever, or answer an error to chosen addresses."""

    port: int
    accepted: list[Message] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuse_recipient: dict[str, str] = field(default_factory=dict)
    refuse_data: dict[str, str] = field(default_factory=dict)
    hold_after: int | None = None
    holding: threading.Event = field(default_factory=threading.Event)
    pause: float = 0

    async def handle_RCPT(self, server: SMTP, session, envelope, address: str, options) -> str:
        if address in self.refuse_recipient:
            return self.refuse_recipient[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session, envelope) -> str:
        if self.pause:
            await asyncio.sleep(self.pause)
        if self.hold_after is not None and len(self.accepted) >= self.hold_after:
            self.holding.set()
            await asyncio.sleep(3600)
        if (address := envelope.rcpt_tos[0]) in self.refuse_data:
            return self.refuse_data[address]
        self.accepted.append(message_from_bytes(envelope.content))
        self.recipients.append(address)
        return "250 OK"


@pytest.fixture
def sink(settings):
    """The server that this site's messages go to."""
    sink = Sink(free_port())
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_TIMEOUT = 5
    yield sink
    controller.stop()
