"""What pictures weigh on a phone: the cover a little, the others nothing until they are asked for."""

import pytest
from cast import new_initiative, new_member
from lives import illustrate, keep_files_where_the_site_is
from test_budgets import KB, weigh  # noqa: F401

from territories.models import Commune

pytestmark = pytest.mark.browser


@pytest.fixture
def illustrated(site, settings):
    """An initiative with a cover and six images; its files are where the site is."""
    keep_files_where_the_site_is(site, settings)
    initiative = new_initiative(new_member("alice"), Commune.objects.get(code="35360"))
    illustrate(initiative, texts=6)
    return initiative


def test_an_illustrated_initiative_weighs_at_most_seventy_kilobytes(weigh, illustrated):  # noqa: F811
    weight = weigh(illustrated.get_absolute_url())
    assert weight.foreign == []
    assert weight.total <= 70 * KB, weight
    # The cover is the ninth: what the page itself asks for is eight.
    assert weight.requests <= 8, weight


def test_images_come_when_they_are_asked_for_and_nothing_moves(site, illustrated, new_context, javascript):
    page = new_context(viewport={"width": 360, "height": 740}, java_script_enabled=javascript).new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith(".webp") else None)
    page.goto(site.url + illustrated.get_absolute_url(), wait_until="networkidle")
    # Browsers ask for everything at once where scripts are off, so that nobody is followed by what they scroll to.
    assert len(asked) <= (1 if javascript else 7) and all(address.endswith("-480.webp") for address in asked)
    page.get_by_text("Voir les 6 images").click()
    page.get_by_role("img", name="Un pommier en fleur, numéro 6").scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert len(asked) == 7
    shown = page.get_by_role("img", name="Un pommier en fleur, numéro 6")
    assert shown.bounding_box()["width"] > 100
