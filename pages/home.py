"""The first page: what is near the place that somebody gave, else a living France; and one act."""

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.hot import hot
from events.agenda import Search, coming_once
from initiatives.models import Initiative, Photo
from initiatives.steps import next_step
from members.models import Member
from moderation.services.featuring import featured
from pages.models import Moved
from pages.openings.views import waiting_at
from pages.places.living import at
from territories import lookup
from territories.models import Commune, Place

#: Initiatives that move, events, and accounts of what came of it, as shown.
_MOVING, _EVENTS, _STORIES = 6, 3, 3
#: Those that succeeded last, among which those with pictures and proof come first.
_LATELY_SUCCEEDED = 12
#: Of what is near a place.
_NEAR_EVENTS, _NEAR_INITIATIVES = 2, 3
#: Nobody acts at once on what is further ahead.
_SOON = timedelta(days=30)
#: With more people missing, one support more is not "nearly there".
_NEARLY = 20


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """A member reads what is near their home; a visitor's place is known to their browser alone (static/js/home.js)."""
    at_home = _home_of(request.user)
    moving = what_moves()
    moved = list(Moved.objects.readable())
    return render(
        request,
        "pages/home.html",
        {
            "moving": moving,
            "nearly": nearly_there(moving),
            "moved": moved,
            "moved_days": moved[0].days if moved else 0,
            "events": coming_once(Search()).for_cards().order_by("starts_at", "id")[:_EVENTS],
            "stories": stories(),
            "asks_place": at_home is None,
        }
        | (near(at_home) if at_home else {}),
    )


def _home_of(user: Member | AnonymousUser) -> Commune | None:
    """With its département, of which what is near is asked."""
    if not user.is_authenticated or not user.home_commune_id:
        return None
    return Commune.objects.select_related("department").get(pk=user.home_commune_id)


def what_moves() -> list[Initiative]:
    """The first ones by their rank, after those that the team puts forward, each with its reason as `featured`."""
    reasons = featured(Initiative)
    listed = Initiative.objects.listed().for_cards()
    put_forward = listed.in_bulk(list(reasons)) if reasons else {}
    for pk, initiative in put_forward.items():
        initiative.featured = reasons[pk]
    ranked = listed.exclude(pk__in=put_forward).order_by("-rank_order", "-id")[:_MOVING]
    first = [put_forward[pk] for pk in reasons if pk in put_forward]
    return [*first, *ranked][:_MOVING]


def nearly_there(initiatives: list[Initiative]) -> Initiative | None:
    """Of those that move, the one that lacks the fewest people for its next step, with `missing`; None if none does."""
    close = []
    for initiative in initiatives:
        goal = next_step(initiative, initiative.support_count)
        if goal and 0 < (missing := goal - initiative.support_count) <= _NEARLY:
            initiative.missing = missing
            close.append(initiative)
    return min(close, key=lambda initiative: (initiative.missing, -initiative.pk), default=None)


def stories() -> list[Initiative]:
    """What came of initiatives lately, those that show it first, by a picture, by a proof. Each has its `picture`."""
    shown = Photo.objects.public().filter(is_open=True, use__in=[Photo.Use.OUTCOME, Photo.Use.COVER])
    lately = Initiative.objects.succeeded().exclude(outcome="").order_by("-ended_at", "-id")
    found = list(lately.prefetch_related(Prefetch("photos", shown.order_by("id"), to_attr="shown"))[:_LATELY_SUCCEEDED])
    for initiative in found:
        pictures = sorted(initiative.shown, key=lambda photo: photo.use != Photo.Use.OUTCOME)
        initiative.picture = pictures[0] if pictures else None
    return sorted(found, key=lambda initiative: (initiative.picture is None, not initiative.proof))[:_STORIES]


# --- Near a place ----------------------------------------------------------------------------------------------------


@require_safe
def near_place(request: HttpRequest, territory: str) -> HttpResponse:
    """What is near a place, as a part of the home page: the same for whoever asks, and kept as pages are."""
    place = lookup.from_path(territory)
    if place is None:
        raise Http404(_("Ce lieu n’existe pas."))
    if successor := getattr(place, "successor", None):
        place = successor
    elif place.path != territory:
        return redirect("near_place", place.path, permanent=True)
    response = render(request, "pages/_near.html", near(place) | {"is_forgettable": True})
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def find_near(request: HttpRequest) -> HttpResponse:
    """ "Où ?" typed on the home page: what is near there, or the places to choose from."""
    words = request.GET.get("lieu", "").strip()[:80]
    place, _others = lookup.resolve(words) if words else (None, [])
    if place is not None:
        return redirect("near_place", place.path)
    places = lookup.search_places(words) if words else []
    if len(places) == 1 and not lookup.is_misspelt(words, places[0]):
        return redirect("near_place", places[0].path)
    return render(request, "pages/_near_choice.html", {"words": words, "places": places})


def near(place: Place) -> dict:
    """What the part of the page says of a place; the same for all who live there, kept for a moment."""
    return hot(("home.near", place.path), lambda: _near(place))


def _near(place: Place) -> dict:
    """The one act first: an event soon, with a place left, else an initiative; then what else there is."""
    living = at(place)
    events, initiatives = living.events, living.initiatives[: _NEAR_INITIATIVES + 1]
    soon = (event for event in events if event.starts_at < timezone.now() + _SOON)
    joined = next((event for event in soon if event.is_open and event.has_free_place), None)
    supported = initiatives.pop(0) if initiatives and joined is None else None
    return {
        "place": place,
        "opening": waiting_at(place),
        "joined": joined,
        "supported": supported,
        "near_events": sorted(
            [event for event in events if event is not joined][:_NEAR_EVENTS], key=lambda event: event.starts_at
        ),
        "near_initiatives": initiatives[:_NEAR_INITIATIVES],
    }
