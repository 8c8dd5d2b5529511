"""A moderator decides without a mouse, in a few keys; and without JavaScript, by the same buttons."""

import pytest
from cast import new_initiative, new_member
from django.contrib.auth.models import Group
from django.test import Client, override_settings
from playwright.sync_api import expect

from moderation import services
from moderation.models import Case, Decision
from tests.members.door import sign_in_staff
from tests.moderation.desk import TELEPHONE

pytestmark = pytest.mark.browser


@pytest.fixture
def cases(site) -> list[Case]:
    alice = new_member("alice")
    for title in ("La première", "La deuxième", "La troisième"):
        content = new_initiative(alice, state="submitted", published_at=None, title=title, means=TELEPHONE)
        services.receive(content, by=alice)
    return list(Case.objects.order_by("pk"))


@pytest.fixture
def desk(new_context, site, javascript, cases):
    """Chloé's desk, with her second factor; no script may fail."""
    chloe = new_member("chloé", is_staff=True)
    chloe.groups.add(Group.objects.get(name="Modérateurs"))
    client = Client()
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend", ALLOWED_HOSTS=["testserver", "127.0.0.1"]
    ):
        sign_in_staff(client, chloe)
    context = new_context(java_script_enabled=javascript, viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site.url}])
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    assert not errors


@pytest.mark.parametrize("javascript", [True], indirect=True)
def test_a_decision_is_a_few_keys_and_the_next_case_opens(desk, site, cases):
    desk.goto(f"{site.url}/admin/moderation/case/")
    desk.get_by_role("button", name="Lire le premier cas").click()
    _reads(desk, "La première")
    desk.keyboard.press("1")
    assert "sans qu’elle l’ait demandé" in desk.locator("[name=reason]").input_value()
    assert desk.locator("[name=ground]").input_value() == "exposure_of_person"
    desk.keyboard.press("Enter")
    _reads(desk, "La deuxième")
    assert Decision.objects.get().verb == "withhold"
    # p: the first reason for publishing is filled in, and Enter confirms.
    desk.keyboard.press("p")
    desk.keyboard.press("Enter")
    _reads(desk, "La troisième")
    assert Decision.objects.latest("pk").verb == "publish"
    # In a field, letters are letters.
    desk.keyboard.press("n")
    desk.keyboard.type("prd1")
    assert desk.locator("[name=text]").input_value() == "prd1"
    desk.keyboard.press("Escape")
    desk.keyboard.press("?")
    expect(desk.get_by_text("choisir une raison prête")).to_be_visible()
    # Switched off, they decide nothing.
    desk.get_by_label("Les touches décident").uncheck()
    desk.get_by_role("heading", name="La troisième").click()
    desk.keyboard.press("1")
    assert desk.locator("[name=reason]").input_value() == ""
    assert Decision.objects.count() == 2


def _reads(desk, title: str) -> None:
    """The case is open, and what the keys do is loaded: that comes after the words."""
    expect(desk.get_by_role("heading", name=title)).to_be_visible()
    desk.wait_for_load_state("load")


def test_the_same_buttons_decide_with_a_mouse_and_without_a_script(desk, site, cases):
    desk.goto(f"{site.url}/admin/moderation/case/{cases[0].pk}/change/")
    desk.get_by_role("button", name="Je le prends").click()
    expect(desk.get_by_text("Vous lisez ce cas")).to_be_visible()
    desk.locator("fieldset.ready button").first.click()
    expect(desk.locator("[name=reason]")).to_have_value(
        "Votre texte donne le téléphone, l’adresse ou le courriel d’une personne, sans qu’elle l’ait demandé. "
        "Retirez-les et votre texte sera relu."
    )
    desk.get_by_role("button", name="Aperçu si je retire", exact=True).click()
    expect(desk.get_by_text("Bonjour Alice")).to_be_visible()
    desk.get_by_role("button", name="Retirer", exact=True).click()
    expect(desk.get_by_role("heading", name="La deuxième")).to_be_visible()
    assert Decision.objects.get().verb == "withhold"
