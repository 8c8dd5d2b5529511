"""« Où ? » in a real browser, on the page where one signs up."""

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


def test_communes_are_offered_and_picked_by_keyboard(site, page: Page):
    page.goto(f"{site.url}/compte/inscription/")
    where = page.get_by_role("combobox", name="Votre commune")
    where.press_sequentially("st mal")
    offered = page.get_by_role("option")
    expect(offered.first).to_contain_text("Saint-Malo (Ille-et-Vilaine)")
    expect(where).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_text("8 communes trouvées")).to_be_attached()

    where.press("ArrowDown")
    where.press("ArrowDown")
    expect(offered.nth(1)).to_have_attribute("aria-selected", "true")
    expect(where).to_have_attribute("aria-activedescendant", offered.nth(1).get_attribute("id"))
    where.press("ArrowUp")
    where.press("Enter")
    expect(where).to_have_value("Saint-Malo (Ille-et-Vilaine)")
    expect(page.locator("[name=home_commune_code]")).to_have_value("35288")
    expect(page.get_by_role("listbox")).to_be_hidden()

    where.press_sequentially("x")
    expect(page.locator("[name=home_commune_code]")).to_have_value("")


def test_communes_are_offered_by_postcode_picked_by_touch_and_put_away_by_escape(site, page: Page):
    page.goto(f"{site.url}/compte/inscription/")
    where = page.get_by_role("combobox", name="Votre commune")
    where.press_sequentially("3550")
    page.get_by_role("option", name="Balazé").click()
    expect(where).to_have_value("Balazé (Ille-et-Vilaine)")

    where.fill("renn")
    expect(page.get_by_role("option").first).to_contain_text("Rennes")
    where.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(where).to_have_value("renn")

    where.fill("zzzzqx")
    expect(page.get_by_text("Aucune commune trouvée")).to_be_attached()


def test_without_javascript_the_communes_come_with_the_page(site, browser: Browser, browser_context_args):
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/compte/inscription/")
    page.get_by_role("textbox", name="Adresse e-mail").fill("essai@example.org")
    page.get_by_role("textbox", name="Nom affiché").fill("Essai")
    page.get_by_role("textbox", name="Votre commune").fill("st denis")
    page.locator("input[name=consent]").check()
    page.get_by_role("button", name="Recevoir mon code").click()

    expect(page.get_by_role("textbox", name="Votre commune")).to_have_value("st denis")
    page.get_by_role("radio", name="Saint-Denis (Seine-Saint-Denis)").check()
    page.locator("input[name=consent]").check()
    page.get_by_role("button", name="Recevoir mon code").click()
    expect(page.get_by_role("textbox", name="Votre commune")).to_have_count(0)
    context.close()
