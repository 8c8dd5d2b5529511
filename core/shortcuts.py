"""What a crowd does at once, answered before Django: the same few pages for thousands of visitors without a session.

A WSGI middleware. Such a page is poured from a mould (`core.moulds`) by a function of its own, and all that Django does
around a view, half of what the answer costs, is not done again: it gets the headers that Django gave the last one like
it, for the same host and scheme, moments ago. Nothing of Django's is written here a second time; what changes there
changes here within seconds.

A shortcut knows the usual case alone. It says None for any other, and Django then answers as if it had not been tried:
whoever has a session, a message to read, a mistake in their form, a proof to bring. It must have changed nothing then,
or nothing that being done twice would spoil.
"""

import io
import logging
import re
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.gzip import re_accepts_gzip

from core.moulds import Copy
from core.pagecache import OF_A_BODY, is_particular

#: A longer form is not one that a visitor fills.
LARGEST = 8_000
#: Seconds after which Django is asked again what its headers are.
MODEL_AGE = 15
#: How many models are kept: hosts, schemes and ways to compress are few.
_MOST = 100
#: Said by `usual` to this middleware, never to a browser.
MODEL_HEADER = "Usual-Answer"
_ASKS_FOR_A_MODEL = "core.shortcuts.asks_for_a_model"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shortcut:
    """`path` matches whole paths, and its groups are given to `answer` by name, as texts.

    `is_fragment` says whether htmx asks. What holds no secret in its path is answered only with its CSRF token.
    """

    method: str
    path: re.Pattern[str]
    is_fragment: bool
    answer: Callable[..., Copy | None]
    checks_token: bool = False


def usual(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Said by a view of its answer: the next ones like it may have its headers."""
    if _ASKS_FOR_A_MODEL in request.environ:
        response[MODEL_HEADER] = "yes"
    return response


@dataclass(frozen=True, slots=True)
class _Model:
    """What Django said around an answer, and until when it holds (monotonic seconds)."""

    headers: list[tuple[str, str]]
    is_compressed: bool
    until: float


class _CsrfCheck(CsrfViewMiddleware):
    """Django's, which says whether it refuses, and refuses nothing itself."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


class Shortcuts:
    """Wraps a WSGI application."""

    def __init__(self, application, shortcuts: Sequence[Shortcut]) -> None:
        self.application = application
        self.shortcuts = shortcuts
        self._models: dict[tuple, _Model] = {}
        self._csrf = _CsrfCheck(lambda request: HttpResponse())

    def __call__(self, environ: dict, start_response) -> Iterable[bytes]:
        shortcut, words = self._find(environ)
        if shortcut is None:
            return self.application(environ, start_response)
        key = _like(shortcut, environ)
        model = self._models.get(key)
        if model is None or model.until < time.monotonic():
            return self._learn(key, environ, start_response)
        copy = self._try(shortcut, words, environ)
        if copy is None:
            return self.application(environ, start_response)
        body = copy.gzip() if model.is_compressed else copy.plain()
        start_response("200 OK", [*model.headers, ("Content-Length", str(len(body)))])
        return [body]

    def _find(self, environ: dict) -> tuple[Shortcut | None, dict[str, str]]:
        for shortcut in self.shortcuts:
            if shortcut.method == environ["REQUEST_METHOD"]:
                found = shortcut.path.fullmatch(environ["PATH_INFO"])
                is_asked_so = environ.get("HTTP_HX_REQUEST") == ("true" if shortcut.is_fragment else None)
                if found and is_asked_so and not is_particular(environ):
                    return shortcut, found.groupdict()
        return None, {}

    def _try(self, shortcut: Shortcut, words: dict[str, str], environ: dict) -> Copy | None:
        if shortcut.method == "POST" and not _keep_form(environ):
            return None
        # As at the beginning of each of Django's requests.
        close_old_connections()
        request = WSGIRequest(environ)
        try:
            if shortcut.checks_token and not self._is_from_our_page(request):
                return None
            return shortcut.answer(request, **words)
        except (DatabaseError, BadRequest, SuspiciousOperation):
            # Django will meet it too, and has a page for it.
            return None
        except Exception as error:
            # Not its words, which may quote what somebody typed.
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("A shortcut failed: %s, %s\n%s", shortcut.answer.__name__, type(error).__name__, where)
            return None
        finally:
            if shortcut.method == "POST":
                # For Django to read.
                environ["wsgi.input"].seek(0)

    def _is_from_our_page(self, request: WSGIRequest) -> bool:
        self._csrf.process_request(request)
        return self._csrf.process_view(request, _any_view, (), {}) is None

    def _learn(self, key: tuple, environ: dict, start_response) -> Iterable[bytes]:
        """Django's answer; its headers are kept when it says that it is the usual one."""
        environ[_ASKS_FOR_A_MODEL] = True

        def start(status: str, headers: list[tuple[str, str]], *error) -> Callable:
            said = [(name, value) for name, value in headers if name != MODEL_HEADER]
            is_usual = len(said) < len(headers) and status.startswith("200")
            if is_usual and not any(name.lower() == "set-cookie" for name, _value in said):
                if len(self._models) >= _MOST:
                    self._models.clear()
                kept = [(name, value) for name, value in said if name.lower() not in OF_A_BODY]
                is_compressed = any(name.lower() == "content-encoding" for name, _value in kept)
                self._models[key] = _Model(kept, is_compressed, time.monotonic() + MODEL_AGE)
            return start_response(status, said, *error)

        return self.application(environ, start)


def _any_view() -> None:
    """Django asks a view whether it is exempt."""


def _like(shortcut: Shortcut, environ: dict) -> tuple:
    """All that Django's headers may depend on: its answers to the same are the same."""
    accepts_gzip = bool(re_accepts_gzip.search(environ.get("HTTP_ACCEPT_ENCODING", "")))
    scheme = environ.get("wsgi.url_scheme"), environ.get("HTTP_X_FORWARDED_PROTO")
    return id(shortcut), environ.get("HTTP_HOST"), *scheme, accepts_gzip


def _keep_form(environ: dict) -> bool:
    """Whether its body is a form that a visitor may fill; it is then in memory, where it can be read again."""
    length = environ.get("CONTENT_LENGTH") or "0"
    is_form = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"
    if not (length.isdecimal() and int(length) <= LARGEST and (is_form or length == "0")):
        return False
    environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))
    return True
