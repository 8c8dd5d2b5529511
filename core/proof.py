"""Proof of work, for forms under attack: a second of a telephone's time, thousands of seconds of a robot's.

The browser looks for a number by itself (static/js/proof.js). Where no script runs, nothing is asked that a person
would have to solve (WCAG 2.2, 3.3.8): the form holds a ticket, which is worth a proof once it is half a minute old.
Both serve once, and for an hour.

A page with a proof is made for one reader: it must never be kept by a shared cache.
"""

import json
import secrets
import time
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum, auto

from altcha import PayloadV1, create_challenge_v1, verify_solution_v1
from django.core import signing
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core.limits import first_time

#: The number looked for is drawn up to this one. A desk tries half of them in 0.2 s, a telephone in about 1 s.
MAX_NUMBER = 200_000
#: Seconds during which a proof or a ticket may serve, and before which a ticket is too young.
LIFETIME = 60 * 60
WAIT = 30

_ALGORITHM = "SHA-256"
_SALT = "core.proof"
#: Characters; ours are under 400.
_LONGEST_SOLUTION = 600
_BUSY = _("Le site reçoit beaucoup de demandes. Attendez trente secondes, puis appuyez de nouveau.")


class Verdict(Enum):
    """What a form brought."""

    PROVEN = auto()
    #: It proves time alone: a robot may wait too, with many tickets. Callers may hold it to closer limits.
    WAITED = auto()
    TOO_SOON = auto()
    MISSING = auto()
    USED = auto()

    @property
    def is_accepted(self) -> bool:
        return self in (Verdict.PROVEN, Verdict.WAITED)


REFUSALS = {
    Verdict.TOO_SOON: _BUSY,
    Verdict.MISSING: _BUSY,
    Verdict.USED: _(
        "Cet envoi nous est déjà parvenu. S’il n’a pas abouti, attendez trente secondes, puis appuyez de nouveau."
    ),
}


def challenge(*, after: Mapping[str, str] | None = None, max_number: int = MAX_NUMBER) -> dict[str, str]:
    """What components/_proof.html shows: `challenge` (JSON) and `ticket`.

    The ticket of the form that was sent (`after`) is kept, so that whoever waited does not wait again.
    """
    made = create_challenge_v1(
        algorithm=_ALGORITHM,
        max_number=max_number,
        hmac_key=_key(),
        expires=timezone.now() + timedelta(seconds=LIFETIME),
    )
    kept = after.get("proof_ticket", "") if after else ""
    if _issued(kept) is None:
        kept = signing.dumps([int(time.time()), secrets.token_hex(8)], salt=_SALT)
    return {"challenge": json.dumps(made.to_dict()), "ticket": kept}


def check(data: Mapping[str, str]) -> Verdict:
    """What the form's data prove; what is accepted has then served. Raises nothing, whatever was sent.

    Call it last, once nothing else is to be mended, and outside any transaction (`core.limits`).
    """
    solved = _solved(data.get("proof", ""))
    if solved:
        return Verdict.PROVEN if _first_time(solved) else Verdict.USED
    ticket = data.get("proof_ticket", "")
    issued = _issued(ticket)
    if issued is None:
        return Verdict.MISSING
    if time.time() - issued < WAIT:
        return Verdict.TOO_SOON
    return Verdict.WAITED if _first_time(ticket) else Verdict.USED


class ProofMixin:
    """A form that asks for a proof when it is made with `needs_proof=True`; its template includes `form.proof`.

    The proof is read once all the rest is right: nobody waits again for a forgotten field. `verdict` is then what it
    was, None when nothing was asked or read.
    """

    verdict: Verdict | None = None

    def __init__(self, *args, needs_proof: bool = False, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.needs_proof = needs_proof

    def full_clean(self) -> None:
        super().full_clean()
        if self.needs_proof and self.is_bound and not self._errors:
            self.verdict = check(self.data)
            if not self.verdict.is_accepted:
                self.add_error(None, REFUSALS[self.verdict])

    @cached_property
    def proof(self) -> dict[str, str] | None:
        """For components/_proof.html; None when nothing is asked."""
        if not self.needs_proof:
            return None
        may_still_serve = bool(self.errors) and self.verdict in (None, Verdict.TOO_SOON)
        return challenge(after=self.data if may_still_serve else None)


def _key() -> str:
    return salted_hmac(_SALT, "challenge", algorithm="sha256").hexdigest()


def _solved(text: str) -> str | None:
    """The challenge that this text solves, or None: garbage, forged, too old."""
    if len(text) > _LONGEST_SOLUTION:
        return None
    try:
        payload = PayloadV1.from_base64(text)
        types = [type(payload.challenge), type(payload.salt), type(payload.signature), type(payload.number)]
        if payload.algorithm != _ALGORITHM or types != [str, str, str, int]:
            return None
        is_right, _error = verify_solution_v1(payload, _key())
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return payload.challenge if is_right else None


def _issued(ticket: str) -> int | None:
    """When the ticket was issued (seconds since 1970); None when it is forged or too old."""
    try:
        return signing.loads(ticket, salt=_SALT, max_age=LIFETIME)[0]
    except (signing.BadSignature, ValueError):
        return None


def _first_time(token: str) -> bool:
    return first_time(f"core.proof/{token}", seconds=LIFETIME)
