"""The link of a message: confirm, see, change and give back one's attendance, signed in or not."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from core.converters import NumberedSlug
from events.attending import PartyForm
from events.models import Attendance, Event
from events.services import asking, coming, links, waiting
from events.services.links import Holder
from events.services.refusals import Refused

#: Said by the page that one comes back to.
_GIVEN_BACK, _STILL, _NOTED = "?rendue=1", "?confirmee=1", "?notee=1"


def _of_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """`view(request, holder)`; a link that leads to nothing any more says what can be done instead.

    No CSRF token: whoever can forge the request holds the link, and could as well open it. Never kept by a cache.
    """

    @never_cache
    @csrf_exempt
    @wraps(view)
    def by_link(request: HttpRequest, slug: NumberedSlug, token: str) -> HttpResponse:
        holder = links.find(token)
        if holder is None or holder.event.pk != slug.pk:
            event = Event.objects.public().for_cards().filter(pk=slug.pk).first()
            return render(request, "events/attendance_gone.html", {"event": event}, status=410)
        return view(request, holder)

    return by_link


@require_http_methods(["GET", "HEAD", "POST"])
@_of_link
def attendance(request: HttpRequest, holder: Holder) -> HttpResponse:
    """The same useful page each time: one button before, where they stand after. Only POST confirms, or comes."""
    if request.method != "POST":
        return _page(request, holder)
    form = PartyForm(request.POST, event=holder.event)
    if not form.is_valid():
        return _page(request, holder, refusal=form.errors["guests"][0])
    guests = form.cleaned_data["guests"]
    try:
        if holder.demand:
            asking.confirm(holder.demand.pk, guests=guests)
        else:
            asking.refuse_suspended(holder.member)
            coming.attend(holder.event, by=holder.member, guests=guests)
    except Refused as error:
        return _page(request, holder, refusal=str(error))
    except (Attendance.DoesNotExist, asking.LinkExpired):
        pass
    return redirect(request.path + _NOTED)


@require_http_methods(["GET", "HEAD", "POST"])
@_of_link
def leave(request: HttpRequest, holder: Holder) -> HttpResponse:
    """GET shows one button; POST gives back."""
    if holder.attendance is None:
        return redirect("attendance", holder.event.slug, holder.token)
    if request.method == "POST":
        # The row goes, and a link that named it: this one names the person.
        back = links.path_of(holder.event, links.token_of(holder.attendance))
        coming.leave(holder.event, by=holder.member)
        return redirect(back + _GIVEN_BACK)
    return render(request, "events/attendance_leave.html", _context(request, holder))


@require_http_methods(["GET", "HEAD", "POST"])
@_of_link
def still(request: HttpRequest, holder: Holder) -> HttpResponse:
    """ "Je viens toujours", the day before: GET shows one button; POST says it."""
    if not (holder.attendance and holder.attendance.is_coming and holder.event.is_open):
        return redirect("attendance", holder.event.slug, holder.token)
    if request.method == "POST":
        try:
            asking.refuse_suspended(holder.member)
        except Refused as error:
            return _page(request, holder, refusal=str(error))
        coming.still_coming(holder.event, by=holder.member)
        return redirect(links.path_of(holder.event, holder.token) + _STILL)
    return render(request, "events/attendance_still.html", _context(request, holder))


@require_POST
@_of_link
def bring(request: HttpRequest, holder: Holder) -> HttpResponse:
    form = PartyForm(request.POST, event=holder.event)
    if not form.is_valid():
        return _page(request, holder, refusal=form.errors["guests"][0])
    if holder.attendance:
        try:
            asking.refuse_suspended(holder.member)
            coming.bring(holder.event, by=holder.member, guests=form.cleaned_data["guests"])
        except Refused as error:
            return _page(request, holder, refusal=str(error))
    return redirect(links.path_of(holder.event, holder.token) + _NOTED)


@require_POST
@_of_link
def again(request: HttpRequest, holder: Holder) -> HttpResponse:
    """The link is too old: another leaves to the same address."""
    if holder.demand:
        asking.ask_again(holder.demand.pk)
    return redirect("event_attend_sent", holder.event.slug)


def _context(request: HttpRequest, holder: Holder) -> dict:
    row = holder.attendance or holder.demand
    # What was just chosen, where it was refused.
    chosen = request.POST.get("guests") or (row and row.guests)
    return {
        "event": holder.event,
        "attendance": holder.attendance,
        "demand": holder.demand,
        "token": holder.token,
        "is_expired": holder.demand is not None and asking.is_expired(holder.demand),
        "is_last_call": waiting.is_last_call(holder.event),
        "is_full": waiting.is_full(holder.event),
        "is_fresh": "notee" in request.GET,
        "party": PartyForm(event=holder.event, initial={"guests": chosen}),
    }


def _page(request: HttpRequest, holder: Holder, *, refusal: str = "") -> HttpResponse:
    context = _context(request, holder) | {"refusal": refusal}
    return render(request, "events/attendance.html", context, status=409 if refusal else 200)
