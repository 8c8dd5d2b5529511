"""A visitor supports on a phone, in less than a minute: with JavaScript, and without."""

import re

import pytest
from axe import browse, complaints
from cast import client_of, new_event, new_initiative, new_member
from django.urls import reverse
from playwright.sync_api import expect

from initiatives.models import Initiative, Support, SupportLimits
from initiatives.services import counting, supports
from territories.models import Commune

pytestmark = pytest.mark.browser

CLAIRE = "claire@exemple.fr"


@pytest.fixture
def vitre(site) -> Commune:
    return Commune.objects.select_related("department__region").get(code="35360")


@pytest.fixture
def initiative(vitre) -> Initiative:
    """Four people support it, one of them in Vitré."""
    initiative = new_initiative(new_member("alice"), vitre)
    for n in range(4):
        supports.support(initiative, by=new_member(f"voisin{n}", home_commune=None if n else vitre))
    counting.fold_supports()
    return initiative


@pytest.fixture
def phone(new_context, site):
    """A page on a phone, whose scripts may fail: for when the network does."""
    return new_context(viewport={"width": 360, "height": 740}, has_touch=True).new_page()


def link_received(site) -> str:
    site.run_schedule()
    found = re.search(rf"{site.url}(/\S+/soutien/\S+)", site.messages(CLAIRE)[-1])
    return found[1]


def fill_in(claire) -> None:
    """Four fields, without a mouse; the commune too, since Vitré shares its postcode."""
    claire.fill("Prénom", "Claire")
    claire.fill("Adresse e-mail", CLAIRE)
    claire.fill("Code postal", "35500")
    claire.page.locator("input[name=consent]").check()


def test_the_story_of_a_visitor(person, site, initiative, vitre, javascript):
    watcher = person()
    watcher.goto(initiative.get_absolute_url())
    watcher.reads("Soyez parmi les cinq premiers")

    claire = person(CLAIRE)
    claire.goto(initiative.get_absolute_url())
    claire.press("Je soutiens")
    if javascript:
        # In place: the page is still there, and one begins to type.
        expect(claire.page.get_by_label("Prénom", exact=True)).to_be_focused()
        claire.reads("Le problème")
    fill_in(claire)
    if javascript:
        claire.page.get_by_label("Vitré", exact=True).check()
    claire.press("Je soutiens")
    if not javascript:
        # The commune is asked by the page that comes back, with all that was typed.
        expect(claire.page.get_by_role("alert")).to_contain_text("choisissez la vôtre")
        expect(claire.page.get_by_label("Prénom", exact=True)).to_have_value("Claire")
        claire.page.get_by_label("Vitré", exact=True).check()
        claire.press("Je soutiens")
    claire.reads("Regardez votre boîte")
    pending = Support.objects.pending().get()
    assert (pending.email, pending.commune) == (CLAIRE, vitre)

    # Opening the link counts nothing, its button does.
    link = link_received(site)
    assert link == reverse("support_link", args=[initiative.slug, supports.token_of(pending.pk)])
    claire.goto(link)
    claire.reads("Claire, Vitré")
    assert Support.objects.confirmed().count() == 4
    claire.press("Confirmer mon soutien")
    claire.reads("C’est compté\u202f: vous êtes le 5e soutien, le 2e à Vitré")
    assert Support.objects.confirmed().count() == 5

    # One next act: here, telling others where the initiative is, not where the link leads.
    share = claire.page.get_by_role("link", name="WhatsApp")
    token = supports.token_of(pending.pk)
    assert initiative.slug.words in share.get_attribute("href") and token not in share.get_attribute("href")
    if javascript:
        copy = claire.page.locator("[data-copy]")
        expect(copy).to_be_visible()
        assert copy.get_attribute("data-copy").endswith(f"{initiative.get_absolute_url()}de/lien/")

    # Whoever was looking at the page sees the number change.
    counting.fold_supports()
    if javascript:
        expect(watcher.page.get_by_text("Soyez parmi les cinq premiers")).to_be_hidden(timeout=20_000)
        expect(watcher.page.locator(".support-count:visible")).to_have_text("Encore 20 soutiens")
        expect(watcher.page.locator(".next-step-left:visible")).to_contain_text("5 soutiens déjà")

    # Taking it back leaves nothing.
    claire.page.on("dialog", lambda dialog: dialog.accept())
    claire.press("Retirer mon soutien")
    claire.reads("Ce soutien n’existe plus")
    assert Support.objects.count() == 4


