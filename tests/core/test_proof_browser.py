"""A real browser finds the proof under the site's own policy, in a page or in a form that htmx brought."""

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from core import proof

pytestmark = [pytest.mark.browser, pytest.mark.urls("proof_urls")]


@pytest.fixture
def address(committed_db):
    server = LiveServer("127.0.0.1")
    yield server.url
    server.stop()


@pytest.fixture
def person(page):
    """Somebody in front of the page: nothing may be written in the console."""
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    expect.set_options(timeout=10_000)
    yield page
    assert said == []


def test_whoever_fills_the_form_notices_nothing(person, address):
    assert "default-src 'self'" in person.goto(f"{address}/essai/").headers["content-security-policy"]
    person.get_by_label("Prénom").type("Zoé", delay=20)
    expect(person.locator("[name=proof]")).not_to_have_value("")
    assert person.get_by_label("Prénom").input_value() == "Zoé"
    person.get_by_role("button", name="Envoyer").click()
    expect(person.get_by_text("Reçu : PROVEN, Zoé, send")).to_be_visible()


def test_whoever_sends_at_once_is_told_to_wait_and_waits(person, address):
    person.goto(f"{address}/essai/")
    status = person.locator("[data-proof] [role=status]")
    expect(status).to_have_text("")
    person.evaluate(
        """() => {
            const status = document.querySelector("[data-proof] [role=status]");
            new MutationObserver(() => (document.title += status.textContent)).observe(status, { childList: true });
            addEventListener("pagehide", () => sessionStorage.setItem("said", document.title));
            document.querySelector("form [name=verb]").dispatchEvent(new MouseEvent("click", { bubbles: true }));
            document.querySelector("form [name=verb]").dispatchEvent(new MouseEvent("click", { bubbles: true }));
        }"""
    )
    expect(person.get_by_text("Reçu : PROVEN")).to_be_visible()
    assert "Vérification…" in person.evaluate("sessionStorage.getItem('said')")


def test_a_form_that_htmx_brought_is_proven_too(person, address):
    person.goto(f"{address}/porte/")
    person.locator("#door").click()
    person.get_by_label("Prénom").fill("Zoé")
    person.get_by_role("button", name="Envoyer").click()
    expect(person.get_by_text("Reçu : PROVEN, Zoé, send")).to_be_visible()
    assert person.url == f"{address}/porte/"


def test_a_form_that_htmx_brought_again_is_proven_again(person, address):
    person.goto(f"{address}/porte/")
    person.locator("#door").click()
    person.get_by_label("Prénom").fill("?")
    # The refusal comes as 422, of which browsers speak in the console.
    person.route("**/essai/?hx=1", _as_200)
    person.get_by_role("button", name="Envoyer").click()
    expect(person.get_by_role("alert")).to_contain_text("Un prénom.")
    person.get_by_label("Prénom").fill("Zoé")
    person.get_by_role("button", name="Envoyer").click()
    expect(person.get_by_text("Reçu : PROVEN, Zoé, send")).to_be_visible()


def _as_200(route) -> None:
    route.fulfill(response=route.fetch(), status=200)


def test_a_browser_without_workers_waits_like_those_without_scripts(person, address, monkeypatch):
    monkeypatch.setattr(proof, "WAIT", 0)
    person.add_init_script("delete window.Worker")
    person.goto(f"{address}/essai/")
    person.get_by_role("button", name="Envoyer").click()
    expect(person.get_by_text("Reçu : WAITED")).to_be_visible()


@pytest.mark.parametrize("wait", [0, 30])
def test_without_javascript_one_waits(browser, address, monkeypatch, wait):
    monkeypatch.setattr(proof, "WAIT", wait)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/essai/")
    expect(page.locator("noscript p")).to_be_visible()
    page.get_by_label("Prénom").fill("Zoé")
    page.get_by_role("button", name="Envoyer").click()
    if wait:
        expect(page.get_by_role("alert")).to_contain_text("Attendez trente secondes, puis appuyez de nouveau.")
        assert page.get_by_label("Prénom").input_value() == "Zoé"
    else:
        expect(page.get_by_text("Reçu : WAITED, Zoé, send")).to_be_visible()
    context.close()


def test_the_announcement_is_for_those_without_javascript_alone(person, address):
    for path in ("/essai/", "/porte/"):
        person.goto(address + path)
        if path == "/porte/":
            person.locator("#door").click()
        expect(person.get_by_label("Prénom")).to_be_visible()
        expect(person.locator("noscript p")).to_be_hidden()
