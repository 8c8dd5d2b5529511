"""What the filter refused, for an outside reader: some refusals of a month, drawn so that nobody can choose them.

The seed is the hash of the last link of the month, which nobody knows before it is over and anyone can then check. A
refused text waits for the draw of its month, masked and sealed; those that are not drawn are erased at once.
"""

import hashlib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from core.sealing import SealBroken, seal, unseal
from members.models import Member
from moderation.masking import masked
from moderation.models import Decision, Link, RefusedText

#: Refusals drawn each month by itself.
SIZE = 50
#: Days after the end of a month when its sample is drawn by itself: until then a larger one may be asked for.
DRAWN_AFTER = timedelta(days=5)
#: How long the texts of a sample may be read.
READ_WITHIN = timedelta(days=60)
#: Characters of a refused text that are kept.
_LONGEST = 5_000


class SampleRefused(Exception):
    """The month is not over, or nothing was decided in it; the text says why."""


@dataclass(frozen=True)
class Drawn:
    """One refusal, for a reader who knows nothing of whoever wrote it. `text` is "" when it is not kept."""

    sequence: int
    day: date
    ground: str
    rule: str
    rule_version: str
    length: int | None
    text: str


@dataclass(frozen=True)
class Sample:
    seed: str
    refusals: int
    drawn: list[Drawn]


def keep_refused(decision: Decision, text: str, *, by: Member | None) -> RefusedText:
    """Keep a refused text for the draw of its month, without what it says of anybody's whereabouts."""
    names = (by.display_name, by.email) if by else ()
    kept = masked(text[:_LONGEST], names=names)
    return RefusedText.objects.create(
        decision=decision, sealed=seal(kept), length=len(text), refused_at=decision.made_at
    )


def draw(month: date, *, size: int = SIZE, seed: str = "") -> Sample:
    """The same refusals each time, for the same month, size and seed. Raises SampleRefused.

    Each refusal gets the hash of the seed and of its number in the log: the smallest are drawn.
    """
    begin, end = bounds(month)
    if end > timezone.now():
        raise SampleRefused(_("Ce mois n’est pas fini : son tirage pourrait être deviné."))
    seed = seed or _last_hash(end)
    refusals = 0

    def ranked() -> Iterator[tuple[str, int]]:
        nonlocal refusals
        for sequence in _refusals(begin, end).values_list("link__sequence", flat=True).iterator():
            refusals += 1
            yield hashlib.sha256(f"{seed}:{sequence}".encode()).hexdigest(), sequence

    chosen = [sequence for _rank, sequence in heapq.nsmallest(size, ranked())]
    return Sample(seed, refusals, _drawn(chosen))


@transaction.atomic
def draw_and_forget(month: date, *, size: int = SIZE) -> int:
    """Mark what is drawn of a month, and erase the other texts of it. Harmless twice. Returns how many are erased."""
    begin, end = bounds(month)
    waiting = RefusedText.objects.filter(refused_at__gte=begin, refused_at__lt=end, sealed__isnull=False, drawn_at=None)
    if not waiting.exists():
        return 0
    try:
        chosen = [drawn.sequence for drawn in draw(month, size=size).drawn]
    except SampleRefused:
        if end > timezone.now():
            raise
        # The demonstration alone was decided upon, and nothing of it is in the log.
        chosen = []
    waiting.filter(decision__link__sequence__in=chosen).update(drawn_at=timezone.now())
    return waiting.filter(drawn_at=None).update(sealed=None)


def forget_refused() -> int:
    """Every night: draw the months that are over, erase what was drawn and read. Returns how many are erased."""
    erased = 0
    ripe = timezone.now() - DRAWN_AFTER
    first = (
        RefusedText.objects.filter(sealed__isnull=False, drawn_at=None, refused_at__lt=ripe)
        .order_by("refused_at")
        .values_list("refused_at", flat=True)
        .first()
    )
    month = timezone.localdate(first).replace(day=1) if first else None
    while month is not None and bounds(month)[1] <= ripe:
        erased += draw_and_forget(month)
        month = next_month(month)
    read = RefusedText.objects.filter(drawn_at__lt=timezone.now() - READ_WITHIN, sealed__isnull=False)
    return erased + read.update(sealed=None)


def bounds(month: date) -> tuple[datetime, datetime]:
    """From the first instant of a month to that of the next, by the clocks of France."""
    zone = timezone.get_default_timezone()
    begin, end = (datetime(day.year, day.month, 1, tzinfo=zone) for day in (month, next_month(month)))
    return begin, end


def next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _refusals(begin: datetime, end: datetime):
    return Decision.objects.filter(
        verb=Decision.Verb.REFUSE, is_demonstration=False, made_at__gte=begin, made_at__lt=end
    ).order_by("pk")


def _last_hash(end: datetime) -> str:
    """Of the last decision made before then, which is sealed as it is committed."""
    last = Link.objects.filter(decision__made_at__lt=end, decision__is_demonstration=False)
    found = last.order_by("-decision__made_at", "-decision_id").values_list("hash", flat=True).first()
    if not found:
        raise SampleRefused(_("Rien n’a été décidé jusqu’à la fin de ce mois."))
    return found


def _drawn(sequences: list[int]) -> list[Drawn]:
    rows = Decision.objects.filter(link__sequence__in=sequences).annotate(
        sequence=F("link__sequence"), length=F("refused_text__length"), sealed=F("refused_text__sealed")
    )
    by_sequence = {row.sequence: row for row in rows}
    return [
        Drawn(
            sequence=row.sequence,
            day=timezone.localdate(row.made_at),
            ground=row.ground,
            rule=row.rule,
            rule_version=row.rule_version,
            length=row.length,
            text=_opened(row.sealed),
        )
        for row in (by_sequence[sequence] for sequence in sequences)
    ]


def _opened(sealed: bytes | None) -> str:
    try:
        return unseal(sealed) if sealed else ""
    except SealBroken:
        return ""
