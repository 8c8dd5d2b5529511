"""The pages of events: find, call, answer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.converters import NumberedSlug
from core.pages import BadCursor, keyset
from events import agenda, mapping, services
from events.forms import AgendaForm, EventForm
from events.models import Event
from initiatives.models import Initiative
from moderation.filter import Outcome
from moderation.services import waiting_time
from territories import lookup
from territories.models import Commune

PAGE_SIZE = 20
_ORDER = ("starts_at", "id")


# --- Looking for -----------------------------------------------------------------------------------------------------


def _filters(request: HttpRequest):
    form = AgendaForm(request.GET)
    form.is_valid()
    wanted = form.cleaned_data
    place = lookup.best_place(wanted["lieu"]) if wanted.get("lieu") else None
    events = agenda.coming(place=place, span=wanted.get("quand", ""), kind=wanted.get("sorte", ""))
    return form, place, events


@require_GET
def event_list(request: HttpRequest) -> HttpResponse:
    """The agenda; the map stands beside it with the same filters in the same address."""
    form, place, events = _filters(request)
    try:
        page = keyset(events.for_cards(), order=_ORDER, after=request.GET.get("apres", ""), size=PAGE_SIZE)
    except BadCursor:
        page = keyset(events.for_cards(), order=_ORDER, size=PAGE_SIZE)
    if isinstance(place, Commune):
        agenda.with_distance(page, place)
    return render(
        request,
        "events/list.html",
        {
            "form": form,
            "page": page,
            "place": place,
            "unknown_place": form.cleaned_data.get("lieu") and place is None,
            "near_km": agenda.NEAR_KM if isinstance(place, Commune) else None,
            "map_box": agenda.box(place),
        },
    )


@require_GET
def map_data(request: HttpRequest) -> JsonResponse:
    """Markers of a box: `?bbox=west,south,east,north&zoom=7`, and the agenda's filters. 400 when they make no sense."""
    try:
        box = mapping.Box.parse(request.GET.get("bbox", ""))
        zoom = mapping.parse_zoom(request.GET.get("zoom", ""))
    except mapping.BadBox as error:
        return JsonResponse({"error": str(error)}, status=400)
    _form, _place, events = _filters(request)
    response = JsonResponse({"markers": mapping.markers(events, box, zoom)})
    patch_cache_control(response, public=True, max_age=30, s_maxage=60)
    return response


@require_GET
def detail(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    event = get_object_or_404(Event.objects.visible_to(request.user).for_page(request.user), pk=slug.pk)
    if str(event.slug) != str(slug):
        return redirect(event, permanent=event.is_public)
    return render(
        request,
        "events/detail.html",
        {
            "event": event,
            "is_organiser": request.user.pk == event.author_id,
            "waiting_time": None if event.published_at else waiting_time(),
        },
    )


# --- Coming ----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@login_required
def attend(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """GET, after having signed in, shows one button; POST takes a place."""
    event = get_object_or_404(Event.objects.public(), pk=slug.pk)
    refusal = ""
    if request.method == "POST":
        try:
            services.attend(event, by=request.user)
        except services.Refused as error:
            refusal = str(error)
    return _attend_box(request, event, refusal=refusal)


@require_POST
@login_required
def leave(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    event = get_object_or_404(Event.objects.exclude(published_at=None), pk=slug.pk)
    services.leave(event, by=request.user)
    return _attend_box(request, event)


def _attend_box(request: HttpRequest, event: Event, *, refusal: str = "") -> HttpResponse:
    """What the act produced: a fragment for htmx, the page again otherwise."""
    if not refusal and request.method == "POST" and not request.htmx:
        return redirect(f"{event.get_absolute_url()}#je-viens" if event.is_public else "agenda")
    event = Event.objects.for_page(request.user).get(pk=event.pk)
    context = {"event": event, "refusal": refusal, "is_fresh": request.method == "POST"}
    if request.htmx:
        return render(request, "events/_attend.html", context)
    return render(request, "events/attend.html", context, status=409 if refusal else 200)


# --- Posting ---------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """An event on its own, or of one's own initiative (`?initiative=<number>`)."""
    initiative = _own_initiative(request)
    instance = Event(initiative=initiative)
    initial = {"commune": initiative.commune if initiative else request.user.home_commune}
    form = EventForm(request.POST or None, instance=instance, initial=initial, by=request.user)
    if request.method == "POST" and form.is_valid():
        event = Event(initiative=initiative, **form.texts, **form.facts)
        outcome = services.post(event, by=request.user)
        if outcome is Outcome.PUBLISH:
            messages.success(request, _("Votre événement est en ligne, sur la carte et dans l’agenda."))
        return redirect(event)
    return render(request, "events/edit.html", {"form": form, "event": None, "initiative": initiative})


def _own_initiative(request: HttpRequest) -> Initiative | None:
    number = request.GET.get("initiative", "")
    if not number:
        return None
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        number = "0"
    return get_object_or_404(Initiative.objects.listed(), pk=int(number), author=request.user)


def _own(request: HttpRequest, slug: NumberedSlug) -> Event:
    """The person's own event, as long as it may change; anybody else's does not exist here."""
    return get_object_or_404(Event.objects.for_cards(), pk=slug.pk, author=request.user, withheld_at=None)


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    event = _own(request, slug)
    if event.is_over or event.cancelled_at:
        return redirect(event)
    form = EventForm(request.POST or None, instance=event, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            outcome = services.edit(event, form.texts, form.facts, by=request.user)
        except services.Refused as error:
            form.add_error("capacity", str(error))
        else:
            _say_edited(request, outcome)
            return redirect(Event.objects.get(pk=event.pk))
    return render(request, "events/edit.html", {"form": form, "event": event, "initiative": event.initiative})


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
    if request.method == "POST":
        if services.cancel(event, by=request.user):
            messages.success(request, _("L’événement est annulé. Les personnes inscrites sont prévenues."))
        return redirect(event)
    return render(request, "events/cancel.html", {"event": event})


@require_GET
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
