"""Django's SMTP, for one message after another: what need not wait for an answer does not.

A server that says PIPELINING (RFC 2920; nearly all do) is told who writes to whom in one go, and answers in one go: two
waits a message instead of four.
"""

import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

from django.core.mail.backends.smtp import EmailBackend as DjangoBackend
from django.core.mail.message import sanitize_address

#: An address that goes over the wire as it is.
_PLAIN = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.ASCII | re.IGNORECASE)
_LINE_OF_A_DOT = re.compile(rb"^\.", re.MULTILINE)
_ENCODING = "utf-8"
#: The server goes away.
LEAVING = 421


class LeftBeforehand(smtplib.SMTPServerDisconnected):
    """The server left before it heard anything of a message: the message may go through another connection."""


@contextmanager
def _beforehand() -> Iterator[None]:
    """While the server is told who writes to whom."""
    try:
        yield
    except smtplib.SMTPServerDisconnected as error:
        raise LeftBeforehand(*error.args) from error


class _Pipelining:
    """What both kinds of connection do."""

    def mail(self, sender, options=()):
        with _beforehand():
            return super().mail(sender, options)

    def rcpt(self, recip, options=()):
        with _beforehand():
            return super().rcpt(recip, options)

    def sendmail(self, from_addr, to_addrs, msg, mail_options=(), rcpt_options=()):
        """As smtplib's, which does it for whatever is not one message, in bytes, to one plain address."""
        self.ehlo_or_helo_if_needed()
        is_usual = isinstance(msg, bytes) and len(to_addrs) == 1 and _PLAIN.fullmatch(to_addrs[0])
        if not (is_usual and self.has_extn("pipelining")) or mail_options or rcpt_options:
            return super().sendmail(from_addr, to_addrs, msg, mail_options, rcpt_options)
        with _beforehand():
            self._say_who(from_addr, to_addrs[0], len(msg))
        # A line that begins with a dot has two; the end is a dot alone.
        end = b".\r\n" if msg.endswith(b"\r\n") else b"\r\n.\r\n"
        self.send(_LINE_OF_A_DOT.sub(b"..", msg) + end)
        code, said = self.getreply()
        if code != 250:
            self._give_up(code)
            raise smtplib.SMTPDataError(code, said)
        return {}

    def _say_who(self, sender: str, recipient: str, size: int) -> None:
        """Until the server waits for the message. Raises what smtplib would."""
        option = f" size={size}" if self.has_extn("size") else ""
        self.send(f"mail FROM:{_quoted(sender)}{option}\r\nrcpt TO:<{recipient}>\r\ndata\r\n")
        code, said = self.getreply()
        if code != 250:
            self._leave_out(code, answers=2)
            raise smtplib.SMTPSenderRefused(code, said, sender)
        code, said = self.getreply()
        if code not in (250, 251):
            self._leave_out(code, answers=1)
            raise smtplib.SMTPRecipientsRefused({recipient: (code, said)})
        code, said = self.getreply()
        if code != 354:
            self._give_up(code)
            raise smtplib.SMTPDataError(code, said)

    def _leave_out(self, code: int, *, answers: int) -> None:
        """It refused, and answers to what was said after. Should it wait for a message, it gets none: not even an
        empty one, which it might deliver."""
        # It may leave meanwhile: what it refused is known.
        with suppress(smtplib.SMTPServerDisconnected):
            while code != LEAVING and answers:
                last, _said = self.getreply()
                answers -= 1
                if last == 354:
                    self.close()
                    return
            self._give_up(code)

    def _give_up(self, code: int) -> None:
        if code == LEAVING:
            self.close()
        else:
            self._rset()


class SMTP(_Pipelining, smtplib.SMTP):
    """In clear at first."""


class SMTPOverTLS(_Pipelining, smtplib.SMTP_SSL):
    """Encrypted from the first byte."""


class EmailBackend(DjangoBackend):
    """Django's, with these connections."""

    @property
    def connection_class(self) -> type[SMTP] | type[SMTPOverTLS]:
        return SMTPOverTLS if self.use_ssl else SMTP

    def _send(self, email_message) -> bool:
        """Django's takes a third of a message's time to parse addresses, ours among them."""
        to = email_message.recipients()
        if len(to) != 1 or not _PLAIN.fullmatch(to[0]) or self.fail_silently:
            return super()._send(email_message)
        content = email_message.message().as_bytes(linesep="\r\n")
        self.connection.sendmail(_sender(email_message.from_email), to, content)
        return True


@cache
def _sender(address: str) -> str:
    return sanitize_address(address, _ENCODING)


@cache
def _quoted(address: str) -> str:
    return smtplib.quoteaddr(address)
