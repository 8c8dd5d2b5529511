"""In which order every list is, printed from the very numbers by which they are made."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from events import agenda
from initiatives import nearby
from initiatives import ranking as initiatives
from initiatives.models import contribution
from moderation.models import featured
from pages.digests import happenings, slices
from search import ranking as search

#: So many of an act on one day, for the table that shows how they are damped.
COUNTS = (1, 10, 100)


@dataclass(frozen=True)
class Weight:
    """A sort of act, what one weighs, and what COUNTS of them weigh on one day."""

    name: str
    weight: float
    points: list[float]


@require_safe
def ranking(request: HttpRequest) -> HttpResponse:
    weights = [
        Weight(str(name), initiatives.WEIGHTS[act], [initiatives.points(act, count) for count in COUNTS])
        for act, name in initiatives.ACTS.items()
    ]
    context = {
        "counts": COUNTS,
        "weights": sorted(weights, key=lambda each: -each.weight),
        "opening": initiatives.OPENING,
        "half_life": initiatives.HALF_LIFE.days,
        "horizon": initiatives.HORIZON.days,
        # What an act of that age still weighs: one part in so many.
        "least": round(2 ** (initiatives.HORIZON / initiatives.HALF_LIFE)),
        "page": initiatives.PAGE,
        "pages": initiatives.PAGES,
        "most_of_one": initiatives.MOST_OF_ONE,
        "new_every": initiatives.NEW_EVERY,
        "new_on_a_page": initiatives.NEW_ON_A_PAGE,
        "new_for": initiatives.NEW_FOR.days,
        "new_a_turn": initiatives.NEW_FOR // initiatives.TURN * initiatives.NEW_ON_A_PAGE,
        "turn": initiatives.TURN // timedelta(minutes=1),
        "names": initiatives.NAMES,
        "most_featured": featured.MOST,
        "nearest": initiatives.NEAREST,
        "nearest_km": initiatives.NEAREST_KM,
        "circles": nearby.CIRCLES_KM,
        "events": {"near_km": agenda.NEAR_KM, "circles": agenda.CIRCLES_KM},
        "confidence": contribution.CONFIDENCE,
        "digest": {
            "circles": slices.CIRCLES_KM,
            "enough": slices.ENOUGH,
            "young": slices.YOUNG,
            "patience": slices.PATIENCE,
            "news": happenings.NEWS.days,
        },
        "search": search,
    }
    return render(request, "pages/ranking.html", context)
