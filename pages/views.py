"""What mixes the rooms: home, places, and the pages in which the site explains itself."""

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.clients import is_looked_at
from members.rights import archive, words
from members.services import invite_to_party
from pages.feed import feed_of
from territories import lookup


@require_safe
def find_place(request: HttpRequest) -> HttpResponse:
    """ "Où ?" without JavaScript: the place's page when there is one answer, the choice otherwise."""
    words = request.GET.get("lieu", "").strip()[:80]
    place, _others = lookup.resolve(words) if words else (None, [])
    if place is not None:
        return redirect(place)
    places = lookup.search_places(words) if words else []
    is_misspelt = bool(places) and lookup.is_misspelt(words, places[0])
    if len(places) == 1 and not is_misspelt:
        return redirect(places[0])
    return render(request, "pages/find_place.html", {"words": words, "places": places, "is_misspelt": is_misspelt})


@never_cache
@require_safe
@login_required
def feed(request: HttpRequest) -> HttpResponse:
    """What concerns this member, and one next act."""
    context = {
        "feed": feed_of(request.user),
        "invites_to_party": is_looked_at(request) and invite_to_party(request.user),
    }
    return render(request, "pages/feed.html", context)


@require_safe
def page(request: HttpRequest, template: str) -> HttpResponse:
    """A page of text."""
    return render(request, template)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept, why and how long: the very table that the tasks which erase read."""
    return render(request, "pages/privacy.html", {"retentions": words.table(), "kept": archive.kept_despite()})


@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """200 "ok" when the database answers: asked by the proxy and by Docker."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
