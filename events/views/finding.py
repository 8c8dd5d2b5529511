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
from events.insets import insets
from events.models import Event
from moderation.services.featuring import featured
from territories.models import Commune, Department, Region

PAGE_SIZE = 20
_ORDER = ("starts_at", "id")
#: Seconds for which the map is kept by browsers, and by the caches before them. With the five that squares wait to be
#: counted, and the ten that the page cache may take to renew a page, a change is on every map within a minute.
_AGE, _SHARED_AGE = 15, 20
_COMPACT = {"ensure_ascii": False, "separators": (",", ":")}


@require_safe
def event_list(request: HttpRequest) -> HttpResponse:
    """The agenda; the map stands beside it with the same filters in the same address."""
    form = AgendaForm.read(request.GET)
    search, place = form.search, form.place
    events = agenda.coming_once(search).for_cards()
    is_narrowed = not search.asked.keys() <= {"lieu", "ici"}
    forward = [] if is_narrowed or search.point is not None else _put_forward(place)
    events = events.exclude(pk__in=[event.pk for event in forward]) if forward else events
    try:
        page = keyset(events, order=_ORDER, after=request.GET.get("apres", ""), size=PAGE_SIZE)
    except BadCursor:
        page = keyset(events, order=_ORDER, size=PAGE_SIZE)
    agenda.count_dates(page.rows, search)
    if isinstance(place, Commune):
        agenda.with_distance(page, place)
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
            "is_narrowed": is_narrowed,
            # First of the list, on its first page alone; they are in none of its pages.
            "forward": [] if request.GET.get("apres") else forward,
            "at_point": search.point is not None,
            "near_km": agenda.NEAR_KM if isinstance(place, Commune) else None,
            "map_box": agenda.box(search),
            "map_filters": urlencode(search.asked),
            "calendar_path": f"{reverse('agenda_calendar')}?{urlencode(search.whenever.asked)}".rstrip("?"),
            "insets": insets(),
            "recent_reports": agenda.told(place),
        },
    )


def _put_forward(place: Region | Department | Commune | None) -> list[Event]:
    """What the team puts forward in this very place, each with its `featured`, the reason."""
    reasons = featured(Event, place)
    if not reasons:
        return []
    found = Event.objects.coming().for_cards().in_bulk(list(reasons))
    for number, event in found.items():
        event.featured = reasons[number]
    return [found[number] for number in reasons if number in found]


@require_safe
def map_data(request: HttpRequest) -> HttpResponse:
    """Markers of a box: `?bbox=west,south,east,north&zoom=7`, and the agenda's filters. 400 when they make no sense.

    A place named in words is looked up once: the answer is another address, which names it by its code.
    """

    def answer(box: mapping.Box, zoom: int) -> HttpResponse | dict:
        form = AgendaForm.read(request.GET)
        path = form.place.path if form.place else ""
        if form.cleaned_data.get("lieu", "") != path:
            query = request.GET.copy()
            query["lieu"] = path
            return redirect(f"{request.path}?{query.urlencode()}")
        return {"markers": mapping.markers(form.search, box, zoom)}

    return _map_answer(request, answer, age=_AGE, shared_age=_SHARED_AGE)


@require_safe
def map_place(request: HttpRequest) -> JsonResponse:
    """The next events of one place of the map, under the agenda's filters: `?ici=48.11900,-1.67900`; 400 without."""
    search = AgendaForm.read(request.GET).search
    if search.point is None:
        return JsonResponse({"error": "ici: latitude,longitude"}, status=400)
    events = mapping.in_few_words(search.narrow(Event.objects.coming())).order_by(*_ORDER)
    found = [mapping.in_short(event) for event in events[: mapping.MOST_LISTED + 1]]
    answer = {"events": found[: mapping.MOST_LISTED], "more": len(found) > mapping.MOST_LISTED}
    return _kept(JsonResponse(answer, json_dumps_params=_COMPACT), age=_AGE, shared_age=_SHARED_AGE)


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
        response = JsonResponse(response, json_dumps_params=_COMPACT)
    return _kept(response, age=age, shared_age=shared_age)


def _kept(response: HttpResponse, *, age: int, shared_age: int) -> HttpResponse:
    patch_cache_control(response, public=True, max_age=age, s_maxage=shared_age)
    return response
