"""A minute to post: on a phone, with and without JavaScript; and the point, under a finger."""

from datetime import timedelta

import pytest
from cast import new_event, new_member
from django.utils import timezone
from playwright.sync_api import expect

from events.models import Event, Series
from territories.models import Commune

pytestmark = pytest.mark.browser


@pytest.fixture
def bob(site):
    return new_member("bob", home_commune=Commune.objects.select_related("department").get(code="35360"))


def test_an_event_is_posted_from_the_agenda_in_six_acts(person, bob):
    somebody = person(bob.email)
    somebody.sign_in()
    somebody.goto("/evenements/")
    somebody.press("Organiser le premier")
    somebody.press("Nettoyage")
    expect(somebody.page.get_by_label("Titre")).to_have_value("Grand nettoyage à Vitré")
    somebody.fill("Jour", (timezone.localdate() + timedelta(days=9)).isoformat())
    somebody.press("Publier l’événement")
    somebody.reads("Votre événement est en ligne")
    event = Event.objects.get()
    assert (event.kind, event.commune_id, f"{event.local_start:%H:%M}") == ("cleanup", "35360", "09:30")


def test_another_kind_keeps_what_was_typed_and_a_series_is_posted(person, bob):
    somebody = person(bob.email)
    somebody.sign_in()
    somebody.goto("/evenements/nouveau/?sorte=meeting")
    day = timezone.localdate() + timedelta(days=9)
    somebody.fill("Jour", day.isoformat())
    somebody.fill("Lieu", "Derrière la gare")
    somebody.press("Atelier")
    expect(somebody.page.get_by_label("Lieu")).to_have_value("Derrière la gare")
    expect(somebody.page.get_by_label("Titre")).to_have_value("Atelier à Vitré")
    somebody.page.get_by_text("Cette rencontre se répète").click()
    somebody.page.get_by_label("Se répète").select_option("weekly")
    somebody.fill("Jusqu’au", (day + timedelta(days=28)).isoformat())
    somebody.press("Publier l’événement")
    somebody.reads("Vos événements sont en ligne")
    somebody.reads("Les prochaines dates")
    assert Event.objects.filter(place_name="Derrière la gare", kind="workshop").count() == 5


def test_all_that_follow_are_changed_then_cancelled(person, bob):
    somebody = person(bob.email)
    somebody.sign_in()
    commune = Commune.objects.select_related("department").get(code="35360")
    starts_at = timezone.now() + timedelta(days=9)
    first = new_event(bob, commune, starts_at=starts_at, title="Le jardin partagé")
    one = Series.objects.create(rhythm="weekly", until=timezone.localdate() + timedelta(days=60))
    Event.objects.update(series=one)
    for n in (1, 2):
        new_event(bob, commune, starts_at=starts_at + timedelta(weeks=n), title="Le jardin partagé", series=one)
    somebody.goto(first.get_absolute_url() + "modifier/")
    somebody.fill("Titre", "Le jardin de la gare")
    somebody.page.get_by_label("Cette date et les 2 suivantes").check()
    somebody.press("Enregistrer")
    somebody.reads("Votre modification est en ligne")
    assert Event.objects.filter(title="Le jardin de la gare").count() == 3
    somebody.goto(first.get_absolute_url() + "annuler/")
    somebody.press("Annuler cette date et les 2 suivantes")
    somebody.reads("3 événements sont annulés")
    assert not Event.objects.filter(cancelled_at=None).exists()


@pytest.mark.parametrize("javascript", [True], indirect=True)
def test_the_point_moves_under_a_finger(person, bob):
    somebody = person(bob.email)
    somebody.sign_in()
    somebody.goto("/evenements/nouveau/?sorte=walk")
    page = somebody.page
    page.locator("[data-map=picker]").scroll_into_view_if_needed()
    page.wait_for_selector("[data-map=picker][data-ready] .map-point")
    latitude = page.locator("input[name=latitude]")
    before = float(latitude.input_value())
    box = page.locator("[data-map=picker]").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2 + 40, box["y"] + box["height"] / 2 - 30)
    expect(latitude).not_to_have_value(str(before))
    assert float(latitude.input_value()) > before
    somebody.fill("Jour", (timezone.localdate() + timedelta(days=9)).isoformat())
    somebody.press("Publier l’événement")
    somebody.reads("Votre événement est en ligne")
    assert Event.objects.get().precision == "hand"
