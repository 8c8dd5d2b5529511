"""What the site says of itself."""

import pytest
from cast import new_event, new_initiative
from django.core.cache import caches
from django.urls import reverse

from pages.context import holds_demonstration
from territories.models import Commune


def test_the_source_is_linked_when_the_operator_publishes_it(visitor, db, settings):
    assert "Code source" not in visitor.get(reverse("legal")).content.decode()
    settings.SITE_SOURCE = "https://exemple.fr/code"
    assert visitor.get(reverse("legal")).content.decode().count('href="https://exemple.fr/code"') == 2


def test_health_is_the_databases_and_is_kept_by_nobody(visitor, db):
    answer = visitor.get(reverse("health"))
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer["Cache-Control"]


def test_the_banner_says_when_people_are_invented(visitor, bob):
    assert "demonstration-banner" not in visitor.get("/").content.decode()
    bob.is_demonstration = True
    bob.save()
    # Asked once a minute: forget the answer.
    caches["local"].clear()
    assert holds_demonstration()
    assert "demonstration-banner" in visitor.get("/").content.decode()


def test_a_place_without_a_doubt_leads_to_its_page(visitor, db):
    assert visitor.get(reverse("find_place"), {"lieu": "vitré"}).url == "/territoires/35360-vitre/"


def test_several_places_are_a_choice(visitor, db):
    text = visitor.get(reverse("find_place"), {"lieu": "35500"}).content.decode()
    assert 'href="/territoires/35360-vitre/"' in text
    assert text.count('href="/territoires/') > 2


def test_a_place_of_another_spelling_is_offered_and_never_taken(visitor, db):
    answer = visitor.get(reverse("find_place"), {"lieu": "trifouilly"})
    text = answer.content.decode()
    assert answer.status_code == 200 and "Nous n’avons pas trouvé «\u202ftrifouilly\u202f»." in text
    assert "Bouilly (Aube)" in text


def test_an_unknown_place_is_said_and_what_was_typed_is_kept(visitor, db):
    text = visitor.get(reverse("find_place"), {"lieu": "Trifouillis <b>"}).content.decode()
    assert "Nous ne connaissons pas" in text
    assert "Trifouillis &lt;b&gt;" in text


@pytest.mark.parametrize("path", ["35360-autre-nom", "35360-"])
def test_a_place_has_one_address(visitor, db, path):
    answer = visitor.get(f"/territoires/{path}/")
    assert (answer.status_code, answer.url) == (301, "/territoires/35360-vitre/")


def test_a_place_shows_its_own_first_then_its_neighbours(visitor, alice, vitre, initiative, event):
    rennes = Commune.objects.select_related("department__region").get(code="35238")
    there = new_initiative(alice, rennes, title="Une passerelle sur la Vilaine")
    national = new_initiative(alice, title="Un train de nuit pour chaque région")
    meeting = new_event(alice, rennes, title="Une balade au bord de l’eau")
    text = visitor.get(vitre.get_absolute_url()).content.decode()
    order = [text.index(title) for title in (initiative.title, there.title, national.title)]
    assert order == sorted(order)
    assert text.index(event.title) < text.index(meeting.title)
    assert "à 3" in text.replace("\u00a0", " ")


def test_a_place_page_costs_the_same_for_two_or_fifteen(visitor, alice, vitre, query_bill):
    def fill(count):
        for n in range(count):
            new_initiative(alice, vitre, title=f"Une idée parmi d’autres, la {n:02}e")
            new_event(alice, vitre)

    fill(10)
    # place, ancestors, events, initiatives and their tags, demonstration
    query_bill(visitor, vitre.get_absolute_url(), fill, most=8)


def test_home_costs_the_same_for_two_or_fifteen(as_alice, alice, vitre, query_bill):
    def fill(count):
        for n in range(count):
            new_initiative(alice, vitre, title=f"Une idée parmi d’autres, la {n:02}e")
            new_event(alice, vitre)

    # session, member, initiatives and tags, events, succeeded and tags, demonstration
    query_bill(as_alice, "/", fill, most=9)
