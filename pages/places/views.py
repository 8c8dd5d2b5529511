"""The pages of territories, and following one."""

from collections.abc import Iterable
from itertools import pairwise

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events import agenda
from figures import reading
from initiatives.models import Initiative
from initiatives.places import local_counts
from initiatives.views.common import page_of
from notifications.services import following
from pages.openings.views import opening_at, waiting_at, waiting_page
from pages.places import living
from territories import lookup
from territories.models import Commune, Department, Place, Region
from territories.referents import answering_for

#: Communes on a page of those of a département.
_COMMUNES = 200


@require_safe
def territory(request: HttpRequest, territory: str) -> HttpResponse:
    """What is alive here: its own first, then its neighbours, nearer first, then what is of all France."""
    place = _place(territory)
    successor = getattr(place, "successor", None)
    if successor is not None or place.path != territory:
        return redirect(successor or place, permanent=True)
    opening = opening_at(place)
    if opening and opening.is_waiting:
        return waiting_page(request, place, opening, steps=_steps(place))
    alive = living.at(place)
    _count_locally(alive.national, place)
    search = agenda.Search(place=place)
    return render(
        request,
        "pages/territory.html",
        {
            "place": place,
            "opening": opening,
            "steps": _steps(place),
            "alive": alive,
            # What may not be said of so small a place is left out.
            "figures": [figure for figure in reading.of_place(place) if not figure.is_hidden],
            "referent": answering_for(place),
            "inside": _inside(place),
            "lists_communes": isinstance(place, Department),
            "counted_in": place.department if isinstance(place, Commune) else place,
            "is_followed": request.user.is_authenticated and following.is_followed(place, request.user),
            "map_box": agenda.box(search),
            "map_filters": urlencode(search.asked),
            "calendar_path": f"{reverse('agenda_calendar')}?{urlencode(search.whenever.asked)}",
        },
    )


@require_safe
def territories(request: HttpRequest) -> HttpResponse:
    """All régions, their départements, and the collectivities: every place is a few links from here."""
    departments = Department.objects.order_by("code")
    return render(
        request,
        "pages/territories.html",
        {
            "regions": Region.objects.prefetch_related(Prefetch("departments", departments)),
            "collectivities": departments.filter(region=None),
        },
    )


@require_safe
def communes(request: HttpRequest, territory: str) -> HttpResponse:
    """The communes of a département, in the order of the alphabet."""
    place = _place(territory)
    if not isinstance(place, Department):
        raise Http404
    if place.path != territory:
        return redirect("territory_communes", place.path, permanent=True)
    rows = place.communes.current().select_related("department")
    page = page_of(request, rows, ("sort_name", "code"), size=_COMMUNES)
    steps = [*_steps(place)[:-1], (place.name, place.get_absolute_url()), (_("Communes"), "")]
    return render(request, "pages/communes.html", {"place": place, "page": page, "steps": steps})


@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, territory: str) -> HttpResponse:
    """One button, also for whoever comes back from the door; POST follows the place."""
    place = _place(territory)
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        try:
            following.follow(place, by=request.user)
        except following.FollowRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _followed(place, request))
        return redirect(place)
    is_followed = request.user.is_authenticated and following.is_followed(place, request.user)
    context = {"place": place, "is_followed": is_followed, "opening": waiting_at(place)}
    return render(request, "pages/territory_follow.html", context)


@require_POST
def unfollow(request: HttpRequest, territory: str) -> HttpResponse:
    place = _place(territory)
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("territory_follow", args=[place.path]))
    following.unfollow(place, by=request.user)
    is_listed = request.POST.get("from") == "receiving"
    words = _("C’est noté, vous ne suivez plus ce territoire : %(place)s.") % {"place": place.name}
    messages.success(request, words, extra_tags="territoires-suivis" if is_listed else "")
    return redirect(f"{reverse('settings_messages')}#territoires-suivis" if is_listed else place)


def _place(path: str) -> Place:
    place = lookup.from_path(path)
    if place is None:
        raise Http404(_("Ce lieu n’existe pas."))
    return place


def _steps(place: Place) -> list[tuple[str, str]]:
    """What contains it, the largest first, then itself, without an address."""
    # Mayotte is a région and a département, Paris a département and a city: said once, of the nearest.
    within = [*reversed(lookup.ancestors(place)), place]
    said = [each for each, inside in pairwise(within) if each.name != inside.name]
    above = [(each.name, each.get_absolute_url()) for each in said]
    return [(_("France"), reverse("territories")), *above, (place.name, "")]


def _count_locally(national: Iterable[Initiative], place: Place) -> None:
    """Give each `local`, its supports in this département or région; None where they may not be said."""
    counts = local_counts(national, place.department if isinstance(place, Commune) else place)
    for initiative in national:
        initiative.local = counts.get(initiative.pk)


def _inside(place: Place) -> list[Place]:
    """The places that it is made of, where they are few: départements of a région, arrondissements of a city."""
    if isinstance(place, Region):
        return list(place.departments.order_by("code"))
    if isinstance(place, Commune) and place.is_divided:
        return list(place.arrondissements.current().order_by("code"))
    return []


def _followed(place: Place, request: HttpRequest) -> str:
    if (opening := waiting_at(place)) is not None:
        return _("C’est noté, et compté d’ici une minute : vous serez prévenu le jour où le site ouvre %(place)s.") % {
            "place": opening.department.said_in
        }
    if following.hears_nothing(request.user):
        return _("C’est noté. Mais vous avez arrêté votre résumé : rien ne vous en parlera.")
    return _("C’est noté : ce qui bouge %(place)s sera dans votre résumé.") % {"place": place.said_in}
