"""What a visitor without a session reads is the same for all of them, and says so to caches."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

#: Seconds a shared cache may keep a public page, then serve it while it asks for a new one.
SHARED_AGE = 15
STALE_AGE = 30


def public_pages(get_response: Callable[[HttpRequest], HttpResponse]):
    """Mark as public the pages that hold nothing personal, as private all others.

    A page is public when it was read without a session, set no cookie and asked for no token: nothing to declare
    and nothing to forget. A view that set Cache-Control itself is left alone.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.has_header("Cache-Control"):
            return response
        if _is_public(request, response):
            patch_cache_control(response, public=True, max_age=0, s_maxage=SHARED_AGE, stale_while_revalidate=STALE_AGE)
        else:
            patch_cache_control(response, private=True, no_cache=True)
        return response

    return middleware


def _is_public(request: HttpRequest, response: HttpResponse) -> bool:
    return (
        request.method in ("GET", "HEAD")
        and response.status_code in (200, 301, 404, 410)
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and not response.cookies
        and "CSRF_COOKIE" not in request.META
    )
