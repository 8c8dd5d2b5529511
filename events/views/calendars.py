"""Calendars: files to add, addresses to subscribe to, and a member's own."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.converters import NumberedSlug
from events import calendars
from events.forms import AgendaForm
from events.models import Event
from events.services import calendars as own_calendars
from initiatives.models import Initiative

#: Seconds for which everybody's copy may be kept: what a moderator withholds is gone after a minute.
_KEPT = {"max_age": 60, "s_maxage": 60}


def _public(body: bytes, filename: str) -> HttpResponse:
    answer = calendars.response(body, filename=filename)
    patch_cache_control(answer, public=True, **_KEPT)
    return answer


@require_safe
def event_file(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """One event, to add to a calendar; cancelled or over, it says so."""
    event = get_object_or_404(Event.objects.public().select_related("commune__department"), pk=slug.pk)
    return _public(calendars.of_one(event), f"{event.slug}.ics")


@require_safe
def initiative_calendar(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """The events of an initiative, to subscribe to."""
    initiative = get_object_or_404(Initiative.objects.public(), pk=slug.pk)
    name = f"{initiative.title} · {settings.SITE_NAME}"
    return _public(calendars.of_many(initiative.events.all(), name=name), f"{initiative.slug}.ics")


@require_safe
def agenda_calendar(request: HttpRequest) -> HttpResponse:
    """The agenda of a place, a theme, a kind, under the filters of its page. 404 for a place that nobody knows."""
    form = AgendaForm.read(request.GET)
    if form.misses_place:
        raise Http404
    search = form.search.whenever
    events = search.narrow(Event.objects.all())
    kind = str(Event.Kind(search.kind).label) if search.kind else ""
    what = [kind, search.theme and search.theme.name, search.place and search.place.name, settings.SITE_NAME]
    return _public(calendars.of_many(events, name=" · ".join(filter(None, what))), "agenda.ics")


@require_safe
def own_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """A member's own, for programs that have its address and nothing else: no session is looked at."""
    member = own_calendars.member_of(token)
    if member is None:
        raise Http404
    name = _("Mes événements") + f" · {settings.SITE_NAME}"
    answer = calendars.response(own_calendars.own(member, name=name), filename="mes-evenements.ics")
    answer["X-Robots-Tag"] = "noindex"
    patch_cache_control(answer, private=True, no_store=True)
    return answer


@require_safe
@login_required
def my_calendar(request: HttpRequest) -> HttpResponse:
    """What one's own calendar is, and its address."""
    address = own_calendars.address_of(request.user)
    return render(request, "events/my_calendar.html", {"address": address, "webcal": calendars.webcal(address)})


@require_POST
@login_required
def renew_my_calendar(request: HttpRequest) -> HttpResponse:
    had_one = bool(own_calendars.address_of(request.user))
    own_calendars.renew(by=request.user)
    if had_one:
        messages.success(request, _("Votre agenda a une nouvelle adresse. L’ancienne ne mène plus nulle part."))
    return redirect("my_calendar")


@require_POST
@login_required
def stop_my_calendar(request: HttpRequest) -> HttpResponse:
    if own_calendars.stop(by=request.user):
        messages.success(request, _("Votre agenda est fermé : son adresse ne mène plus nulle part."))
    return redirect("my_calendar")
