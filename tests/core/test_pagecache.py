"""Public pages kept before Django."""

import io
import re
import threading
import time

import pytest
from django.conf import settings as project
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client
from django.urls import reverse

from core.pagecache import HOLE_HEADER, LARGEST, PageCache, with_token

PUBLIC = "public, max-age=0, s-maxage=15"


class Application:
    """Answers with its own count; `headers` and `status` are what a test wants them to be."""

    def __init__(self) -> None:
        self.calls = 0
        self.status = "200 OK"
        self.headers = {"Cache-Control": PUBLIC, "ETag": 'W/"one"', "Vary": "Cookie, Accept-Encoding"}
        self.size = 0
        self.asked = None

    def __call__(self, environ, start_response):
        self.calls += 1
        self.asked = environ
        start_response(self.status, list(self.headers.items()))
        return [f"page {self.calls}".encode(), b"." * self.size]


@pytest.fixture
def application():
    return Application()


@pytest.fixture
def get(application):
    cache = PageCache(application, megabytes=1)

    def ask(path="/", **environ) -> tuple[str, bytes]:
        said = []
        request = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "HTTP_HOST": "x"} | environ
        body = b"".join(cache(request, lambda status, headers, exc_info=None: said.append(status)))
        return said[0], body

    return ask


def test_a_public_page_is_made_once(get, application):
    assert get() == get() == ("200 OK", b"page 1")
    assert application.calls == 1


@pytest.mark.parametrize(
    "different",
    [
        {"path": "/autre/"},
        {"QUERY_STRING": "q=1"},
        {"HTTP_HOST": "y"},
        {"HTTP_ACCEPT_ENCODING": "gzip"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_HX_REQUEST": "true"},
    ],
)
def test_another_request_gets_another_page(get, different):
    get()
    assert get(**different)[1] == b"page 2"


@pytest.mark.parametrize(
    "particular",
    [
        {"HTTP_COOKIE": "a=b; sessionid=abc"},
        {"HTTP_COOKIE": "a=b; messages=abc"},
        {"REQUEST_METHOD": "POST"},
        {"REQUEST_METHOD": "HEAD"},
        {"HTTP_RANGE": "bytes=0-1"},
        {"HTTP_AUTHORIZATION": "Basic x"},
    ],
)
def test_what_is_somebodys_own_is_neither_kept_nor_given(get, particular):
    assert get(**particular)[1] == b"page 1"
    assert get()[1] == b"page 2"
    assert get(**particular)[1] == b"page 3"


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "private, no-cache"},
        {"Cache-Control": "public, max-age=60"},
        {"Cache-Control": PUBLIC, "Set-Cookie": "a=b"},
        {"Cache-Control": PUBLIC, "Vary": "Accept-Language"},
        {"Cache-Control": PUBLIC, "Vary": "*"},
        {},
    ],
)
def test_what_the_site_did_not_mark_public_is_not_kept(get, application, headers):
    application.headers = headers
    get()
    assert get()[1] == b"page 2"


@pytest.mark.parametrize("status", ["404 Not Found", "302 Found", "500 Internal Server Error"])
def test_only_a_page_that_is_there_is_kept(get, application, status):
    application.status = status
    get()
    assert get()[1] == b"page 2"


def test_who_holds_the_page_is_told_so(get, application):
    assert get(HTTP_IF_NONE_MATCH='W/"one"') == ("304 Not Modified", b"")
    assert get(HTTP_IF_NONE_MATCH='"zero", "one"')[0] == "304 Not Modified"
    assert get(HTTP_IF_NONE_MATCH='"zero"')[0] == "200 OK"
    assert "HTTP_IF_NONE_MATCH" not in application.asked
    assert application.calls == 1


@pytest.fixture
def now(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("core.pagecache.time.monotonic", lambda: now[0])
    return now


def until(condition) -> bool:
    """Whether it came true, in the time that a thread may take on a busy machine."""
    deadline = time.perf_counter() + 5
    while not condition() and time.perf_counter() < deadline:
        time.sleep(0.005)
    return condition()


def test_a_page_read_all_the_time_is_made_again_while_nobody_waits(now):
    made, go_on = Application(), threading.Event()

    def application(environ, start_response):
        if made.calls:
            go_on.wait(5)
        return made(environ, start_response)

    cache = PageCache(application, megabytes=1)

    def get():
        request = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "", "HTTP_HOST": "x"}
        return b"".join(cache(request, lambda *said: None))

    get()
    now[0] += 14
    assert get() == b"page 1"
    now[0] += 2
    # The first too: this very thread would otherwise wait for itself.
    assert [get(), get(), get()] == [b"page 1"] * 3
    go_on.set()
    assert until(lambda: get() == b"page 2")
    assert made.calls == 2


