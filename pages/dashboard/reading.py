"""What the dashboard of an initiative shows, by a fixed number of queries, whatever the number of its supports.

Supports by day and by link were folded as they came (initiatives.services.counting), what others had was compared in
the night (initiatives.services.pacing): nothing is counted here.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from events.models import Event, EventReport
from initiatives.models import ActDay, Action, Confirming, Initiative, Offer, Pace, Photo, SupportTally, Update
from initiatives.places import FEWEST
from initiatives.ranking import Act
from initiatives.services.pacing import FEWEST as FEWEST_COMPARED
from initiatives.sources import EVERYWHERE
from initiatives.steps import next_step
from initiatives.story import story_of
from pages.dashboard.charts import Bars, Comparison, bars_of, comparison_of

#: Days of the first drawing; the second one goes back to the opening.
DAYS = 90
#: The pace is that of so many days.
LATELY = 7
#: Bars of the drawing since the opening: it is by day, then by week or longer.
_MOST_BARS = 90
#: Further than this, no day is foretold.
_FORETOLD = timedelta(days=365)
#: For so long after an event its organisers are reminded to tell of it.
_TELL_WITHIN = timedelta(days=60)


@dataclass(frozen=True)
class Step:
    """The next step: how many are missing and, at the pace of the last days, when it would be reached."""

    goal: int
    missing: int
    promise: str
    lately: int
    day: date | None


@dataclass(frozen=True)
class Link:
    """One of its links: `count` None while fewer than five supports came by it."""

    word: str
    name: str | Promise
    is_own: bool
    address: str
    came: int

    @property
    def count(self) -> int | None:
        return self.came if self.came >= FEWEST else None


@dataclass(frozen=True)
class Confirmed:
    """Of the links sent to visitors in thirty days: `rate` in percent; None when the rest are too few to be told."""

    confirmed: int
    waiting: int | None
    rate: int | None
    day: date


@dataclass(frozen=True)
class Facts:
    """What the advice depends on (pages.dashboard.advice)."""

    initiative: Initiative
    count: int
    is_author: bool
    has_cover: bool
    has_team: bool
    has_action: bool
    has_event: bool
    has_own_link: bool
    has_offer: bool
    #: The day of the last update, or of the opening.
    told_on: date
    today: date
    untold: Event | None
    wanting: Action | None


@dataclass(frozen=True)
class Dashboard:
    facts: Facts
    step: Step | None
    lately: Bars
    since_opening: Bars
    #: Days that one bar of it holds.
    bar_days: int
    comparison: Comparison | None
    fewest_compared: int
    links: list[Link]
    confirmed: Confirmed | None
    places: list[SupportTally]


def dashboard_of(initiative: Initiative, *, is_author: bool) -> Dashboard:
    """Of an initiative read for its page (`for_page`)."""
    today = timezone.localdate()
    counts = dict(ActDay.objects.filter(initiative=initiative, kind=Act.SUPPORT).values_list("day", "count"))
    story = story_of(initiative)
    opened = timezone.localdate(initiative.published_at or initiative.launched_at or initiative.created_at)
    first = min([opened, *counts])
    bar_days = max(1, math.ceil(((today - first).days + 1) / _MOST_BARS))
    paces = Pace.objects.filter(kind=initiative.kind, scale=initiative.scale).order_by("age")
    links = _links(initiative)
    return Dashboard(
        facts=_facts(initiative, is_author=is_author, links=links, opened=opened, today=today),
        step=_step(initiative, counts, promise=story.next.promise if story.next else "", today=today),
        lately=bars_of(counts, first=max(first, today - timedelta(days=DAYS - 1)), last=today),
        since_opening=bars_of(counts, first=first, last=today, days=bar_days),
        bar_days=bar_days,
        comparison=comparison_of(counts, paces, opened=opened, today=today) if initiative.published_at else None,
        fewest_compared=FEWEST_COMPARED,
        links=links,
        confirmed=_confirmed(initiative),
        places=story.tallies,
    )


def _step(initiative: Initiative, counts: dict[date, int], *, promise: str, today: date) -> Step | None:
    goal = next_step(initiative, initiative.exact_count)
    if goal is None:
        return None
    missing = goal - initiative.exact_count
    lately = sum(count for day, count in counts.items() if day > today - timedelta(days=LATELY))
    wait = timedelta(days=math.ceil(missing * LATELY / lately)) if lately > 0 else None
    return Step(goal, missing, promise, lately, today + wait if wait and wait <= _FORETOLD else None)


def _links(initiative: Initiative) -> list[Link]:
    """Those of the team first, then the site's own; a link that is named no more is still told of."""
    came = dict(initiative.source_tallies.values_list("source", "count"))
    own = {source.slug: source.name for source in initiative.own_sources.order_by("created_at", "id")}
    named: dict[str, str | Promise] = own | EVERYWHERE
    named |= {word: _("%(word)s (lien retiré)") % {"word": word} for word in sorted(came.keys() - named.keys())}
    return [
        Link(
            word,
            name,
            word in own,
            f"{initiative.full_address}de/{word}/",
            came.get(word, 0),
        )
        for word, name in named.items()
    ]


def _confirmed(initiative: Initiative) -> Confirmed | None:
    told = Confirming.objects.filter(initiative=initiative).first()
    if told is None or told.confirmed + told.waiting < FEWEST:
        return None
    day = timezone.localdate(told.made_at)
    if 0 < told.waiting < FEWEST or told.confirmed < FEWEST:
        return Confirmed(told.confirmed, None, None, day)
    return Confirmed(told.confirmed, told.waiting, round(100 * told.confirmed / (told.confirmed + told.waiting)), day)


def _facts(initiative: Initiative, *, is_author: bool, links: list[Link], opened: date, today: date) -> Facts:
    own = {"initiative": OuterRef("pk")}
    found = (
        Initiative.objects.filter(pk=initiative.pk)
        .order_by()
        .values(
            cover=Exists(Photo.objects.filter(**own, use=Photo.Use.COVER)),
            action=Exists(Action.objects.open().filter(**own)),
            event=Exists(Event.objects.coming().filter(**own)),
            offers=Exists(Offer.objects.filter(need__initiative=OuterRef("pk"), is_accepted=None)),
            told_at=Update.objects.public().filter(**own).order_by("-published_at").values("published_at")[:1],
        )
        .get()
    )
    now = timezone.now()
    told = EventReport.objects.filter(event=OuterRef("pk"))
    over = Event.objects.public().filter(cancelled_at=None, ends_at__lt=now, ends_at__gte=now - _TELL_WITHIN)
    untold = over.filter(~Exists(told), initiative=initiative).order_by("-ends_at", "-id")
    return Facts(
        initiative=initiative,
        count=initiative.exact_count,
        is_author=is_author,
        has_cover=found["cover"],
        has_team=bool(initiative.team_shown),
        has_action=found["action"],
        has_event=found["event"],
        has_own_link=any(link.is_own for link in links),
        has_offer=found["offers"],
        told_on=max(timezone.localdate(found["told_at"]), opened) if found["told_at"] else opened,
        today=today,
        untold=untold.first(),
        wanting=initiative.actions.wanting().soonest().annotate(left_over=F("places") - F("taken")).first(),
    )
