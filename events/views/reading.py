"""An event's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.converters import NumberedSlug
from events import silhouettes
from events.access import organises
from events.models import Event, EventReport
from events.views import coming
from moderation.access import is_moderating
from moderation.services import waiting_time
from moderation.views.withheld import withheld_page


@require_safe
def detail(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    shown = Event.objects.shown_to(request.user, moderating=is_moderating(request))
    event = shown.for_cards().filter(pk=slug.pk).first()
    if event is None:
        return _withheld(request, slug)
    if str(event.slug) != str(slug):
        return redirect(event, permanent=event.is_public)
    is_organiser = organises(event, request.user)
    silhouette = event.department and silhouettes.of(event.department, event.latitude, event.longitude)
    return render(
        request,
        "events/detail.html",
        {
            "is_organiser": is_organiser,
            "silhouette": silhouette,
            **coming.box(request, event),
            "waiting_time": None if event.published_at else waiting_time(),
            "next_dates": event.next_dates if event.series_id else [],
            **_what_happened(request, event, is_organiser=is_organiser),
        },
    )


def _withheld(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """What was public, and is withheld: when and on which ground, in the place of nothing. Raises Http404."""
    withheld = Event.objects.filter(published_at__isnull=False, withheld_at__isnull=False)
    return withheld_page(
        request,
        get_object_or_404(withheld, pk=slug.pk),
        heading=_("Cet événement est retiré"),
        way_out=reverse("agenda"),
        way_out_words=_("Voir les événements"),
    )


def _what_happened(request: HttpRequest, event: Event, *, is_organiser: bool) -> dict:
    """The report and its photos, as far as this person may read them; nothing before the end. Two queries."""
    if not event.is_over or event.cancelled_at is not None:
        return {}
    moderating = is_moderating(request)
    reports = EventReport.objects.filter(event=event)
    report = reports.shown_to(request.user, organises=is_organiser, moderating=moderating).first()
    photos = []
    if report is not None:
        report.event = event
        photos = list(report.photos.visible_to(request.user, moderating=moderating))
        for photo in photos:
            photo.report = report
    return {"report": report, "report_photos": photos}
