"""What those who organise an event do with it: see who comes, tick off who arrives, write to them."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import CharField, F, Func, QuerySet, Value
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.converters import NumberedSlug
from events.access import organises, own_or_404
from events.models import Attendance, Event, EventMessage
from events.organiser_forms import MessageForm
from events.services import arrivals, messaging, reporting
from events.services.refusals import Refused
from initiatives.views.common import page_of
from moderation.access import is_moderating
from moderation.filter import Outcome

#: People on a page, and on a printed one.
PAGE_SIZE = 50
SHEET_SIZE = 500
#: Of a name that is looked for.
_LONGEST_NAME = 60
_BY_NAME = ("sort_name", "id")


def _by_name(attendances: QuerySet[Attendance]) -> QuerySet[Attendance]:
    """In the order of their names, whatever the accents; the people of one event are few enough to be sorted."""
    sort_name = Func(F("member__display_name"), function="unaccented", output_field=CharField())
    return attendances.select_related("member").annotate(sort_name=sort_name)


@never_cache
@require_safe
@login_required
def organise(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """Who comes and who waits, names only, with what is to be done now; `?nom=` looks for somebody."""
    event = own_or_404(request, slug)
    looked_for = request.GET.get("nom", "").replace("\0", "").strip()[:_LONGEST_NAME]
    context = {
        "event": event,
        "arrivals": arrivals.count(event),
        "looked_for": looked_for,
        "report": event.report if hasattr(event, "report") else None,
        "report_refusal": reporting.refusal(event),
    }
    if event.has_names:
        coming = _by_name(event.attendances.coming())
        if looked_for:
            typed = Func(Value(looked_for), function="unaccented", output_field=CharField())
            coming = coming.filter(sort_name__contains=typed)
        queue = event.attendances.filter(queue_number__isnull=False).select_related("member")
        context |= {
            "coming": page_of(request, coming, _BY_NAME, size=PAGE_SIZE),
            "queue": page_of(request, queue, ("queue_number",), size=PAGE_SIZE, cursor="attente"),
        }
    return render(request, "events/organise.html", context)


@never_cache
@require_safe
@login_required
def sheet(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """The list to print, for a door without a network."""
    event = own_or_404(request, slug)
    if not event.has_names:
        return redirect("event_organise", event.slug)
    coming = page_of(request, _by_name(event.attendances.coming()), _BY_NAME, size=SHEET_SIZE)
    return render(request, "events/sheet.html", {"event": event, "page": coming})


# --- At the door -----------------------------------------------------------------------------------------------------


@require_POST
@login_required
def check_in(request: HttpRequest, slug: NumberedSlug, number: int) -> HttpResponse:
    return _arrival(request, slug, number, arrivals.check_in)


@require_POST
@login_required
def check_in_undo(request: HttpRequest, slug: NumberedSlug, number: int) -> HttpResponse:
    return _arrival(request, slug, number, arrivals.undo)


def _arrival(request: HttpRequest, slug: NumberedSlug, number: int, act: Callable[[Attendance], bool]) -> HttpResponse:
    """The row of this person as it is now, with the numbers, for htmx; else the page where it was."""
    event = own_or_404(request, slug)
    if not event.has_names:
        raise Http404
    coming = event.attendances.coming().select_related("event", "member")
    attendance = get_object_or_404(coming, pk=number)
    refusal = _refusal_of(lambda: act(attendance))
    if not request.htmx:
        if refusal:
            messages.error(request, refusal)
        return redirect(f"{_back(request, event)}#p{number}")
    context = {
        "event": event,
        "attendance": get_object_or_404(coming, pk=number),
        "arrivals": arrivals.count(event),
        "refusal": refusal,
        "is_swapped": True,
    }
    return render(request, "events/_arrival.html", context)


@require_POST
@login_required
def walk_in(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """One more person who had not said so."""
    return _walk_in(request, slug, +1)


@require_POST
@login_required
def walk_in_undo(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    return _walk_in(request, slug, -1)


def _walk_in(request: HttpRequest, slug: NumberedSlug, change: int) -> HttpResponse:
    event = own_or_404(request, slug)
    refusal = _refusal_of(lambda: arrivals.count_walk_in(event, change))
    if not request.htmx:
        if refusal:
            messages.error(request, refusal)
        return redirect(f"{_back(request, event)}#arrivees")
    event.refresh_from_db(fields=["walk_in_count", "attendee_count"])
    context = {"event": event, "arrivals": arrivals.count(event), "refusal": refusal}
    return render(request, "events/_arrivals.html", context)


@require_POST
@login_required
def tick(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """Something of what is to be prepared is done, or not after all: `fait` says which."""
    event = own_or_404(request, slug)
    arrivals.tick(event, request.POST.get("quoi", ""), done=request.POST.get("fait") == "oui")
    if not request.htmx:
        return redirect(f"{reverse('event_organise', args=[event.slug])}#preparer")
    event.refresh_from_db(fields=["checklist"])
    return render(request, "events/_checklist.html", {"event": event})


def _refusal_of(act: Callable[[], object]) -> str:
    try:
        act()
    except Refused as refusal:
        return str(refusal)
    return ""


def _back(request: HttpRequest, event: Event) -> str:
    """The list as it was, with the name that was looked for, and its page."""
    was = QueryDict(request.POST.get("suite", "")[:500]).urlencode()
    return reverse("event_organise", args=[event.slug]) + (f"?{was}" if was else "")


# --- Messages --------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def write(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """A message to those who come; what was written before stands below."""
    event = own_or_404(request, slug)
    has_waiting = event.waiting_count + event.held_count > 0
    form = MessageForm(request.POST if request.method == "POST" else None, by=request.user, has_waiting=has_waiting)
    if request.method == "POST" and form.is_valid():
        try:
            _message, outcome = messaging.write(
                event, form.cleaned_data["text"], to_waiting=form.to_waiting, by=request.user
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            if outcome is Outcome.PUBLISH:
                messages.success(request, _("Votre message part dans la minute."))
            else:
                messages.info(request, _("Un modérateur relit votre message. Il part dès qu’il est accepté."))
            return redirect("event_message_write", event.slug)
    own = event.messages.visible_to(request.user) | event.messages.filter(withheld_at=None)
    context = {
        "event": event,
        "form": form,
        "refusal": messaging.refusal(event),
        "left": messaging.left_today(event),
        "page": page_of(request, own.select_related("author"), ("-id",), size=10),
    }
    return render(request, "events/message_write.html", context)


@never_cache
@require_safe
@login_required
def message(request: HttpRequest, slug: NumberedSlug, number: int) -> HttpResponse:
    """One message, for those whom it was sent to, those who organise, and moderators."""
    found = EventMessage.objects.visible_to(request.user, moderating=is_moderating(request))
    message = get_object_or_404(found.select_related("author"), pk=number, event=slug.pk)
    event = get_object_or_404(Event.objects.for_cards(), pk=slug.pk)
    if not _may_read(request, event, message):
        raise Http404
    reply = messaging.reply_address(event)
    return render(request, "events/message.html", {"event": event, "message": message, "reply_address": reply})


def _may_read(request: HttpRequest, event: Event, message: EventMessage) -> bool:
    if message.author_id == request.user.pk or is_moderating(request):
        return True
    if event.withheld_at is not None:
        return False
    readers = messaging.recipients(event, to_waiting=message.to_waiting)
    return readers.filter(member=request.user).exists() or organises(event, request.user)
