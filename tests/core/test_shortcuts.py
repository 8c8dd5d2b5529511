"""What a crowd does at once, answered before Django, is what Django answers."""

import io
import re
from unittest.mock import patch

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError
from django.http import HttpResponse
from django.test import RequestFactory

from core import shortcuts
from core.hot import hole
from core.moulds import Mould
from core.shortcuts import LARGEST, MODEL_AGE, MODEL_HEADER, Shortcut, Shortcuts, usual

pytestmark = pytest.mark.django_db

MOULD = Mould(f"<p>Bonjour {hole('who')}.</p>" + "<p>Le canal est long.</p>" * 200, "who")
FRAGMENT = {"HTTP_HX_REQUEST": "true"}
GZIP = {"HTTP_ACCEPT_ENCODING": "br, gzip"}


class Site:
    """Django, in two words: what it is asked, and what it answers."""

    def __init__(self) -> None:
        self.asked = []
        self.status = "200 OK"
        self.is_usual = True
        self.headers = [("Content-Type", "text/html"), ("X-Frame-Options", "DENY")]

    def __call__(self, environ, start_response):
        self.asked.append(environ["wsgi.input"].read() if environ["REQUEST_METHOD"] == "POST" else b"")
        response = HttpResponse()
        marks = usual(WSGIRequest(environ), response).headers if self.is_usual else {}
        marks = [(name, value) for name, value in marks.items() if name == MODEL_HEADER]
        zipped = [("Content-Encoding", "gzip")] if "HTTP_ACCEPT_ENCODING" in environ else []
        start_response(self.status, [*self.headers, *zipped, *marks, ("Content-Length", "6")])
        return [b"Django"]


def greet(request, who):
    return MOULD.copy(who=who)


def listen(request):
    said = request.POST.get("said")
    if said == "nothing":
        return None
    if said == "error":
        raise ZeroDivisionError(request.POST)
    if said == "database":
        raise DatabaseError
    return MOULD.copy(who=said)


READ = Shortcut("GET", re.compile("/hello/(?P<who>[a-z]+)/"), is_fragment=False, answer=greet)
SAY = Shortcut("POST", re.compile("/say/"), is_fragment=True, answer=listen, checks_token=True)


class Visitor:
    """Asks, and says what came: status, headers, body."""

    def __init__(self, application) -> None:
        self.application = application
        self.factory = RequestFactory()

    def get(self, path="/hello/zoe/", **environ):
        return self.ask(self.factory.get(path).environ | environ)

    def say(self, said, *, token="a" * 32, **environ):
        body = {"said": said, "csrfmiddlewaretoken": token}
        form = "application/x-www-form-urlencoded"
        encoded = "&".join(f"{name}={value}" for name, value in body.items())
        made = self.factory.post("/say/", encoded, content_type=form).environ
        return self.ask(made | FRAGMENT | {"HTTP_COOKIE": "csrftoken=" + "a" * 32} | environ)

    def ask(self, environ):
        said: list = []
        body = b"".join(self.application(environ, lambda status, headers, *_error: said.extend((status, headers))))
        return said[0], dict(said[1]), body


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def visitor(site):
    return Visitor(Shortcuts(site, [READ, SAY]))


def test_django_is_asked_once_and_its_headers_are_those_of_all(visitor, site):
    assert visitor.get()[2] == b"Django"
    for who in ("ana", "hugo"):
        status, headers, body = visitor.get(f"/hello/{who}/")
        assert (status, body) == ("200 OK", MOULD.copy(who=who).plain())
        assert headers == dict(site.headers) | {"Content-Length": str(len(body))}
    assert len(site.asked) == 1


def test_it_is_compressed_where_django_compresses(visitor):
    visitor.get(**GZIP)
    _status, headers, body = visitor.get(**GZIP)
    assert headers["Content-Encoding"] == "gzip"
    assert body == MOULD.copy(who="zoe").gzip()


def test_the_mark_between_the_two_never_leaves(visitor):
    assert MODEL_HEADER not in visitor.get()[1]
    assert MODEL_HEADER not in visitor.get()[1]


