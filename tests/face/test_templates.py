"""Every page is made of templates that compile, hold nothing inline, and come out as valid HTML."""

import re

import html5lib
import pytest
from django.conf import settings
from django.template.loader import get_template
from django.test import RequestFactory
from django.urls import reverse

from pages import errors

TEMPLATES = settings.BASE_DIR / "templates"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
#: A message has no style sheet beside it: its colours are in its tags.
PAGES = [name for name in NAMES if not name.startswith(("emails/", "notifications/")) and "/emails/" not in name]
#: Blocks of data are not scripts: no browser runs them.
DATA = re.compile(r"""<script type="application/json"[^>]*>""")
INLINE = {
    "a style": re.compile(r"<style|\sstyle\s*=", re.IGNORECASE),
    "a script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "a handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "code for htmx to evaluate": re.compile(r"\shx-on|hx-vals\s*=\s*.js:", re.IGNORECASE),
}


def assert_valid(html: str) -> None:
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(html)
    lines = html.splitlines()
    assert not parser.errors, [(code, lines[place[0] - 1][:200]) for place, code, _ in parser.errors]
    identities = re.findall(r'\sid="([^"]*)"', html)
    assert len(identities) == len(set(identities)), sorted(i for i in identities if identities.count(i) > 1)


@pytest.mark.parametrize("name", NAMES)
def test_each_template_compiles(name):
    get_template(name)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_inline(name):
    source = DATA.sub("", re.sub(r"{#.*?#}", "", (TEMPLATES / name).read_text()))
    assert [what for what, pattern in INLINE.items() if pattern.search(source)] == []


@pytest.mark.parametrize(
    ("what", "source"),
    [
        ("a style", '<p class="x" style="color: red">'),
        ("a script", "<script>alert(1)</script>"),
        ("a script", '<script type="module">alert(1)</script>'),
        ("a handler", '<button type="button" onclick="go()">'),
        ("a javascript: address", '<a href="javascript:go()">'),
        ("code for htmx to evaluate", '<form hx-on:submit="go()">'),
    ],
)
def test_what_is_inline_would_be_seen(what, source):
    assert [name for name, pattern in INLINE.items() if pattern.search(source)] == [what]


@pytest.mark.urls("face_urls")
def test_the_style_guide_is_valid_html(visitor, db):
    assert_valid(visitor.get(reverse("dev_styles")).text)


def refusal(name: str) -> str:
    request = RequestFactory().get("/perdu/")
    return get_template(f"errors/{name}.html").render({}, request)


@pytest.mark.parametrize("name", ["400", "403", "404", "429", "csrf"])
def test_each_refusal_is_valid_html_and_shows_a_way_out(name, db):
    html = refusal(name)
    assert_valid(html)
    assert '<meta name="robots" content="noindex">' in html
    assert f'href="{reverse("home")}"' in html


def test_a_lost_visitor_may_search(db):
    assert f'action="{reverse("search")}"' in refusal("404")


def test_a_breakdown_is_told_without_database_nor_session():
    # pytest-django refuses any query here: this test did not ask for a database.
    html = errors.server_error(RequestFactory().get("/")).content.decode()
    assert_valid(html)
    assert settings.SITE_NAME in html
    assert 'href="/"' in html


def test_what_a_visitor_reads_holds_no_token(visitor, db):
    html = visitor.get("/n-existe-pas/").text
    assert "csrf" not in html
    assert reverse("account_login") in html


def test_a_member_finds_their_space_and_the_way_out(as_bob):
    html = as_bob.get("/n-existe-pas/").text
    assert_valid(html)
    assert "Mes soutiens" in html
    assert "Bob" in html
    assert "csrfmiddlewaretoken" in html
    assert "Administration" not in html
