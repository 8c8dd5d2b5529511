"""Posting an event, again or in a series; changing it, cancelling it."""

import re
from datetime import date, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.converters import NumberedSlug
from events.access import own_or_404
from events.forms import EventForm
from events.kinds import PRESETS, Preset
from events.models import Event
from events.services import posting
from events.services.refusals import BadDate, EventClosed, NotOpenYet, TooFewPlaces, TooManyPosted
from initiatives.models import Initiative
from moderation.filter import Outcome
from territories import lookup
from territories.models import Commune

#: Past events that are offered to be held again.
_OFFERED_AGAIN = 3


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """The kind first (`?sorte=`), then the form that it fills.

    An event on its own, or of one's own initiative (`?initiative=<number>`); `?lieu=` says where to begin with.
    """
    initiative = _own_initiative(request)
    kind = request.GET.get("sorte", "")
    if request.method == "GET" and kind not in PRESETS:
        return _choose_kind(request, initiative)
    place = lookup.from_path(request.GET.get("lieu", ""))
    commune = (
        (initiative and initiative.commune)
        or (place if isinstance(place, Commune) else None)
        or request.user.home_commune
    )
    initial = {"commune": commune, "theme": initiative and _theme_of(initiative)}
    if kind in PRESETS:
        initial |= {"kind": kind} | _proposals(PRESETS[kind], initiative, commune)
    return _compose(request, initiative, initial)


def _choose_kind(request: HttpRequest, initiative: Initiative | None) -> HttpResponse:
    past = Event.objects.organised_by(request.user).filter(withheld_at=None, ends_at__lte=timezone.now())
    kinds = []
    for value, preset in PRESETS.items():
        query = request.GET.copy()
        query["sorte"] = value
        kinds.append((Event.Kind(value).label, preset.about, query.urlencode()))
    context = {"kinds": kinds, "initiative": initiative, "past": past.order_by("-starts_at", "-id")[:_OFFERED_AGAIN]}
    return render(request, "events/kinds.html", context)


def _proposals(preset: Preset, initiative: Initiative | None, commune: Commune | None) -> dict[str, str]:
    return {
        "title": preset.title(initiative=initiative, commune=commune),
        "starts": f"{preset.starts:%H:%M}",
        "ends": f"{preset.ends:%H:%M}",
        "checklist": preset.checklist,
    }


def _theme_of(initiative: Initiative) -> int | None:
    ranked = initiative.tags.filter(theme_rank__isnull=False).order_by("theme_rank")
    return ranked.values_list("pk", flat=True).first()


