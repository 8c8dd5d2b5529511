"""The HTML of each page is well formed, and holds nothing inline nor from elsewhere."""

import html5lib
import pytest
from cast import client_of
from django.conf import settings
from django.urls import reverse

from events.models import Event
from initiatives.services import supports
from notifications.services import tell

PAGES = [
    "/",
    "/initiatives/",
    "/evenements/",
    "/territoires/35360-vitre/",
    "/territoires/r53-bretagne/",
    "/territoires/35-ille-et-vilaine/",
    "/territoires/",
    "/territoires/35-ille-et-vilaine/communes/",
    "/territoires/35360-vitre/suivre/",
    "/ou/?lieu=saint",
    "/moderation/",
    "/classement/",
    "/confidentialite/",
    "/accessibilite/",
    "/mentions-legales/",
    "/compte/connexion/",
    "/compte/inscription/",
    "/nulle-part/",
]


def parsed(answer):
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.content)


@pytest.mark.parametrize("path", PAGES)
def test_a_public_page_is_well_formed(visitor, initiative, event, path):
    check(parsed(visitor.get(path)))


@pytest.mark.parametrize(
    "name",
    [
        "initiative_new",
        "my_initiatives",
        "my_supports",
        "my_commitments",
        "my_events",
        "event_new",
        "settings",
        "settings_messages",
        "mfa_index",
        "consents",
        "blocks",
        "feed",
        "notifications",
    ],
)
def test_a_members_page_is_well_formed(as_alice, initiative, event, name):
    check(parsed(as_alice.get(reverse(name))))


def test_the_pages_of_what_one_hears_are_well_formed(as_bob, bob, alice, initiative, event):
    supports.support(initiative, by=bob)
    for about in (initiative, event, None):
        context = {"title": initiative.title, "url": "/"}
        tell(bob, kind="update_published", key=f"about-{about}", context=context, about=about, by=alice)
    check(parsed(as_bob.get(reverse("notifications"))))
    check(parsed(as_bob.get(reverse("notifications_about", args=["initiative", initiative.pk]))))
    check(parsed(as_bob.get(reverse("settings_messages_each", args=["organise"]))))
    check(parsed(as_bob.get(reverse("mute", args=["evenement", event.pk]))))
    check(parsed(as_bob.get(reverse("feed"))))


def test_the_pages_of_things_are_well_formed(visitor, alice, bob, initiative, event):
    for client in (visitor, client_of(alice), client_of(bob)):
        check(parsed(client.get(initiative.get_absolute_url())))
        check(parsed(client.get(event.get_absolute_url())))
    for step in ("subject", "text", "place"):
        check(parsed(client_of(alice).get(reverse(f"initiative_{step}", args=[initiative.slug]))))
    for name in ("event_edit", "event_cancel", "event_again"):
        check(parsed(client_of(alice).get(reverse(name, args=[event.slug]))))
    for kind in Event.Kind:
        check(parsed(client_of(alice).get(reverse("event_new"), {"sorte": kind})))


def check(tree) -> None:
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), [name for name in ids if ids.count(name) > 1]
    assert len(list(tree.iter("h1"))) == 1
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        assert not element.get("style"), element.tag
        assert not [name for name in element.attrib if name.startswith("on")]
        if element.tag == "script" and element.get("type") != "application/json":
            assert element.get("src") and not (element.text or "").strip()
        for name in ("src", "action"):
            address = element.get(name) or ""
            assert not address.startswith(("http:", "https:", "//")), address
        if element.tag == "link" and element.get("rel") in ("stylesheet", "icon", "preload", "modulepreload"):
            assert element.get("href").startswith("/")
    titles = list(tree.iter("title"))
    assert titles and settings.SITE_NAME in "".join(titles[0].itertext())


def test_the_policy_is_enforced_on_each_page(visitor, initiative):
    policy = visitor.get(initiative.get_absolute_url())["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
