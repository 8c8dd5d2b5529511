"""An event's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from core.converters import NumberedSlug
from events import silhouettes
from events.models import Event
from events.views import coming
from moderation.access import is_moderating
from moderation.services import waiting_time


@require_safe
def detail(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    event = get_object_or_404(
        Event.objects.visible_to(request.user, moderating=is_moderating(request)).for_page(request.user), pk=slug.pk
    )
    if str(event.slug) != str(slug):
        return redirect(event, permanent=event.is_public)
    silhouette = event.department and silhouettes.of(event.department, event.latitude, event.longitude)
    return render(
        request,
        "events/detail.html",
        {
            "event": event,
            "is_organiser": event.author_id is not None and request.user.pk == event.author_id,
            "silhouette": silhouette,
            **coming.box(request, event),
            "waiting_time": None if event.published_at else waiting_time(),
        },
    )
