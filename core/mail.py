"""One function sends every message: a subject, a text and an HTML template of the same name.

A message to a hundred thousand people is the same for all but for a name or a link: it is rendered and encoded once in
a while, as a mould that holds a hole for each of these, and poured for each reader: a thirtieth of the work.
"""

import json
import re
import select
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from smtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPSenderRefused
from typing import Self

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import mark_safe

from core.hot import hole, hot
from core.smtp import LEAVING, LeftBeforehand

_BLANKS = re.compile(r"[^\S\u00a0\u202f]+")


class Connection:
    """The mail server, for many messages in turn: opened for the first of them, and anew once it broke.

    Used as `with Connection() as connection`, by one thread.
    """

    def __init__(self) -> None:
        self._backend = get_connection()
        self._is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error) -> None:
        self._close()

    def hand_over(self, message: EmailMultiAlternatives) -> None:
        """Returns once the server took the message, and raises what it answers otherwise."""
        if self._is_open and _has_hung_up(self._backend):
            self._close()
        was_open = self._is_open
        try:
            self._try(message)
        except (SMTPSenderRefused, SMTPRecipientsRefused, LeftBeforehand) as error:
            # Before anything of the message was said. Many servers take so many messages a connection, and no more.
            if not was_open or not _is_about_the_connection(error):
                raise
            self._close()
            self._try(message)

    def _try(self, message: EmailMultiAlternatives) -> None:
        try:
            self._backend.open()
            self._is_open = True
            self._backend.send_messages([message])
        except (SMTPRecipientsRefused, SMTPDataError):
            # About this message alone: the same connection takes the next one.
            raise
        except BaseException:
            self._close()
            raise

    def _close(self) -> None:
        self._is_open = False
        # The server has answered for each message: how it takes leave changes nothing.
        with suppress(SMTPException, OSError):
            self._backend.close()


#: In the context of a message that its reader may stop: where, as a path. One POST there, without session nor cookie,
#: stops it (RFC 8058).
STOP = "stop_url"
#: In the context of a message that is answered elsewhere, and to nobody here.
NO_REPLY = "no_reply"


def send(
    template: str,
    *,
    to: str,
    context: dict,
    varying: Collection[str] = (),
    headers: dict[str, str] | None = None,
    connection: Connection | None = None,
) -> None:
    """Render `<template>_subject.txt`, `<template>.txt` and `<template>.html`, and hand them to the mail server.

    `varying` names the texts of the context that are each reader's own: a template may write them or ask whether they
    are empty, and nothing else. A context with `stop_url` offers to stop such messages, in the headers too; it varies
    as well. What comes back is read at CONTACT_EMAIL, but for a context with `no_reply`, whose template says why.
    Without a `connection`, one is opened for this message alone. Raises what the server raises: the caller knows
    whether to try again.
    """
    context = site() | context
    # Machines that answer by themselves are asked not to.
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"} | (headers or {})
    if not context.get(NO_REPLY):
        headers["Reply-To"] = settings.CONTACT_EMAIL
    message = _pour(template, to, context, varying, headers) or _made(template, to, context, headers)
    if connection is None:
        message.send()
    else:
        connection.hand_over(message)


def on_one_line(text: str) -> str:
    """A subject: what may end a line becomes a space, not what holds « » to their words."""
    return _BLANKS.sub(" ", text).strip()


def _made(template: str, to: str, context: dict, headers: dict[str, str], *, html: dict | None = None):
    """The message, rendered; `html` is what its HTML part is given, when it is not what the others are."""
    subject = on_one_line(render_to_string(f"{template}_subject.txt", context))
    message = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"{template}.txt", context),
        to=[to],
        headers=headers | _ways_out(context.get(STOP)),
    )
    message.attach_alternative(render_to_string(f"{template}.html", html or context), "text/html")
    return message


