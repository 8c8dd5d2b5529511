"""One next act after a support: the rules, in their order. Never two of the same weight."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from initiatives.models import Initiative
from territories.geo import half_chord
from territories.models import Commune


@dataclass(frozen=True)
class NextAct:
    """`kind` names its fragment, `templates/initiatives/next/_<kind>.html`; `object` is what it is about."""

    kind: str
    object: Any = None


def nearest_event(initiative: Initiative, commune: Commune | None) -> NextAct | None:
    """Its coming event that is nearest to where the person lives; the first to come when we do not know where."""
    coming = initiative.events.coming().for_cards()
    if commune is not None:
        coming = coming.order_by(half_chord(commune.latitude, commune.longitude), "starts_at")
    event = coming.first()
    return NextAct("event", event) if event else None


def share(initiative: Initiative, commune: Commune | None) -> NextAct:
    """There is always somebody to tell."""
    return NextAct("share")


#: The first that has something to offer is the one.
RULES: tuple[Callable[[Initiative, Commune | None], NextAct | None], ...] = (nearest_event, share)


def next_act(initiative: Initiative, *, commune: Commune | None) -> NextAct:
    """What to ask of somebody who has just supported, who lives in `commune`."""
    return next(act for act in (rule(initiative, commune) for rule in RULES) if act is not None)
