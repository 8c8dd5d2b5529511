"""Everybody reads the site: in light and in dark, on a phone and on a desk, with any device."""

import pytest
from axe import complaints
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.urls("face_urls")]

LOST = "/n-existe-pas/"


@pytest.fixture(scope="module")
def address(django_db_setup, django_db_blocker):
    """The site in a thread, on the tables as they are: unlike `live_server`, nothing is emptied afterwards."""
    with django_db_blocker.unblock():
        server = LiveServer("127.0.0.1")
        yield server.url
        server.stop()


@pytest.fixture
def look(browser, address, settings, tmp_path):
    """`look(path, width=360, scheme="light")` opens a page in its own window."""
    settings.EMAIL_FILE_PATH = tmp_path
    contexts = []

    def open_page(path: str, *, width: int = 360, scheme: str = "light", **options):
        size = {"width": width, "height": 800}
        contexts.append(browser.new_context(viewport=size, color_scheme=scheme, **options))
        page = contexts[-1].new_page()
        assert page.goto(address + path).status == (404 if path == LOST else 200)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("path", ["/dev/styles/", "/dev/messages/", LOST])
def test_axe_finds_nothing(look, path):
    assert not complaints(look(path, width=360), path)


@pytest.mark.parametrize("width", [320, 640])
def test_nothing_scrolls_sideways_nor_is_cut(look, width):
    page = look("/dev/styles/", width=width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    cut = page.evaluate(
        """(width) => [...document.querySelectorAll("body *")]
            .filter((thing) => !thing.closest(".hero-mark, .visually-hidden, .tabs, .skip-link"))
            .filter((thing) => thing.getBoundingClientRect().right > width + 1)
            .map((thing) => thing.outerHTML.slice(0, 100))""",
        width,
    )
    assert cut == []


def test_what_one_presses_is_large_enough(look):
    page = look("/dev/styles/")
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, .button, .button-second, input, select, .site-nav a, summary")]
            .map((thing) => [thing.closest("label") ?? thing, thing])
            .filter(([box, thing]) => thing.type !== "hidden" && box.offsetParent)
            .filter(([box]) => !box.matches("[type=checkbox]") && box.getBoundingClientRect().height < 44)
            .map(([box]) => box.outerHTML.slice(0, 120))"""
    )
    assert small == []


def test_everything_is_there_without_javascript(look):
    page = look("/dev/styles/", java_script_enabled=False)
    assert page.locator(".share a").count() == 2
    assert not page.locator("[data-copy]").first.is_visible()


def test_the_summary_of_errors_has_the_focus(look):
    page = look("/dev/styles/")
    assert page.evaluate("document.activeElement.id") == "erreurs"


def test_filters_are_folded_on_a_phone_and_open_on_a_desk(look):
    assert not look("/dev/styles/").locator(".filters select").is_visible()
    assert look("/dev/styles/", width=1280).locator(".filters select").is_visible()


def test_the_operators_colour_is_applied(look, settings):
    settings.SITE_ACCENT = "#0a7d4f"
    page = look("/dev/styles/")
    assert page.locator(".site-header-open").evaluate("e => getComputedStyle(e).backgroundColor") == ("rgb(9, 118, 74)")