@pytest.mark.parametrize(
    "other",
    [
        {"HTTP_HOST": "another.example"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"wsgi.url_scheme": "https"},
        GZIP,
        FRAGMENT,
        {"HTTP_HX_REQUEST": "false"},
        {"HTTP_COOKIE": "sessionid=a"},
        {"HTTP_COOKIE": "messages=a"},
        {"HTTP_RANGE": "bytes=0-1"},
        {"HTTP_AUTHORIZATION": "Basic a"},
        {"REQUEST_METHOD": "HEAD"},
        {"PATH_INFO": "/hello/zoe/again/"},
    ],
)
def test_whatever_is_asked_otherwise_is_for_django(visitor, other):
    visitor.get()
    assert visitor.get(**other)[2] == b"Django"


@pytest.mark.parametrize(
    "change", [{"is_usual": False}, {"status": "404 Not Found"}, {"headers": [("Set-Cookie", "a=1")]}]
)
def test_only_a_usual_answer_is_a_model(visitor, site, change):
    vars(site).update(change)
    assert visitor.get()[2] == visitor.get()[2] == b"Django"


def test_django_is_asked_again_after_a_moment(visitor, site):
    visitor.get()
    site.headers = [("X-Frame-Options", "SAMEORIGIN")]
    assert visitor.get()[1]["X-Frame-Options"] == "DENY"
    later = shortcuts.time.monotonic() + MODEL_AGE + 1
    with patch.object(shortcuts.time, "monotonic", return_value=later):
        assert visitor.get()[2] == b"Django"
        assert visitor.get()[1]["X-Frame-Options"] == "SAMEORIGIN"


def test_models_of_many_hosts_take_no_more_room(visitor):
    for port in range(250):
        visitor.get(HTTP_HOST=f"x:{port}")
    assert len(visitor.application._models) <= 100


def test_a_form_is_read_from_our_page_alone(visitor, site):
    visitor.say("first")
    assert b"Bonjour ana." in visitor.say("ana")[2]
    assert visitor.say("ana", token="b" * 32)[2] == b"Django"
    assert visitor.say("ana", HTTP_COOKIE="")[2] == b"Django"
    assert visitor.say("ana", HTTP_ORIGIN="https://evil.example")[2] == b"Django"
    assert len(site.asked) == 4


@pytest.mark.parametrize("said", ["nothing", "error", "database"])
def test_what_it_leaves_to_django_is_whole(visitor, site, said, caplog):
    visitor.say("first")
    assert visitor.say(said)[2] == b"Django"
    assert f"said={said}&".encode() in site.asked[-1]
    assert ("A shortcut failed" in caplog.text) == (said == "error")
    assert "csrfmiddlewaretoken" not in caplog.text


@pytest.mark.parametrize(
    ("said", "type_"), [("a&b" * 1500, ""), ("ana", "; charset=latin-1")], ids=["too many fields", "another charset"]
)
def test_what_django_refuses_to_read_is_no_failure_of_ours(visitor, site, said, type_, caplog):
    visitor.say("first")
    form = f"application/x-www-form-urlencoded{type_}"
    assert visitor.say(said, CONTENT_TYPE=form)[2] == b"Django"
    assert "A shortcut failed" not in caplog.text


@pytest.mark.parametrize(
    "other",
    [
        {"CONTENT_TYPE": "multipart/form-data; boundary=a"},
        {"CONTENT_LENGTH": str(LARGEST + 1)},
        {"CONTENT_LENGTH": "-1"},
        {"CONTENT_LENGTH": "many"},
    ],
)
def test_what_is_no_short_form_is_left_to_django_unread(visitor, site, other):
    visitor.say("first")
    assert visitor.say("ana", **other)[2] == b"Django"
    assert b"said=ana" in site.asked[-1]


def test_a_button_without_fields_has_no_body(visitor, site):
    push = Shortcut("POST", re.compile("/push/"), is_fragment=True, answer=lambda request: MOULD.copy(who="you"))
    visitor.application.shortcuts = [push]
    empty = visitor.factory.generic("POST", "/push/").environ | FRAGMENT
    for environ in (empty, empty | {"CONTENT_LENGTH": "", "CONTENT_TYPE": ""}):
        visitor.ask(empty | {"wsgi.input": io.BytesIO()})
        assert b"Bonjour you." in visitor.ask(environ | {"wsgi.input": io.BytesIO()})[2]
