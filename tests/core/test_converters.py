"""Addresses that end with a number."""

import pytest
from django.urls import resolve, reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from core.converters import numbered_slug


@given(st.text())
@settings(deadline=None)
def test_whatever_the_title_its_address_leads_to_its_number(title):
    assert resolve(reverse("event", args=[numbered_slug(title, 12)])).kwargs["slug"].pk == 12


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("L’été à Œuilly", "l-ete-a-uilly-12"),
        ("mon_jardin", "mon-jardin-12"),
        ("_", "12"),
        ("👩‍🌾", "12"),
        ("²", "2-12"),
    ],
)
def test_an_address_says_the_words_of_the_title(title, words):
    assert str(numbered_slug(title, 12)) == words
