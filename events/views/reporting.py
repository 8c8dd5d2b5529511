"""What happened: written by those who organise, read by everyone on the event's page and in the list of reports."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import images
from core.converters import NumberedSlug
from events.access import organises, own_or_404
from events.models import Event, EventPhoto, EventReport
from events.organiser_forms import EventPhotoForm, FirstPhotoForm, ReportForm
from events.services import arrivals, reporting
from events.services.refusals import Refused, ReportRefused
from initiatives.services.photos import may_send
from initiatives.views.common import page_of
from moderation.access import is_moderating
from moderation.filter import Outcome

PAGE_SIZE = 10


@require_safe
def report_list(request: HttpRequest) -> HttpResponse:
    """What happened lately, everywhere."""
    found = EventReport.objects.public().select_related("event__commune__department", "event__initiative")
    page = page_of(request, found, ("-published_at", "-id"), size=PAGE_SIZE)
    return render(request, "events/reports.html", {"page": page})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def write(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """How many, what happened, a first photo; once written, the same page changes it and takes the other photos."""
    event = own_or_404(request, slug)
    report = _report_of(request, event)
    if report is not None:
        return _edit(request, event, report)
    came = arrivals.count(event).total
    form = ReportForm(
        request.POST if request.method == "POST" else None, by=request.user, initial={"turnout": came or None}
    )
    photo_form = _first_photo_form(request)
    refusal = reporting.refusal(event)
    if request.method == "POST" and all([form.is_valid(), photo_form.is_valid()]):
        try:
            report, outcome = reporting.write(
                event, **form.texts, turnout=form.cleaned_data["turnout"], by=request.user
            )
            if photo_form.cleaned_data.get("picture"):
                _add(report, photo_form, request)
        except ReportRefused as error:
            refusal = str(error)
        else:
            _say(
                request, outcome, _("Votre compte rendu est en ligne. Nous l’envoyons à celles et ceux qui sont venus.")
            )
            return redirect("event_report", event.slug)
    context = {"event": event, "form": form, "photo_form": photo_form, "refusal": refusal}
    return render(request, "events/report_form.html", context)


def _first_photo_form(request: HttpRequest) -> FirstPhotoForm:
    """Reading a picture costs: a member who sent too many today is told so, and their words stay."""
    if request.method != "POST":
        return FirstPhotoForm(by=request.user)
    if request.FILES and not may_send(request.user):
        form = FirstPhotoForm(request.POST, by=request.user)
        form.is_valid()
        form.add_error("picture", _too_many())
        return form
    return FirstPhotoForm(request.POST, request.FILES, by=request.user)


def _too_many() -> str:
    return _("Vous avez envoyé beaucoup d’images : réessayez demain.")


def _edit(request: HttpRequest, event: Event, report: EventReport) -> HttpResponse:
    form = ReportForm(request.POST if request.method == "POST" else None, instance=report, by=request.user)
    if request.method == "POST" and form.is_valid():
        # The form has written into its own copy: the row is read again.
        outcome = reporting.edit(
            EventReport.objects.select_related("event").get(pk=report.pk),
            form.texts,
            turnout=form.cleaned_data["turnout"],
            by=request.user,
        )
        _say(request, outcome, _("Votre modification est en ligne."))
        return redirect("event_report", event.slug)
    return _page(request, event, report, form=form, photo_form=EventPhotoForm(by=request.user))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add_photo(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """One more photo; GET leads to the page where one is sent from."""
    event = own_or_404(request, slug)
    report = _report_of(request, event)
    if request.method != "POST" or report is None:
        return redirect("event_report", event.slug)
    if not may_send(request.user):
        photo_form = EventPhotoForm(by=request.user, initial={"alternative": request.POST.get("alternative", "")})
        return _page(request, event, report, photo_form=photo_form, refusal=_too_many())
    photo_form = EventPhotoForm(request.POST, request.FILES, by=request.user)
    if photo_form.is_valid():
        try:
            outcome = _add(report, photo_form, request)
        except Refused as error:
            return _page(request, event, report, photo_form=photo_form, refusal=str(error))
        else:
            _say(request, outcome, _("La photo est en place."))
            return redirect(f"{reverse('event_report', args=[event.slug])}#photos")
    return _page(request, event, report, photo_form=photo_form)


def _add(report: EventReport, photo_form: EventPhotoForm, request: HttpRequest) -> Outcome:
    given = photo_form.cleaned_data
    _photo, outcome = reporting.add_photo(report, given["picture"], alternative=given["alternative"], by=request.user)
    return outcome


def _page(request: HttpRequest, event: Event, report: EventReport, **context) -> HttpResponse:
    shown = list(report.photos.select_related("report__event"))
    for photo in shown:
        photo.is_seen = photo.is_public or photo.author_id == request.user.pk
    context.setdefault("form", ReportForm(instance=report, by=request.user))
    context |= {"event": event, "report": report, "photos": shown, "is_full": len(shown) >= reporting.MOST_PHOTOS}
    return render(request, "events/report_form.html", context)


@require_POST
@login_required
def remove_photo(request: HttpRequest, slug: NumberedSlug, number: int) -> HttpResponse:
    event = own_or_404(request, slug)
    report = _report_of(request, event)
    if report is None:
        raise Http404
    reporting.remove_photo(get_object_or_404(report.photos, pk=number))
    messages.success(request, _("La photo est retirée, et ses fichiers effacés."))
    return redirect(f"{reverse('event_report', args=[event.slug])}#photos")


@never_cache
@require_safe
def photo_file(request: HttpRequest, slug: NumberedSlug, number: int, width: int) -> HttpResponse:
    """The file of a photo that has no public one, for whoever may see it: its author, moderators, a reader of what is
    being published at this very moment, those who organise while the report waits."""
    moderating = is_moderating(request)
    seen = EventPhoto.objects.visible_to(request.user, moderating=moderating).select_related("report__event")
    photo = get_object_or_404(seen, pk=number, report__event=slug.pk)
    if not (moderating or _may_see(request, photo)):
        raise Http404
    found = images.content(photo.name, width) if width in images.widths_of(photo.width) else None
    if found is None:
        raise Http404
    return HttpResponse(found, content_type="image/webp")


def _may_see(request: HttpRequest, photo: EventPhoto) -> bool:
    report = photo.report
    if photo.is_housed or (request.user.is_authenticated and photo.author_id == request.user.pk):
        return True
    return report.withheld_at is None and report.event.withheld_at is None and organises(report.event, request.user)


def _report_of(request: HttpRequest, event: Event) -> EventReport | None:
    """The report of an event that this person organises; 404 when a moderator withheld what somebody else wrote."""
    report = EventReport.objects.filter(event=event).first()
    if report is not None:
        report.event = event
        if report.withheld_at is not None and report.author_id != request.user.pk:
            raise Http404
    return report


def _say(request: HttpRequest, outcome: Outcome, done: str) -> None:
    if outcome is Outcome.PUBLISH:
        messages.success(request, done)
    else:
        messages.info(request, _("Un modérateur relit ce que vous avez écrit. Vous recevrez sa réponse par e-mail."))
