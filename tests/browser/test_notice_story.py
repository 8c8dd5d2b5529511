"""A visitor reports what they read, follows it from their box, and contests: with JavaScript, and without."""

import re

import pytest
from axe import AXE
from axe_playwright_python.sync_playwright import Axe
from cast import new_initiative, new_member
from playwright.sync_api import expect

from initiatives.models import Initiative
from moderation import services
from moderation.models import Appeal, Case, Notice
from moderation.services import judging, redress

pytestmark = pytest.mark.browser

CLAIRE = "claire@exemple.fr"
WHY = "Le maire y est menacé par son nom, avec l’heure où il rentre chez lui."


@pytest.fixture
def initiative(site) -> Initiative:
    return new_initiative(new_member("alice"))


def link_received(site) -> str:
    """In the latest message."""
    site.run_schedule()
    return re.findall(rf"{site.url}(/signalements/\S+/)", site.messages(CLAIRE)[-1])[0]


def test_the_story_of_a_notice(person, site, initiative):
    claire = person()
    claire.goto(initiative.get_absolute_url())
    claire.page.get_by_role("link", name="Signaler", exact=False).last.click()
    claire.page.locator("input[value=threat]").check()
    claire.press("Continuer")
    claire.fill("Pourquoi est-ce interdit", "Trop court.")
    claire.press("Continuer")
    claire.reads("Un point à reprendre")
    claire.fill("Pourquoi est-ce interdit", WHY)
    claire.press("Continuer")
    claire.fill("Votre nom", "Claire Martin")
    claire.fill("Votre adresse e-mail", CLAIRE)
    claire.press("Étape précédente")
    expect(claire.page.get_by_label("Pourquoi est-ce interdit", exact=False)).to_have_value(WHY)
    claire.press("Continuer")
    expect(claire.page.get_by_label("Votre nom")).to_have_value("Claire Martin")
    claire.page.locator("input[name=good_faith]").check()
    claire.press("Envoyer le signalement")
    notice = Notice.objects.get()
    claire.reads(f"Référence {notice.reference}")

    link = link_received(site)
    claire.goto(link)
    claire.press("Je confirme mon adresse")
    claire.reads("La décision arrive par e-mail")
    notice.refresh_from_db()
    assert notice.confirmed_at is not None

    chloe, denis = new_member("chloé"), new_member("denis")
    services.publish(Case.objects.get(), by=chloe, reason="Une colère, pas une menace.")
    claire.goto(link_received(site))
    claire.reads("Une colère, pas une menace.")
    claire.press("Contester")
    claire.fill("Pourquoi contestez-vous", "Relisez la dernière phrase.")
    claire.press("Envoyer le recours")
    claire.reads("Votre recours R-")

    judging.judge(Appeal.objects.get(), by=denis, verdict="reversed", reason="C’est une menace.", ground="threat")
    claire.goto(link_received(site))
    claire.reads("vous aviez raison")
    initiative.refresh_from_db()
    assert not initiative.is_public


def test_the_pages_of_notices_and_appeals_are_accessible(new_context, site, initiative):
    chloe = new_member("chloé")
    decision = services.withhold(initiative, by=chloe, ground="insult", reason="Une injure à la voisine.")
    redress.contest(decision, text="Je critiquais une politique.")
    other = new_initiative(new_member("bob"))
    for width, scheme in ((360, "light"), (1280, "dark")):
        page = new_context(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
        for path in (other.report_address, redress.path_of(decision)):
            page.goto(site.url + path)
            found = Axe().run(page, options=AXE).response["violations"]
            assert not found, [(rule["id"], rule["nodes"][0]["html"]) for rule in found]
