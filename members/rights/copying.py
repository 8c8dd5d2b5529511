"""A copy of one's data: asked for, made by a task, announced, fetched by a secret link, erased after a week."""

import logging
import tempfile
from collections.abc import Iterable
from datetime import timedelta
from secrets import token_urlsafe

from django.core.files import File
from django.core.files.storage import Storage, storages
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.jobs import each, enqueue
from core.limits import Window, hit
from members import tasks
from members.models import DataCopy, Member
from members.rights import archive
from members.rights.messages import write_to
from members.rights.registry import Person

logger = logging.getLogger(__name__)

#: Copies that one member asks for in a day.
MOST_A_DAY = 3
_DAY = 24 * 60 * 60
#: A worker that has not ended since then is taken for dead: tasks live twenty minutes.
LEASE = timedelta(hours=1)
_ATTEMPTS = 3
_FOLDER = "copies"
#: A file that no row knows is erased once it is so old: until then somebody may be writing it.
_ORPHAN_AGE = timedelta(days=1)

_signer = Signer(sep=".", salt="members.rights.copy")


class CopyRefused(Exception):
    """No copy is made now. Its text can be shown to the person."""


def place() -> Storage:
    """Where only the site reads."""
    return storages["private"]


def may_ask(member: Member) -> bool:
    """Count one more demand. Outside any transaction."""
    (count,) = hit([Window(f"data-copies:{member.pk}", _DAY)])
    return count <= MOST_A_DAY


def latest(member: Member) -> DataCopy | None:
    return member.data_copies.order_by("-asked_at", "-id").first()


@transaction.atomic
def ask(member: Member) -> tuple[DataCopy, bool]:
    """A task makes a copy of what is held about this member, and tells them. Returns it, and whether it is new.

    One at a time: asking again while one is awaited changes nothing; the database decides. Raises CopyRefused when the
    member is leaving.
    """
    member = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    if not member.is_active:
        raise CopyRefused(_("Ce compte se ferme : une copie n’est plus possible."))
    try:
        with transaction.atomic():
            copy = DataCopy.objects.create(member=member)
    except IntegrityError:
        return member.data_copies.get(made_at=None, failed_at=None), False
    enqueue(tasks.make_copy, copy.pk)
    return copy, True


def make_due() -> int:
    """For the sweep: make what was asked for and that no worker is making. Returns how many."""
    return each(_due().order_by("asked_at"), make, most=20)


def _due():
    free = Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - LEASE)
    return DataCopy.objects.filter(free, made_at=None, failed_at=None)


def make(pk: int) -> bool:
    """Write the archive and tell the person. False when somebody else does, or nothing is to be done.

    A departure deletes the row: what was being written is erased as soon as that is seen.
    """
    name = f"{_FOLDER}/{token_urlsafe(24)}.zip"
    former = DataCopy.objects.filter(pk=pk).values_list("file", flat=True).first()
    if not _due().filter(pk=pk).update(claimed_at=timezone.now(), attempts=F("attempts") + 1, file=name):
        return False
    if former:
        # What a worker that died had begun.
        _erase(former)
    copy = DataCopy.objects.select_related("member").get(pk=pk)
    try:
        with tempfile.TemporaryFile() as whole:
            archive.write(Person(copy.member, copy.member.email), whole)
            size = whole.tell()
            whole.seek(0)
            place().save(name, File(whole))
        is_kept = _finish(copy, name, size)
    except Exception:
        _erase(name)
        _give_up(copy)
        raise
    if not is_kept:
        _erase(name)
    return is_kept


@transaction.atomic
def _finish(copy: DataCopy, name: str, size: int) -> bool:
    """The member, then the copy, as `ask` and a departure lock them. False when they left meanwhile."""
    member = Member.objects.select_for_update(no_key=True).filter(pk=copy.member_id, is_active=True).first()
    mine = DataCopy.objects.select_for_update(no_key=True).filter(pk=copy.pk, file=name, made_at=None).first()
    if member is None or mine is None:
        return False
    now = timezone.now()
    mine.made_at, mine.ends_at, mine.size = now, now + DataCopy.KEPT, size
    mine.save(update_fields=["made_at", "ends_at", "size"])
    write_to(
        member.email,
        kind="data_copy_ready",
        key=f"data-copy-{mine.pk}",
        context={"url": path_of(mine), "until": mine.ends_at.isoformat()},
    )
    # Only the newest is kept: each holds everything.
    transaction.on_commit(lambda: erase(member.data_copies.filter(made_at__lt=now)))
    return True


@transaction.atomic
def _give_up(copy: DataCopy) -> None:
    """After a few failures the person asks again; until then the sweep tries, an hour later."""
    DataCopy.objects.filter(pk=copy.pk, made_at=None, attempts__gte=_ATTEMPTS).update(failed_at=timezone.now())


def erase(copies: Iterable[DataCopy]) -> int:
    """The files, then the rows: a file without a row is found again, a row without a file is nothing."""
    copies = list(copies)
    erase_files(copies)
    return DataCopy.objects.filter(pk__in=[copy.pk for copy in copies]).delete()[0]


def erase_files(copies: Iterable[DataCopy]) -> None:
    for copy in copies:
        if copy.file:
            _erase(copy.file)


def _erase(name: str) -> None:
    place().delete(name)


def forget() -> int:
    """Erase the copies whose week is over or that failed, and files that no row knows. Returns how many. For a task."""
    now = timezone.now()
    over = Q(ends_at__lte=now) | Q(failed_at__lte=now - DataCopy.KEPT)
    return erase(DataCopy.objects.filter(over)) + _forget_orphans()


def _forget_orphans() -> int:
    where, before, done = place(), timezone.now() - _ORPHAN_AGE, 0
    try:
        _folders, files = where.listdir(_FOLDER)
    except FileNotFoundError:
        return 0
    for file in files:
        name = f"{_FOLDER}/{file}"
        if not DataCopy.objects.filter(file=name).exists() and where.get_modified_time(name) < before:
            where.delete(name)
            done += 1
    return done


# --- Its link --------------------------------------------------------------------------------------------------------


def path_of(copy: DataCopy) -> str:
    return reverse("data_copy", args=[_signer.sign(copy.pk)])


def find(token: str) -> DataCopy | None:
    """The copy of a link, while it is kept; None when it is erased, or the link is not of our making."""
    try:
        pk = int(_signer.unsign(token))
    except (BadSignature, ValueError):
        return None
    found = DataCopy.objects.filter(pk=pk).first()
    return found if found is not None and found.is_ready else None
