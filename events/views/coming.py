""" "Je viens", and what the person comes to."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.converters import NumberedSlug
from core.pages import BadCursor, keyset
from events.models import Event
from events.services import coming
from events.services.refusals import Refused

PAGE_SIZE = 20


@require_http_methods(["GET", "HEAD", "POST"])
def attend(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """GET names the event and shows one button, or the door to who has not come in; POST takes a place."""
    event = get_object_or_404(Event.objects.public(), pk=slug.pk)
    if request.method != "POST":
        return _attend_box(request, event)
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    try:
        coming.attend(event, by=request.user)
    except Refused as error:
        return _attend_box(request, event, refusal=str(error))
    return _attend_box(request, event) if request.htmx else redirect("event_attend", event.slug)


@require_POST
@login_required
def leave(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    event = get_object_or_404(Event.objects.exclude(published_at=None), pk=slug.pk)
    coming.leave(event, by=request.user)
    if not event.is_public:
        return redirect("my_events")
    return _attend_box(request, event) if request.htmx else redirect(f"{event.get_absolute_url()}#je-viens")


def _attend_box(request: HttpRequest, event: Event, *, refusal: str = "") -> HttpResponse:
    """Where this person stands, and one next act: a fragment for htmx, a page otherwise."""
    event = Event.objects.for_page(request.user).get(pk=event.pk)
    context = {
        "event": event,
        "refusal": refusal,
        "is_fresh": event.is_joined or request.method == "POST",
        "is_organiser": event.author_id is not None and request.user.pk == event.author_id,
    }
    if request.htmx:
        return render(request, "events/_attend.html", context)
    return render(request, "events/attend.html", context, status=409 if refusal else 200)


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """What the person organises, and where they come."""
    try:
        page = keyset(
            request.user.attendances.select_related("event__commune__department"),
            order=("-created_at", "-id"),
            after=request.GET.get("apres", ""),
            size=PAGE_SIZE,
        )
    except BadCursor:
        return redirect("my_events")
    organised = request.user.events.for_cards().order_by("-starts_at", "-id")[:PAGE_SIZE]
    return render(request, "events/mine.html", {"page": page, "organised": organised})
