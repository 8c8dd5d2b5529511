"""Posting an event, changing it, cancelling it."""

import re

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.converters import NumberedSlug
from events.forms import EventForm
from events.models import Event
from events.services import posting
from events.services.refusals import EventClosed, TooFewPlaces
from initiatives.models import Initiative
from moderation.filter import Outcome
from territories import lookup
from territories.models import Commune


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
        event = posting.post(Event(initiative=initiative, **form.texts, **form.facts), by=request.user)
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
            outcome = posting.edit(event, form.texts, form.facts, by=request.user)
        except TooFewPlaces as error:
            form.add_error("capacity", str(error))
        except EventClosed as error:
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
        if posting.cancel(event, by=request.user):
            messages.success(request, _("L’événement est annulé. Les personnes inscrites sont prévenues."))
        return redirect(event)
    return render(request, "events/cancel.html", {"event": event})