def test_ones_supports_without_an_account(person, site, initiative, vitre):
    supports.ask(initiative, email=CLAIRE, first_name="Claire", commune=vitre, consent="2026-11")
    supports.confirm(Support.objects.pending().get().pk)
    claire = person(CLAIRE)
    claire.goto("/")
    claire.page.get_by_role("contentinfo").get_by_role("link", name="Mes soutiens").click()
    claire.fill("Adresse e-mail", CLAIRE)
    claire.press("Recevoir le lien")
    claire.reads("Regardez votre boîte")
    site.run_schedule()
    claire.goto(re.search(rf"{site.url}(/mes-soutiens/\S+)", site.messages(CLAIRE)[-1])[1])
    claire.reads(initiative.title)
    claire.page.get_by_role("button", name="Retirer").click()
    claire.reads("Vous ne soutenez aucune initiative.")
    assert Support.objects.count() == 4


def test_the_next_act_is_one_button_to_the_event(person, initiative, vitre):
    event = new_event(new_member("hugo"), vitre, initiative=initiative)
    supports.ask(initiative, email=CLAIRE, first_name="Claire", commune=vitre, consent="2026-11")
    pending = Support.objects.pending().get()
    claire = person(CLAIRE)
    claire.goto(reverse("support_link", args=[initiative.slug, supports.token_of(pending.pk)]))
    claire.press("Confirmer mon soutien")
    claire.reads("C’est compté")
    claire.page.get_by_role("link", name="Venir le").click()
    expect(claire.page.get_by_role("heading", name=event.title)).to_be_visible()


def test_the_number_is_asked_for_while_it_is_looked_at_and_no_more(phone, site, initiative):
    asked = []
    phone.on("request", lambda request: asked.append(request.url) if "soutiens.json" in request.url else None)
    phone.clock.install()
    phone.goto(site.url + initiative.get_absolute_url())
    expect(phone.locator("[data-follow]")).to_be_in_viewport()
    with phone.expect_response("**/soutiens.json"):
        phone.clock.run_for(5_100)
    assert len(asked) == 1
    # Read on, further down.
    phone.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(phone.locator("[data-follow]")).not_to_be_in_viewport()
    phone.wait_for_timeout(200)
    phone.clock.run_for(60_000)
    assert len(asked) == 1
    phone.evaluate("scrollTo(0, 0)")
    phone.wait_for_timeout(200)
    with phone.expect_response("**/soutiens.json"):
        phone.clock.run_for(5_100)
    # Not for ever: a page forgotten on a screen asks for nothing after half an hour.
    phone.clock.fast_forward(31 * 60_000)
    phone.wait_for_timeout(500)
    before = len(asked)
    phone.clock.run_for(60_000)
    assert len(asked) == before <= 4


def test_a_withdrawn_support_does_not_come_back(new_context, site, initiative):
    """Until it is folded the figures are those of before: they never undo what one has just seen."""
    dora = new_member("dora", home_commune=initiative.commune)
    supports.support(initiative, by=dora)
    counting.fold_supports()
    context = new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    context.add_cookies([{"name": "sessionid", "value": client_of(dora).cookies["sessionid"].value, "url": site.url}])
    page = context.new_page()
    page.goto(site.url + initiative.get_absolute_url())
    left = page.locator(".next-step-left:visible")
    expect(left).to_contain_text("5 soutiens déjà")
    with page.expect_response("**/soutiens.json"):
        page.wait_for_timeout(6_000)
    page.get_by_role("button", name="Retirer mon soutien").click()
    expect(page.get_by_text("Votre soutien est retiré et effacé.")).to_be_visible()
    expect(page.get_by_text("Soyez parmi les cinq premiers")).to_be_visible()
    for second in range(8):
        page.wait_for_timeout(1_000)
        if second == 1:
            counting.fold_supports()
        assert page.get_by_text("Soyez parmi les cinq premiers").is_visible()
        assert not page.get_by_text("soutiens déjà").is_visible()


