"""The pages of events: find, call, answer."""

import re
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.converters import NumberedSlug
from core.pages import BadCursor, keyset
from events import agenda, mapping, services, silhouettes
from events.forms import AgendaForm, EventForm
from events.models import Event
from initiatives.models import Initiative
from moderation.access import is_moderating
from moderation.filter import Outcome
from moderation.services import waiting_time
from territories import lookup
from territories.models import Commune

PAGE_SIZE = 20
_ORDER = ("starts_at", "id")


# --- Looking for -----------------------------------------------------------------------------------------------------


def _filters(request: HttpRequest):
    form = AgendaForm.read(request.GET)
    wanted = form.cleaned_data
    events = agenda.coming(place=form.place, span=wanted["quand"], kind=wanted["sorte"])
    return form, form.place, events


@require_safe
def event_list(request: HttpRequest) -> HttpResponse:
    """The agenda; the map stands beside it with the same filters in the same address."""
    form, place, events = _filters(request)
    try:
        page = keyset(events.for_cards(), order=_ORDER, after=request.GET.get("apres", ""), size=PAGE_SIZE)
    except BadCursor:
        page = keyset(events.for_cards(), order=_ORDER, size=PAGE_SIZE)
    if isinstance(place, Commune):
        agenda.with_distance(page, place)
    wanted = form.cleaned_data | {"lieu": place.path if place else ""}
    form.say_place()
    return render(
        request,
        "events/list.html",
        {
            "form": form,
            "page": page,
            "place": place,
            "nearby": agenda.around(place, wanted=6) if place and not page.rows else [],
            "unknown_place": form.misses_place,
            "near_km": agenda.NEAR_KM if isinstance(place, Commune) else None,
            "map_box": agenda.box(place),
            "map_filters": urlencode({name: value for name, value in wanted.items() if value}),
        },
    )


@require_safe
def map_data(request: HttpRequest) -> HttpResponse:
    """Markers of a box: `?bbox=west,south,east,north&zoom=7`, and the agenda's filters. 400 when they make no sense.

    A place named in words is looked up once: the answer is another address, which names it by its code.
    """

    def answer(box: mapping.Box, zoom: int) -> HttpResponse | dict:
        form, place, events = _filters(request)
        path = place.path if place else ""
        if form.cleaned_data.get("lieu", "") != path:
            query = request.GET.copy()
            query["lieu"] = path
            return redirect(f"{request.path}?{query.urlencode()}")
        return {"markers": mapping.markers(events, box, zoom, filters=form.cleaned_data)}

    return _map_answer(request, answer, age=20, shared_age=30)


@require_safe
def map_towns(request: HttpRequest) -> JsonResponse:
    """The names to write on the map, where no tile server draws them: `?bbox=…&zoom=…`, as for `map_data`."""
    day = 60 * 60 * 24
    return _map_answer(request, lambda box, zoom: {"towns": mapping.towns(box, zoom)}, age=day, shared_age=day)


def _map_answer(
    request: HttpRequest, answer: Callable[[mapping.Box, int], HttpResponse | dict], *, age: int, shared_age: int
) -> HttpResponse:
    """The same for everyone, kept so many seconds by browsers, and by the caches before them."""
    try:
        box, zoom = mapping.Box.parse(request.GET.get("bbox", "")), mapping.parse_zoom(request.GET.get("zoom", ""))
    except mapping.BadBox as error:
        return JsonResponse({"error": str(error)}, status=400)
    response = answer(box, zoom)
    if isinstance(response, dict):
        response = JsonResponse(response, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})
    patch_cache_control(response, public=True, max_age=age, s_maxage=shared_age)
    return response


