"""The page of a territory: its own first, then its neighbours with their distance, then all France; never empty."""

import re
from datetime import date, timedelta

import pytest
from cast import new_event, new_initiative
from django.test import Client
from django.utils import timezone

from events.models import Series
from initiatives.models import Initiative, SupportTally
from notifications.services.following import MOST, follow, is_followed
from notifications.services.preferences import set_digest
from pages.places.living import Circle, at, living
from territories.models import Commune, Department, Referent, Region
from tests.figures.published import publish

VITRE = "/territoires/35360-vitre/"


def town(code: str) -> Commune:
    return Commune.objects.select_related("department__region").get(code=code)


def page_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode().replace("\u00a0", " ").replace("\u202f", " "))


@pytest.mark.parametrize("path", ["35360-autre-nom", "35360-"])
def test_a_place_has_one_address(visitor, db, path):
    answer = visitor.get(f"/territoires/{path}/")
    assert (answer.status_code, answer.url) == (301, VITRE)


def test_a_commune_that_ended_leads_to_the_one_that_took_it_in(visitor, vitre):
    Commune.objects.filter(code="35238").update(ended_on=date(2026, 1, 1), successor=vitre)
    assert visitor.get("/territoires/35238-rennes/").url == VITRE


def test_a_place_shows_its_own_first_then_its_neighbours_then_all_france(visitor, alice, vitre, initiative, event):
    rennes = town("35238")
    there = new_initiative(alice, rennes, title="Une passerelle sur la Vilaine")
    national = new_initiative(alice, title="Un train de nuit pour chaque région")
    meeting = new_event(alice, rennes, title="Une balade au bord de l’eau")
    text = page_of(visitor, VITRE)
    order = [text.index(title) for title in (initiative.title, there.title, national.title)]
    assert order == sorted(order)
    assert text.index(event.title) < text.index(meeting.title)
    assert len(re.findall(r"à 3\d km", text)) >= 2, "the event and the initiative of Rennes say how far they are"


def test_what_comes_is_read_by_date_here_then_around(visitor, alice, vitre):
    days = {"Demain à Rennes": ("35238", 1), "Plus tard ici": ("35360", 30), "Bientôt ici": ("35360", 3)}
    for title, (code, ahead) in days.items():
        new_event(alice, town(code), title=title, starts_at=timezone.now() + timedelta(days=ahead))
    new_event(alice, town("35068"), title="Près, dans un mois", starts_at=timezone.now() + timedelta(days=30))
    text = page_of(visitor, VITRE)
    order = ["Bientôt ici", "Plus tard ici", "Autour de Vitré", "Demain à Rennes", "Près, dans un mois"]
    assert sorted(order, key=text.rindex) == order


def test_where_nothing_is_open_the_nearest_is_a_link_away(visitor, vitre):
    assert "tri=proches" in page_of(visitor, VITRE)
    assert "Les initiatives les plus proches de Vitré" in page_of(visitor, f"/initiatives/?lieu={vitre.path}")


@pytest.mark.parametrize(("path", "said"), [("976-mayotte", "Mayotte"), ("75056-paris", "Paris")])
def test_what_bears_the_name_of_what_it_is_in_is_said_once(visitor, db, path, said):
    trail = page_of(visitor, f"/territoires/{path}/").partition('class="breadcrumb"')[2].partition("</nav>")[0]
    assert trail.count(f">{said}<") == 1


def test_the_nearest_circle_comes_first_whatever_its_date_or_its_supports(alice, vitre):
    far = new_event(alice, town("35238"), starts_at=timezone.now() + timedelta(days=1))
    near = new_event(alice, town("35068"), starts_at=timezone.now() + timedelta(days=20))
    assert [event.pk for event in at(vitre).events] == [near.pk, far.pk]


def test_what_is_further_than_100_km_stands_in_only_where_there_is_too_little(alice, vitre):
    marseille = new_initiative(alice, town("13055"), title="Des bancs à l’ombre du port")
    alive = at(vitre)
    assert alive.further == [marseille]
    assert 700 < alive.further[0].distance < 900
    for _number in range(3):
        new_initiative(alice, town("35238"))
    assert at(vitre).further == []


def test_what_is_of_the_whole_departement_or_region_is_around_it_without_a_distance(alice, vitre):
    of_department = new_initiative(alice, vitre, title="Le car du samedi")
    Initiative.objects.filter(pk=of_department.pk).update(commune=None)
    of_region = new_initiative(alice, vitre, title="La langue bretonne à l’école")
    Initiative.objects.filter(pk=of_region.pk).update(commune=None, department=None)
    alive = at(vitre)
    assert alive.here == []
    assert {each.pk: each.distance for each in alive.around} == {of_department.pk: None, of_region.pk: None}
    assert [each.pk for each in at(Department.objects.get(pk="35")).here] == [of_department.pk]
    assert {each.pk for each in at(Region.objects.get(pk="53")).here} == {of_department.pk, of_region.pk}


