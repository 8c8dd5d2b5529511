"""Passkeys, in a browser that holds one: added, then alone at the door, then behind the code, then at the admin."""

import re

import pytest
from cast import Site, serve
from playwright.sync_api import BrowserContext, Page, expect

from members import services

pytestmark = pytest.mark.browser

STAFF = "camille@exemple.fr"


@pytest.fixture
def local_site(committed_db, tmp_path, static_files) -> Site:
    """Browsers know passkeys on a secure address alone, or on localhost."""
    with serve(tmp_path, static=static_files, ALLOWED_HOSTS="localhost") as site:
        site.url = site.url.replace("127.0.0.1", "localhost")
        yield site


@pytest.fixture
def telephone(context: BrowserContext) -> Page:
    """A browser that keeps passkeys and recognises its owner."""
    page = context.new_page()
    authenticator = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})
    return page


def enter(page: Page, site: Site) -> None:
    page.get_by_label("Adresse e-mail").fill(STAFF)
    page.get_by_role("button", name="Recevoir un code").click()
    page.get_by_label("Code reçu par e-mail").fill(site.code(STAFF))
    page.get_by_role("button", name="Continuer").click()


def leave(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/compte/deconnexion/")
    page.get_by_role("button", name="Me déconnecter").click()
    expect(page).to_have_url(f"{site.url}/")


def test_staff_live_with_a_passkey(local_site, telephone):
    site, page = local_site, telephone
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    services.make_staff(STAFF, display_name="Camille", groups=[], is_superuser=True)

    # The admin's door leads to the members' own, then to the page where a second factor is set up.
    page.goto(f"{site.url}/admin/")
    enter(page, site)
    expect(page).to_have_url(f"{site.url}/reglages/securite/")
    page.get_by_role("link", name="Ajouter une clé").click()
    page.get_by_label("Me connecter avec cette clé seule").check()
    page.get_by_role("button", name="Ajouter la clé").click()
    expect(page.get_by_role("heading", name="Codes de secours")).to_be_visible()
    page.get_by_role("link", name="Continuer vers l’administration").click()
    expect(page).to_have_url(f"{site.url}/admin/")

    # The key alone opens the door, and counts as the second factor.
    leave(page, site)
    page.goto(f"{site.url}/compte/connexion/?next=/admin/")
    page.get_by_text("J’ai une clé d’accès").click()
    page.get_by_role("button", name="Me connecter avec ma clé").click()
    expect(page).to_have_url(f"{site.url}/admin/")

    # Or it stands behind the code.
    leave(page, site)
    page.goto(f"{site.url}/compte/connexion/?next=/reglages/")
    enter(page, site)
    expect(page).to_have_url(re.compile("/compte/second-facteur/$"))
    expect(page.get_by_label("Code de l’application")).to_be_visible()
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    expect(page).to_have_url(f"{site.url}/reglages/")
    assert not errors
