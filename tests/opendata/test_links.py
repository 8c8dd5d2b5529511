"""Each list says where it is followed from."""

import html
import re

import pytest
from cast import new_event, new_initiative

from initiatives.models import Tag

pytestmark = pytest.mark.django_db
_LINK = re.compile(r'<link rel="alternate" type="application/atom\+xml" title="[^"]+" href="([^"]+)">')


def feeds_of(client, address: str) -> list[str]:
    return [html.unescape(path) for path in _LINK.findall(client.get(address).content.decode())]


def test_each_list_names_its_feed_under_its_filters(visitor, initiative, event):
    theme = Tag.objects.filter(theme_rank__isnull=False).first().slug
    expected = {
        "/initiatives/": "/initiatives/fil.atom",
        f"/initiatives/?lieu=35360-vitre&theme={theme}&q=&tri=soutenues": (
            f"/initiatives/fil.atom?lieu=35360-vitre&theme={theme}"
        ),
        "/initiatives/?etat=abouties": "/initiatives/fil.atom?etat=abouties",
        "/evenements/": "/evenements/fil.atom",
        "/evenements/?sorte=meeting&lieu=35360-vitre": "/evenements/fil.atom?sorte=meeting&lieu=35360-vitre",
        "/evenements/comptes-rendus/": "/evenements/comptes-rendus.atom",
        "/territoires/35360-vitre/": "/territoires/35360-vitre/fil.atom",
        f"/initiatives/{initiative.slug}/nouvelles/": f"/initiatives/{initiative.slug}/nouvelles.atom",
        f"/initiatives/{initiative.slug}/discussion/": f"/initiatives/{initiative.slug}/discussion.atom",
        "/moderation/": "/moderation/decisions.atom",
        "/chiffres/releves/": "/chiffres/releves.atom",
    }
    for address, feed in expected.items():
        assert feeds_of(visitor, address) == [feed], address
        assert visitor.get(feed).status_code == 200
    assert len(feeds_of(visitor, initiative.get_absolute_url())) == 2


def test_a_list_shows_how_to_follow_it(visitor, initiative, event, alice):
    new_initiative(alice, None)
    for address, feed in (("/initiatives/", "/initiatives/fil.atom"), ("/evenements/", "/evenements/fil.atom")):
        assert f'<a href="{feed}" rel="nofollow" type="application/atom+xml">' in visitor.get(address).content.decode()


def test_what_is_read_by_a_secret_link_names_no_feed(visitor, alice, vitre):
    hidden = new_initiative(alice, vitre, state="preparing", published_at=None, nursery_key="k7f3q9x2wd")
    new_event(alice, vitre, initiative=hidden)
    for page in ("", "nouvelles/", "discussion/"):
        assert feeds_of(visitor, f"/initiatives/{hidden.slug}/{page}") == []


def test_a_place_that_nobody_knows_has_no_feed(visitor):
    assert feeds_of(visitor, "/initiatives/?lieu=Trifouilly") == []
    assert feeds_of(visitor, "/evenements/?lieu=Trifouilly") == []


def test_every_page_leads_to_the_data(visitor):
    assert '<a href="/donnees/">' in visitor.get("/mentions-legales/").content.decode()
