"""Every page by axe (WCAG 2.2 AA, best practices), light and dark, on a phone and a desktop; and 320 pixels wide."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from cast import client_of, new_event, new_initiative, new_member
from django.contrib.auth.models import Group
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from initiatives.models import CoOrganiser, Initiative, Support, SupportReview, SupportTally
from initiatives.services import discussion, drafts, letters, own, team
from initiatives.services import supports as services
from moderation import services as moderation
from moderation.models import Case
from territories.models import Commune
from tests.members.door import sign_in_staff

pytestmark = pytest.mark.browser

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "best-practice"]}

#: Its team was asked whether it goes on.
IN_NURSERY = {
    "published_at": None,
    "nursery_key": "k7f3q9x2wd",
    "launched_at": timezone.now() - timedelta(days=31),
    "nursery_asked_at": timezone.now(),
}


def _demand(initiative, commune, email) -> Support:
    services.ask(initiative, email=email, first_name="Claire", commune=commune, consent="2026-11")
    return Support.objects.latest("pk")


def _discussed(initiative, alice) -> list[str]:
    """What is said of it: put forward, replied to, voted for, erased and waiting; where it is read and written."""
    hugo = new_member("hugo")
    said = discussion.contribute(initiative, by=hugo, text="De l’ombre, enfin.", stance="for")
    mine = discussion.contribute(initiative, by=alice, text="Qui arrosera en **août** ?", stance="against")
    discussion.reply(mine, by=hugo, text="Nous serons douze.")
    discussion.vote(said, by=alice, is_useful=True)
    discussion.pin(said, by=alice)
    discussion.erase(discussion.contribute(initiative, by=hugo, text="Je me suis trompé."), by=hugo)
    discussion.contribute(initiative, by=alice, text="Appelez Madame Martin au 06 12 34 56 78.")
    addresses = [reverse(f"discussion{name}", args=[initiative.slug]) for name in ("", "_write")]
    names = ("_thread", "_reply", "_edit", "_erase")
    addresses += [reverse(f"discussion{name}", args=[initiative.slug, mine.pk]) for name in names]
    return [f"{addresses[0]}?tri=avis", *addresses]


@pytest.fixture
def alice_at_home(site):
    """Alice, with something of everything: initiatives in each state, events, supports."""
    vitre = Commune.objects.select_related("department__region").get(code="35360")
    alice = new_member("alice", home_commune=vitre)
    first = new_initiative(alice, vitre)
    first.tags.set(["Environnement", "Alimentation", "verger"])
    new_initiative(alice, title="Un train de nuit pour chaque région", kind="national_project")
    new_initiative(alice, vitre, title="Une passerelle sur la Vilaine", state="draft", published_at=None)
    new_initiative(alice, vitre, title="Un abri à vélos à la gare", state="submitted", published_at=None)
    new_initiative(alice, vitre, title="Des bancs à l’ombre", state="succeeded", outcome="Six bancs, posés en mai.")
    new_initiative(alice, vitre, title="Une passerelle de bois sur la Vilaine")
    nursery = new_initiative(alice, vitre, title="Un lavoir à rouvrir", state="preparing", **IN_NURSERY)
    services.support(first, by=alice)
    claire, given = (_demand(first, vitre, email) for email in ("claire@exemple.fr", "zoe@exemple.fr"))
    services.confirm(given.pk)
    given.refresh_from_db()
    SupportTally.objects.create(initiative=first, department_id="35", commune=None, count=7)
    SupportReview.objects.create(
        initiative=first, act="remove", domain="robots.exemple", reason="Adresses d’un robot", count=41
    )
    meeting = new_event(alice, vitre, initiative=first)
    new_event(alice, vitre, title="Une matinée complète", capacity=1, attendee_count=1)
    new_event(alice, None, title="Une soirée en ligne", online_url="https://exemple.fr/salle")
    draft = Initiative.objects.get(state="draft")
    drafts.keep({"means": ["À voir"]}, step="text", initiative=draft, by=alice)
    dan = new_member("dan")
    CoOrganiser.objects.create(initiative=first, member=dan)
    invitation = team.address_of(team.make_link(first, by=alice))
    letter = letters.write(first, "Faut-il apporter une bêche ?", by=new_member("eve"))
    elsewhere = new_initiative(dan, vitre, title="Une boîte à livres au marché")
    letters.write(elsewhere, "Qui s’occupe des livres ?", by=alice)
    orphan = new_initiative(None, vitre, title="Un four à pain", frozen_at=timezone.now())
    Support.objects.create(initiative=orphan, member=alice, state="confirmed", confirmed_at=timezone.now())
    discussed = _discussed(first, alice)
    alice.pages = {
        "visitor": [
            "/",
            reverse("initiatives"),
            reverse("initiatives") + "?q=rien-de-tel",
            first.get_absolute_url(),
            reverse("initiative_support", args=[first.slug]),
            reverse("support_sent", args=[first.slug]),
            *(reverse("support_link", args=[first.slug, services.token_of(row.pk)]) for row in (claire, given)),
            reverse("support_link", args=[first.slug, "perdu"]),
            nursery.get_absolute_url(),
            orphan.get_absolute_url(),
            invitation,
            reverse("team_invitation", args=["perdu"]),
            reverse("team_invitation_declined"),
            *discussed[:2],
            reverse("my_supports"),
            reverse("my_supports_sent"),
            reverse("my_supports_link", args=[own.token_of(given.member)]),
            reverse("my_supports_link", args=["perdu"]),
            reverse("agenda"),
            reverse("agenda") + "?lieu=Vitré",
            meeting.get_absolute_url(),
            "/territoires/35360-vitre/",
            "/ou/?lieu=saint",
            reverse("account_login"),
            reverse("account_signup"),
            reverse("moderation_public"),
            reverse("ranking"),
            reverse("privacy"),
            reverse("accessibility"),
            reverse("legal"),
            "/nulle-part/",
        ],
        "member": [
            "/",
            *discussed,
            first.get_absolute_url(),
            meeting.get_absolute_url(),
            reverse("initiative_new"),
            *(reverse(f"initiative_{step}", args=[draft.slug]) for step in ("subject", "text", "place", "preview")),
            *(reverse(f"initiative_{page}", args=[nursery.slug]) for page in ("first_five", "sheet")),
            reverse("initiative_support", args=[first.slug]),
            reverse("my_initiatives"),
            *(reverse(f"initiative_{page}", args=[first.slug]) for page in ("team", "letters")),
            reverse("initiative_exchange", args=[first.slug, letter.pk]),
            reverse("initiative_write", args=[elsewhere.slug]),
            reverse("initiative_adopt", args=[orphan.slug]),
            reverse("my_supports"),
            reverse("my_events"),
            reverse("event_new") + f"?initiative={first.pk}",
            reverse("event_edit", args=[meeting.slug]),
            reverse("event_cancel", args=[meeting.slug]),
            reverse("event_attend", args=[meeting.slug]),
            reverse("settings"),
            reverse("account_logout"),
        ],
    }
    return alice


def browse(new_context, site, member, **options):
    context = new_context(reduced_motion="reduce", **options)
    if member is not None:
        session = client_of(member).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
    return context.new_page()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("who", ["visitor", "member"])
def test_axe_finds_nothing(new_context, site, alice_at_home, who, scheme):
    member = alice_at_home if who == "member" else None
    page = browse(new_context, site, member, color_scheme=scheme)
    found = []
    for path in alice_at_home.pages[who]:
        page.goto(site.url + path)
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            for rule in Axe().run(page, options=AXE).response["violations"]:
                found += [f"{path} at {width}: {rule['id']}: {node['html'][:120]}" for node in rule["nodes"]]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("who", ["visitor", "member"])
def test_nothing_sticks_out_of_a_narrow_screen(new_context, site, alice_at_home, who):
    member = alice_at_home if who == "member" else None
    page = browse(new_context, site, member, viewport={"width": 320, "height": 640})
    wide = []
    for path in alice_at_home.pages[who]:
        page.goto(site.url + path)
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(path)
    assert not wide


@pytest.mark.parametrize("who", ["visitor", "member", "supporter"])
def test_a_refused_form_says_where_and_passes_axe(new_context, site, alice_at_home, who):
    member = alice_at_home if who == "member" else None
    page = browse(new_context, site, member, viewport={"width": 360, "height": 800})
    path = {
        "visitor": reverse("account_signup"),
        "member": reverse("initiative_new"),
        "supporter": reverse("initiative_support", args=[Initiative.objects.earliest("pk").slug]),
    }[who]
    page.goto(site.url + path)
    page.locator("main form button[type=submit], main form button:not([type])").first.click()
    summary = page.get_by_role("alert").first
    expect(summary).to_be_visible()
    summary.get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.tagName") in ("INPUT", "TEXTAREA", "FIELDSET")
    assert not Axe().run(page, options=AXE).response["violations"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_moderators_work(new_context, site, scheme):
    vitre = Commune.objects.select_related("department__region").get(code="35360")
    alice, chloe = new_member("alice"), new_member("chloe", is_staff=True)
    chloe.groups.add(Group.objects.get(name="Modérateurs"))
    doubtful = new_initiative(
        alice, vitre, state="submitted", published_at=None, means="Appelez Marcel Aubry au 06 39 98 12 34."
    )
    moderation.receive(doubtful, by=alice)
    client = Client()
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend", ALLOWED_HOSTS=["testserver", "127.0.0.1"]
    ):
        sign_in_staff(client, chloe)
    context = new_context(reduced_motion="reduce", color_scheme=scheme)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
    page = context.new_page()
    case = Case.objects.get()
    found = []
    for path in ("/admin/", "/admin/moderation/case/", f"/admin/moderation/case/{case.pk}/change/"):
        page.goto(site.url + path)
        assert "Modération" in page.title() or "possibles" in page.title()
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            for rule in Axe().run(page, options=AXE).response["violations"]:
                found += [f"{path} at {width}: {rule['id']}: {node['html'][:160]}" for node in rule["nodes"]]
    assert not found, "\n".join(found)
