"""Posters to print, and the short address that they bear."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from core.clients import network_of
from core.converters import NumberedSlug
from core.jobs import enqueue
from events import tasks
from events.models import Event, Poster
from events.services import posters

#: Seconds between two looks at whether it is drawn, and how many of them.
PATIENCE, MOST_LOOKS = 3, 20


@require_safe
def short(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """/e/123: the page of an event, for whoever types it or scans it."""
    return redirect(get_object_or_404(Event.objects.public(), pk=slug.pk))


@require_safe
def poster(request: HttpRequest, slug: NumberedSlug, size: str) -> HttpResponse:
    """The PDF, or a page that waits for it: whoever asks first has it drawn."""
    event = get_object_or_404(Event.objects.public().for_cards(), pk=slug.pk)
    if size not in Poster.Size.values or not posters.may_have_one(event):
        raise Http404
    found = posters.ready(event, size)
    if found is None and request.method == "GET" and not posters.is_asked(event, size):
        if not posters.takes(network_of(request)):
            return render(request, "429.html", status=429)
        if posters.ask(event, size):
            enqueue(tasks.draw_posters)
        # Without a broker, it is drawn by now.
        found = posters.ready(event, size)
    if found is None:
        return _waiting(request, event, size)
    try:
        file = posters.storage().open(found.file)
    except FileNotFoundError:
        # A backup restored without its files: it is drawn again.
        posters.forget(found.pk)
        return _waiting(request, event, size)
    response = FileResponse(file, content_type="application/pdf", filename=f"{event.slug}-{size}.pdf")
    response["X-Robots-Tag"] = "noindex"
    patch_cache_control(response, public=True, max_age=60, s_maxage=60)
    return response


def _waiting(request: HttpRequest, event: Event, size: str) -> HttpResponse:
    looks = request.GET.get("fois", "")
    looks = int(looks) + 1 if looks.isascii() and looks.isdecimal() and len(looks) < 3 else 1
    response = render(
        request,
        "events/poster_wait.html",
        {"event": event, "size": size, "looks": looks, "patience": PATIENCE if looks <= MOST_LOOKS else None},
        status=202,
    )
    patch_cache_control(response, private=True, no_store=True)
    return response