@require_http_methods(["GET", "POST"])
@login_required
def again(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """ "Refaire": a new event like this one of theirs, on the next day of the same name."""
    event = own_or_404(request, slug)
    initiative = event.initiative
    if initiative is not None:
        initiative = Initiative.objects.listed().carried_by(request.user).filter(pk=initiative.pk).first()
    return _compose(request, initiative, _same_as(event), copied=event)


def _same_as(event: Event) -> dict:
    names = ("kind", "title", "description", "place_name", "address", "online_url", "capacity")
    point = {"commune": event.commune_id, "latitude": event.latitude, "longitude": event.longitude}
    return {
        **{name: getattr(event, name) for name in names},
        **point,
        "precision": event.precision,
        "theme": event.theme_id,
        "checklist": "\n".join(each["text"] for each in event.checklist),
        "day": _next_of_same_name(event),
        "starts": event.local_start.time(),
        "ends": event.local_end.time(),
    }


def _next_of_same_name(event: Event) -> date:
    """The first day from tomorrow on, there, and after the event itself, that has its name."""
    last = max(timezone.now().astimezone(event.tz).date(), event.local_start.date())
    ahead = (event.local_start.weekday() - last.weekday() - 1) % 7 + 1
    return last + timedelta(days=ahead)


def _compose(
    request: HttpRequest, initiative: Initiative | None, initial: dict, *, copied: Event | None = None
) -> HttpResponse:
    instance = Event(initiative=initiative)
    if request.POST.get("autre_sorte") in PRESETS:
        kept = _with_other_kind(request.POST, initiative, initial.get("commune"))
        form = EventForm(None, instance=instance, initial=initial | kept, by=request.user)
    else:
        form = EventForm(
            request.POST if request.method == "POST" else None, instance=instance, initial=initial, by=request.user
        )
        if request.method == "POST" and form.is_valid():
            try:
                return _post(request, form, initiative, proposed_for=initial.get("commune"))
            except (TooManyPosted, NotOpenYet) as refusal:
                form.add_error(None, str(refusal))
    context = {"form": form, "event": None, "initiative": initiative, "copied": copied, "kinds": Event.Kind.choices}
    return render(request, "events/edit.html", context)


def _post(request: HttpRequest, form: EventForm, initiative: Initiative | None, *, proposed_for) -> HttpResponse:
    event = Event(initiative=initiative, **form.texts, **form.facts)
    if initiative is None and event.commune and isinstance(proposed_for, Commune):
        event.title = _in_its_commune(event, proposed_for)
    event = posting.post(event, by=request.user, series=form.series, also=form.also)
    if event.is_public and event.series_id:
        messages.success(request, _("Vos événements sont en ligne, sur la carte et dans l’agenda."))
    elif event.is_public:
        messages.success(request, _("Votre événement est en ligne, sur la carte et dans l’agenda."))
    return redirect(event)


def _in_its_commune(event: Event, proposed_for: Commune) -> str:
    """Its title; one left as it was proposed names the commune where it is held, not that which the form began with."""
    preset = PRESETS.get(event.kind)
    if preset and event.title == preset.title(commune=proposed_for):
        return preset.title(commune=event.commune)
    return event.title


def _with_other_kind(typed: QueryDict, initiative: Initiative | None, commune) -> dict:
    """What was typed, for the kind that is chosen instead; what the former one proposed gives way to its proposals."""
    commune = commune if isinstance(commune, Commune) else None
    kept = {name: typed.get(name, "") for name in EventForm.base_fields}
    kept["commune"] = typed.get("commune", ""), typed.get("commune_code", "")
    kind = typed["autre_sorte"]
    former = PRESETS.get(kept["kind"])
    proposed = _proposals(former, initiative, commune) if former else {}
    for name, proposal in _proposals(PRESETS[kind], initiative, commune).items():
        if kept[name].split() in ([], proposed.get(name, "").split()):
            kept[name] = proposal
    return kept | {"kind": kind}


def _own_initiative(request: HttpRequest) -> Initiative | None:
    number = request.GET.get("initiative", "")
    if not number:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", number, re.ASCII):
        raise Http404
    return get_object_or_404(Initiative.objects.listed().carried_by(request.user), pk=int(number))


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    event = own_or_404(request, slug)
    if event.is_over or event.cancelled_at:
        return redirect(event)
    address = event.get_absolute_url()
    form = EventForm(request.POST if request.method == "POST" else None, instance=event, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            outcome = posting.edit(event, form.texts, form.facts, by=request.user, following=form.is_for_following)
        except TooFewPlaces as error:
            form.add_error("capacity", str(error))
        except BadDate as error:
            form.add_error("day", str(error))
        except NotOpenYet as error:
            form.add_error("commune", str(error))
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
    event = own_or_404(request, slug)
    if event.is_over or event.cancelled_at:
        return redirect(event)
    if request.method == "POST":
        following = request.POST.get("scope") == "following"
        people = posting.people_to_tell(event, by=request.user, following=following)
        if cancelled := posting.cancel(event, by=request.user, following=following):
            said = _said_told(people, tells_author=_tells_author(request, event))
            messages.success(request, f"{_said_cancelled(cancelled)} {said}")
        return redirect(event)
    following = event.followers.count()
    context = {
        "event": event,
        "following": following,
        "people": posting.people_to_tell(event, by=request.user),
        "tells_author": _tells_author(request, event),
        "people_following": posting.people_to_tell(event, by=request.user, following=True) if following else 0,
    }
    return render(request, "events/cancel.html", context)


def _said_cancelled(events: int) -> str:
    said = ngettext("L’événement est annulé.", "%(count)d événements sont annulés.", events)
    return said % {"count": events}


def _tells_author(request: HttpRequest, event: Event) -> bool:
    """Whoever posted it hears of it when somebody else of the team cancels it."""
    return event.author_id not in (None, request.user.pk)


def _said_told(people: int, *, tells_author: bool) -> str:
    if not people and tells_author:
        return _("Personne d’autre n’était inscrit : seule la personne qui l’a publié est prévenue.")
    if not people:
        return _("Personne d’autre n’était inscrit : nous n’écrivons à personne.")
    said = ngettext("La personne inscrite est prévenue.", "Les %(count)d personnes inscrites sont prévenues.", people)
    return said % {"count": people}
