"""The life of an initiative, from a title being typed to what came of it: one story, on a phone."""

import re

import pytest
from axe import AXE
from axe_playwright_python.sync_playwright import Axe
from cast import client_of, new_action, new_initiative, new_member
from playwright.sync_api import expect

from initiatives.models import Initiative, Support
from initiatives.services import supports
from territories.models import Commune

pytestmark = pytest.mark.browser

TITLE = "Un four à pain pour le quartier du Rachapt"
VISITORS = ["Hugo", "Nora", "Jeanne", "Karim", "Lucie"]


@pytest.fixture
def vitre(site) -> Commune:
    return Commune.objects.select_related("department__region").get(code="35360")


@pytest.fixture
def phone_of(new_context, site):
    """`phone_of(member)`: their telephone, signed in; somebody's without a member."""

    def appear(member=None, *, javascript=True):
        context = new_context(
            viewport={"width": 360, "height": 740},
            has_touch=True,
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        if member:
            session = client_of(member).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        return page

    return appear


def press(page, name: str) -> None:
    button = page.get_by_role("button", name=name, exact=True)
    button.or_(page.get_by_role("link", name=name, exact=True)).locator("visible=true").first.click()


def fill(page, label: str, text: str) -> None:
    field = page.get_by_label(label).first
    field.fill(text)
    field.blur()


def reads(page, text: str) -> None:
    expect(page.get_by_text(text).locator("visible=true").first).to_be_visible()


def open_it(page, site, alike: Initiative) -> None:
    page.goto(f"{site.url}/initiatives/nouvelle/")
    page.get_by_label("Projet local").check()
    # What already exists is offered while the title is typed.
    page.get_by_label("Titre").press_sequentially(TITLE)
    expect(page.locator("#proches").get_by_role("link", name="Soutenir plutôt")).to_be_visible()
    assert not Axe().run(page, options=AXE).response["violations"]
    fill(page, "En une ou deux phrases", "Un four banal, allumé par les voisins le samedi, au bout du jardin public.")
    press(page, "Continuer")
    fill(page, "Le problème", "Il n’y a plus de boulanger au Rachapt, et plus un banc où se parler.")
    fill(page, "La proposition", "Bâtir un four de terre et de briques, que chacun allume à son tour.")
    fill(page, "Les moyens", "Mille briques, un maçon deux samedis, et des bras.")
    press(page, "Continuer")
    page.get_by_label("Une commune").check()
    fill(page, "Où\u202f?", "Vitré")
    page.get_by_label("Solidarité").check()
    press(page, "Voir l’aperçu")
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    press(page, "Lancer cette initiative")
    reads(page, "Vos cinq premiers soutiens")


def confirm_by_their_messages(page, site, initiative: Initiative, vitre) -> None:
    """Five people typed their address; each opens the link of their own message."""
    for name in VISITORS:
        address = f"{name.lower()}@exemple.fr"
        supports.ask(initiative, email=address, first_name=name, commune=vitre, consent="2026-11")
    site.run_schedule()
    for number, name in enumerate(VISITORS, start=1):
        link = re.search(rf"{site.url}/\S+/soutien/\S+", site.messages(f"{name.lower()}@exemple.fr")[-1])[0]
        page.goto(link)
        press(page, "Confirmer mon soutien")
        reads(page, "C’est compté")
        assert Support.objects.confirmed().count() == number
    site.run_schedule()


def test_the_life_of_an_initiative(site, phone_of, vitre):
    alike = new_initiative(new_member("dan"), vitre, title="Un four à pain au Rachapt")
    author = new_member("alice", home_commune=vitre)
    alice, visitor = phone_of(author), phone_of()
    open_it(alice, site, alike)
    initiative = Initiative.objects.get(title=TITLE)
    assert initiative.state == "preparing"

    # Nobody finds it before five people confirmed; then everybody does.
    visitor.goto(f"{site.url}/recherche/?q=rachapt")
    expect(visitor.get_by_role("link", name=TITLE)).to_have_count(0)
    confirm_by_their_messages(visitor, site, initiative, vitre)
    visitor.goto(f"{site.url}/recherche/?q=rachapt")
    visitor.get_by_role("link", name=TITLE).click()
    initiative.refresh_from_db()
    assert initiative.state == "published"
    here = site.url + initiative.get_absolute_url()

    # Its author says what there is to do, and a member takes a place.
    alice.goto(here)
    press(alice, "Proposer une action")
    fill(alice, "Que faut-il faire", "Monter la voûte")
    fill(alice, "Combien de personnes", "4")
    press(alice, "Publier l’action")
    bob = phone_of(new_member("bob", home_commune=vitre))
    bob.goto(here)
    bob.locator("#actions").get_by_role("button", name="Je m’engage").click()
    reads(bob, "C’est noté, merci")
    action = initiative.actions.get()
    assert (action.taken, action.places) == (1, 4)

    # One is for, another against; the first finds the second useful.
    eve = phone_of(new_member("eve"))
    for page, side, words in (
        (bob, "Pour", "Enfin du pain le samedi."),
        (eve, "Contre", "Et la fumée, sous mes fenêtres ?"),
    ):
        page.goto(here)
        press(page, "Donner mon avis")
        page.get_by_label(side, exact=True).check()
        fill(page, "Votre contribution", words)
        press(page, "Publier")
        reads(page, words)
    bob.goto(f"{here}discussion/")
    bob.locator("article", has_text="Et la fumée").locator('button[value="oui"]').click()
    bob.get_by_role("button", name="Utile 1", exact=True).wait_for()

    # Its author tells what happened, then how it ends.
    alice.goto(here)
    press(alice, "Écrire à vos soutiens")
    fill(alice, "Titre", "La voûte tient")
    fill(alice, "Votre nouvelle", "Elle a séché huit jours, et le premier feu n’a rien fissuré.")
    press(alice, "Envoyer à vos soutiens")
    reads(alice, "La voûte tient")
    alice.goto(here)
    alice.get_by_text("Gérer", exact=True).click()
    press(alice, "Terminer")
    press(alice, "Elle a abouti")
    fill(alice, "Ce qui a changé", "Le four est bâti. Dix-huit familles y cuisent leur pain le samedi.")
    press(alice, "Terminer et prévenir mes soutiens")
    reads(alice, "Dix-huit familles")
    initiative.refresh_from_db()
    assert initiative.state == "succeeded"

    # Anyone reads all of it, the latest first; nobody supports it any more.
    visitor.goto(here)
    reads(visitor, "Dix-huit familles")
    expect(visitor.get_by_role("link", name="Je soutiens")).to_have_count(0)
    visitor.goto(f"{here}histoire/")
    lines = " ".join(visitor.locator(".timeline").inner_text().split())
    told = ["Aboutie", "La voûte tient", "Publiée", "5 soutiens réunis", "Envoyée à de premiers soutiens", "Ouverte"]
    places = [lines.find(words) for words in told]
    assert -1 not in places and places == sorted(places), (places, lines)


def test_without_javascript_one_commits_and_contributes(site, phone_of, vitre):
    initiative = new_initiative(new_member("alice"), vitre)
    action = new_action(initiative, places=1)
    bob = phone_of(new_member("bob"), javascript=False)
    here = site.url + initiative.get_absolute_url()
    bob.goto(here)
    bob.locator("#actions").get_by_role("button", name="Je m’engage").click()
    expect(bob.locator(".support-mine")).to_be_visible()
    action.refresh_from_db()
    assert action.taken == 1
    bob.goto(here)
    press(bob, "Donner mon avis")
    bob.get_by_label("Pour", exact=True).check()
    bob.get_by_label("Votre contribution").fill("De l’ombre, enfin.")
    press(bob, "Publier")
    reads(bob, "De l’ombre, enfin.")
    assert initiative.contributions.get().stance == "for"
