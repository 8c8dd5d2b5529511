"""What is new in each list, followed from elsewhere."""

import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from cast import new_event, new_initiative
from django.utils import timezone
from django.utils.http import http_date

from events.models import EventReport
from figures import services as figures
from initiatives.models import Contribution, Initiative, Tag, Update
from moderation import services as moderation
from moderation.filter import Ground
from opendata import feeds

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


def read(client, address: str) -> ET.Element:
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    feed = ET.fromstring(answer.content)
    for name in ("id", "title", "updated"):
        assert feed.findtext(f"{ATOM}{name}"), name
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    for entry in feed.iter(f"{ATOM}entry"):
        for name in ("id", "title", "updated"):
            assert entry.findtext(f"{ATOM}{name}"), name
    return feed


def titles(client, address: str) -> list[str]:
    return [entry.findtext(f"{ATOM}title") for entry in read(client, address).iter(f"{ATOM}entry")]


def ids(client, address: str) -> list[str]:
    return [entry.findtext(f"{ATOM}id") for entry in read(client, address).iter(f"{ATOM}entry")]


@pytest.fixture
def lived(initiative, event, alice, bob):
    """An initiative with all that a feed may tell of it."""
    Update.objects.create(
        initiative=initiative, author=alice, title="On a planté", text="**Trente**", published_at=timezone.now()
    )
    Contribution.objects.create(
        initiative=initiative, author=bob, text="Et l’arrosage ?", stance="against", published_at=timezone.now()
    )
    held = new_event(alice, initiative.commune, title="La plantation", starts_at=timezone.now() - timedelta(days=3))
    EventReport.objects.create(event=held, author=alice, text="Nous étions douze.", published_at=timezone.now())
    new_initiative(alice, initiative.commune, title="La fontaine", state="succeeded", outcome="Elle coule.")
    return initiative


def addresses(initiative) -> dict[str, list[str]]:
    return {
        "/initiatives/fil.atom": [initiative.title],
        "/initiatives/fil.atom?etat=abouties": ["Aboutie : La fontaine"],
        "/evenements/fil.atom": ["Réunion publique autour du verger"],
        "/evenements/comptes-rendus.atom": ["Compte rendu : La plantation"],
        f"/initiatives/{initiative.slug}/nouvelles.atom": ["On a planté"],
        f"/initiatives/{initiative.slug}/discussion.atom": ["Contre : Et l’arrosage ?"],
    }


def plain(words: list[str]) -> list[str]:
    return [title.replace("\u202f", " ").replace("\xa0", " ") for title in words]


def test_each_list_has_its_own(visitor, lived):
    for address, expected in addresses(lived).items():
        assert plain(titles(visitor, address)) == expected, address


def test_a_territory_tells_all_that_is_new_there(visitor, lived):
    everything = {title for expected in list(addresses(lived).values())[:4] for title in expected}
    for place in ("35360-vitre", "35-ille-et-vilaine", "r53-bretagne"):
        assert set(plain(titles(visitor, f"/territoires/{place}/fil.atom"))) == everything
    assert titles(visitor, "/territoires/29-finistere/fil.atom") == []
    assert visitor.get("/territoires/99999-nulle-part/fil.atom").status_code == 404


def test_what_is_withheld_or_waits_is_in_none(visitor, lived, chloe):
    every = [*addresses(lived), "/territoires/35-ille-et-vilaine/fil.atom"]
    for model in (Update, Contribution, EventReport):
        model.objects.update(withheld_at=timezone.now())
    for row in (*lived.events.all(), *lived.author.initiatives.all()):
        row.withhold()
    for address in every:
        answer = visitor.get(address)
        assert answer.status_code == 404 or titles(visitor, address) == [], address


def test_a_secret_link_has_no_feed(visitor, alice, vitre):
    hidden = new_initiative(alice, vitre, state="preparing", published_at=None, nursery_key="k7f3q9x2wd")
    for name in ("nouvelles", "discussion"):
        assert visitor.get(f"/initiatives/{hidden.slug}/{name}.atom").status_code == 404


def test_filters_are_those_of_the_list(visitor, alice, vitre):
    theme = Tag.objects.filter(theme_rank__isnull=False).first()
    mine = new_initiative(alice, vitre, title="Des haies")
    mine.tags.add(theme)
    new_initiative(alice, None, title="Ailleurs")
    new_event(alice, vitre, title="Ici", theme=theme)
    new_event(alice, None, title="En ligne")
    for asked in ("lieu=35360-vitre", f"theme={theme.slug}", "sorte=local_project"):
        assert titles(visitor, f"/initiatives/fil.atom?{asked}") == ["Des haies"]
    for asked in ("lieu=35360-vitre", f"theme={theme.slug}", "sorte=meeting"):
        assert titles(visitor, f"/evenements/fil.atom?{asked}") == ["Ici"]
    assert visitor.get("/initiatives/fil.atom?lieu=Trifouilly").status_code == 404
    assert visitor.get("/evenements/fil.atom?lieu=Trifouilly").status_code == 404