def test_a_site_that_does_not_answer_is_asked_less_and_less(phone, site, initiative):
    asked = []

    def refuse(route):
        asked.append(route.request.url)
        route.abort()

    phone.route("**/soutiens.json", refuse)
    phone.clock.install()
    phone.goto(site.url + initiative.get_absolute_url())
    expect(phone.locator("[data-follow]")).to_be_in_viewport()
    phone.wait_for_timeout(200)
    for _ in range(60):
        phone.clock.run_for(5_100)
        phone.wait_for_timeout(20)
    assert 3 <= len(asked) <= 5


def test_a_network_that_fails_is_said_and_nothing_typed_is_lost(phone, site, initiative):
    phone.goto(site.url + initiative.get_absolute_url())
    phone.get_by_role("link", name="Je soutiens").click()
    name = phone.get_by_label("Prénom", exact=True)
    name.fill("Claire")
    phone.route("**/soutenir/", lambda route: route.abort())
    phone.get_by_role("button", name="Je soutiens").click()
    expect(phone.get_by_role("alert")).to_contain_text("L’envoi n’a pas abouti")
    expect(name).to_have_value("Claire")
    # It works again, and says what is missing.
    phone.unroute("**/soutenir/")
    phone.get_by_role("button", name="Je soutiens").click()
    expect(phone.get_by_role("alert")).to_contain_text("Écrivez votre adresse e-mail.")
    expect(phone.locator("#erreurs")).to_be_focused()


def test_without_an_answer_the_button_is_a_link(phone, site, initiative):
    phone.route(
        "**/soutenir/", lambda route: route.abort() if route.request.resource_type == "xhr" else route.continue_()
    )
    phone.goto(site.url + initiative.get_absolute_url())
    phone.get_by_role("link", name="Je soutiens").click()
    phone.wait_for_url("**/soutenir/")
    expect(phone.get_by_label("Prénom", exact=True)).to_be_visible()


def test_axe_finds_nothing_in_what_takes_the_place_of_the_button(new_context, site, initiative):
    page = browse(new_context, site, None)

    def check(what: str) -> None:
        # What htmx fades in has settled.
        expect(page.locator(".htmx-settling, .htmx-swapping, .htmx-request")).to_have_count(0)
        assert not complaints(page, what)

    page.goto(site.url + initiative.get_absolute_url())
    page.get_by_role("link", name="Je soutiens").click()
    page.get_by_label("Prénom", exact=True).fill("Claire")
    page.get_by_label("Code postal", exact=True).fill("35500")
    page.get_by_label("Vitré", exact=True).check()
    check("the form and its communes")
    page.get_by_role("button", name="Je soutiens").click()
    expect(page.locator("#erreurs")).to_be_visible()
    check("the errors")
    page.get_by_label("Adresse e-mail", exact=True).fill(CLAIRE)
    page.locator("input[name=consent]").check()
    page.get_by_role("button", name="Je soutiens").click()
    expect(page.get_by_text("Regardez votre boîte")).to_be_visible()
    check("what to do then")


def test_under_attack_the_form_in_place_proves_its_work(phone, site, initiative):
    SupportLimits.objects.create(pk=1, proof=SupportLimits.Proof.ALWAYS)
    form = site.url + reverse("initiative_support", args=[initiative.slug])
    # The site keeps the limits that it read for a few seconds.
    for _ in range(15):
        phone.goto(form)
        if phone.locator("[data-proof]").count():
            break
        phone.wait_for_timeout(1_000)
    phone.goto(site.url + initiative.get_absolute_url())
    phone.get_by_role("link", name="Je soutiens").click()
    expect(phone.locator("#soutien-acte [data-proof]")).to_have_count(1)
    phone.get_by_label("Prénom", exact=True).fill("Claire")
    phone.get_by_label("Adresse e-mail", exact=True).fill(CLAIRE)
    phone.get_by_label("Code postal", exact=True).fill("35000")
    phone.locator("input[name=consent]").check()
    phone.get_by_role("button", name="Je soutiens").click()
    expect(phone.get_by_text("Regardez votre boîte")).to_be_visible()
    assert Support.objects.pending().get().suspicion == ""
