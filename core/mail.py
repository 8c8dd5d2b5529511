"""One function sends every message: a subject, a text and an HTML template of the same name."""

import select
from contextlib import suppress
from smtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPSenderRefused
from typing import Self

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string


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
        except SMTPSenderRefused:
            # Before anything of the message was said. Many servers take so many messages a connection, and no more.
            if not was_open:
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


def send(
    template: str,
    *,
    to: str,
    context: dict,
    headers: dict[str, str] | None = None,
    connection: Connection | None = None,
) -> None:
    """Render `<template>_subject.txt`, `<template>.txt` and `<template>.html`, and hand them to the mail server.

    Without a `connection`, one is opened for this message alone. Raises what the server raises: the caller knows
    whether to try again.
    """
    context = site() | context
    subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
    message = EmailMultiAlternatives(
        subject=subject, body=render_to_string(f"{template}.txt", context), to=[to], headers=headers
    )
    message.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    if connection is None:
        message.send()
    else:
        connection.hand_over(message)


def site() -> dict[str, str]:
    """What every message may name: the site, its address without a final slash, its colour."""
    return {
        "site_name": settings.SITE_NAME,
        "site_address": settings.SITE_ADDRESS,
        "site_accent": settings.SITE_ACCENT,
        "contact_email": settings.CONTACT_EMAIL,
    }


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
