"""A code sent to an address and typed back: all that the site ever asks at its door.

What is kept waits in the session, which lives on the server: the person types the code where they asked for it,
wherever they read it. Of the code itself only a keyed digest is kept.
"""

import re
import time
from dataclasses import asdict, dataclass
from enum import StrEnum

from allauth.core import ratelimit
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac
from django.utils.translation import gettext_lazy as _

from members import suppressing, tasks
from members.addresses import address_key

#: Seconds during which a code opens the door: webmail and grey lists are slow.
LIFE = 15 * 60
#: Ten to the eighth, five tries a code, twenty codes a day to one address: one chance in a million a day.
DIGITS = 8
#: How many times one code may be asked again before starting over.
SENDS = 4


class Purpose(StrEnum):
    SIGN_IN = "sign_in"
    SIGN_UP = "sign_up"
    CONFIRM = "confirm"
    CHANGE = "change"


#: Where a session keeps what it waits for; at the door, one thing at a time.
_KEYS = {Purpose.CONFIRM: "members.confirmation", Purpose.CHANGE: "members.change"}


class CodeRefused(ValidationError):
    """The code does not open. What it says can be shown to the person."""


class CodeWrong(CodeRefused):
    """Another try is left."""


class CodeDead(CodeRefused):
    """Too old, tried too often, or none was sent: a new one must be asked for."""


class TooManyCodes(Exception):
    """Too many codes were asked for this address, or from this machine."""


@dataclass
class SentCode:
    purpose: str
    email: str
    digest: str
    #: Seconds since the epoch.
    sent_at: float
    #: Where the person was going.
    next: str = ""
    #: What they answered on the sign-up form: nothing of it is written before the address is proved.
    answers: dict | None = None
    sends: int = 1

    @property
    def is_alive(self) -> bool:
        return time.time() - self.sent_at < LIFE

    @property
    def can_resend(self) -> bool:
        return self.sends < SENDS


def send(request: HttpRequest, purpose: Purpose, email: str, *, next: str = "", answers: dict | None = None) -> None:
    """Send a code to the address. Whether a member has it is asked by the task, never here.

    Raises TooManyCodes.
    """
    _send(request, SentCode(purpose, email.lower(), "", 0, next, answers, sends=0))


def resend(request: HttpRequest, sent: SentCode) -> None:
    """A new code for the same purpose; the former is worth nothing any more. Raises TooManyCodes."""
    if not sent.can_resend:
        raise TooManyCodes
    _send(request, sent)


def pending(request: HttpRequest, *purposes: Purpose) -> SentCode | None:
    """The code that this session waits for, dead or alive, if it was sent for one of these purposes."""
    state = request.session.get(_key(purposes[0]))
    sent = SentCode(**state) if state else None
    return sent if sent and sent.purpose in purposes else None


def accept(request: HttpRequest, sent: SentCode, typed: str) -> None:
    """Take the typed code for the sent one, which then serves no more. Anything but digits is left out of it.

    Raises CodeWrong or CodeDead.
    """
    if not sent.is_alive:
        forget(request, sent)
        raise CodeDead(_("Ce code a plus de 15 minutes : il ne sert plus. Demandez-en un nouveau."))
    # Counted in the shared cache under a lock: a thousand tries sent at once with one session are a thousand tries.
    if not ratelimit.consume(request, action="code_typed", key=sent.digest):
        forget(request, sent)
        raise CodeDead(_("Trop d’essais : ce code ne sert plus. Demandez-en un nouveau."))
    if not constant_time_compare(_digest(re.sub(r"\D", "", typed)), sent.digest):
        raise CodeWrong(_("Ce n’est pas le bon code. Vérifiez que vous lisez le dernier message reçu."))
    forget(request, sent)
    suppressing.proved(sent.email)


def forget(request: HttpRequest, sent: SentCode) -> None:
    request.session.pop(_key(sent.purpose), None)


def _send(request: HttpRequest, sent: SentCode) -> None:
    # By mailbox: a thousand tags are one person's, whom they would flood.
    if not ratelimit.consume(request, action="code_sent", key=address_key(sent.email).hex()):
        raise TooManyCodes
    code = get_random_string(DIGITS, "0123456789")
    sent.digest, sent.sent_at, sent.sends = _digest(code), time.time(), sent.sends + 1
    request.session[_key(sent.purpose)] = asdict(sent)
    if not request.user.is_authenticated:
        # Who gives up is a visitor again, and reads the pages of all visitors.
        request.session.set_expiry(LIFE)
    tasks.at_once(tasks.send_code, sent.purpose, sent.email, code, request.user.pk)


def _key(purpose: str) -> str:
    return _KEYS.get(purpose, "members.entrance")


def _digest(code: str) -> str:
    return salted_hmac("members.codes", code, algorithm="sha256").hexdigest()