def test_an_entry_keeps_its_name_when_its_title_changes(visitor, initiative):
    before = ids(visitor, "/initiatives/fil.atom")
    initiative.title = "Un autre titre"
    initiative.save(update_fields=["title"])
    assert ids(visitor, "/initiatives/fil.atom") == before
    assert before[0].startswith("tag:")


def test_what_both_succeeds_and_is_told_elsewhere_has_one_name_in_each_feed(visitor, lived):
    found = ids(visitor, "/territoires/35360-vitre/fil.atom")
    assert len(set(found)) == len(found)


def test_a_feed_is_bounded_and_costs_the_same(visitor, initiative, alice, monkeypatch, query_bill):
    monkeypatch.setattr(feeds, "MOST", 5)

    def fill(count):
        for _each in range(count):
            new_initiative(alice, initiative.commune)
            new_event(alice, initiative.commune)

    query_bill(visitor, "/initiatives/fil.atom", fill, most=1)
    query_bill(visitor, "/evenements/fil.atom", fill, most=1)
    query_bill(visitor, "/territoires/35360-vitre/fil.atom", fill, most=5)
    assert len(titles(visitor, "/territoires/35360-vitre/fil.atom")) == 5


def test_an_unchanged_feed_is_not_sent_again(visitor, initiative):
    for address in ("/initiatives/fil.atom", "/initiatives/fil.atom?etat=abouties"):
        first = visitor.get(address)
        assert visitor.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
        assert "s-maxage=60" in first["Cache-Control"]
        assert "Cookie" not in first.get("Vary", "")


def test_what_is_taken_away_leaves_the_feed_of_who_asks_for_what_is_newer(visitor, initiative, alice):
    """Its date would be that of what is left: older than what the reader holds."""
    older = new_initiative(
        alice, initiative.commune, title="La fontaine", published_at=timezone.now() - timedelta(days=3)
    )
    held = visitor.get("/initiatives/fil.atom")
    Initiative.objects.filter(pk=older.pk).update(withheld_at=timezone.now())
    since = {"If-Modified-Since": held.get("Last-Modified", http_date(timezone.now().timestamp()))}
    again = visitor.get("/initiatives/fil.atom", headers=since)
    assert again.status_code == 200 and "La fontaine" not in again.content.decode()


def test_nobody_is_named(visitor, lived, alice, bob):
    for address in addresses(lived):
        body = visitor.get(address).content
        assert alice.display_name.encode() not in body
        assert bob.display_name.encode() not in body


def test_markup_in_a_text_is_text_in_a_feed(visitor, alice):
    new_initiative(alice, None, title="<script>alert(1)</script> & co", summary="]]> <img src=x onerror=alert(1)>")
    entry = next(read(visitor, "/initiatives/fil.atom").iter(f"{ATOM}entry"))
    assert entry.findtext(f"{ATOM}title") == "<script>alert(1)</script> & co"
    assert "<img" not in entry.findtext(f"{ATOM}summary")


@pytest.mark.parametrize("character", ["\x0b", "\x1b", "\uffff"])
def test_a_character_that_xml_cannot_hold_does_not_spoil_the_feed_of_all(visitor, alice, vitre, character):
    one = new_initiative(alice, vitre, title=f"La fon{character}taine", summary=f"Elle{character} coule.")
    assert titles(visitor, "/initiatives/fil.atom") == ["La fontaine"]
    Update.objects.create(
        initiative=one, author=alice, title="Eau", text=f"Claire{character}", published_at=timezone.now()
    )
    assert titles(visitor, f"/initiatives/{one.slug}/nouvelles.atom") == ["Eau"]


def test_decisions_are_followed(visitor, event, chloe):
    moderation.withhold(event, by=chloe, ground=Ground.INSULT, reason="Une injure.", facts="Une injure publique.")
    feed = read(visitor, "/moderation/decisions.atom")
    (entry,) = feed.iter(f"{ATOM}entry")
    assert "Une injure publique." in entry.findtext(f"{ATOM}summary")
    assert event.title not in ET.tostring(feed, encoding="unicode")


def test_the_hash_of_each_night_is_followed(visitor, db):
    assert titles(visitor, "/chiffres/releves.atom") == []
    figures.take_snapshots()
    (entry,) = read(visitor, "/chiffres/releves.atom").iter(f"{ATOM}entry")
    assert len(entry.findtext(f"{ATOM}summary").split("<p>")[-1].removesuffix("</p>")) == 64
