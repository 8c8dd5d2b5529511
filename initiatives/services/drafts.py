"""Nothing that somebody types in the guided form is lost: not right yet, finished later, or sent once signed out."""

import hashlib
from datetime import timedelta
from secrets import token_urlsafe

from django.db import transaction
from django.utils import timezone

from core.limits import Window, hit
from initiatives.models import HeldStep, Initiative, UnfinishedStep
from members.models import Member

#: What a visitor sent waits for them to sign in: as long as two codes live, then nobody finds it again.
HELD = timedelta(minutes=30)
#: Characters of a value and values of a field that are kept: more than any step takes, so that a text that is too long
#: comes back to be shortened.
_LONGEST, _MOST = 20_000, 30
#: Steps held for one network in an hour.
_PER_NETWORK = 60
_HOUR = 60 * 60
#: Chosen beforehand, they say nothing of what was typed.
_ALWAYS_THERE = ("kind", "level")

#: The values of each field of a step, by its name.
Typed = dict[str, list[str]]


def storable(values: list[str]) -> list[str]:
    """The values of a field as they are kept: JSON in PostgreSQL holds no null character."""
    return [value.replace("\x00", "")[:_LONGEST] for value in values[:_MOST]]


def is_blank(typed: Typed) -> bool:
    """Whether nothing was typed: a choice made beforehand is nothing."""
    return not any(value.strip() for name, values in typed.items() if name not in _ALWAYS_THERE for value in values)


def keep(typed: Typed, *, step: str, initiative: Initiative | None, by: Member) -> None:
    """Keep what this member typed in this step, instead of what they typed there before.

    A blank first step keeps nothing: it is no beginning.
    """
    if initiative is None and is_blank(typed):
        forget(step=step, initiative=None, by=by)
        return
    UnfinishedStep.objects.update_or_create(
        member=by, initiative=initiative, step=step, defaults={"typed": typed, "typed_at": timezone.now()}
    )


def forget(*, step: str, initiative: Initiative | None, by: Member) -> bool:
    """The step is saved, or given up. Returns False when nothing was kept of it."""
    deleted, _rows = UnfinishedStep.objects.filter(member=by, initiative=initiative, step=step).delete()
    return deleted > 0


def unfinished(*, step: str, initiative: Initiative | None, by: Member) -> Typed | None:
    """What this member left in this step; None when they left nothing."""
    return (
        UnfinishedStep.objects.filter(member=by, initiative=initiative, step=step)
        .values_list("typed", flat=True)
        .first()
    )


def unfinished_steps(initiative: Initiative, *, by: Member) -> list[str]:
    """The steps of this initiative that this member left unfinished."""
    return sorted(initiative.unfinished_steps.filter(member=by).values_list("step", flat=True))


# --- Sent by somebody who is no longer signed in ---------------------------------------------------------------------


def hold(typed: Typed, *, step: str, number: int | None, network: bytes) -> str | None:
    """Hold what a visitor sent until they are signed in; the secret that gives it back, or None when nothing is held.

    `number` is the initiative's, whether it exists or not. A network that sends too much is not listened to.
    """
    if is_blank(typed):
        return None
    (already,) = hit([Window(f"held-steps:{network.hex()}", _HOUR)])
    if already > _PER_NETWORK:
        return None
    secret = token_urlsafe(24)
    HeldStep.objects.create(digest=_digest(secret), number=number, step=step, typed=typed)
    return secret


@transaction.atomic
def take_back(secrets: list[str], *, by: Member) -> int:
    """They are signed in again: what they sent is theirs, unfinished in its steps. Returns how many steps.

    Each serves once. What is too old, or of an initiative that this member does not carry, is erased.
    """
    held = HeldStep.objects.select_for_update().filter(digest__in=[_digest(secret) for secret in secrets])
    taken = 0
    for each in held.order_by("pk"):
        initiative = Initiative.objects.carried_by(by).filter(pk=each.number).first() if each.number else None
        is_theirs = initiative is not None or each.number is None
        if is_theirs and each.held_at > timezone.now() - HELD:
            keep(each.typed, step=each.step, initiative=initiative, by=by)
            taken += 1
        each.delete()
    return taken


def forget_held() -> int:
    """Erase what nobody came back for. Returns how many. For a task."""
    deleted, _rows = HeldStep.objects.filter(held_at__lt=timezone.now() - HELD).delete()
    return deleted


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
