"""Whatever colour the operator chooses, it is read by everyone."""

import re

import pytest
from django.conf import settings as site_settings
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from pages import accent

CHANNEL = st.integers(0, 255)


@given(st.tuples(CHANNEL, CHANNEL, CHANNEL))
def test_any_accent_is_readable_on_every_paper_and_under_its_own_text(colour):
    shades = accent.shades(colour)
    for scheme, papers in (("light", accent.LIGHT_PAPERS), ("dark", accent.DARK_PAPERS)):
        shade = shades[scheme]
        grounds = [accent.parse(paper) for paper in papers] + [shade["accent-tint"]]
        for name in ("accent", "accent-strong"):
            assert all(accent.contrast(shade[name], ground) >= 4.5 for ground in grounds)
            assert accent.contrast(shade[name], shade["on-accent"]) >= 4.5


def test_a_readable_accent_is_used_as_it_is():
    assert accent.shades(accent.parse("#b4331f"))["light"]["accent"] == (180, 51, 31)


def test_short_colours_are_understood():
    assert accent.parse("#B31") == accent.parse("#bb3311")


@pytest.mark.parametrize("typed", ["red", "", "#12345", "#12345g", "b4331f", "#b4331f; } body { display: none"])
def test_what_is_not_a_colour_stops_the_start(typed):
    with pytest.raises(ImproperlyConfigured, match="SITE_ACCENT"):
        accent.accent_css(typed)


def test_the_papers_are_those_of_the_style_sheet():
    css = (site_settings.BASE_DIR / "static/css/site.css").read_text()
    light, dark = css.split("@media (prefers-color-scheme: dark)")[:2]
    for block, papers in ((light, accent.LIGHT_PAPERS), (dark, accent.DARK_PAPERS)):
        found = {name: re.search(rf"--{name}: (#\w+);", block)[1] for name in ("card", "paper", "sunk")}
        assert set(found.values()) == set(papers)
        assert found["paper"] == papers[1]


def test_browsers_keep_the_accent_until_it_changes(visitor, settings):
    address = f"/accent.css?v={accent.version()}"
    assert "immutable" in visitor.get(address)["Cache-Control"]
    settings.SITE_ACCENT = "#1d70b8"
    assert "#1b69ad" in visitor.get(address).text
    assert "immutable" not in visitor.get(address)["Cache-Control"]
    assert accent.version() not in address
