"""What every answer says of itself: to caches, and to browsers."""

from collections.abc import Callable
from dataclasses import asdict

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_cache_control
from django.utils.functional import cached_property

from core.pagecache import HOLE_HEADER, PERSONAL_COOKIES

#: Seconds a shared cache may keep a public page, then serve it while it asks for a new one.
SHARED_AGE = 15
STALE_AGE = 30
#: Bytes of a body that travels with its headers in two packets at most: compressed, it would take as many.
SMALL = 2_000
#: What django-csp's decorators leave on an answer.
_ASKED_BY_A_VIEW = [f"_csp_{name}{kind}" for name in ("config", "update", "replace", "exempt") for kind in ("", "_ro")]


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


class ContentSecurityPolicy(CSPMiddleware):
    """django-csp's, which makes the usual header once and not at each answer: a fifth of what an empty page costs."""

    @cached_property
    def _usual(self) -> str:
        return build_policy(**asdict(self.get_policy_parts(HttpRequest(), HttpResponse())))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        is_usual = not settings.DEBUG and getattr(request, "_csp_nonce", None) is None
        if not is_usual or any(hasattr(response, name) for name in _ASKED_BY_A_VIEW):
            return super().process_response(request, response)
        response.setdefault(HEADER, self._usual)
        return response


class Compression(GZipMiddleware):
    """Django's, but for what would gain nothing, and for what each reader's token is still to be written in."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if HOLE_HEADER in response or (not response.streaming and len(response.content) < SMALL):
            return response
        return super().process_response(request, response)


def _is_public(request: HttpRequest, response: HttpResponse) -> bool:
    return (
        request.method in ("GET", "HEAD")
        # At one address, a fragment and its page would be taken for each other.
        and "HX-Request" not in request.headers
        and response.status_code in (200, 301, 404, 410)
        and not any(name in request.COOKIES for name in PERSONAL_COOKIES)
        and not response.cookies
        and "CSRF_COOKIE" not in request.META
    )
