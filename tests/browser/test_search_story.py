"""Looking for something: what is offered as one types, walked through by keys; the page, its choices and its place."""

import pytest
from cast import new_event, new_initiative, new_member
from playwright.sync_api import expect

from search.words import count_words
from territories.models import Commune

pytestmark = pytest.mark.browser


@pytest.fixture
def pools(site):
    alice, vitre = new_member("alice"), Commune.objects.select_related("department__region").get(code="35360")
    initiative = new_initiative(alice, vitre, title="Rouvrir la piscine")
    new_event(alice, vitre, title="Visite de la piscine")
    count_words()
    return initiative


def test_what_is_looked_for_is_found_narrowed_and_corrected(person, site, pools, javascript):
    claire = person("claire@exemple.fr")
    claire.goto("/recherche/")
    box = claire.page.locator("main input[name=q]")
    box.fill("pisicne vitré")
    box.press("Enter")
    claire.reads("Résultats pour")
    claire.reads("Vitré (Ille-et-Vilaine)")
    claire.page.get_by_role("link", name="Événements 1").click()
    expect(claire.page.locator(".result")).to_have_count(1)
    claire.page.get_by_role("link", name="Visite de la piscine").click()
    claire.page.wait_for_url("**/evenements/**")


def test_keys_walk_through_what_is_offered(new_context, site, pools):
    page = new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"{site.url}/accessibilite/")
    box = page.locator(".site-search input")
    box.press_sequentially("pisc", delay=20)
    options = page.get_by_role("option")
    expect(options.filter(has_text="Rouvrir la piscine")).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_value("pisc")
    box.press_sequentially("ine", delay=20)
    found = options.filter(has_text="Rouvrir la piscine")
    expect(found).to_be_visible()
    while found.get_attribute("aria-selected") != "true":
        box.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", found.get_attribute("id"))
    box.press("Enter")
    page.wait_for_url(f"**{pools.get_absolute_url()}")
