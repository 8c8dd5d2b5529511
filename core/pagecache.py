"""Public pages kept in memory before Django: what a visitor without a session reads is the same for all of them.

A WSGI middleware. It keeps only what the site itself marked as public (`core.middleware.public_pages`), for as long as
it said. A page that is read all the time is made again by a thread of its own, and nobody waits for it: until then, for
seconds at most, readers get the one before. Each process has its own pages.

A form is the same for all visitors too, but for its CSRF token (`with_token`): it is kept for seconds, and each gets a
token of their own.

Small pages that differ by what their query asks and by nothing else, as the communes of a postcode, are made here by
the function given for their path, once one of them was kept: a crowd asks for thousands of them once each.
"""

import io
import logging
import queue
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cachetools import LRUCache
from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse, parse_cookie
from django.middleware.csrf import get_token
from django.utils.cache import cc_delim_re, patch_vary_headers

#: A larger page is sent on and not kept.
LARGEST = 256 * 1024
#: Bytes of a body that travels with its headers in two packets at most: compressed, it would take as many.
SMALL = 2_000
#: Whoever brings one of them is somebody, or has something to read that others have not.
PERSONAL_COOKIES = (settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name)
#: Seconds during which readers get the page before, while it is made again; a page older than that is made at once.
_PATIENCE = 10
logger = logging.getLogger(__name__)

_SHARED = re.compile(r"\bs-maxage=(\d+)")
_KNOWN_TO_VARY = {"cookie", "accept-encoding", "hx-request"}
#: Requests that ask for something else than the page itself.
_PARTICULAR = ("HTTP_RANGE", "HTTP_AUTHORIZATION")
#: Headers that belong to one body.
OF_A_BODY = {"etag", "content-length"}
#: Said by `with_token` to the cache before it, never to a browser: what stands for the token in the page.
HOLE_HEADER = "Token-Hole"
#: In the environment of a request that has such a cache before it.
_FILLS_TOKENS = "core.pagecache.fills_tokens"
#: What the cookie may hold; Django made it, or we did.
_CSRF_SECRET = re.compile(r"[a-zA-Z0-9]{32}")


def with_token(request: HttpRequest, page: str, *, hole: str) -> HttpResponse:
    """A page that is the same for every visitor but for their CSRF token, for which `hole` stands in it.

    Read without a session, it is kept before Django for HOT_SECONDS. It must show nothing else that is somebody's own.
    """
    if _FILLS_TOKENS not in request.environ:
        return HttpResponse(page.replace(hole, get_token(request)))
    response = HttpResponse(page, headers={HOLE_HEADER: hole})
    patch_vary_headers(response, ["Cookie"])
    # Django's own cookie, but for its value.
    _give_cookie(response, hole)
    return response


def _give_cookie(response: HttpResponse, secret: str) -> None:
    response.set_cookie(
        settings.CSRF_COOKIE_NAME,
        secret,
        max_age=settings.CSRF_COOKIE_AGE,
        domain=settings.CSRF_COOKIE_DOMAIN,
        path=settings.CSRF_COOKIE_PATH,
        secure=settings.CSRF_COOKIE_SECURE,
        httponly=settings.CSRF_COOKIE_HTTPONLY,
        samesite=settings.CSRF_COOKIE_SAMESITE,
    )