def test_a_page_nobody_read_for_a_while_is_made_at_once(get, now):
    get()
    now[0] += 26
    assert get()[1] == b"page 2"


def test_a_page_of_long_ago_is_made_by_one_request_while_the_others_get_the_one_before(now):
    slow, wait = Application(), threading.Event()
    entered = threading.Event()

    def application(environ, start_response):
        if slow.calls:
            entered.set()
            wait.wait(5)
        return slow(environ, start_response)

    cache = PageCache(application, megabytes=1)
    request = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "", "HTTP_HOST": "x"}

    def get():
        return b"".join(cache(dict(request), lambda *said: None))

    get()
    now[0] += 60
    made = []
    maker = threading.Thread(target=lambda: made.append(get()))
    maker.start()
    assert entered.wait(5)
    assert get() == b"page 1"
    wait.set()
    maker.join(5)
    assert made == [b"page 2"]
    assert get() == b"page 2"


def test_a_failure_to_make_it_again_is_seen_once_the_page_is_too_old(get, application, now):
    get()
    now[0] += 20
    application.status = "500 Internal Server Error"
    assert get() == ("200 OK", b"page 1")
    assert until(lambda: application.calls == 2)
    assert get() == ("200 OK", b"page 1")
    now[0] += 11
    assert get()[0] == "500 Internal Server Error"


def test_an_accident_of_the_thread_does_not_end_it(get, application, now):
    get()
    now[0] += 16
    headers, application.headers = application.headers, None
    assert get()[1] == b"page 1"
    assert until(lambda: application.calls == 2)
    application.headers = headers
    get(path="/autre/")
    now[0] += 16
    assert get(path="/autre/")[1] == b"page 3"
    assert until(lambda: get(path="/autre/")[1] == b"page 4")


def test_a_page_withdrawn_is_no_longer_given(get, application, now):
    get()
    now[0] += 20
    application.status = "404 Not Found"
    get()
    assert until(lambda: get()[0] == "404 Not Found")
    assert get()[0] == "404 Not Found"


def test_a_huge_page_is_sent_and_not_kept(get, application):
    application.size = LARGEST
    get()
    assert get()[1].startswith(b"page 2")


# --- A form, the same for all but for its token ----------------------------------------------------------------------

# --- Small pages of one path ------------------------------------------------------------------------------------------


@pytest.fixture
def ask_for(application):
    """`ask_for("35500")`: what the page cache answers to this query; it knows those of Ille-et-Vilaine by itself."""
    said = {}

    def made(query: str) -> str | None:
        ask.made.append(query)
        return f"communes of {query}" * (300 if query == "35999" else 1) if query.startswith("35") else None

    cache = PageCache(application, megabytes=1, made_here={"/communes/": made})

    def ask(query: str, path: str = "/communes/", **environ) -> tuple[bytes, dict]:
        request = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "x"} | environ
        body = b"".join(cache(request, lambda status, headers, exc_info=None: said.update(headers=dict(headers))))
        return body, said["headers"]

    ask.made = []
    return ask


def test_once_one_was_made_the_others_of_its_path_are_made_before_the_site(ask_for, application):
    assert ask_for("35500")[0] == b"page 1"
    assert ask_for("35300")[0] == b"communes of 35300"
    assert application.calls == 1


def test_each_of_them_is_made_once(ask_for, application):
    ask_for("35500")
    assert ask_for("35300") == ask_for("35300")
    assert ask_for.made == ["35300"]


def test_they_have_the_headers_of_the_first_but_for_those_of_its_body(ask_for, application):
    application.headers["Content-Length"] = "6"
    application.headers["Content-Security-Policy"] = "default-src 'self'"
    ask_for("35500")
    body, headers = ask_for("35300")
    assert headers["Content-Security-Policy"] == "default-src 'self'"
    assert headers["Content-Length"] == str(len(body)) and "ETag" not in headers


@pytest.mark.parametrize("query", ["75001", "35999", ""])
def test_what_is_not_known_here_or_is_to_be_compressed_is_left_to_the_site(ask_for, query):
    ask_for("35500")
    assert ask_for(query)[0].startswith(b"page 2")


