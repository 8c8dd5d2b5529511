"""What the site says of itself."""

from cast import new_event, new_initiative
from django.core.cache import caches
from django.urls import reverse

from pages.context import holds_demonstration


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


def test_home_costs_the_same_for_two_or_fifteen(as_alice, alice, vitre, query_bill):
    def fill(count):
        for n in range(count):
            new_initiative(alice, vitre, title=f"Une idée parmi d’autres, la {n:02}e")
            new_event(alice, vitre)

    # Session, member, demonstration; of France what is put forward, initiatives and tags, what moved, events, what came
    # of some; of home the commune, whether it waits to open, what is put forward (two), what is alive there (with what
    # every place shares, kept for a moment elsewhere than here: six), events, initiatives and tags.
    query_bill(as_alice, "/", fill, most=22)
