"""Writing to visitors who asked to support: the link, one reminder, then forgetting. All by tasks, in batches.

Whether an address is known is looked up here, never while the visitor waits.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from core.limits import Window, hit
from initiatives.models import Support, SupportReview
from initiatives.models.support import SupportQuerySet
from initiatives.services import own
from initiatives.services.limits import current_limits
from initiatives.services.supports import LINK_LIFE, token_of
from members.addresses import address_key, box_key
from members.models import Member
from notifications.services import write_to_many

#: Rows taken at once.
BATCH = 500
#: Asked again sooner than this, the first message is still on its way.
PATIENCE = timedelta(minutes=10)
REMIND_AFTER = timedelta(days=2)
FORGET_AFTER = timedelta(days=30)
#: Rows erased at once.
FORGET_BATCH = 5_000
_HOUR, _DAY = 60 * 60, 24 * 60 * 60
_WRITING_LOCK = 20100118

#: What a visitor types again when they ask twice; the address, as long as nothing was sent to the former spelling.
_TYPED = ("first_name", "commune_id", "consent_version")
_ADDRESS = ("email", "domain", "is_disposable")


def send_links() -> int:
    """Write to all who asked and were not written to yet. Returns how many demands were read, 0 if another is at it."""
    return _in_batches(_send_batch)


def _in_batches(take: Callable[[], int]) -> int:
    """Until a batch is not full: what comes meanwhile is the next second's, and others use this worker too."""
    total = taken = take()
    while taken == BATCH:
        taken = take()
        total += taken
    return total


@transaction.atomic
def _send_batch() -> int:
    if not _is_alone():
        return 0
    now = timezone.now()
    asked = list(
        Support.objects.pending()
        .filter(written_at=None)
        .prefetch_related("initiative")
        .order_by("id")
        .select_for_update(of=("self",), skip_locked=True)[:BATCH]
    )
    if asked:
        Support.objects.filter(pk__in=[row.pk for row in asked]).update(written_at=now)
        _write(_without_repeats(asked, now), kind="support_link", now=now)
    return len(asked)


def _is_alone() -> bool:
    """One at a time writes to visitors: two would see each other's repeats too late, and wait for their counts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [_WRITING_LOCK])
        return cursor.fetchone()[0]


def _wait_to_be_alone() -> None:
    """For what comes once an hour: a round of links, which comes each second, would make it miss its turn."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [_WRITING_LOCK])


def _without_repeats(asked: list[Support], now: datetime) -> list[Support]:
    """Who asks twice in a few minutes gets one message: the first row is kept, with what was typed last.

    Its link proves the address that it is sent to and no other: once sent, that one stays. Rows being confirmed or
    withdrawn at this moment are left alone, and nobody waits.
    """
    recent = (
        Support.objects.pending()
        .filter(
            address_key__in={row.address_key for row in asked},
            initiative__in={row.initiative_id for row in asked},
            created_at__gt=now - PATIENCE,
        )
        .order_by("-id")
        .select_for_update(skip_locked=True)
    )
    found = {row.pk: row for row in recent} | {row.pk: row for row in asked}
    first = {_whose(row): row for _pk, row in sorted(found.items(), reverse=True)}
    repeats = [row for row in asked if first[_whose(row)].pk < row.pk]
    unsent = {row.pk for row in asked}
    # The last of each.
    for row in {_whose(row): row for row in repeats}.values():
        earlier = first[_whose(row)]
        names = _TYPED + _ADDRESS if earlier.pk in unsent else _TYPED
        for name in names:
            setattr(earlier, name, getattr(row, name))
        earlier.save(update_fields=names)
    repeated = {row.pk for row in repeats}
    Support.objects.filter(pk__in=repeated).delete()
    return [row for row in asked if row.pk not in repeated]


def _whose(row: Support) -> tuple[int, bytes]:
    return row.initiative_id, bytes(row.address_key)


def _write(rows: list[Support], *, kind: str, now: datetime) -> None:
    """One message each: the link, or to who supports already that they do.

    A member is written to at the address they proved, whatever spelling of it was typed.
    """
    rows = [row for row in rows if row.initiative.is_open]
    # The keys of rows that wait may be older than those of members, which were made anew (`rekey_addresses`).
    keys = {row.pk: address_key(row.email) for row in rows}
    members = Member.objects.filter(address_key__in=set(keys.values())).only("email", "address_key")
    people = {bytes(each.address_key): each for each in members}
    supporting = set(
        Support.objects.given()
        .filter(initiative__in={row.initiative_id for row in rows}, member__in=list(people.values()))
        .values_list("initiative_id", "member_id")
    )
    letters = []
    rows = _of_quiet_networks(rows, now)
    for row in _of_boxes_with_room(rows):
        member = people.get(keys[row.pk])
        already = member is not None and (row.initiative_id, member.pk) in supporting
        if already and kind != "support_link":
            continue
        letters.append(
            (
                member.email if member else row.email,
                "support_already" if already else kind,
                f"{kind}-{row.pk}-{now:%Y%m%d%H%M%S}",
                _already(row, member, now) if already else _link(row, now),
            )
        )
    write_to_many(letters)


