"""A digest: what can wait is told together, when people are home, with what moved near where they live.

A line is written with the act (`services.tell`), for what its reader hears of in a digest. `pages.digests` makes the
digests, since what is near a home is known above: for each member who has something new a message of the outbox, which
takes their lines, and names what is near. What is said of each is read here, as it leaves.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _

from core import mail
from members.models import Member
from notifications import keeping, subjects
from notifications.kinds import DIGEST, KINDS
from notifications.models import Notification
from notifications.services import following
from notifications.subjects import Known, NotNow, still_said
from territories import lookup

#: The hour at which digests leave, on the clocks of each: the day's news, once people are home.
HOUR = time(18)
#: What one digest shows, and how much of it tells of what its reader supports when there is news near home too.
ITEMS, LINES = 7, 5


def next_hour(after: datetime | None = None) -> datetime:
    """When the next digests leave after this moment (now when None), on the clocks of the mainland."""
    local = timezone.localtime(after)
    today = timezone.make_aware(datetime.combine(local.date(), HOUR))
    return today if local < today else timezone.make_aware(datetime.combine(local.date() + timedelta(days=1), HOUR))


def is_digest(row: Notification) -> bool:
    return row.kind == DIGEST


def varying(row: Notification) -> tuple[str, ...]:
    """What differs between the digests of neighbours; nothing is shared with whoever has lines of their own."""
    return () if row.context.get("lines") else KINDS[DIGEST].varying


def foresee(rows: Iterable[Notification], known: Known) -> None:
    """Read at once what the digests of a batch name near homes: neighbours read the same."""
    subjects.foresee({each["about"] for row in rows if is_digest(row) for each in row.context.get("near", [])}, known)


def fill(row: Notification, known: Known) -> dict | None:
    """What the templates of a digest say; None when nothing is left to say.

    Its newest `lines` and how many others there are; what is `near`, and the one `act` that it asks for. What is not
    true any more is left out; what is hidden for the moment waits for another digest.
    """
    near = [said for each in row.context.get("near", []) if (said := _still_near(each, known))]
    # As one would go there: what was chosen first is not what is nearest; then what is of the territories they follow.
    near.sort(key=lambda each: (each.get("followed", ""), each["km"]))
    lines, total = _lines(row, ITEMS - len(near), known) if row.context.get("lines") else ([], 0)
    if not near and not lines:
        return None
    context = {
        "lines": lines,
        "total": total,
        "more": total - len(lines),
        "near": near,
        "near_home": [each for each in near if "followed" not in each],
        "followed": _by_place(near),
        "around": _around(row),
        "act": min((each for each in near if "act" in each), key=lambda each: (each["rank"], each["km"]), default=None),
        "slows": row.context.get("slows", False),
        "keep_url": keeping.address_for(row.recipient_id),
        "why": _why(lines, near),
    }
    if len(lines) == total == 1 and not near:
        # With one line, the message says what that one would say alone, and why.
        kind = KINDS[lines[0]["kind"]]
        context |= {"headline": kind.headline(mail.site() | lines[0]), "why": lines[0]["why"]}
    return KINDS[DIGEST].fill(context, row.recipient)


def _still_near(each: dict, known: Known) -> dict | None:
    try:
        return still_said(DIGEST, each, known)
    except NotNow:
        return None


def _lines(row: Notification, shown: int, known: Known) -> tuple[list[dict], int]:
    """The newest of its lines, and how many it has."""
    newest = list(row.lines.order_by("-id")[: shown + 1])
    total = len(newest) if len(newest) <= shown else row.lines.count()
    said = [_said(line, row.recipient, known) for line in newest[:shown]]
    return list(filter(None, said)), total - said.count(None)


def _said(line: Notification, reader: Member, known: Known) -> dict | None:
    try:
        said = still_said(line.kind, line.context, known)
    except NotNow:
        Notification.objects.filter(pk=line.pk).update(digest=None, due_at=next_hour())
        return None
    if said is None:
        return None
    kind = KINDS[line.kind]
    filled = kind.fill(said, reader) | {"kind": kind.name, "template": kind.line_template}
    return filled if kind.has_own_line else filled | {"headline": kind.headline(mail.site() | filled)}


def _around(row: Notification) -> str:
    """ "de Vitré", as after "autour"; "" of nowhere."""
    code = row.context.get("home")
    home = lookup.commune_of_code(code) if code else None
    return home.said_of if home else ""


def _by_place(near: list[dict]) -> list[tuple[str, list[dict]]]:
    """What is of each territory that its reader follows: "Autour de Rennes", "En Bretagne", and what is there."""
    found = groupby((each for each in near if "followed" in each), key=lambda each: each["followed"])
    return [(following.said_of(place), list(theirs)) for place, theirs in found]


def _why(lines: list[dict], near: list[dict]) -> str:
    is_followed = any("followed" in each for each in near)
    is_near_home = any("followed" not in each for each in near)
    if is_followed and is_near_home:
        return _("vous avez demandé à savoir ce qui se passe près de chez vous et dans des territoires que vous suivez")
    if is_followed:
        return _("vous suivez les territoires dont il parle")
    if not near:
        return _("vous soutenez ce dont il parle")
    if not lines:
        return _("vous avez demandé à savoir ce qui se passe près de chez vous")
    return _("vous soutenez ce dont il parle, et avez demandé à savoir ce qui se passe près de chez vous")


def mark_sent(row: Notification) -> None:
    """What left is not taken back any more."""
    if row.context.get("lines"):
        Notification.objects.filter(digest=row).update(sent_at=timezone.now())
