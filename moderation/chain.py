"""The log proves itself: its chain read again from the first decision, link by link, in constant memory.

The database writes the links (migration 0010); this writes the same lines by other means, and compares. What anyone may
read of a decision is in the open in the public chain, so that its hashes can be computed by anybody; the rest is in a
digest under a secret salt.
"""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TextIO

from django.db.models import F, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from moderation.models import Anchor, Decision, Link

#: Rows read at a time.
CHUNK = 2_000
#: The form of the lines, which begins each of them.
VERSION = "1"
COLUMNS = ("version", "sequence", "day", "decision", "ground", "source", "automated", "record")


@dataclass(frozen=True)
class Broken:
    """The first link that does not hold: its number in the log (None when it has none), and what is wrong."""

    sequence: int | None
    what: str


@dataclass(frozen=True)
class Report:
    """How many links hold, the last of them, and what broke, if anything."""

    links: int
    hash: str
    broken: Broken | None = None


@dataclass(frozen=True)
class Sealed:
    """One link as it is, and the line that it should seal."""

    sequence: int
    hash: str
    line: tuple[str, ...]
    #: What does not answer to its digest: somebody's name, or the texts.
    wrong: tuple[str, ...]


def joined(*parts: str | None) -> str:
    """Values as one text that no other values make: `3:abc,-,0:,` for abc, None and an empty one; lengths in bytes."""
    return "".join("-," if part is None else f"{len(part.encode())}:{part}," for part in parts)


def digest(*parts: str | None) -> str:
    return hashlib.sha256(joined(*parts).encode()).hexdigest()


def verify() -> Report:
    """Read all of the log again. Stops at the first link that does not hold."""
    anchors = dict(Anchor.objects.values_list("sequence", "hash"))
    before, count = "", 0
    for sealed in read():
        count += 1
        broken = _examine(sealed, before, count, anchors)
        if broken:
            return Report(count - 1, before, broken)
        before = sealed.hash
    missing = [sequence for sequence in anchors if sequence > count]
    if missing:
        return Report(count, before, Broken(min(missing), _("Ce maillon a été publié, et n’est plus dans le journal.")))
    if (alone := _without_link()) is not None:
        what = _("La décision %d n’a pas de maillon.") % alone
        return Report(count, before, Broken(None, what))
    return Report(count, before)


def _examine(sealed: Sealed, before: str, expected: int, anchors: dict[int, str]) -> Broken | None:
    if sealed.sequence != expected:
        return Broken(expected, _("Ce maillon manque."))
    if sealed.wrong:
        return Broken(expected, _("Ne répond plus à son empreinte : %s.") % ", ".join(sealed.wrong))
    if sealed.hash != digest(before, joined(*sealed.line)):
        return Broken(expected, _("La décision ou celle d’avant a été changée : l’empreinte n’est pas la leur."))
    if anchors.get(expected, sealed.hash) != sealed.hash:
        return Broken(expected, _("Une autre empreinte avait été publiée."))
    return None


def read() -> Iterator[Sealed]:
    """The chain from its first link, as the tables now say it."""
    rows = (
        Link.objects.exclude(sequence=None)
        .order_by("sequence")
        .annotate(
            texts_said=Cast("decision__texts", TextField()),
            fields_said=Cast("decision__statement__fields", TextField()),
        )
        .values(
            *("pk", "sequence", "hash", "salt", "by_salt", "by_digest", "author_salt", "author_digest", "texts_salt"),
            *("texts_digest", "texts_said", "fields_said"),
            **{
                name: F(f"decision__{name}")
                for name in ("case_id", "content_type_id", "object_id", "rule", "rule_version", "reason", "facts")
            },
            **{name: F(f"decision__{name}") for name in ("reverses_id", "made_at", "until", "by_id", "author_id")},
            **{name: F(f"decision__{name}") for name in ("verb", "ground", "source", "automated")},
        )
    )
    for row in rows.iterator(chunk_size=CHUNK):
        yield Sealed(row["sequence"], row["hash"], _line(row), tuple(_wrong(row)))


def _line(row: dict) -> tuple[str, ...]:
    record = digest(
        str(row["salt"]),
        str(row["pk"]),
        _text(row["case_id"]),
        str(row["content_type_id"]),
        _text(row["object_id"]),
        row["rule"],
        row["rule_version"],
        row["reason"],
        row["facts"],
        _text(row["reverses_id"]),
        _moment(row["made_at"]),
        _moment(row["until"]),
        row["by_digest"],
        row["author_digest"],
        row["texts_digest"],
        row["fields_said"],
    )
    return (
        VERSION,
        str(row["sequence"]),
        f"{row['made_at'].astimezone(UTC):%Y-%m-%d}",
        row["verb"],
        row["ground"],
        row["source"],
        "true" if row["automated"] else "false",
        record,
    )


def _wrong(row: dict) -> Iterator[str]:
    """What was erased has no salt any more, and must be empty; what has one must be what it was."""
    for name, part, said, empty in (
        (_("qui a décidé"), "by", _text(row["by_id"]), None),
        (_("qui a écrit"), "author", _text(row["author_id"]), None),
        (_("les textes"), "texts", row["texts_said"], "{}"),
    ):
        salt = row[f"{part}_salt"]
        holds = said == empty if salt is None else digest(str(salt), said) == row[f"{part}_digest"]
        if not holds:
            yield name


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _moment(moment: datetime | None) -> str | None:
    return moment and f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"


def _without_link() -> int | None:
    """A decision that was committed without being sealed: its triggers were turned off."""
    alone = Decision.objects.filter(is_demonstration=False, link=None)
    return alone.order_by("pk").values_list("pk", flat=True).first()


def export(out: TextIO) -> int:
    """Write the public chain as CSV: what anyone needs to compute each hash from the one before. Returns its length.

    `hash` is the SHA-256 of the former hash and of the columns before it, each written as its length in bytes, a colon,
    itself and a comma; the columns are first written so, and the result is taken as one value.
    """
    writer = csv.writer(out)
    writer.writerow([*COLUMNS, "hash"])
    count = 0
    for sealed in read():
        writer.writerow([*sealed.line, sealed.hash])
        count += 1
    return count


def anchor(*, day: date | None = None) -> Anchor | None:
    """Keep the last link of what was sealed until now, under this day; it stays. None when the log is empty."""
    last = Link.objects.exclude(sequence=None).order_by("-sequence").first()
    if last is None:
        return None
    day = day or timezone.localdate() - timedelta(days=1)
    kept, _made = Anchor.objects.get_or_create(day=day, defaults={"sequence": last.sequence, "hash": last.hash})
    return kept