@require_safe
def detail(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    event = get_object_or_404(
        Event.objects.visible_to(request.user, moderating=is_moderating(request)).for_page(request.user), pk=slug.pk
    )
    if str(event.slug) != str(slug):
        return redirect(event, permanent=event.is_public)
    silhouette = event.department and silhouettes.of(event.department, event.latitude, event.longitude)
    return render(
        request,
        "events/detail.html",
        {
            "event": event,
            "is_organiser": event.author_id is not None and request.user.pk == event.author_id,
            "silhouette": silhouette,
            "waiting_time": None if event.published_at else waiting_time(),
        },
    )


# --- Coming ----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def attend(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """GET names the event and shows one button, or the door to who has not come in; POST takes a place."""
    event = get_object_or_404(Event.objects.public(), pk=slug.pk)
    if request.method != "POST":
        return _attend_box(request, event)
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    try:
        services.attend(event, by=request.user)
    except services.Refused as error:
        return _attend_box(request, event, refusal=str(error))
    return _attend_box(request, event) if request.htmx else redirect("event_attend", event.slug)


@require_POST
@login_required
def leave(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    event = get_object_or_404(Event.objects.exclude(published_at=None), pk=slug.pk)
    services.leave(event, by=request.user)
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


# --- Posting ---------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """An event on its own, or of one's own initiative (`?initiative=<number>`); `?lieu=` says where to begin with."""
    initiative = _own_initiative(request)
    place = lookup.from_path(request.GET.get("lieu", ""))
    commune = (
        (initiative and initiative.commune)
        or (place if isinstance(place, Commune) else None)
        or request.user.home_commune
    )
    form = EventForm(
        request.POST if request.method == "POST" else None,
        instance=Event(initiative=initiative),
        initial={"commune": commune},
        by=request.user,
    )
    if request.method == "POST" and form.is_valid():
        event = services.post(Event(initiative=initiative, **form.texts, **form.facts), by=request.user)
        if event.is_public:
            messages.success(request, _("Votre événement est en ligne, sur la carte et dans l’agenda."))
        return redirect(event)
    return render(request, "events/edit.html", {"form": form, "event": None, "initiative": initiative})


def _own_initiative(request: HttpRequest) -> Initiative | None:
    number = request.GET.get("initiative", "")
    if not number:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", number, re.ASCII):
        raise Http404
    return get_object_or_404(Initiative.objects.listed().carried_by(request.user), pk=int(number))


def _own(request: HttpRequest, slug: NumberedSlug) -> Event:
    """The person's own event, as long as it may change; anybody else's does not exist here."""
    return get_object_or_404(Event.objects.for_cards(), pk=slug.pk, author=request.user, withheld_at=None)


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    event = _own(request, slug)
    if event.is_over or event.cancelled_at:
        return redirect(event)
    address = event.get_absolute_url()
    form = EventForm(request.POST if request.method == "POST" else None, instance=event, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            outcome = services.edit(event, form.texts, form.facts, by=request.user)
        except services.TooFewPlaces as error:
            form.add_error("capacity", str(error))
        except services.EventClosed as error:
            messages.error(request, str(error))
            return redirect(address)
        else:
            _say_edited(request, outcome)
            return redirect(Event.objects.get(pk=event.pk))
    context = {"form": form, "event": event, "initiative": event.initiative, "address": address}
    return render(request, "events/edit.html", context)


def _say_edited(request: HttpRequest, outcome: Outcome) -> None:
    if outcome is Outcome.PUBLISH:
        messages.success(request, _("Votre modification est en ligne."))
    else:
        messages.info(
            request, _("Un modérateur relit votre modification. D’ici là, le texte précédent reste en ligne.")
        )


@require_http_methods(["GET", "POST"])
@login_required
def cancel(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    event = _own(request, slug)
    if event.is_over or event.cancelled_at:
        return redirect(event)
    if request.method == "POST":
        if services.cancel(event, by=request.user):
            messages.success(request, _("L’événement est annulé. Les personnes inscrites sont prévenues."))
        return redirect(event)
    return render(request, "events/cancel.html", {"event": event})


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
