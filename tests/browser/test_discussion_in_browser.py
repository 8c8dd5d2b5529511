"""Replies on demand, one vote each: with a script in their place, without one by a link and a page."""

import pytest
from cast import new_initiative, new_member

from initiatives.services import discussion
from territories.models import Commune

pytestmark = pytest.mark.browser


def test_replies_are_opened_a_vote_is_given_and_taken_back_and_a_reply_written(person, site, javascript):
    initiative = new_initiative(new_member("alice"), Commune.objects.get(code="35360"))
    said = discussion.contribute(initiative, by=new_member("dan"), text="L’ombre manquera l’été.", stance="against")
    discussion.reply(said, by=new_member("éva"), text="Les arbres en feront.")
    new_member("bob")
    bob = person("bob@exemple.fr")
    bob.sign_in()
    here = f"{initiative.get_absolute_url()}discussion/"
    bob.goto(here)
    bob.does_not_read("Les arbres en feront.")
    bob.page.get_by_text("1\u00a0réponse").click()
    if not javascript:
        bob.press("Lire les réponses")
    bob.reads("Les arbres en feront.")
    bob.goto(here)
    for pressed, shown in (("false", "Utile 1"), ("true", "Utile 0")):
        bob.page.locator(f'button[value="oui"][aria-pressed="{pressed}"]').first.click()
        bob.page.get_by_role("button", name=shown, exact=True).first.wait_for()
        assert here in bob.page.url
    bob.press("Répondre")
    bob.fill("Votre réponse", "Et en attendant, une toile tendue.")
    bob.press("Publier")
    bob.reads("C’est publié.")
    bob.reads("Et en attendant, une toile tendue.")
