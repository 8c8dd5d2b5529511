"""The whole story, from sign-up to an event on the map: with JavaScript, and without."""

from datetime import timedelta

import pytest
from cast import new_member
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import expect

from events.models import Event
from events.services import coming
from initiatives.models import Initiative, Support
from initiatives.services import supports
from members.models import Member
from members.services import current_totp, give_totp

pytestmark = pytest.mark.browser

TITLE = "Un jardin partagé derrière la médiathèque"


def sign_up(person, address: str, name: str) -> None:
    person.goto("/compte/inscription/")
    person.fill("Adresse e-mail", address)
    person.fill("Nom affiché", name)
    person.fill("Votre commune", "Vitré")
    person.page.locator("input[name=consent]").check()
    person.page.locator("main form button[type=submit], main form button:not([type])").first.click()
    person.enter_code()


def open_a_project(claire) -> None:
    claire.goto("/")
    claire.page.get_by_role("link", name="Ouvrir une initiative").locator("visible=true").first.click()
    claire.page.get_by_label("Projet local").check()
    claire.fill("Titre", "Jardin")
    claire.fill("En une ou deux phrases", "Trente parcelles et un composteur sur le terrain vague de la médiathèque.")
    claire.press("Continuer")
    # The error is said, and nothing typed is lost.
    expect(claire.page.get_by_role("alert").first).to_be_visible()
    expect(claire.page.get_by_label("En une ou deux phrases")).to_have_value(
        "Trente parcelles et un composteur sur le terrain vague de la médiathèque."
    )
    claire.fill("Titre", TITLE)
    claire.press("Continuer")
    claire.fill("Le problème", "Le terrain derrière la médiathèque est une friche depuis quatre ans.")
    claire.fill("La proposition", "Y ouvrir trente parcelles, un composteur et une cabane à outils.")
    claire.fill("Les moyens", "Pour les outils, appelez mon voisin Marcel Aubry au 06 39 98 12 34.")
    claire.press("Continuer")
    # A number stands in the text: whose is it?
    expect(claire.page.get_by_role("alert").first).to_be_visible()
    claire.page.get_by_label("C’est à quelqu’un d’autre").check()
    claire.press("Continuer")
    claire.page.get_by_label("Une commune").check()
    claire.fill("Où\u202f?", "vitre")
    claire.page.get_by_label("Environnement").check()
    claire.press("Voir l’aperçu")
    if claire.page.get_by_role("alert").count():
        # Without JavaScript "vitre" may be several communes: the page offers them.
        claire.page.get_by_label("Vitré (Ille-et-Vilaine)").check()
        claire.press("Voir l’aperçu")
    expect(claire.page.get_by_role("heading", name=TITLE)).to_be_visible()
    claire.press("Lancer cette initiative")
    claire.reads("Vos cinq premiers soutiens")


def gather_five(site, initiative: Initiative) -> None:
    for number in range(5):
        supports.support(initiative, by=new_member(f"voisin-{number}"))
    site.run_schedule()


def publish_with_a_reason(chloe, member: Member) -> None:
    chloe.goto("/admin/")
    chloe.fill("Adresse e-mail", chloe.address)
    chloe.page.locator("main form button").first.click()
    chloe.enter_code()
    chloe.page.get_by_label("Code de l’application").fill(current_totp(member))
    chloe.page.locator("main form button").first.click()
    chloe.page.wait_for_url("**/admin/")
    chloe.goto("/admin/moderation/case/")
    chloe.page.get_by_role("link", name=TITLE).first.click()
    expect(chloe.page.locator("mark").first).to_contain_text("06 39 98 12 34")
    chloe.fill("Raison", "Le voisin a donné son accord pour que son numéro soit publié.")
    chloe.press("Publier")


