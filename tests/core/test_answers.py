"""What every answer says of itself, and the connection it is made with."""

import time

from csp.decorators import csp_update
from django.db import connections
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from core.middleware import ContentSecurityPolicy, public_pages
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
