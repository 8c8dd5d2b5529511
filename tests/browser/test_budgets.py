"""What each page weighs in a real browser, compressed as production serves it."""

from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit

import pytest
from cast import new_event, new_initiative, new_member
from django.urls import reverse
from lives import illustrate, keep_files_where_the_site_is, live

from figures.services import take_snapshots
from moderation import chain
from moderation import services as moderation
from moderation.filter import Ground
from moderation.models import MonthFigures, Statement
from territories.models import Commune

pytestmark = pytest.mark.browser

KB = 1000


@dataclass
class Weight:
    """Bytes on the wire, headers included, by kind of resource."""

    total: int = 0
    script: int = 0
    stylesheet: int = 0
    requests: int = 0
    foreign: list[str] = field(default_factory=list)


@pytest.fixture
def weigh(new_context, site):
    """`weigh(path, wait_for=…)`: the weight of the page on a phone that never came before."""

    def weighed(path: str, *, wait_for: str = "main") -> Weight:
        context = new_context(viewport={"width": 360, "height": 740})
        page = context.new_page()
        client = context.new_cdp_session(page)
        client.send("Network.enable")
        weight, kinds = Weight(), {}

        def begun(event):
            address = event["request"]["url"]
            if address.startswith("data:"):
                return
            kinds[event["requestId"]] = event.get("type", "Other")
            # The figures followed afterwards are no part of the page: a slow machine asks them before all is measured.
            if not urlsplit(address).path.endswith("/soutiens.json"):
                weight.requests += 1
            if urlsplit(address).netloc != urlsplit(site.url).netloc:
                weight.foreign.append(address)

        def finished(event):
            size = event["encodedDataLength"]
            weight.total += size
            if kinds.get(event["requestId"]) == "Script":
                weight.script += size
            if kinds.get(event["requestId"]) == "Stylesheet":
                weight.stylesheet += size

        client.on("Network.requestWillBeSent", begun)
        client.on("Network.loadingFinished", finished)
        page.goto(site.url + path, wait_until="networkidle")
        page.wait_for_selector(wait_for)
        page.wait_for_timeout(300)
        context.close()
        return weight

    return weighed


@pytest.fixture
def country(site):
    """Enough for full pages: forty initiatives, sixty events."""
    alice = new_member("alice")
    communes = list(Commune.objects.filter(population__gt=20_000).select_related("department__region")[:60])
    initiatives = [
        new_initiative(alice, commune, title=f"Un verger partagé derrière la gare {commune.name_of}"[:110])
        for commune in communes[:40]
    ]
    for initiative in initiatives:
        initiative.tags.set(["Environnement", "Alimentation", "verger"])
    for commune in communes:
        new_event(alice, commune, initiative=initiatives[0])
    return initiatives[0]


def test_an_initiative_weighs_at_most_seventy_kilobytes(weigh, country):
    weight = weigh(country.get_absolute_url())
    assert weight.foreign == []
    assert weight.total <= 70 * KB and weight.requests <= 8, weight
    assert weight.script <= 18 * KB and weight.stylesheet <= 12 * KB, weight


def test_an_initiative_filled_with_everything_weighs_no_more(weigh, site, settings):
    """A cover, twenty actions and needs, two hundred contributions, updates, steps, a team, events."""
    keep_files_where_the_site_is(site, settings)
    alice = new_member("alice")
    initiative = new_initiative(alice, Commune.objects.get(code="35360"))
    initiative.tags.set(["Environnement", "Alimentation", "verger"])
    illustrate(initiative, texts=6)
    live(initiative)
    weight = weigh(initiative.get_absolute_url())
    assert weight.foreign == []
    assert weight.total <= 70 * KB and weight.requests <= 8, weight
    assert weight.script <= 18 * KB and weight.stylesheet <= 12 * KB, weight


def test_the_list_weighs_at_most_seventy_kilobytes(weigh, country):
    weight = weigh(reverse("initiatives"))
    assert weight.foreign == []
    assert weight.total <= 70 * KB and weight.requests <= 8, weight
    assert weight.script <= 18 * KB and weight.stylesheet <= 12 * KB, weight


def test_a_page_of_answers_weighs_at_most_seventy_kilobytes(weigh, country):
    weight = weigh(reverse("search") + "?q=verger")
    assert weight.foreign == []
    assert weight.total <= 70 * KB and weight.requests <= 8, weight
    assert weight.script <= 18 * KB and weight.stylesheet <= 12 * KB, weight


def test_an_event_weighs_at_most_one_hundred_and_ten_kilobytes_without_its_map(weigh, country):
    weight = weigh(country.events.first().get_absolute_url())
    assert weight.foreign == []
    assert weight.total <= 110 * KB and weight.requests <= 10, weight
    assert weight.script <= 18 * KB and weight.stylesheet <= 12 * KB, weight


def test_the_agenda_and_its_map_weigh_at_most_two_hundred_and_twenty_kilobytes(weigh, country):
    weight = weigh(reverse("agenda"), wait_for="[data-ready]")
    assert weight.foreign == []
    assert weight.total <= 220 * KB and weight.requests <= 30, weight
    assert weight.script <= 65 * KB and weight.stylesheet <= 16 * KB, weight


def test_home_and_its_map_weigh_at_most_two_hundred_and_twenty_kilobytes(weigh, country):
    weight = weigh("/")
    assert weight.foreign == []
    assert weight.total <= 220 * KB and weight.requests <= 30, weight


def test_what_is_published_of_moderation_weighs_at_most_seventy_kilobytes(weigh, site):
    """A year of figures, each ground among them, and the last link of the log."""
    by_ground = {ground.value: 40 + rank for rank, ground in enumerate(Ground)}
    counts = dict.fromkeys(("notices", "decisions", "restrictions", "automated_restrictions", "examined"), 40)
    counts |= dict.fromkeys(("appeals", "decided_appeals", "reversed_appeals", "reversals"), 40)
    counts |= {"detected_published": 40, "detected_restricted": 40, "median_wait": 9000.0, "by_ground": by_ground}
    for year in (2025, 2026):
        for month in range(1, 13):
            MonthFigures.objects.create(month=date(year, month, 1), counts=counts)
    take_snapshots()
    initiative = new_initiative(new_member("alice"), Commune.objects.get(code="35360"))
    moderation.withhold(initiative, by=new_member("chloe", is_staff=True), ground="insult", reason="Une insulte.")
    chain.anchor()
    for path in (reverse("moderation_public"), Statement.objects.get().get_absolute_url()):
        weight = weigh(path)
        assert weight.foreign == []
        assert weight.total <= 70 * KB and weight.requests <= 8, (path, weight)
        assert weight.script <= 18 * KB and weight.stylesheet <= 12 * KB, (path, weight)
