"""Addresses that ask for no session: the links of messages, and what mail providers post."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notifications import providers, stopping
from notifications.services.preferences import PreferenceRefused


@never_cache
@csrf_exempt  # The token is the secret, and mailboxes post by themselves (RFC 8058): no cookie, no session.
@require_http_methods(["GET", "HEAD", "POST"])
def stop_messages(request: HttpRequest, token: str) -> HttpResponse:
    """GET says what would stop, POST stops it, or with `encore` starts it again; repeated, the same."""
    asked = stopping.read(token)
    if asked is None:
        raise Http404
    refusal = ""
    if request.method == "POST":
        try:
            (stopping.resume if "encore" in request.POST else stopping.stop)(asked)
        except PreferenceRefused as error:
            refusal = str(error)
    context = {
        "asked": asked,
        "is_stopped": stopping.is_stopped(asked),
        "is_resumed": request.method == "POST" and "encore" in request.POST,
        "refusal": refusal,
    }
    return render(request, "notifications/stop.html", context, status=409 if refusal else 200)


@never_cache
@csrf_exempt  # The secret of the address, and the provider's own signature.
@require_http_methods(["HEAD", "POST"])
def provider_told(request: HttpRequest, provider: str, secret: str) -> HttpResponse:
    """What the operator's mail provider tells of bounces and complaints."""
    is_ours = settings.MAIL_WEBHOOK_SECRET and constant_time_compare(secret, settings.MAIL_WEBHOOK_SECRET)
    if not is_ours or provider not in settings.MAIL_PROVIDERS:
        raise Http404
    # Some ask for it once, to see whether somebody answers.
    if request.method == "POST":
        providers.receive(provider, request)
    return HttpResponse()
