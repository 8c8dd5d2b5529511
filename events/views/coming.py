""" "Je viens": a member's one tap, a visitor's form, and what one comes to."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clients import network_of
from core.converters import NumberedSlug
from core.proof import Verdict
from events.attending import AttendForm, PartyForm
from events.models import Attendance, Event
from events.services import asking, coming, limits, waiting
from events.services.refusals import Refused
from initiatives.views.common import page_of

PAGE_SIZE = 20
ORGANISED_SIZE = 10


@require_http_methods(["GET", "HEAD", "POST"])
def attend(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """A member: one button. A visitor: a form, then a link in their box. The same page whoever has the address."""
    event = get_object_or_404(Event.objects.public().for_cards(), pk=slug.pk, source=None)
    if not request.user.is_authenticated:
        return _attend_as_visitor(request, event)
    if request.method != "POST":
        return _attend_box(request, event)
    form = PartyForm(request.POST, event=event)
    if not form.is_valid():
        return _attend_box(request, event, refusal=form.errors["guests"][0])
    try:
        coming.attend(event, by=request.user, guests=form.cleaned_data["guests"])
    except Refused as error:
        return _attend_box(request, event, refusal=str(error))
    return _attend_box(request, event) if request.htmx else redirect("event_attend", event.slug)


def _attend_as_visitor(request: HttpRequest, event: Event) -> HttpResponse:
    if not event.is_open:
        return _attend_box(request, event)
    network = network_of(request)
    needs_proof = limits.needs_proof(event, network=network)
    form = AttendForm(request.POST if request.method == "POST" else None, event=event, needs_proof=needs_proof)
    if request.method == "POST" and form.is_valid():
        return _ask(request, event, form, network)
    context = box(request, event) | {"form": form, "proof": form.proof}
    return render(request, "events/_attend_form.html" if request.htmx else "events/attend.html", context)


def _ask(request: HttpRequest, event: Event, form: AttendForm, network: bytes) -> HttpResponse:
    email = form.cleaned_data["email"]
    is_taken = limits.takes(event, email=email, network=network)
    if form.verdict is Verdict.WAITED:
        is_taken = limits.takes_who_waited(network) and is_taken
    if is_taken:
        try:
            asking.ask(
                event,
                email=email,
                first_name=form.cleaned_data["first_name"],
                guests=form.cleaned_data["guests"],
                consent=form.text.version,
            )
        except Refused as error:
            return _attend_box(request, event, refusal=str(error))
    if request.htmx:
        return render(request, "events/_attend_sent.html", {"event": event, "email": email})
    return redirect("event_attend_sent", event.slug)


@require_safe
def sent(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """After the form: a message is on its way. The same page for everybody, at any time."""
    event = get_object_or_404(Event.objects.public().for_cards(), pk=slug.pk)
    return render(request, "events/attend_sent.html", {"event": event})


@require_POST
@login_required
def bring(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """More guests, or fewer, for who comes or waits already."""
    event = get_object_or_404(Event.objects.public(), pk=slug.pk)
    form = PartyForm(request.POST, event=event)
    if not form.is_valid():
        return _attend_box(request, event, refusal=form.errors["guests"][0])
    try:
        coming.bring(event, by=request.user, guests=form.cleaned_data["guests"])
    except Refused as error:
        return _attend_box(request, event, refusal=str(error))
    return _attend_box(request, event) if request.htmx else redirect("event_attend", event.slug)


@require_POST
@login_required
def leave(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    event = get_object_or_404(Event.objects.exclude(published_at=None), pk=slug.pk)
    coming.leave(event, by=request.user)
    if request.htmx and event.is_public:
        return _attend_box(request, event)
    messages.success(request, _("C’est noté : vous ne venez plus."))
    if not event.is_public or request.POST.get("from") == "mine":
        return redirect("my_events")
    return redirect(f"{event.get_absolute_url()}#je-viens")


def box(request: HttpRequest, event: Event) -> dict:
    """What `events/_attend.html` shows this person of where they stand."""
    attendance = Attendance.objects.standing(event, request.user)
    context = {
        "event": event,
        "attendance": attendance,
        "is_last_call": waiting.is_last_call(event),
        "is_full": waiting.is_full(event),
    }
    if event.is_open and request.user.is_authenticated:
        # What was just chosen, where it was refused.
        chosen = request.POST.get("guests") or (attendance and attendance.guests)
        context["party"] = PartyForm(event=event, initial={"guests": chosen})
    return context


def _attend_box(request: HttpRequest, event: Event, *, refusal: str = "") -> HttpResponse:
    """Where this person stands, and one next act: a fragment for htmx, a page otherwise."""
    event = Event.objects.for_cards().get(pk=event.pk)
    context = box(request, event) | {"refusal": refusal}
    context["is_fresh"] = request.method == "POST" or context["attendance"] is not None
    if request.htmx:
        response = render(request, "events/_attend.html", context)
        # Also for a visitor's form, which asked for less than the box.
        response["HX-Retarget"] = "#je-viens"
        return response
    return render(request, "events/attend.html", context, status=409 if refusal else 200)


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """What the person organises, what they come to or wait for, what they organised; `?avant=1` what they came to."""
    now = timezone.now()
    organised = Event.objects.organised_by(request.user).for_cards()
    # What a moderator withheld is shown to its author, and not to those who organise it with them.
    organised = organised.filter(Q(withheld_at=None) | Q(author=request.user))
    to_tell = organised.filter(ends_at__lte=now).select_related("report")
    is_past = bool(request.GET.get("avant"))
    attendances = request.user.attendances.annotate(starts_at=F("event__starts_at")).with_turn()
    over = Q(event__ends_at__lte=now)
    context = {
        "organised": page_of(
            request, organised.filter(ends_at__gt=now), ("starts_at", "id"), size=ORGANISED_SIZE, cursor="avenir"
        ),
        "past": page_of(request, to_tell, ("-starts_at", "-id"), size=ORGANISED_SIZE, cursor="passes"),
        "page": page_of(
            request,
            attendances.filter(over if is_past else ~over).select_related("event__commune__department"),
            ("-starts_at", "-id") if is_past else ("starts_at", "id"),
            size=PAGE_SIZE,
        ),
        "is_past": is_past,
    }
    return render(request, "events/mine.html", context)
