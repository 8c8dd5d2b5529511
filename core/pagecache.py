"""Public pages kept in memory before Django: what a visitor without a session reads is the same for all of them.

A WSGI middleware. It keeps only what the site itself marked as public (`core.middleware.public_pages`), for as long as
it said. A page that is read all the time is made again by a thread of its own, and nobody waits for it: until then, for
seconds at most, readers get the one before. Each process has its own pages.
"""

import io
import logging
import queue
import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from cachetools import LRUCache
from django.conf import settings
from django.utils.cache import cc_delim_re

#: A larger page is sent on and not kept.
LARGEST = 256 * 1024
#: Seconds during which readers get the page before, while it is made again; a page older than that is made at once.
_PATIENCE = 10
logger = logging.getLogger(__name__)

_SHARED = re.compile(r"\bs-maxage=(\d+)")
_KNOWN_TO_VARY = {"cookie", "accept-encoding", "hx-request"}
#: Requests that ask for something else than the page itself.
_PARTICULAR = ("HTTP_RANGE", "HTTP_AUTHORIZATION")


@dataclass
class _Kept:
    """One page, as it goes over the wire; `until` and `renewed_at` are monotonic seconds."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    etag: str
    until: float
    renewed_at: float = 0.0


class PageCache:
    """Wraps a WSGI application; `megabytes` of pages are kept, the least recently read leave first."""

    def __init__(self, application, *, megabytes: int) -> None:
        self.application = application
        self._pages: LRUCache = LRUCache(megabytes * 1024 * 1024, getsizeof=lambda page: len(page.body) + 1024)
        self._lock = threading.Lock()
        self._over: queue.SimpleQueue[tuple[tuple, dict]] = queue.SimpleQueue()
        self._maker: threading.Thread | None = None

    def __call__(self, environ: dict, start_response) -> Iterable[bytes]:
        if not _may_be_shared(environ):
            return self.application(environ, start_response)
        key = _key(environ)
        page, is_over = self._find(key)
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
        age = _shared_age(answer)
        if not age:
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
        page = _Kept(answer["status"], answer["headers"], body, etag, time.monotonic() + age)
        if len(body) <= LARGEST:
            with self._lock:
                self._pages[key] = page
        return _send(page, environ, start_response)


def _may_be_shared(environ: dict) -> bool:
    return (
        environ["REQUEST_METHOD"] == "GET"
        and f"{settings.SESSION_COOKIE_NAME}=" not in environ.get("HTTP_COOKIE", "")
        and not any(name in environ for name in _PARTICULAR)
    )


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


def _shared_age(answer: dict) -> int:
    """Seconds for which anyone may be given this answer; 0 when it is somebody's own."""
    headers = {name.lower(): value for name, value in answer["headers"]}
    found = _SHARED.search(headers.get("cache-control", ""))
    if not (answer["status"].startswith("200") and found and "set-cookie" not in headers):
        return 0
    varies = {name.lower() for name in cc_delim_re.split(headers.get("vary", "")) if name}
    return int(found[1]) if varies <= _KNOWN_TO_VARY else 0


def _send(page: _Kept, environ: dict, start_response) -> Iterable[bytes]:
    held = environ.get("HTTP_IF_NONE_MATCH", "")
    if page.etag and page.etag.removeprefix("W/") in (each.strip().removeprefix("W/") for each in held.split(",")):
        kept = [(name, value) for name, value in page.headers if name.lower() not in ("content-length", "content-type")]
        start_response("304 Not Modified", kept)
        return []
    start_response(page.status, page.headers)
    return [page.body]
