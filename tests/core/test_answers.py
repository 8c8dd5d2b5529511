"""What every answer says of itself, and the connection it is made with."""

import time

import pytest
from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from core.middleware import ContentSecurityPolicy, Messages, htmx, public_pages
from core.postgresql.base import DatabaseWrapper


def answer(view):
    return ContentSecurityPolicy(view)(RequestFactory().get("/"))


def test_the_usual_policy_is_on_each_answer(settings):
    def view(request):
        return HttpResponse()

    kept = ContentSecurityPolicy(view)
    headers = {kept(RequestFactory().get("/"))["Content-Security-Policy"] for _ in range(3)}
    assert len(headers) == 1 and "default-src 'self'" in headers.pop()


def test_a_view_may_still_ask_for_its_own_policy():
    @csp_update({"img-src": ["https://tiles.example"]})
    def view(request):
        return HttpResponse()

    assert "https://tiles.example" in answer(view)["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("headers", "is_fragment"), [({"hx-request": "true"}, True), ({"hx-request": "no"}, False), ({}, False)]
)
def test_a_fragment_is_asked_for_by_one_header(headers, is_fragment):
    request = RequestFactory().get("/", headers=headers)
    htmx(lambda request: HttpResponse())(request)
    assert bool(request.htmx) is is_fragment
    assert "headers" not in vars(request), "the table of all of them is made for whoever reads others"


def test_what_else_htmx_says_is_read_too():
    request = RequestFactory().get("/", headers={"hx-request": "true", "hx-boosted": "true"})
    htmx(lambda request: HttpResponse())(request)
    assert request.htmx.boosted


def messages_of(view, *, cookies: dict | None = None) -> HttpResponse:
    request = RequestFactory().get("/")
    request.session = SessionStore()
    request.COOKIES |= cookies or {}
    return Messages(view)(request)


def test_what_is_to_be_told_waits_for_the_page_that_tells_it():
    """Nothing is looked for where nothing is told, and nothing is lost."""
    written = messages_of(lambda request: messages.success(request, "C’est fait.") or HttpResponse())
    kept = {CookieStorage.cookie_name: written.cookies[CookieStorage.cookie_name].value}
    assert not messages_of(lambda request: HttpResponse(), cookies=kept).cookies
    told = messages_of(lambda request: HttpResponse(", ".join(map(str, messages.get_messages(request)))), cookies=kept)
    assert told.content.decode() == "C’est fait."
    assert told.cookies[CookieStorage.cookie_name]["max-age"] == 0


def test_a_fragment_is_not_kept_in_place_of_its_page():
    ask = public_pages(lambda request: HttpResponse())
    assert "public" in ask(RequestFactory().get("/"))["Cache-Control"]
    assert "private" in ask(RequestFactory().get("/", headers={"hx-request": "true"}))["Cache-Control"]


def test_a_connection_is_checked_once_a_second(db, monkeypatch):
    connection = connections["default"]
    assert isinstance(connection, DatabaseWrapper)
    checks = []
    monkeypatch.setattr(connection, "health_check_enabled", True)
    monkeypatch.setattr(connection, "is_usable", lambda: checks.append(1) or True)
    monkeypatch.setattr(connection, "_checked_at", float("-inf"))
    for _request in range(5):
        monkeypatch.setattr(connection, "health_check_done", False)
        connection.close_if_health_check_failed()
    assert len(checks) == 1
    monkeypatch.setattr(connection, "_checked_at", time.monotonic() - 2)
    monkeypatch.setattr(connection, "health_check_done", False)
    connection.close_if_health_check_failed()
    assert len(checks) == 2


def test_a_request_of_the_same_second_asks_nothing_more(db, monkeypatch):
    connection = connections["default"]
    monkeypatch.setattr(connection, "health_check_enabled", True)
    monkeypatch.setattr(connection, "health_check_done", False)
    monkeypatch.setattr(connection, "_checked_at", time.monotonic())
    with CaptureQueriesContext(connection) as queries, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert len(queries) == 1
