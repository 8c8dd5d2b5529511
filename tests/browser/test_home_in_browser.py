"""The place that a visitor gives is kept by their browser alone, and forgotten in one click."""

import pytest
from cast import client_of, new_event, new_member
from playwright.sync_api import expect

from territories.models import Commune

pytestmark = pytest.mark.browser

#: How much the page jumped by itself, counted by the browser (CLS).
JUMPS = """
addEventListener("DOMContentLoaded", () => { window.jumps = 0; });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.jumps += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def test_a_place_is_kept_in_the_browser_shown_on_return_and_forgotten(new_context, site):
    event = new_event(new_member("alice"), Commune.objects.get(code="35360"))
    page = new_context(viewport={"width": 360, "height": 740}).new_page()
    page.add_init_script(JUMPS)
    page.goto(site.url)
    page.get_by_label("Que se passe-t-il près de chez vous").fill("Vitré")
    page.get_by_role("button", name="Voir").click()
    heading = page.get_by_role("heading", name="Autour de Vitré")
    expect(heading).to_be_focused()
    expect(page.locator("#pres").get_by_role("heading", name=event.title)).to_be_visible()

    page.goto(site.url)
    expect(heading).to_be_visible()
    # Nobody asked for it now: reading begins where it always does.
    expect(heading).not_to_be_focused()
    assert page.evaluate("window.jumps") <= 0.02
    assert page.context.cookies() == []
    assert page.evaluate("({ ...localStorage })") == {"lieu": "35360-vitre"}

    page.get_by_role("button", name="L’oublier").click()
    expect(heading).to_have_count(0)
    expect(page.get_by_label("Que se passe-t-il près de chez vous")).to_be_focused()
    assert page.evaluate("localStorage.length") == 0


def test_a_place_that_is_no_more_is_forgotten(new_context, site):
    page = new_context().new_page()
    page.add_init_script('localStorage.setItem("lieu", "99999-nulle-part")')
    with page.expect_response("**/pres/") as answered:
        page.goto(site.url)
    assert answered.value.status == 404
    expect(page.locator("html:not([data-place])")).to_have_count(1)
    assert page.evaluate("localStorage.length") == 0


def test_the_header_of_a_member_stands_on_one_line_on_a_desk(new_context, site):
    context = new_context()
    session = client_of(new_member("alice")).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
    page = context.new_page()
    page.goto(f"{site.url}/classement/")
    for width in (880, 1000, 1130, 1280, 1600):
        page.set_viewport_size({"width": width, "height": 700})
        height = page.locator(".site-header").bounding_box()["height"]
        assert height < 80, f"at {width} pixels the header is {height} high"
