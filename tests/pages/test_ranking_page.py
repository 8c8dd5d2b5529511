"""`/classement/` prints the numbers by which lists are made."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from initiatives import ranking as initiatives
from pages import ranking as page
from pages.digests import slices
from search import ranking as search


def said(client) -> str:
    answer = client.get(reverse("ranking")).content.decode()
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer)))


@pytest.mark.parametrize(
    ("module", "name", "value", "sentence"),
    [
        (initiatives, "HALF_LIFE", timedelta(days=13), "moitié moins après 13 jours"),
        (initiatives, "HORIZON", timedelta(days=91), "Plus de 91 jours avant le dernier acte"),
        (initiatives, "OPENING", 23.5, "reçoit 23,5 points"),
        (initiatives, "WEIGHTS", dict.fromkeys(initiatives.Act, 7.0), "une nouvelle 7 24,2 46,6"),
        (initiatives, "PAGES", 17, "sur les 17 premières pages"),
        (initiatives, "PAGE", 33, "pages de 33"),
        (initiatives, "MOST_OF_ONE", 9, "9 initiatives au plus d’un même territoire"),
        (initiatives, "NEW_EVERY", 6, "une place sur 6"),
        (initiatives, "NEW_FOR", timedelta(days=12), "moins de 12 jours"),
        (initiatives, "TURN", timedelta(minutes=25), "un tour dure 25 minutes"),
        (initiatives, "NEAREST_KM", 77, "à moins de 77 km"),
        (page.nearby, "CIRCLES_KM", (11, 33, 99), "11 km, puis 33, puis 99"),
        (page.agenda, "NEAR_KM", 41, "Autour d’une commune : à moins de 41 km"),
        (page.contribution, "CONFIDENCE", 90, "à 90 %"),
        (search, "HALF_KM", 19, "moitié moins tous les 19 km"),
        (slices, "YOUNG", 123, "moins de 123 membres"),
    ],
)
def test_the_page_prints_the_constants_of_the_code(client, db, monkeypatch, module, name, value, sentence):
    sentence = re.sub(r"\s+", " ", sentence)
    assert sentence not in said(client)
    monkeypatch.setattr(module, name, value)
    assert sentence in said(client)


def test_it_says_what_may_lower_a_content(client, db):
    answer = said(client)
    assert "aucune page de l’administration ne le change" in answer
    assert "Ni les visites" in answer