@dataclass
class _Kept:
    """One page, as it goes over the wire; `until` and `renewed_at` are monotonic seconds."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    etag: str
    until: float
    renewed_at: float = 0.0
    #: What stands for the CSRF token, in the body and in the cookie; empty for a page without.
    hole: str = ""


class PageCache:
    """Wraps a WSGI application; `megabytes` of pages are kept, the least recently read leave first.

    `made_here` gives, by path, what makes the body of a page from its query; None leaves it to the application.
    """

    def __init__(
        self, application, *, megabytes: int, made_here: Mapping[str, Callable[[str], str | None]] | None = None
    ) -> None:
        self.application = application
        self.made_here = made_here or {}
        self._pages: LRUCache = LRUCache(megabytes * 1024 * 1024, getsizeof=lambda page: len(page.body) + 1024)
        self._lock = threading.Lock()
        self._over: queue.SimpleQueue[tuple[tuple, dict]] = queue.SimpleQueue()
        self._maker: threading.Thread | None = None

    def __call__(self, environ: dict, start_response) -> Iterable[bytes]:
        if not _may_be_shared(environ):
            return self.application(environ, start_response)
        environ[_FILLS_TOKENS] = True
        key = _key(environ)
        page, is_over = self._find(key)
        if page is None:
            page = self._make_here(key, environ)
        if page is None:
            return self._make(key, environ, start_response)
        if is_over:
            # Without what belongs to the connection: it will have been answered.
            self._over.put((key, environ | {"wsgi.input": io.BytesIO()}))
        return _send(page, environ, start_response)

    def _find(self, key: tuple) -> tuple[_Kept | None, bool]:
        """The page, or None when this request must make it; and whether this request must have it made again."""
        now = time.monotonic()
        with self._lock:
            page = self._pages.get(key)
            if page is None:
                return None, False
            if now < page.until or now < page.renewed_at + _PATIENCE:
                return page, False
            page.renewed_at = now
            if now >= page.until + _PATIENCE:
                return None, False
            if self._maker is None:
                # Not sooner: a server may fork between loading the site and serving it.
                self._maker = threading.Thread(target=self._make_again, daemon=True)
                self._maker.start()
            return page, True

    def _make_here(self, key: tuple, environ: dict) -> _Kept | None:
        """The page of a path of `made_here`, with the headers of the last of them that the application made."""
        make = self.made_here.get(environ["PATH_INFO"])
        like = make and self._find(_of_any_query(key))[0]
        made = make(environ["QUERY_STRING"]) if like else None
        if made is None:
            return None
        body = made.encode()
        if len(body) >= SMALL:
            # To be compressed.
            return None
        headers = [(name, value) for name, value in like.headers if name.lower() not in OF_A_BODY]
        headers.append(("Content-Length", str(len(body))))
        page = _Kept(like.status, headers, body, etag="", until=like.until)
        with self._lock:
            self._pages[key] = page
        return page

    def _make_again(self) -> None:
        """The life of the thread: pages whose time is over, one after another."""
        while True:
            key, environ = self._over.get()
            try:
                chunks = self._make(key, environ, lambda *said: None)
                if hasattr(chunks, "close"):
                    chunks.close()
            except Exception:
                logger.exception("A page could not be made again: %s", environ.get("PATH_INFO"))

    def _make(self, key: tuple, environ: dict, start_response) -> Iterable[bytes]:
        # A reader who already holds the page gets 304 from us; Django is asked for the page itself, to keep it.
        asked = {name: value for name, value in environ.items() if name != "HTTP_IF_NONE_MATCH"}
        answer: dict = {}

        def collect(status, headers, exc_info=None):
            answer.update(status=status, headers=headers, exc_info=exc_info)

        chunks = self.application(asked, collect)
        hole = _take_hole(answer)
        age = settings.HOT_SECONDS if hole else _shared_age(answer)
        if not age and not hole:
            # What is no longer public is no longer given; a failure of ours may pass.
            if not answer["status"].startswith("5"):
                with self._lock:
                    self._pages.pop(key, None)
            start_response(answer["status"], answer["headers"], *filter(None, [answer["exc_info"]]))
            return chunks
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        etag = dict(answer["headers"]).get("ETag", "")
        page = _Kept(answer["status"], answer["headers"], body, etag, time.monotonic() + age, hole=hole)
        if age and len(body) <= LARGEST:
            with self._lock:
                self._pages[key] = page
                if environ["PATH_INFO"] in self.made_here and "Content-Encoding" not in dict(answer["headers"]):
                    self._pages[_of_any_query(key)] = page
        return _send(page, environ, start_response)


def _may_be_shared(environ: dict) -> bool:
    return environ["REQUEST_METHOD"] == "GET" and not is_particular(environ)


def is_particular(environ: dict) -> bool:
    """Whether it brings somebody's own cookies, or asks for something else than the page itself."""
    cookies = environ.get("HTTP_COOKIE", "")
    return any(f"{name}=" in cookies for name in PERSONAL_COOKIES) or any(name in environ for name in _PARTICULAR)


def _key(environ: dict) -> tuple:
    return (
        environ.get("wsgi.url_scheme"),
        environ.get("HTTP_X_FORWARDED_PROTO"),
        environ.get("HTTP_HOST"),
        environ.get("PATH_INFO"),
        environ.get("QUERY_STRING"),
        "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""),
        # A fragment and its page are two.
        "HTTP_HX_REQUEST" in environ,
    )


def _of_any_query(key: tuple) -> tuple:
    return (*key[:4], None, *key[5:])


def _shared_age(answer: dict) -> int:
    """Seconds for which anyone may be given this answer; 0 when it is somebody's own."""
    headers = {name.lower(): value for name, value in answer["headers"]}
    found = _SHARED.search(headers.get("cache-control", ""))
    if not (answer["status"].startswith("200") and found and "set-cookie" not in headers):
        return 0
    varies = {name.lower() for name in cc_delim_re.split(headers.get("vary", "")) if name}
    return int(found[1]) if varies <= _KNOWN_TO_VARY else 0


def _take_hole(answer: dict) -> str:
    """What stands for the token in this answer, which does not say it any more; "" when nothing does."""
    hole = next((value for name, value in answer["headers"] if name == HOLE_HEADER), "")
    if hole:
        # Its length and its tag are those of each reader's own.
        dropped = {HOLE_HEADER.lower(), *OF_A_BODY}
        answer["headers"] = [(name, value) for name, value in answer["headers"] if name.lower() not in dropped]
    return hole


def _send_with_token(page: _Kept, environ: dict, start_response) -> Iterable[bytes]:
    """The secret itself, as Django accepts it: it masks it in compressed answers, where it could be guessed."""
    secret = parse_cookie(environ.get("HTTP_COOKIE", "")).get(settings.CSRF_COOKIE_NAME, "")
    if not _CSRF_SECRET.fullmatch(secret):
        secret = secrets.token_hex(16)
    body = page.body.replace(page.hole.encode(), secret.encode())
    headers = [(name, value.replace(page.hole, secret)) for name, value in page.headers]
    start_response(page.status, [*headers, ("Content-Length", str(len(body)))])
    return [body]


def _send(page: _Kept, environ: dict, start_response) -> Iterable[bytes]:
    if page.hole:
        return _send_with_token(page, environ, start_response)
    held = environ.get("HTTP_IF_NONE_MATCH", "")
    if page.etag and page.etag.removeprefix("W/") in (each.strip().removeprefix("W/") for each in held.split(",")):
        kept = [(name, value) for name, value in page.headers if name.lower() not in ("content-length", "content-type")]
        start_response("304 Not Modified", kept)
        return []
    start_response(page.status, page.headers)
    return [page.body]
