"""What every answer says of itself: to caches, and to browsers."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial, wraps

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware, re_accepts_gzip
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import SimpleLazyObject, cached_property, empty
from django_htmx.middleware import HtmxDetails

from core.moulds import Poured
from core.pagecache import HOLE_HEADER, PERSONAL_COOKIES, SMALL

#: Seconds a shared cache may keep a public page, then serve it while it asks for a new one.
SHARED_AGE = 15
STALE_AGE = 30
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


def never_kept(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose answers nobody keeps. Django's `never_cache` says so in four ways, which takes a third of what an
    empty page costs; all that reads HTTP/1.1 understands the first."""

    @wraps(view)
    def answer(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response

    return answer


class Fragment(HtmxDetails):
    """Whether htmx asks, read from its header alone: django-htmx has Django make a table of them all, a fifteenth of
    what asking for a support takes."""

    def __bool__(self) -> bool:
        return self.request.META.get("HTTP_HX_REQUEST") == "true"


def htmx(get_response: Callable[[HttpRequest], HttpResponse]):
    """`request.htmx`, as django-htmx gives it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.htmx = Fragment(request)
        return get_response(request)

    return middleware


class Messages(MessageMiddleware):
    """Django's, which looks for what is to be told only where a page asks: a tenth of what an empty page costs."""

    def process_request(self, request: HttpRequest) -> None:
        request._messages = SimpleLazyObject(partial(default_storage, request))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        is_asked = request._messages._wrapped is not empty
        return super().process_response(request, response) if is_asked else response


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
        if not isinstance(response, Poured):
            return super().process_response(request, response)
        patch_vary_headers(response, ["Accept-Encoding"])
        if re_accepts_gzip.search(request.META.get("HTTP_ACCEPT_ENCODING", "")):
            response.content = response.gzip()
            response["Content-Encoding"] = "gzip"
            response["Content-Length"] = len(response.content)
            if "ETag" in response:
                response["ETag"] = f"W/{response['ETag'].removeprefix('W/')}"
        return response


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