def test_a_city_shows_what_happens_in_its_arrondissements(alice):
    event = new_event(alice, town("75111"))
    found = living([town("75056"), town("75111"), town("75112")])
    circles = {path: [each.circle for each in all_ if each.pk == event.pk] for path, all_ in found.items()}
    assert circles["75056-paris"] == [Circle.HERE]
    assert list(circles.values())[1:] == [[Circle.HERE], [Circle.KM_10]]


def test_of_a_series_the_next_date_alone_is_shown(alice, vitre):
    series = Series.objects.create(rhythm="weekly", until=date(2026, 12, 31))
    dates = [new_event(alice, vitre, series=series, starts_at=timezone.now() + timedelta(days=n)) for n in (3, 1, 2)]
    assert [event.pk for event in at(vitre).events] == [dates[1].pk]


def test_what_succeeded_here_or_around_is_told_with_what_came_of_it(visitor, alice, vitre):
    new_initiative(alice, town("35238"), state="succeeded", title="Le local à vélos", outcome="Il a ouvert en mai.")
    text = page_of(visitor, VITRE)
    assert "Le local à vélos" in text and "Il a ouvert en mai." in text


def test_what_is_hidden_is_not_alive(alice, vitre):
    new_initiative(alice, vitre, withheld_at=timezone.now())
    new_initiative(alice, vitre, state="succeeded", withheld_at=timezone.now())
    new_initiative(alice, vitre, state="closed")
    new_event(alice, vitre, withheld_at=timezone.now())
    new_event(alice, vitre, cancelled_at=timezone.now())
    new_event(alice, vitre, published_at=None)
    new_event(alice, vitre, starts_at=timezone.now() - timedelta(days=3))
    assert living([vitre])[vitre.path] == []


def test_a_place_where_nothing_is_offers_to_open_the_first(visitor, db):
    text = page_of(visitor, VITRE)
    assert "Rien n’est encore ouvert à Vitré" in text
    assert "Rien n’est encore prévu" in text
    assert 'href="/initiatives/nouvelle/"' in text and 'href="/evenements/nouveau/?lieu=35360-vitre"' in text


def test_a_national_initiative_says_its_supports_here_from_five_on(visitor, alice, vitre):
    many, few = (new_initiative(alice, title=title, support_count=100) for title in ("Des trains", "Des bus"))
    for initiative, count in ((many, 41), (few, 4)):
        SupportTally.objects.create(initiative=initiative, department_id="35", commune=None, count=count)
        SupportTally.objects.create(initiative=initiative, department_id="44", commune=None, count=50)
    text = page_of(visitor, VITRE)
    assert "dont 41 soutiens en Ille-et-Vilaine" in text
    assert text.count("soutiens en Ille-et-Vilaine") == 1


def test_who_answers_here_is_named_else_it_is_the_team(visitor, vitre, settings):
    settings.CONTACT_EMAIL = "contact@exemple.fr"
    assert "mailto:contact@exemple.fr" in page_of(visitor, VITRE)
    Referent.objects.create(
        region_id="53", name="Nora", role="Animatrice", email="nora@exemple.fr", agreed_on=date(2026, 11, 1)
    )
    text = page_of(visitor, VITRE)
    assert "<strong>Nora</strong> (Animatrice) répond pour le site en Bretagne" in text
    assert "mailto:nora@exemple.fr" in text


def test_the_figures_of_a_place_are_those_of_the_night_with_their_day(visitor, vitre):
    publish({"initiatives_running": 12}, {"initiatives_running": {"c35360": 7}})
    text = page_of(visitor, VITRE)
    assert re.search(r'data-figure="[^"]*35360"[^>]*>7<', text)
    assert "sans les comptes de l’équipe" in text


def test_the_calendar_the_feed_and_the_map_are_those_of_the_place(visitor, db):
    text = page_of(visitor, VITRE)
    assert 'href="/evenements/agenda.ics?lieu=35360-vitre"' in text
    assert 'href="/territoires/35360-vitre/fil.atom"' in text
    assert 'data-filters="lieu=35360-vitre"' in text and 'data-box="47.' in text


def test_a_place_page_costs_the_same_for_two_or_fifteen(visitor, alice, vitre, query_bill):
    def fill(count):
        for n in range(count):
            new_initiative(alice, vitre, title=f"Une idée parmi d’autres, la {n:02}e")
            new_initiative(alice, vitre, state="succeeded")
            new_initiative(alice)
            new_event(alice, vitre)

    fill(10)
    # place, opening, what is alive, cities and régions, of France (4), events, initiatives and tags, local counts,
    # figures (2), who answers, demonstration; kept for a moment: cities and régions, of France, figures
    query_bill(visitor, VITRE, fill, most=18)


