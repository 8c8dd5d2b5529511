"""The bell: what happened to somebody, on the site, grouped by what it is about, the newest first.

Nothing of what may not be read any more is shown: what a row is about is asked again, once for those of one page.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import Case, F, Max, When
from django.utils import timezone

from core import mail
from members.models import Member
from notifications.kinds import KINDS
from notifications.models import Notification
from notifications.subjects import Topic, topics, topics_of

#: Nobody reads a number beyond.
MOST_COUNTED = 99
#: Groups of one page, and lines shown of each; the page of one group shows more of them.
GROUPS, LINES, PAGE = 15, 3, 30

#: The newest lines of each group; what is about nothing in particular is alone.
_LINES = """
SELECT line.* FROM unnest(%s::bigint[], %s::varchar[]) WITH ORDINALITY AS head (id, about, place)
CROSS JOIN LATERAL (
    SELECT * FROM notifications_notification
    WHERE recipient_id = %s::bigint AND in_bell AND about = head.about AND id <= head.id
    ORDER BY id DESC LIMIT CASE WHEN head.about = '' THEN 1 ELSE %s::int END
) AS line
ORDER BY head.place, line.id DESC
"""


@dataclass(frozen=True)
class Line:
    """One thing that happened."""

    notification: Notification
    headline: str
    #: "" where there is nothing to see.
    url: str
    #: Why this person hears of it: "vous soutenez « Un verger »".
    why: str

    @property
    def is_new(self) -> bool:
        return self.notification.seen_at is None


@dataclass
class Group:
    """What happened to one thing, or to nothing in particular: then it is alone."""

    about: str
    topic: Topic | None
    lines: list[Line] = field(default_factory=list)
    #: Others, older, are on the page of this group alone.
    is_longer: bool = False

    @property
    def is_new(self) -> bool:
        return any(line.is_new for line in self.lines)


@dataclass(frozen=True)
class Page:
    groups: list[Group]
    #: For the next page: `page(member, before=page.next)`; None on the last one.
    next: int | None
    #: For `mark_seen`: the newest thing that happened when this page was read; 0 when nothing did.
    newest: int


def count_unseen(member: Member) -> int:
    """How many they have not seen, at most `MOST_COUNTED`: as many rows are read, whatever they received."""
    return _unseen(member)[:MOST_COUNTED].count()


def mark_seen(member: Member, up_to: int) -> int:
    """They have seen all until this one (`Page.newest`), and not what came meanwhile. Returns how many were new."""
    return _unseen(member).filter(pk__lte=up_to).update(seen_at=timezone.now())


def page(member: Member, before: int | None = None) -> Page:
    """Groups by their newest line, each on one page alone; those before this one (`Page.next`).

    All that a member has is read for it, but from one index alone: six milliseconds for twenty thousand rows.
    """
    rows = Notification.objects.filter(recipient=member, in_bell=True)
    alone = Case(When(about="", then=F("pk")))
    heads = rows.order_by().values("about", alone=alone).annotate(newest=Max("pk")).order_by("-newest")
    if before is not None:
        heads = heads.filter(newest__lt=before)
    heads = list(heads.values_list("newest", "about")[: GROUPS + 1])
    shown = heads[:GROUPS]
    numbers, abouts = [pk for pk, _about in shown], [about for _pk, about in shown]
    lines = list(Notification.objects.raw(_LINES, [numbers, abouts, member.pk, LINES + 1])) if shown else []
    found = topics({about for row in lines for about in topics_of(row)}, member)
    groups = []
    for _alone, some in groupby(lines, key=lambda row: row.about or row.pk):
        head, *others = some
        said = list(_lines([head, *others[: LINES - 1]], found, member))
        if said:
            groups.append(Group(head.about, found.get(head.about), said, is_longer=len(others) >= LINES))
    return Page(groups, numbers[-1] if len(heads) > GROUPS else None, numbers[0] if numbers else 0)


def page_of(member: Member, about: str, before: int | None = None) -> Page:
    """All that happened to one thing, as one group. Its `topic` is None when it may not be read any more."""
    rows = Notification.objects.filter(recipient=member, in_bell=True, about=about).exclude(about="").order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    rows = list(rows[: PAGE + 1])
    found = topics({about}.union(*(topics_of(row) for row in rows)), member)
    group = Group(about, found.get(about), list(_lines(rows[:PAGE], found, member)))
    return Page(
        [group] if group.lines else [], rows[PAGE - 1].pk if len(rows) > PAGE else None, rows[0].pk if rows else 0
    )


def _unseen(member: Member):
    return Notification.objects.unseen().filter(recipient=member).order_by()


def _lines(rows: Iterable[Notification], found: dict[str, Topic], reader: Member) -> Iterable[Line]:
    """In words, but those about what may not be read, or of a kind that is no more."""
    site = mail.site()
    for row in rows:
        kind = KINDS.get(row.kind)
        if kind and (kind.without_texts or topics_of(row) <= found.keys()):
            filled = kind.fill(row.context, reader)
            yield Line(row, kind.headline(site | filled), filled.get("url", ""), filled["why"])