@pytest.mark.parametrize(
    "particular", [{"HTTP_COOKIE": f"{project.SESSION_COOKIE_NAME}=a"}, {"HTTP_HX_REQUEST": "true"}, {"path": "/"}]
)
def test_another_kind_of_request_is_left_to_the_site(ask_for, particular):
    ask_for("35500")
    assert ask_for("35300", **particular)[0] == b"page 2"


def test_those_of_a_compressed_page_are_not_said_to_be(ask_for, application):
    application.headers["Content-Encoding"] = "gzip"
    ask_for("35500")
    assert ask_for("35300")[0] == b"page 2"


def test_when_the_first_is_too_old_the_site_is_asked_again(ask_for, now):
    ask_for("35500")
    now[0] += 100
    assert ask_for("35300")[0] == b"page 2"


FORM = '<form method="post"><input name="csrfmiddlewaretoken" value="TOKENHOLE"></form>'


@pytest.fixture
def form(settings):
    """`form(cookie="")`: headers and text of a form read before Django, and how often Django made it."""
    settings.HOT_SECONDS = 60
    made = []

    def view(environ, start_response):
        request = WSGIRequest(environ)
        response = with_token(request, FORM, hole="TOKENHOLE")
        response["ETag"] = '"same"'
        response["Content-Length"] = str(len(FORM))
        made.append(1)
        cookies = [("Set-Cookie", morsel.OutputString()) for morsel in response.cookies.values()]
        start_response("200 OK", [*response.items(), *cookies])
        return [response.content]

    cache = PageCache(view, megabytes=1)

    def ask(cookie="", **environ):
        said = {}

        def start(status, headers, exc_info=None):
            said.update(status=status, headers=dict(headers))

        request = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/f/",
            "QUERY_STRING": "",
            "HTTP_HOST": "x",
            "SERVER_NAME": "x",
        }
        request |= {"SERVER_PORT": "80", "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http"}
        body = b"".join(cache(request | ({"HTTP_COOKIE": cookie} if cookie else {}) | environ, start))
        return said["headers"], body.decode()

    ask.made = made
    return ask


def token_of(text: str) -> str:
    return re.search(r'value="(\w+)"', text)[1]


def test_each_reader_of_a_kept_form_has_a_token_of_their_own(form):
    answers = [form() for _ in range(3)]
    assert len(form.made) == 1
    assert len({token_of(text) for _headers, text in answers}) == 3
    for headers, text in answers:
        assert f"csrftoken={token_of(text)};" in headers["Set-Cookie"]
        assert "TOKENHOLE" not in text + str(headers)
        assert headers["Content-Length"] == str(len(text))
        assert "Cookie" in headers["Vary"]
        assert not {HOLE_HEADER, "ETag"} & set(headers)


def test_who_has_a_token_keeps_it(form):
    secret = "a1" * 16
    headers, text = form(cookie=f"other=1; csrftoken={secret}")
    assert token_of(text) == secret
    assert f"csrftoken={secret};" in headers["Set-Cookie"]


@pytest.mark.parametrize("cookie", ["csrftoken=", "csrftoken=<b>", "csrftoken=" + "é" * 32, "csrftoken=" + "a" * 64])
def test_a_token_that_nobody_made_is_replaced(form, cookie):
    assert re.fullmatch("[0-9a-f]{32}", token_of(form(cookie=cookie)[1]))


def test_nothing_answers_that_the_form_has_not_changed(form):
    form()
    assert form(HTTP_IF_NONE_MATCH='"same"')[1] != ""


def test_a_member_s_form_is_made_for_them(form):
    for _ in range(2):
        headers, text = form(cookie=f"{project.SESSION_COOKIE_NAME}=abc")
        assert len(token_of(text)) == 64
        assert HOLE_HEADER not in headers
    assert len(form.made) == 2


def test_django_takes_the_token_that_was_filled_in(form, initiative):
    secret = token_of(form()[1])
    address = reverse("initiative_support", args=[initiative.slug])
    for cookie, status in ((secret, 200), ("b" * 32, 403)):
        client = Client(enforce_csrf_checks=True)
        client.cookies[project.CSRF_COOKIE_NAME] = cookie
        assert client.post(address, {"csrfmiddlewaretoken": secret}).status_code == status