def test_a_place_page_is_the_same_bytes_for_every_visitor(db):
    first, second = (Client().get(VITRE) for _visitor in range(2))
    assert first.content == second.content
    assert not first.cookies and "public" in first["Cache-Control"]


# --- From one place to the others ------------------------------------------------------------------------------------


def test_every_commune_is_reached_by_links_from_the_list_of_territories(visitor, db):
    text = page_of(visitor, "/territoires/")
    assert text.count('href="/territoires/r') == 18
    assert 'href="/territoires/975-saint-pierre-et-miquelon/"' in text
    address, found = "/territoires/62-pas-de-calais/communes/", set()
    assert address in page_of(visitor, "/territoires/62-pas-de-calais/")
    while address:
        text = page_of(visitor, address)
        rows = re.findall(r'<li><a href="/territoires/(62\d{3})-', text)
        assert len(rows) <= 200
        found |= set(rows)
        following = re.search(r'href="(\?apres=[^"]+)"', text)
        address = f"/territoires/62-pas-de-calais/communes/{following[1]}" if following else ""
    assert len(found) == Commune.objects.current().filter(department="62").count() > 800


def test_only_a_departement_lists_its_communes(visitor, db):
    assert visitor.get("/territoires/r53-bretagne/communes/").status_code == 404
    assert visitor.get("/territoires/35360-vitre/communes/").status_code == 404
    assert visitor.get("/territoires/35-autre/communes/").url == "/territoires/35-ille-et-vilaine/communes/"


def test_a_region_leads_to_its_departements_and_a_city_to_its_arrondissements(visitor, db):
    assert 'href="/territoires/35-ille-et-vilaine/"' in page_of(visitor, "/territoires/r53-bretagne/")
    assert 'href="/territoires/75111-' in page_of(visitor, "/territoires/75056-paris/")


# --- Following -------------------------------------------------------------------------------------------------------


def test_a_member_follows_and_unfollows_by_one_button(as_bob, bob, vitre):
    assert "Suivre ce territoire" in page_of(as_bob, VITRE)
    answer = as_bob.post(f"{VITRE}suivre/", follow=True)
    assert "ce qui bouge à Vitré sera dans votre résumé" in answer.content.decode()
    assert "Vous suivez ce territoire" in answer.content.decode()
    assert is_followed(vitre, bob)
    as_bob.post(f"{VITRE}suivre/")
    assert bob.follows.count() == 1
    answer = as_bob.post(f"{VITRE}ne-plus-suivre/", follow=True)
    assert "vous ne suivez plus ce territoire\u202f: Vitré" in answer.content.decode()
    assert not is_followed(vitre, bob)


def test_reading_the_page_of_the_button_follows_nothing(as_bob, bob, vitre):
    assert "Suivre ce territoire" in page_of(as_bob, f"{VITRE}suivre/")
    assert not is_followed(vitre, bob)


def test_a_visitor_reads_why_an_account_is_asked_and_comes_back_to_the_button(visitor, db):
    assert f'href="{VITRE}suivre/"' in page_of(visitor, VITRE)
    text = page_of(visitor, f"{VITRE}suivre/")
    assert "?next=/territoires/35360-vitre/suivre/" in text.replace("%2F", "/")
    assert (
        visitor.post(f"{VITRE}suivre/").url.startswith("/compte/entrer/?next=")
        or "next=" in visitor.post(f"{VITRE}suivre/").url
    )


def test_one_place_too_many_is_refused_in_words(as_bob, bob):
    for place in Commune.objects.order_by("code")[:MOST]:
        follow(place, by=bob)
    text = as_bob.post(f"{VITRE}suivre/", follow=True).content.decode()
    assert "Vous suivez déjà 20 territoires" in text
    assert bob.follows.count() == MOST


def test_whoever_stopped_the_digest_is_told_that_nothing_will_come(as_bob, bob, vitre):
    set_digest(bob, "never")
    answer = as_bob.post(f"{VITRE}suivre/", follow=True)
    assert "vous avez arrêté votre résumé" in answer.content.decode()


def test_what_is_followed_is_listed_and_undone_among_the_settings(as_bob, bob, vitre):
    follow(vitre, by=bob)
    text = page_of(as_bob, "/reglages/messages/")
    assert "Les territoires que vous suivez" in text and 'href="/territoires/35360-vitre/"' in text
    answer = as_bob.post(f"{VITRE}ne-plus-suivre/", {"from": "receiving"})
    assert answer.url == "/reglages/messages/#territoires-suivis"
    assert not is_followed(vitre, bob)
