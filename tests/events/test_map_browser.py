"""The maps in a real browser: seen, pressed, read aloud, without a mouse, without a script, and what they weigh."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from axe import complaints
from cast import new_event, new_initiative, new_member
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from events.models import Event
from events.services import cells
from territories.models import Commune

pytestmark = pytest.mark.browser

READY = "[data-map][data-ready]"


def commune(code: str) -> Commune:
    return Commune.objects.select_related("department").get(code=code)


@pytest.fixture
def country(site):
    """Four events around Vitré, two of them at one point, a cluster around Rennes, and one in Saint-Denis."""
    expect.set_options(timeout=10_000)
    alice = new_member("alice", home_commune=commune("35360"))
    initiative = new_initiative(alice, commune("35360"))
    starts_at = timezone.now() + timedelta(days=5)
    new_event(alice, commune("35360"), initiative=initiative, starts_at=starts_at, title="Planter les premiers arbres")
    for code in ("35238", "35238", "35068", "97411"):
        new_event(alice, commune(code), title=f"Réunion de {commune(code).name}", starts_at=starts_at)
    cells.count_squares()
    return alice


@pytest.fixture
def browse(new_context, site):
    """`browse("/evenements/", width=1280)`: the page, in a browser of its own; no script may fail."""
    failures = []

    def go(path: str, *, member=None, width: int = 1280, **options):
        context = new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce", **options)
        if member:
            session = SessionStore()
            session[SESSION_KEY] = str(member.pk)
            session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
            session[HASH_SESSION_KEY] = member.get_session_auth_hash()
            session.save()
            context.add_cookies([{"name": "sessionid", "value": session.session_key, "url": site.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("console", lambda line: failures.append(line.text) if line.type == "error" else None)
        page.goto(site.url + path)
        return page

    yield go
    assert not failures


def test_the_map_shows_each_event_as_a_button_with_its_name(browse, country):
    page = browse("/evenements/?lieu=35360-vitre")
    page.wait_for_selector(READY)
    alone = page.get_by_role("button", name=re.compile("^Planter les premiers arbres, Vitré, .* h"))
    expect(alone).to_have_count(1)
    alone.click()
    link = page.locator(".map-card").get_by_role("link", name="Planter les premiers arbres")
    expect(link).to_be_focused()
    expect(page.get_by_role("button", name="Fermer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_have_count(0)
    expect(alone).to_be_focused()


def test_a_cluster_says_how_many_and_where_then_opens(browse, country):
    page = browse("/evenements/")
    page.wait_for_selector(READY)
    cluster = page.get_by_role("button", name="4 événements autour de Rennes")
    cluster.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Planter les premiers arbres"))).to_be_visible()
    together = page.get_by_role("button", name="2 événements au même endroit, autour de Rennes")
    expect(together).to_be_visible()
    expect(page.locator("[data-map=agenda]")).to_be_focused()
    together.focus()
    page.keyboard.press("Enter")
    # Both are listed there, then the way to all that happens at that place; Escape gives the focus back.
    meetings = page.locator(".map-card").get_by_role("link", name="Réunion de Rennes")
    expect(meetings).to_have_count(2)
    expect(meetings.first).to_be_focused()
    rennes = commune("35238")
    place = f"{rennes.latitude:.5f}%2C{rennes.longitude:.5f}"
    everything = page.locator(".map-card").get_by_role("link", name="Ouvrir la liste")
    expect(everything).to_have_attribute("href", f"/evenements/?ici={place}")
    page.keyboard.press("Escape")
    expect(together).to_be_focused()
    # It fades away: a click while it does is not one of a person's.
    expect(page.locator(".map-card")).to_have_count(0)
    together.click()
    expect(everything).to_be_visible()
    everything.click()
    expect(page.locator(".results").get_by_role("link", name="Réunion de Rennes")).to_have_count(2)
    expect(page.get_by_role("heading", level=1)).to_contain_text("à Rennes")


def test_the_map_is_drawn_by_our_own_outlines_and_names(browse, country):
    page = browse("/evenements/")
    page.wait_for_selector(READY)
    expect(page.locator("path.map-outline")).to_have_count(107)
    expect(page.locator(".map-town", has_text="Bordeaux")).to_be_visible()
    assert page.locator(".map-town").first.get_attribute("aria-hidden") == "true"


def elsewhere(page):
    return page.get_by_role("navigation", name="Ailleurs sur la carte")


def test_the_map_goes_overseas_and_to_the_capital_without_another_page(browse, country):
    page = browse("/evenements/")
    page.wait_for_selector(READY)
    address = page.url
    elsewhere(page).get_by_role("link", name=re.compile("^La Réunion")).click()
    expect(page.get_by_role("button", name=re.compile("^Réunion de Saint-Denis"))).to_be_visible()
    expect(page.locator("[data-map-status]")).to_have_text("Un événement sur cette partie de la carte.")
    expect(page.locator("[data-map=agenda]")).to_be_focused()
    elsewhere(page).get_by_role("link", name="Paris et petite couronne").press("Enter")
    expect(page.locator("[data-map-status]")).to_have_text("Aucun événement sur cette partie de la carte.")
    assert page.url == address


OVERLAPS = """() => {
    const boxes = (selector) => [...document.querySelectorAll(selector)].map((each) => each.getBoundingClientRect());
    const names = boxes(".map-town:not(.map-town-covered) span");
    const others = boxes(".map .leaflet-control, .map-event, .map-cluster");
    const over = (one, other) =>
        one.left < other.right && one.right > other.left && one.top < other.bottom && one.bottom > other.top;
    return names.filter((name, n) => [...names.slice(n + 1), ...others].some((other) => over(name, other))).length;
}"""


@pytest.mark.parametrize("width", [360, 1280])
def test_around_islands_the_map_says_where_one_is(browse, country, width):
    wallis = new_event(country, commune("98613"), title="Réunion d’Uvea")
    cells.count_squares()
    page = browse("/evenements/", width=width)
    page.wait_for_selector(READY)
    expect(page.locator(".leaflet-control-scale-line")).to_have_text(re.compile(r"^\d+ km$"))
    elsewhere(page).get_by_role("link", name=re.compile("^Wallis-et-Futuna")).click()
    marker = page.get_by_role("button", name=re.compile(f"^{wallis.title}"))
    expect(marker).to_be_visible()
    for name in ("Wallis-et-Futuna", "Uvea", "Alo"):
        expect(page.locator(".map-town:not(.map-town-covered)", has_text=name)).to_have_count(1)
    assert page.evaluate(OVERLAPS) == 0
    # What is at the edge of the territory is under no button.
    marker.click(trial=True)
    assert page.locator(".map-territory").first.get_attribute("aria-hidden") == "true"


def test_a_name_of_the_map_is_over_nothing_and_moves_out_from_under_what_is_there(browse, country):
    page = browse("/evenements/?lieu=35-ille-et-vilaine")
    page.wait_for_selector(READY)
    beside = page.locator(".map-town:not(.map-town-covered)")
    expect(beside.filter(has_text=re.compile("^Rennes$"))).to_have_count(1)
    assert page.evaluate(OVERLAPS) == 0
    page.get_by_role("button", name="Agrandir").click()
    expect(beside.filter(has_text=re.compile("^Rennes$"))).to_have_count(1)
    page.wait_for_timeout(400)
    assert beside.count() > 5 and page.evaluate(OVERLAPS) == 0


def test_without_javascript_a_link_leads_to_the_list_of_a_territory_overseas(browse, country):
    page = browse("/evenements/", java_script_enabled=False)
    elsewhere(page).get_by_role("link", name=re.compile("^La Réunion")).click()
    expect(page.locator(".results").get_by_role("link", name="Réunion de Saint-Denis")).to_be_visible()
    expect(page.get_by_role("button", name="Autour de moi")).to_be_hidden()


def test_a_position_is_asked_on_a_click_and_never_sent(browse, country):
    exact = {"latitude": 48.1181234, "longitude": -1.2087654}
    page = browse("/evenements/", geolocation=exact, permissions=["geolocation"])
    page.wait_for_selector(READY)
    sent = []
    page.on("request", lambda request: sent.append(request.url + (request.post_data or "")))
    page.get_by_role("button", name="Autour de moi").click()
    expect(page.get_by_role("button", name=re.compile("^Planter les premiers arbres"))).to_be_visible()
    boxes = [parse_qs(urlsplit(address).query)["bbox"][0] for address in sent if "bbox" in address]
    assert boxes
    for box in boxes:
        west, south, east, north = map(float, box.split(","))
        # What leaves the browser: edges of half tiles at the zoom of a canton, ten kilometres apart or more.
        assert (west / 0.0439453125).is_integer() and (east - west) > 0.13 and (north - south) > 0.09
    assert not any(str(round(degrees, 3)) in address for degrees in exact.values() for address in sent)


def test_a_position_that_is_refused_is_said(browse, country):
    page = browse("/evenements/", permissions=[])
    page.wait_for_selector(READY)
    page.get_by_role("button", name="Autour de moi").click()
    expect(page.get_by_role("alert").filter(has_text="Votre position n’a pas pu être lue.")).to_be_visible()


def test_the_map_moves_by_its_buttons_and_by_the_arrows(browse, country):
    page = browse("/evenements/")
    page.wait_for_selector(READY)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "carte.json" in request.url else None)
    page.get_by_role("button", name="Agrandir").click()
    page.wait_for_timeout(400)
    page.locator("[data-map=agenda]").focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(150)
    assert len(asked) >= 2 and all("zoom=" in address and "bbox=" in address for address in asked)


def test_one_skips_the_map_by_the_keyboard(browse, country):
    page = browse("/evenements/")
    page.wait_for_selector(READY)
    skip = page.get_by_role("link", name="Passer la carte")
    skip.focus()
    expect(skip).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.closest('.map')")


def test_without_javascript_the_list_says_it_all_and_no_empty_map_is_left(browse, country):
    page = browse("/evenements/", java_script_enabled=False)
    expect(page.locator(".map")).to_be_hidden()
    expect(page.locator(".results").get_by_role("link", name="Planter les premiers arbres")).to_be_visible()


def test_the_page_of_an_event_needs_no_script_to_show_where_it_is(browse, country):
    event = Event.objects.get(title__startswith="Planter")
    page = browse(event.get_absolute_url(), java_script_enabled=False)
    drawing = page.get_by_role("img", name=re.compile("^Vitré sur le contour"))
    expect(drawing).to_be_visible()
    point = page.locator(".silhouette circle").bounding_box()
    frame = drawing.bounding_box()
    assert frame["x"] < point["x"] < frame["x"] + frame["width"]
    assert frame["y"] < point["y"] < frame["y"] + frame["height"]


# --- Setting a point -------------------------------------------------------------------------------------------------


@pytest.fixture
def picker(browse, country):
    page = browse("/evenements/nouveau/?sorte=meeting", member=country)
    page.locator("[data-map=picker]").scroll_into_view_if_needed()
    page.wait_for_selector("[data-map=picker].leaflet-container")
    page.wait_for_selector(".map-point")
    return page


def point(page) -> tuple[float, float]:
    return tuple(float(page.locator(f"input[name={name}]").input_value()) for name in ("latitude", "longitude"))


def test_the_point_begins_at_the_centre_of_one_s_commune(picker):
    vitre = commune("35360")
    assert point(picker) == (vitre.latitude, vitre.longitude)


def test_the_point_moves_by_a_click_and_by_dragging(picker):
    before = point(picker)
    box = picker.locator("[data-map=picker]").bounding_box()
    picker.mouse.click(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 - 40)
    picker.wait_for_timeout(300)
    clicked = point(picker)
    assert clicked[0] > before[0] and clicked[1] > before[1]
    pin = picker.locator(".map-point").bounding_box()
    x, y = pin["x"] + pin["width"] / 2, pin["y"] + pin["height"] / 2
    picker.mouse.move(x, y)
    picker.mouse.down()
    picker.mouse.move(x - 90, y + 50, steps=6)
    picker.mouse.up()
    dragged = point(picker)
    assert dragged[0] < clicked[0] and dragged[1] < clicked[1]


def test_the_point_moves_by_the_arrows(picker):
    before = point(picker)
    pin = picker.get_by_role("button", name="Le lieu de l’événement : déplacez-le avec les flèches")
    pin.focus()
    picker.keyboard.press("ArrowUp")
    picker.keyboard.press("ArrowRight")
    after = point(picker)
    assert after[0] > before[0] and after[1] > before[1]
    expect(picker.locator("form [data-map-status]")).to_have_text("Le point est placé.")
    expect(pin).to_be_focused()


def test_a_commune_chosen_before_the_map_is_seen_is_where_it_opens(browse, country):
    page = browse("/evenements/nouveau/?sorte=meeting", member=country)
    page.locator("[data-map=picker]").evaluate("map => map.style.marginTop = '3000px'")
    page.locator("input[name=commune]").fill("")
    page.locator("input[name=commune]").press_sequentially("fouger")
    page.get_by_role("option", name="Fougères (Ille-et-Vilaine)").click()
    expect(page.locator("[data-map=picker].leaflet-container")).to_have_count(0)
    page.locator("[data-map=picker]").scroll_into_view_if_needed()
    page.wait_for_selector(".map-point")
    fougeres = commune("35115")
    assert point(page) == pytest.approx((fougeres.latitude, fougeres.longitude), abs=0.001)


def test_choosing_a_commune_moves_the_point(picker):
    picker.locator("input[name=commune]").fill("")
    picker.locator("input[name=commune]").press_sequentially("fouger")
    picker.get_by_role("option", name=re.compile("^Fougères \\(Ille-et-Vilaine\\)")).click()
    fougeres = commune("35115")
    assert point(picker) == (pytest.approx(fougeres.latitude), pytest.approx(fougeres.longitude))


def test_a_point_set_by_hand_is_where_the_event_is(picker, soon):
    picker.get_by_label("Titre").fill("Rendez-vous au verger")
    picker.locator("input[name=day]").fill(soon.isoformat())
    picker.locator("input[name=starts]").fill("10:00")
    picker.locator("input[name=ends]").fill("12:00")
    picker.locator(".map-point").focus()
    for _ in range(3):
        picker.keyboard.press("ArrowDown")
    chosen = point(picker)
    picker.get_by_role("button", name="Publier l’événement").click()
    picker.wait_for_url(re.compile("rendez-vous-au-verger"))
    event = Event.objects.get(title="Rendez-vous au verger")
    assert (event.latitude, event.longitude) == chosen != (commune("35360").latitude, commune("35360").longitude)


def test_online_nobody_asks_where(picker):
    expect(picker.locator("input[name=commune]")).to_be_visible()
    picker.get_by_role("button", name="En ligne").click()
    expect(picker.get_by_label("Lien de connexion")).to_be_visible()
    expect(picker.locator("input[name=commune]")).to_be_hidden()
    expect(picker.locator("[data-map=picker]")).to_be_hidden()


# --- Everyone --------------------------------------------------------------------------------------------------------


def test_nothing_stands_in_anybody_s_way(browse, country):
    event = Event.objects.get(title__startswith="Planter")
    for path, ready in (
        ("/evenements/", READY),
        ("/evenements/?lieu=35360-vitre", READY),
        (event.get_absolute_url(), ".silhouette"),
        (reverse("event_edit", args=[event.slug]), "[data-map=picker]"),
        (reverse("event_attend", args=[event.slug]), "#je-viens"),
        ("/mes-evenements/", "main"),
    ):
        page = browse(path, member=country, width=360)
        page.wait_for_selector(ready)
        if "map" in ready.lower():
            page.locator("[data-map]").scroll_into_view_if_needed()
            page.wait_for_selector(".leaflet-container .map-outline", state="attached")
        assert not complaints(page, path)
        page.context.close()


def test_a_page_with_a_map_stays_light(new_context, site, country):
    page = new_context(viewport={"width": 360, "height": 740}).new_page()
    weights: dict[str, list[int]] = {}
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    kinds = {}
    client.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    client.on(
        "Network.loadingFinished",
        lambda event: weights.setdefault(kinds.get(event["requestId"], ""), []).append(event["encodedDataLength"]),
    )
    page.goto(f"{site.url}/evenements/")
    page.wait_for_selector(READY)
    page.wait_for_load_state("networkidle")
    assert sum(weights["Script"]) <= 65_000
    assert sum(weights["Stylesheet"]) <= 16_000
    assert sum(map(sum, weights.values())) <= 220_000
    assert sum(map(len, weights.values())) <= 30


def test_leaflet_waits_until_a_map_is_seen(new_context, site, country):
    page = new_context(viewport={"width": 360, "height": 300}).new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.url}/evenements/nouveau/?sorte=meeting")
    page.goto(f"{site.url}/evenements/")
    page.wait_for_load_state("networkidle")
    top = page.locator("[data-map]").bounding_box()["y"]
    if top > 400:
        assert not any("leaflet" in address for address in asked)
    page.locator("[data-map]").scroll_into_view_if_needed()
    page.wait_for_selector(READY)
    assert any("leaflet" in address for address in asked)
