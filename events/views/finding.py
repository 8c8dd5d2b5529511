"""The agenda and the map."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from core.pages import BadCursor, keyset
from events import agenda, mapping
from events.forms import AgendaForm
from territories.models import Commune

PAGE_SIZE = 20
_ORDER = ("starts_at", "id")


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
            "calendar_path": _calendar_path(wanted),
            "map_filters": urlencode({name: value for name, value in wanted.items() if value}),
        },
    )


def _calendar_path(wanted: dict) -> str:
    """The calendar of what the page shows, whenever it is: one subscribes to what is not known yet."""
    filters = {name: value for name, value in wanted.items() if value and name != "quand"}
    return f"{reverse('agenda_calendar')}?{urlencode(filters)}".rstrip("?")


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
