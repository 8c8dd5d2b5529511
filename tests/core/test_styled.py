"""Styles are put in messages as their templates are loaded: as if each rendered message had been given them."""

from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from css_inline import CSSInliner
from django.conf import settings
from django.template import Context, Engine, Template
from django.template.loader import render_to_string

from core import mail, styled
from notifications.kinds import KINDS
from tests.notifications.test_notifications_messages import CONTEXT

ROOT = Path(settings.BASE_DIR, "templates")
#: Of the account, and of the outbox.
MESSAGES = sorted(
    str(path.relative_to(ROOT))
    for path in ROOT.rglob("*.html")
    if '{% extends "emails/base.html" %}' in path.read_text()
)
FULL = CONTEXT | {
    "recipient": "Alice",
    "why": "vous avez écrit",
    "stop_url": "/ne-plus-recevoir/x/",
    "mute_url": "/ne-plus-recevoir/y/",
    "settings_url": "/reglages/",
    "code": "1234 5678",
    "until": date(2026, 12, 1),
    "ends_at": date(2026, 12, 1),
    "due": date(2026, 12, 1),
}


class Elements(HTMLParser):
    """Each element with its declarations, and the words between."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found, self.words = [], []
        self.feed(html.partition("<body")[2].partition(">")[2])

    def handle_starttag(self, tag, attributes):
        style = dict(attributes).get("style") or ""
        self.found.append((tag, sorted(each.strip() for each in style.split(";") if each.strip())))

    def handle_data(self, data):
        self.words += data.split()


@pytest.fixture(scope="module")
def bare() -> Engine:
    """Gives each message as it is written, before any style is put in."""
    options = dict(settings.TEMPLATES[0]["OPTIONS"], loaders=["django.template.loaders.filesystem.Loader"])
    return Engine(dirs=[ROOT], **options)


@pytest.mark.parametrize("name", MESSAGES)
def test_each_message_is_styled_as_it_would_be_once_rendered(name, bare):
    context = mail.site() | FULL | {"lines": lines(), "total": 2, "more": 0}
    written = bare.get_template(name).render(Context(context))
    sheet = Template(Path(ROOT, styled.SHEET).read_text()).render(Context(context))
    ours = Elements(render_to_string(name, context))
    theirs = Elements(CSSInliner(extra_css=sheet, load_remote_stylesheets=False).inline(written))
    assert ours.found == theirs.found
    assert ours.words == theirs.words
    assert sum(bool(style) for _tag, style in ours.found) > 5


def lines() -> list[dict]:
    return [
        FULL | {"template": f"{kind.template}_line", "heading": "Une nouvelle", "excerpt": "Il a plu."}
        for kind in KINDS.values()
        if Path(ROOT, f"{kind.template}_line.html").exists()
    ]


def test_the_colour_of_the_site_is_the_operator_s(settings):
    settings.SITE_ACCENT = "#123456"
    html = render_to_string("members/emails/code.html", mail.site() | FULL)
    assert "border-bottom: 3px solid #123456" in html
    assert "aside" not in html


def test_pages_have_no_style_in_their_elements():
    assert not styled.is_message("pages/home.html", '{% extends "base.html" %}')
    assert not styled.is_message("emails/base.txt", "")
    assert 'style="' not in render_to_string("429.html")


def test_a_message_carries_what_a_dark_screen_needs_and_nothing_to_fetch():
    html = render_to_string("members/emails/code.html", mail.site() | FULL)
    assert "prefers-color-scheme: dark" in html
    for fetched in ("<img", "<link", "<script", "url(", "@import", "src="):
        assert fetched not in html