def test_the_story(person, site, javascript):
    # A citizen of Vitré signs up with a code and opens a local project.
    claire = person("claire@exemple.fr")
    sign_up(claire, claire.address, "Claire")
    open_a_project(claire)
    initiative = Initiative.objects.get()
    gather_five(site, initiative)
    claire.goto(initiative.get_absolute_url())
    claire.reads("Un modérateur relit votre initiative.")
    visitor = person()
    visitor.goto("/recherche/?q=jardin")
    visitor.does_not_read(TITLE)

    # A moderator with a second factor publishes it, with a reason, and the author is told.
    moderator = new_member("chloe", is_staff=True)
    moderator.groups.add(Group.objects.get(name="Modérateurs"))
    give_totp(moderator)
    publish_with_a_reason(person("chloe@exemple.fr"), moderator)
    initiative.refresh_from_db()
    assert initiative.state == "published"
    site.run_schedule()
    assert any("donné son accord" in text for text in site.messages(claire.address))

    # A second member finds it without the accent, supports it, withdraws, supports again.
    hugo = person("hugo@exemple.fr")
    sign_up(hugo, hugo.address, "Hugo")
    hugo.goto("/recherche/?q=vitre")
    hugo.page.get_by_role("link", name=TITLE).click()
    hugo.press("Je soutiens")
    hugo.reads("Vous soutenez cette initiative.")
    assert Support.objects.count() == 6
    hugo.press("Retirer mon soutien")
    expect(hugo.page.get_by_role("button", name="Je soutiens")).to_be_visible()
    assert Support.objects.count() == 5
    hugo.press("Je soutiens")
    hugo.reads("Vous soutenez cette initiative.")
    assert Support.objects.count() == 6
    site.run_schedule()
    assert any("soutien" in text for text in site.messages(claire.address))

    # The author posts an event in Vitré: it is on the map and in the list, and the supporter is told.
    claire.goto(initiative.get_absolute_url())
    claire.page.get_by_role("link", name="Organiser un événement").first.click()
    claire.press("Réunion publique")
    claire.fill("Titre", "Première matinée de plantation")
    claire.page.locator("input[name=day]").fill((timezone.localdate() + timedelta(days=9)).isoformat())
    claire.page.locator("input[name=starts]").fill("10:00")
    claire.page.locator("input[name=ends]").fill("12:30")
    claire.page.locator("input[name=place_name]").fill("Derrière la médiathèque")
    claire.page.locator("input[name=capacity]").fill("10")
    claire.press("Publier l’événement")
    claire.reads("Votre événement est en ligne")
    event = Event.objects.get()
    assert event.commune_id == "35360" and event.initiative == initiative
    site.run_schedule()
    assert any("Première matinée" in text for text in site.messages(hugo.address))
    hugo.goto("/evenements/?lieu=Vitré")
    hugo.reads("Première matinée de plantation")
    if javascript:
        marker = hugo.page.locator(".map-event")
        expect(marker).to_have_count(1)
        assert "Première matinée de plantation" in marker.get_attribute("aria-label")

    # The supporter comes; the tenth place is taken, the next person waits for one, and has it once somebody leaves.
    for n in range(9):
        coming.attend(event, by=new_member(f"voisin{n}"))
    late = person("lea@exemple.fr")
    sign_up(late, late.address, "Léa")
    late.goto(event.get_absolute_url())
    hugo.goto(event.get_absolute_url())
    hugo.press("Je viens")
    hugo.reads("Vous venez.")
    late.press("Je viens")
    late.reads("C’est complet. Vous êtes sur la liste d’attente. Votre rang\u202f: 1er.")
    event.refresh_from_db()
    assert event.attendee_count == event.attendances.coming().count() == 10
    hugo.press("Je ne peux plus venir")
    hugo.reads("vous ne venez plus")
    site.run_schedule()
    assert any("Une place s’est libérée" in text for text in site.messages(late.address))
    late.goto(event.get_absolute_url())
    late.press("Je viens")
    late.reads("Vous venez.")
    assert event.attendances.coming().count() == 10
