"""Posters: asked for by whoever wants one, drawn by a task, kept until what they say changes."""

import secrets
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from core.limits import Window, hit
from events import posters
from events.models import Event, Poster

#: One that cannot be drawn is tried no more than so.
MOST_TRIES = 5
#: New ones for one network in an hour: each costs a fifth of a second.
MOST_AN_HOUR = 40
#: Nobody hangs it any more.
KEPT_AFTER = timedelta(days=7)
#: No drawing takes so long: a file that no row names for longer was left by a worker that died.
ORPHAN_AGE = timedelta(days=1)
_HOUR = 60 * 60
_FOLDER = "posters"
_NAMES = 500


def storage() -> Storage:
    return storages["private"]


def may_have_one(event: Event) -> bool:
    """It is to come, here, and anyone may read of it."""
    return event.is_open


def ready(event: Event, size: str) -> Poster | None:
    """The poster that says what the event is today, if it is drawn."""
    poster = Poster.objects.filter(event=event, size=size, made_at__isnull=False).first()
    return poster if poster and poster.fingerprint == posters.sheet_of(event).fingerprint else None


def is_asked(event: Event, size: str) -> bool:
    """Whether somebody waits for it already, as the event is today."""
    wanted = posters.sheet_of(event).fingerprint
    return Poster.objects.filter(event=event, size=size, fingerprint=wanted, made_at=None).exists()


def takes(network: bytes) -> bool:
    """Count one more demand of this network; whether it is taken. Not to be called within a transaction."""
    (count,) = hit([Window(f"posters:{network.hex()}", _HOUR)])
    return count <= MOST_AN_HOUR


@transaction.atomic
def ask(event: Event, size: str) -> bool:
    """Have it drawn, the caller enqueues the task. Returns False when it was asked for already, as it is today."""
    wanted = posters.sheet_of(event).fingerprint
    poster, is_new = Poster.objects.get_or_create(event=event, size=size, defaults={"fingerprint": wanted})
    if is_new:
        return True
    return bool(
        Poster.objects.filter(pk=poster.pk)
        .exclude(fingerprint=wanted)
        .update(fingerprint=wanted, asked_at=timezone.now(), made_at=None, tries=0)
    )


def to_draw():
    return Poster.objects.filter(event__isnull=False, made_at=None, tries__lt=MOST_TRIES).order_by("asked_at")


def draw(pk: int) -> bool:
    """Draw a poster that was asked for. Returns False when another worker does, or nothing is to be drawn."""
    try:
        return _draw(pk)
    except Exception:
        Poster.objects.filter(pk=pk).update(tries=F("tries") + 1)
        raise


@transaction.atomic
def _draw(pk: int) -> bool:
    poster = to_draw().filter(pk=pk).select_for_update(skip_locked=True, of=("self",)).first()
    if poster is None:
        return False
    event = Event.objects.for_cards().get(pk=poster.event_id)
    sheet = posters.sheet_of(event)
    was = poster.file
    poster.file = storage().save(
        f"{_FOLDER}/{secrets.token_hex(16)}.pdf", ContentFile(posters.draw(sheet, poster.size))
    )
    # As it is now: it may have changed since it was asked for.
    poster.fingerprint, poster.made_at = sheet.fingerprint, timezone.now()
    poster.save(update_fields=["file", "fingerprint", "made_at"])
    if was:
        transaction.on_commit(lambda: storage().delete(was))
    return True


def to_forget():
    """Those of events that are gone, over, cancelled or hidden."""
    over = Q(event__ends_at__lt=timezone.now() - KEPT_AFTER)
    return Poster.objects.filter(
        Q(event=None) | over | Q(event__cancelled_at__isnull=False) | Q(event__withheld_at__isnull=False)
    ).order_by("pk")


def forget(pk: int) -> bool:
    """Erase a poster and its file; the file first, so that a row is left to say that it remains."""
    poster = Poster.objects.filter(pk=pk).first()
    if poster is None:
        return False
    if poster.file:
        storage().delete(poster.file)
    return bool(poster.delete()[0])


def forget_orphans() -> int:
    """Erase old files that no poster names: a worker died between the file and its row. Returns how many."""
    try:
        _folders, files = storage().listdir(_FOLDER)
    except FileNotFoundError:
        return 0
    paths = [f"{_FOLDER}/{file}" for file in files]
    return sum(_forget_orphans(set(paths[start : start + _NAMES])) for start in range(0, len(paths), _NAMES))


def _forget_orphans(paths: set[str]) -> int:
    unnamed = paths - set(Poster.objects.filter(file__in=paths).values_list("file", flat=True))
    # A young one may be that of a row which is not written yet.
    old = [path for path in unnamed if _is_older(path, timezone.now() - ORPHAN_AGE)]
    for path in old:
        storage().delete(path)
    return len(old)


def _is_older(path: str, before: datetime) -> bool:
    try:
        return storage().get_modified_time(path) < before
    except FileNotFoundError:
        # A poster was drawn anew meanwhile, and its former file erased.
        return False
