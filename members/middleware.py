"""The door, for whoever did something while their session was over; and the day on which a member was last there."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from members.services import note_presence


def door(get_response: Callable[[HttpRequest], HttpResponse]):
    """Whoever is sent to the door comes back to the page where they were, not to the address of an act.

    An act that says with which words to come back to its own address is listened to: what was sent waits there. A
    fragment's request is answered so that the browser goes there as a whole, instead of a site within the page.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 302 or request.user.is_authenticated:
            return response
        address = resolve_url(settings.LOGIN_URL)
        parts = urlsplit(response["Location"])
        is_fragment = "HX-Request" in request.headers
        if parts.path != address or (request.method in ("GET", "HEAD") and not is_fragment):
            return response
        page = _page_of(request)
        if page and not _says_its_own(parts.query, request):
            response["Location"] = f"{address}?{urlencode({REDIRECT_FIELD_NAME: page})}"
        if is_fragment:
            return HttpResponse(headers={"HX-Redirect": response["Location"]})
        return response

    return middleware


def presence(get_response: Callable[[HttpRequest], HttpResponse]):
    """The day of a member's last visit is noted, once a day, where the page knows who reads it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        # Without a look at the session nobody was recognised: looking now would cost two queries.
        if request.session.accessed and request.user.is_authenticated:
            note_presence(request.user)
        return response

    return middleware


def _says_its_own(query: str, request: HttpRequest) -> bool:
    """Whether the door leads back to this very address with other words in it than those it was asked with."""
    address = parse_qs(query).get(REDIRECT_FIELD_NAME, [""])[0]
    parts = urlsplit(address)
    return bool(parts.query) and parts.path == request.path and address != request.get_full_path()


def _page_of(request: HttpRequest) -> str:
    """The path of our page that the request came from; "" when nothing trustworthy says it."""
    said = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(said, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(said)
    return parts._replace(scheme="", netloc="", fragment="").geturl() if parts.netloc else ""
