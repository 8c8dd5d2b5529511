"""One next act after a support, or where nothing can be supported any more. Never two of the same weight."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from core.hot import hot
from core.middleware import SHARED_AGE
from initiatives.models import Initiative
from territories.geo import distance_km
from territories.models import Commune

#: Among so many of the next events the nearest is looked for: an initiative has rarely more to come.
_COMING = 200


@dataclass(frozen=True)
class NextAct:
    """`kind` names its fragment, `templates/initiatives/next/_<kind>.html`; `object` is what it is about."""

    kind: str
    object: Any = None


def _distance(event: Any, commune: Commune | None) -> float:
    """Kilometres from the commune; what is held online is farther than anything that has a place."""
    if commune is None:
        return 0
    if event.latitude is None:
        return inf
    return distance_km((commune.latitude, commune.longitude), (event.latitude, event.longitude))


def nearest_event(initiative: Initiative, commune: Commune | None) -> NextAct | None:
    """Its coming event that is nearest to where the person lives; the first to come when we do not know where."""
    coming = hot(
        ("coming", initiative.pk),
        lambda: list(initiative.events.coming().for_cards()[:_COMING]),
        # As old as any public page may be.
        seconds=SHARED_AGE,
    )
    if not coming:
        return None
    return NextAct("event", min(coming, key=lambda event: _distance(event, commune)))


def people_wanted(initiative: Initiative, commune: Commune | None) -> NextAct | None:
    """The first to come of its actions that lack people; what can be done at any time comes last."""
    if not initiative.is_live:
        return None
    wanting = hot(
        ("wanting", initiative.pk),
        lambda: list(initiative.actions.wanting().soonest().select_related("initiative")[:1]),
        seconds=SHARED_AGE,
    )
    return NextAct("action", wanting[0]) if wanting else None


def share(initiative: Initiative, commune: Commune | None) -> NextAct:
    """There is always somebody to tell."""
    return NextAct("share")


#: The first that has something to offer is the one.
RULES: tuple[Callable[[Initiative, Commune | None], NextAct | None], ...] = (nearest_event, people_wanted, share)


def next_act(initiative: Initiative, *, commune: Commune | None) -> NextAct:
    """What to ask of somebody who has just supported, who lives in `commune`."""
    return next(act for act in (rule(initiative, commune) for rule in RULES) if act is not None)


def after_the_end(initiative: Initiative, *, carries: bool) -> NextAct | None:
    """What the page of an initiative that ended, sleeps or has nobody left asks of whoever reads it: to go where it
    goes on, to take it over, or to see what lives in its place or of its theme. None while it can be supported, and
    for those who carry it. No query (`for_page`)."""
    if not initiative.is_public or initiative.is_open:
        return None
    joined = initiative.merged_into
    if joined and joined.is_public:
        return NextAct("joined", joined)
    if carries:
        # Its bar asks them something else.
        return None
    if initiative.frozen_at and initiative.is_supported:
        return NextAct("adopt")
    if initiative.territory:
        return NextAct("place", initiative.territory)
    theme = next((tag for tag in initiative.tags.all() if tag.theme_rank is not None), None)
    return NextAct("theme", theme)
