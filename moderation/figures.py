"""Moderation in numbers: counted at night from the log, shown without what would let somebody be guessed.

A month is that of France. Nothing of the demonstration is counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member
from moderation.commission import RESTRICTIONS
from moderation.filter import Ground
from moderation.models import Appeal, Decision, MonthFigures, Notice, NotifierWarning
from moderation.services.samples import bounds, next_month

#: A number below is not shown for itself: with the place and the day it could tell who.
LEAST = 5
FEW = "<5"
#: Months counted again each night: what came of a notice or an appeal is known later.
UNSETTLED = 8
#: Months that are told together, each night.
TOLD = 12
Verb = Decision.Verb

Counts = dict[str, int | float | dict[str, int] | None]


class Median(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


def count_month(month: date) -> MonthFigures:
    """Count a month and keep it."""
    begin, end = bounds(month)
    counts = _decisions(begin, end) | _notices(begin, end) | _appeals(begin, end)
    counts["active_members"] = Member.objects.filter(
        last_login__gte=begin, last_login__lt=end, is_demonstration=False, is_staff=False
    ).count()
    figures, _is_new = MonthFigures.objects.update_or_create(
        month=month.replace(day=1), defaults={"counts": _settled(month, counts), "made_at": timezone.now()}
    )
    return figures


def count_months() -> int:
    """Every night: count the months that may have changed, and all those that never were. Returns how many."""
    this_month = timezone.localdate().replace(day=1)
    first = (
        Decision.objects.filter(is_demonstration=False).order_by("made_at").values_list("made_at", flat=True).first()
    )
    month = timezone.localdate(first).replace(day=1) if first else this_month
    counted = set(MonthFigures.objects.values_list("month", flat=True))
    unsettled = _months_before(this_month, UNSETTLED)
    done = 0
    while month <= this_month:
        if month not in counted or month >= unsettled:
            count_month(month)
            done += 1
        month = next_month(month)
    return done


def _months_before(month: date, count: int) -> date:
    for _turn in range(count - 1):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def _settled(month: date, counts: Counts) -> Counts:
    """Members are seen at their latest visit: a month that is over keeps what was counted in it."""
    before = MonthFigures.objects.filter(pk=month.replace(day=1)).values_list("counts", flat=True).first()
    if before and before.get("active_members", 0) > counts["active_members"]:
        counts["active_members"] = before["active_members"]
    return counts


def _decisions(begin: datetime, end: datetime) -> Counts:
    made = Decision.objects.filter(is_demonstration=False, made_at__gte=begin, made_at__lt=end)
    restricts = Q(verb__in=RESTRICTIONS)
    by_hand = Q(automated=False, case__isnull=False)
    sums = made.aggregate(
        decisions=Count("pk"),
        restrictions=Count("pk", filter=restricts),
        automated_restrictions=Count("pk", filter=restricts & Q(automated=True)),
        noticed_restrictions=Count("pk", filter=restricts & Q(source__in=["notice", "trusted"])),
        reversals=Count("pk", filter=Q(reverses__isnull=False, automated=False)),
        examined=Count("pk", filter=by_hand),
        # What the filter asked a human to read, and what the human said of it.
        detected_published=Count("pk", filter=by_hand & Q(verb=Verb.PUBLISH) & ~Q(rule="")),
        detected_restricted=Count("pk", filter=by_hand & restricts & ~Q(rule="")),
        median_wait=Median(
            ExpressionWrapper(F("made_at") - F("case__opened_at"), output_field=DurationField()), filter=by_hand
        ),
    )
    sums["median_wait"] = _seconds(sums["median_wait"])
    return sums | {
        "by_verb": _grouped(made, "verb"),
        "by_ground": _grouped(made.filter(restricts), "ground"),
        "automated_by_ground": _grouped(made.filter(restricts, automated=True), "ground"),
        "by_source": _grouped(made.filter(restricts), "source"),
    }


def _notices(begin: datetime, end: datetime) -> Counts:
    received = Notice.objects.filter(made_at__gte=begin, made_at__lt=end).exclude(
        Q(member__is_demonstration=True) | Q(decision__is_demonstration=True)
    )
    sums = received.aggregate(
        notices=Count("pk"),
        trusted_notices=Count("pk", filter=Q(is_trusted=True)),
        answered_notices=Count("pk", filter=Q(answered_at__isnull=False)),
        acted_notices=Count("pk", filter=Q(outcome=Notice.Outcome.ACTED)),
        unfounded_notices=Count("pk", filter=Q(unfounded_at__isnull=False)),
        median_answer=Median(
            ExpressionWrapper(F("answered_at") - F("made_at"), output_field=DurationField()),
            filter=Q(answered_at__isnull=False),
        ),
    )
    sums["median_answer"] = _seconds(sums["median_answer"])
    sums["warned_notifiers"] = NotifierWarning.objects.filter(warned_at__gte=begin, warned_at__lt=end).count()
    return sums | {"notices_by_ground": _grouped(received, "ground")}


def _appeals(begin: datetime, end: datetime) -> Counts:
    made = Appeal.objects.filter(made_at__gte=begin, made_at__lt=end).exclude(decision__is_demonstration=True)
    reversed_ = Q(verdict=Appeal.Verdict.REVERSED)
    of_filter = Q(decision__automated=True)
    sums = made.aggregate(
        appeals=Count("pk"),
        notifiers_appeals=Count("pk", filter=Q(notice__isnull=False)),
        decided_appeals=Count("pk", filter=Q(decided_at__isnull=False)),
        reversed_appeals=Count("pk", filter=reversed_),
        filter_appeals=Count("pk", filter=of_filter),
        reversed_filter_appeals=Count("pk", filter=of_filter & reversed_),
        median_verdict=Median(
            ExpressionWrapper(F("decided_at") - F("made_at"), output_field=DurationField()),
            filter=Q(decided_at__isnull=False),
        ),
    )
    sums["median_verdict"] = _seconds(sums["median_verdict"])
    return sums


def _grouped(rows: QuerySet, field: str) -> dict[str, int]:
    return dict(rows.order_by().values_list(field).annotate(Count("pk")))


def _seconds(median: timedelta | None) -> float | None:
    return None if median is None else median.total_seconds()


# --- Several months --------------------------------------------------------------------------------------------------


def total(months: Iterable[MonthFigures]) -> Counts:
    """The sums of several months; medians do not add up, and are left out."""
    sums: Counts = {}
    for month in months:
        for name, value in month.counts.items():
            if isinstance(value, dict):
                kept = sums.setdefault(name, {})
                for key, number in value.items():
                    kept[key] = kept.get(key, 0) + number
            elif isinstance(value, int):
                sums[name] = sums.get(name, 0) + value
    return sums


# --- What is shown ---------------------------------------------------------------------------------------------------


def shown(number: int | None) -> int | str:
    """The number, or FEW for 1 to 4. Zero says nothing about anybody."""
    number = number or 0
    return FEW if 0 < number < LEAST else number


def shown_parts(parts: Mapping[str, int]) -> dict[str, int | str]:
    """The parts of a shown total. When one alone is hidden, another is with it: it would be what is missing."""
    hidden = [name for name, number in parts.items() if 0 < number < LEAST]
    if len(hidden) == 1:
        others = sorted((number, name) for name, number in parts.items() if number >= LEAST)
        hidden += [name for _number, name in others[:1]]
    return {name: FEW if name in hidden else number for name, number in parts.items()}


def shown_sum(parts: Iterable[int]) -> int | str | None:
    """The sum of numbers that are shown one by one; None where it would tell one of those that are hidden."""
    parts = list(parts)
    hidden = [number for number in parts if 0 < number < LEAST]
    whole, rest = sum(parts), sum(hidden)
    is_told = len(hidden) > 1 and rest >= LEAST and rest not in (len(hidden), (LEAST - 1) * len(hidden))
    return shown(whole) if not hidden or is_told or whole < LEAST else None


def share(part: int | None, whole: int | None) -> int | None:
    """A part in a hundred; None when either is too small to be shown."""
    part, whole = part or 0, whole or 0
    if whole < LEAST or 0 < part < LEAST or 0 < whole - part < LEAST:
        return None
    return round(100 * part / whole)


@dataclass(frozen=True)
class GroundLine:
    label: str
    reference: str
    count: int | str


def grounds_shown(counts: Mapping[str, int]) -> list[GroundLine]:
    """The restrictions by ground, the most frequent first; those without any are left out."""
    told = shown_parts(counts)
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    return [GroundLine(Ground(name).label, Ground(name).reference, told[name]) for name in ordered if counts[name]]


#: What the table and the files say of a month: name in the counts, and words.
COLUMNS = {
    "notices": _("Signalements"),
    "restrictions": _("Restrictions"),
    "automated_restrictions": _("dont par le filtre seul"),
    "appeals": _("Recours"),
    "reversed_appeals": _("dont décisions annulées"),
    "reversals": _("Retours sur une décision"),
}
#: Durations, in seconds.
MEDIANS = ("median_wait", "median_answer", "median_verdict")


def public_row(month: MonthFigures) -> dict[str, int | str | float | None]:
    """What anyone may read of a month: small numbers hidden, medians of few left out."""
    counts = month.counts
    row: dict = {"month": f"{month.month:%Y-%m}"}
    row |= {name: shown(counts.get(name)) for name in COLUMNS}
    samples = {"median_wait": "examined", "median_answer": "answered_notices", "median_verdict": "decided_appeals"}
    for name, of in samples.items():
        seconds = counts.get(name)
        row[name] = round(seconds) if seconds is not None and (counts.get(of) or 0) >= LEAST else None
    return row


def told() -> dict | None:
    """What is told of the last months, in words and whole numbers; None before they were counted."""
    months = list(MonthFigures.objects.order_by("-month")[:TOLD])
    if not months:
        return None
    counts = total(months)
    grounds = counts.get("by_ground", {})
    shown_grounds = shown_parts(grounds)
    detected = counts.get("detected_published", 0) + counts.get("detected_restricted", 0)
    return {
        "counted_on": timezone.localdate(max(month.made_at for month in months)).isoformat(),
        "months": [public_row(month) for month in months],
        "year": {
            name: shown_sum(month.counts.get(name) or 0 for month in months)
            for name in ("notices", "restrictions", "appeals", "reversed_appeals")
        },
        "automated_share": share(counts.get("automated_restrictions"), counts.get("restrictions")),
        "needless_share": share(counts.get("detected_published"), detected),
        "wrong_share": share(counts.get("reversed_filter_appeals"), counts.get("filter_appeals")),
        "grounds": [
            [name, shown_grounds[name]]
            for name in sorted(grounds, key=lambda name: (-grounds[name], name))
            if grounds[name]
        ],
    }
