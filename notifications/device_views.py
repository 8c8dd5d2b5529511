"""The devices of a member, in their settings; what browsers read to be told; where a click on what they show leads."""

from contextlib import suppress

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from notifications.models import Notification
from notifications.services import devices

#: What a browser says of its subscription, as it names it.
_SAID = ("endpoint", "p256dh", "auth")


@login_required
@require_POST
def enable(request: HttpRequest) -> HttpResponse:
    said = {name: request.POST.get(name, "") for name in _SAID}
    try:
        devices.enable(
            request.user,
            session_key=request.session.session_key,
            user_agent=request.headers.get("User-Agent", ""),
            **said,
        )
    except devices.DeviceRefused as refusal:
        messages.error(request, refusal.message, extra_tags="appareils")
    else:
        messages.success(request, _("C’est fait : cet appareil sera prévenu."), extra_tags="appareils")
    return _back()


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Twice, it is said once."""
    if devices.remove(request.user, pk):
        messages.success(request, _("Cet appareil ne sera plus prévenu."), extra_tags="appareils")
    return _back()


# What it asks for is known to its browser alone: no other site can ask it in a member's name.
@csrf_exempt
@require_POST
def renew(request: HttpRequest) -> HttpResponse:
    """A browser says by itself, without a page, that its service gave it another address."""
    if request.user.is_authenticated:
        said = {name: request.POST.get(name, "") for name in _SAID}
        # Refused, it is told nothing, and the page of its settings offers to tell it.
        with suppress(devices.DeviceRefused):
            devices.renew(request.user, former=request.POST.get("former", ""), **said)
    return HttpResponse(status=204)


@login_required
@require_GET
def open_notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Seen, then to the page that it is about."""
    row = get_object_or_404(Notification, recipient=request.user, pk=pk)
    Notification.objects.filter(pk=row.pk, seen_at=None).update(seen_at=timezone.now())
    return redirect(_page_of(row))


@require_GET
@cache_control(public=True, max_age=0, must_revalidate=True)
def worker(request: HttpRequest) -> HttpResponse:
    """What a browser keeps, to show what it is told while no page is open. At the root: it serves them all."""
    return render(request, "notifications/sw.js", content_type="text/javascript; charset=utf-8")


@require_GET
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """What a telephone reads to put the site on its screen: an iPhone tells only the sites that are there."""
    return JsonResponse(
        {
            "name": settings.SITE_NAME,
            "short_name": settings.SITE_NAME,
            "lang": settings.LANGUAGE_CODE,
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#fbf7f0",
            "theme_color": "#fbf7f0",
            "icons": [
                {"src": static("img/icon-180.png"), "sizes": "180x180", "type": "image/png"},
                {"src": static("img/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            ],
        },
        content_type="application/manifest+json",
    )


def _page_of(row: Notification) -> str:
    """A path of ours: contexts hold no other."""
    return row.context.get("url") or reverse("notifications")


def _back() -> HttpResponse:
    return redirect(f"{reverse('settings_messages')}#appareils")