def _of_quiet_networks(rows: list[Support], now: datetime) -> list[Support]:
    """Those whose network has not had too many messages sent this hour: it would write to strangers through us.

    To the others nothing leaves, not even a reminder, unless they ask again.
    """
    most = current_limits().messages_per_network_an_hour
    of_network = defaultdict(list)
    for row in rows:
        if row.network:
            of_network[bytes(row.network)].append(row.pk)
    counts = hit(
        [Window(f"support-message-network:{network.hex()}", _HOUR) for network in of_network],
        times=[len(theirs) for theirs in of_network.values()],
    )
    silent = set()
    for theirs, count in zip(of_network.values(), counts, strict=True):
        before = count - len(theirs)
        silent.update(theirs[max(most - before, 0) :])
    Support.objects.filter(pk__in=silent).update(reminded_at=now)
    return [row for row in rows if row.pk not in silent]


def _of_boxes_with_room(rows: list[Support]) -> list[Support]:
    """Whose box is not already full of our messages of today."""
    most = current_limits().messages_per_address_a_day
    kept = []
    while rows:
        # A window named twice counts once: the second message to a box waits for the next turn.
        turn = {box_key(row.email): row for row in reversed(rows)}
        counts = hit([Window(f"support-message:{box.hex()}", _DAY) for box in turn])
        kept += [row for row, count in zip(turn.values(), counts, strict=True) if count <= most]
        taken = {row.pk for row in turn.values()}
        rows = [row for row in rows if row.pk not in taken]
    return kept


def _link(row: Support, now: datetime) -> dict:
    until = (row.written_at or now) + LINK_LIFE
    return {
        "title": row.initiative.title,
        "url": reverse("support_link", args=[row.initiative.slug, token_of(row.pk)]),
        "until": until.isoformat(),
    }


def _already(row: Support, member: Member, now: datetime) -> dict:
    """It goes to the member's own box alone, and leads there where they withdraw, without another message."""
    return {
        "title": row.initiative.title,
        "url": row.initiative.get_absolute_url(),
        "mine_url": reverse("my_supports_link", args=[own.token_of(member)]),
        "until": (now + own.LINK_LIFE).isoformat(),
    }


def remind() -> int:
    """Remind once who did not confirm after two days. Returns how many demands were read."""
    return _in_batches(_remind_batch)


@transaction.atomic
def _remind_batch() -> int:
    _wait_to_be_alone()
    now = timezone.now()
    waiting = list(
        Support.objects.pending()
        .filter(
            written_at__lte=now - REMIND_AFTER,
            written_at__gt=now - LINK_LIFE,
            reminded_at=None,
            # An older row is not in the index of those that wait for long.
            created_at__gt=now - FORGET_AFTER,
        )
        .exclude(_asked_later())
        .prefetch_related("initiative")
        .order_by("created_at")
        .select_for_update(of=("self",), skip_locked=True)[:BATCH]
    )
    if waiting:
        Support.objects.filter(pk__in=[row.pk for row in waiting]).update(reminded_at=now)
        _write(waiting, kind="support_reminder", now=now)
    return len(waiting)


def _asked_later() -> Exists:
    """The person asked again: that demand will be reminded of, not this one."""
    return Exists(
        Support.objects.pending().filter(
            initiative=OuterRef("initiative"), address_key=OuterRef("address_key"), pk__gt=OuterRef("pk")
        )
    )


def forget() -> tuple[int, int]:
    """Erase demands never confirmed and the hashes of networks, thirty days old. Returns how many of each."""
    old = timezone.now() - FORGET_AFTER
    demands = _by_batches(Support.objects.pending().filter(created_at__lt=old), lambda batch: batch.delete()[0])
    networks = _by_batches(
        Support.objects.filter(created_at__lt=old, network__isnull=False), lambda batch: batch.update(network=None)
    )
    # A review moved what had come before it: its condition still has an end once its network is forgotten.
    SupportReview.objects.filter(created_at__lt=old, network__isnull=False).update(
        network=None, until=Coalesce("until", "created_at")
    )
    return demands, networks


def _by_batches(rows: SupportQuerySet, act: Callable[[SupportQuerySet], int]) -> int:
    """Do it to so many rows at once: each batch is a short transaction, and nobody waits long for a row."""
    done, last = 0, 0
    while pks := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:FORGET_BATCH]):
        # Asked again: what is confirmed meanwhile is no demand any more.
        done += act(rows.filter(pk__in=pks))
        last = pks[-1]
    return done


def renew_keys() -> int:
    """Give what waits for a confirmation the key that its address has now. Returns how many had another.

    `rekey_addresses` knows members alone.
    """
    renewed, stale = 0, []
    waiting = Support.objects.pending().only("email", "address_key")
    for row in waiting.iterator(BATCH):
        former, row.address_key = row.address_key, address_key(row.email)
        if row.address_key != bytes(former):
            stale.append(row)
        if len(stale) == BATCH:
            renewed += _renew(stale)
            stale = []
    return renewed + _renew(stale)


def _renew(stale: list[Support]) -> int:
    # What is confirmed meanwhile holds no key any more, and is left alone.
    return Support.objects.pending().bulk_update(stale, ["address_key"]) if stale else 0
