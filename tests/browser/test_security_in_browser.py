"""What protects a member, read by axe, light and dark, on a phone and a desktop; and a block, as somebody does it."""

import pytest
from axe import browse, complaints
from cast import new_initiative, new_member
from django.urls import reverse
from playwright.sync_api import expect

from initiatives.services import discussion, letters
from members import services

pytestmark = pytest.mark.browser


@pytest.fixture
def alice(site):
    return new_member("alice")


@pytest.fixture
def initiative(alice):
    return new_initiative(alice)


def test_axe_finds_nothing_on_what_protects_a_member(new_context, site, alice, initiative):
    bob, hugo = new_member("bob"), new_member("hugo")
    said = discussion.contribute(initiative, by=bob, text="Il y faut aussi des bancs.")
    others = discussion.contribute(initiative, by=hugo, text="De l’ombre, enfin.")
    letter = letters.write(initiative, "Puis-je aider un samedi ?", by=hugo)
    services.block(bob, by=alice)
    services.give_consent(alice, "use", version="2026-11")
    services.give_consent(alice, "digest", version="2026-11")
    services.withdraw_consent(alice, "digest")
    change = services.change_address(alice, "neuve@exemple.fr")
    page = browse(new_context, site, alice)
    found = []
    for path, status in {
        reverse("mfa_index"): 200,
        reverse("consents"): 200,
        reverse("blocks"): 200,
        reverse("account_reauthenticate") + "?next=/reglages/adresse/": 200,
        reverse("undo_address_change", args=[services.undo_token(change)]): 200,
        reverse("undo_address_change", args=["forged"]): 410,
        reverse("discussion_block", args=[initiative.slug, others.pk]): 200,
        reverse("initiative_exchange", args=[initiative.slug, letter.pk]): 200,
        said.get_absolute_url(): 200,
    }.items():
        assert page.goto(site.url + path).status == status, path
        found += complaints(page, path)
    assert not found, "\n".join(found)


def test_one_blocks_somebody_and_unfolds_what_they_wrote(new_context, site, alice, initiative):
    discussion.contribute(initiative, by=new_member("bob"), text="Il y faut aussi des bancs.")
    page = browse(new_context, site, alice, viewport={"width": 360, "height": 800})
    page.goto(site.url + reverse("discussion", args=[initiative.slug]))
    page.get_by_role("link", name="Bloquer Bob").click()
    page.get_by_role("button", name="Bloquer").click()
    expect(page.get_by_role("status").first).to_contain_text("vous bloquez Bob")
    page.goto(site.url + reverse("discussion", args=[initiative.slug]))
    words = page.get_by_text("Il y faut aussi des bancs.")
    expect(words).to_be_hidden()
    page.get_by_text("Écrit par une personne que vous bloquez").click()
    expect(words).to_be_visible()
    page.goto(site.url + reverse("blocks"))
    page.get_by_role("button", name="Débloquer Bob").click()
    expect(page.get_by_text("Vous ne bloquez personne.")).to_be_visible()