def _ways_out(stop: str | None) -> dict[str, str]:
    """What makes a mailbox show its own button. By one click only over https, as RFC 8058 asks."""
    if not stop:
        return {}
    ways = {"List-Unsubscribe": f"<{settings.SITE_ADDRESS}{stop}>"}
    if settings.SITE_ADDRESS.startswith("https://"):
        ways["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return ways


# --- Moulds ----------------------------------------------------------------------------------------------------------

_ID = "Message-ID"
_TO = "nobody@example.invalid"


@dataclass(frozen=True)
class _Mould:
    """A message as it goes over the wire, with holes: for the address, the identifier, and what varies in each part."""

    subject: str
    body: str
    html: str
    raw: bytes

    def holds(self, holes: Collection[str]) -> bool:
        """Whether each hole is in clear, since an encoded one could not be found again."""
        return all(each.encode() in self.raw for each in holes)


class _Poured(EmailMultiAlternatives):
    """A message that is already encoded; the rest is what a backend asks of any."""

    def __init__(self, raw: bytes, **fields) -> None:
        super().__init__(**fields)
        self._raw = raw

    def message(self):
        return self

    def get_charset(self) -> None:
        """It has parts."""

    def as_bytes(self, linesep: str = "\n") -> bytes:
        return self._raw if linesep == "\r\n" else self._raw.replace(b"\r\n", linesep.encode())


def _pour(template: str, to: str, context: dict, varying: Collection[str], headers: dict[str, str]) -> _Poured | None:
    """The message for this reader, from its mould; None when it is to be made by itself."""
    own = {name: context[name] for name in varying if context.get(name)}
    if not (settings.HOT_SECONDS and own and _ID in headers and to.isascii()):
        return None
    shared = {name: value for name, value in context.items() if name not in own}
    fixed = {name: value for name, value in headers.items() if name != _ID}
    key = json.dumps([template, translation.get_language(), shared, sorted(own), fixed], sort_keys=True, default=repr)
    mould = hot(("mould", key), lambda: _cast(template, shared, sorted(own), fixed))
    values = {_in_text(name): value for name, value in own.items()}
    values |= {_in_html(name): escape(value) for name, value in own.items()}
    # What is declared as ASCII must stay so.
    if mould is None or (mould.raw.isascii() and not all(value.isascii() for value in values.values())):
        return None
    body, html, raw = mould.body, mould.html, mould.raw
    for each, value in (values | {_TO: to, f"<{hole(_ID)}>": headers[_ID]}).items():
        body, html, raw = (
            body.replace(each, value),
            html.replace(each, value),
            raw.replace(each.encode(), value.encode()),
        )
    message = _Poured(raw, subject=mould.subject, body=body, to=[to], headers=headers | _ways_out(own.get(STOP)))
    message.attach_alternative(html, "text/html")
    return message


def _cast(template: str, shared: dict, own: Collection[str], headers: dict[str, str]) -> _Mould | None:
    """Render and encode it once, with holes; None when one of them would be lost in its encoding."""
    message = _made(
        template,
        _TO,
        shared | {name: mark_safe(_in_text(name)) for name in own},  # noqa: S308 (ours)
        headers | {_ID: f"<{hole(_ID)}>"},
        html=shared | {name: mark_safe(_in_html(name)) for name in own},  # noqa: S308
    )
    html = message.alternatives[0].content
    said = message.subject + message.body + html
    mould = _Mould(message.subject, message.body, html, message.message().as_bytes(linesep="\r\n"))
    written = {each for name in own for each in (_in_text(name), _in_html(name)) if each in said}
    is_in_subject = any(_in_text(name) in message.subject for name in own)
    return mould if not is_in_subject and mould.holds(written | {_TO, hole(_ID)}) else None


def _in_text(name: str) -> str:
    return hole(f"text{name}end")


def _in_html(name: str) -> str:
    return hole(f"html{name}end")


def site() -> dict[str, str]:
    """What every message may name: the site, its address without a final slash, its colour."""
    return {
        "site_name": settings.SITE_NAME,
        "site_address": settings.SITE_ADDRESS,
        "site_accent": settings.SITE_ACCENT,
        "contact_email": settings.CONTACT_EMAIL,
    }


def _is_about_the_connection(error: SMTPException) -> bool:
    """Whether another one may take the message. A recipient is refused by any, unless the server took leave instead."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code == LEAVING for code, _said in error.recipients.values())
    return True


def _has_hung_up(backend) -> bool:
    """Between two messages a mail server says nothing, unless it takes leave: then there is something to read."""
    smtp = getattr(backend, "connection", None)
    if not isinstance(smtp, SMTP):
        return False
    if smtp.sock is None:
        return True
    poll = select.poll()
    poll.register(smtp.sock, select.POLLIN)
    return bool(poll.poll(0))
