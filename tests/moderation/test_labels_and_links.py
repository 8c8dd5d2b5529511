"""The words of ours beside a picture, and the ways to report on one page, of which no two have the same name."""

import re
from datetime import timedelta
from html import unescape

import pytest
from cast import new_event
from django.urls import reverse
from django.utils import timezone

from events.models import EventPhoto, EventReport
from initiatives.models import Initiative, Photo
from moderation import services
from notifications.models import Notification
from notifications.services import preview

pytestmark = pytest.mark.django_db

WHY = {"ground": "impersonation", "reason": "Rien ne dit que cette image vient d’ici."}
SAME = "Le verger au printemps"


@pytest.fixture
def photos(initiative, alice) -> list[Photo]:
    """On top, in the page twice, and at the end: all are said to show the same."""
    Initiative.objects.filter(pk=initiative.pk).update(state="succeeded", ended_at=timezone.now(), outcome="Planté.")
    uses = (Photo.Use.COVER, Photo.Use.TEXT, Photo.Use.TEXT, Photo.Use.OUTCOME)
    return [shown(Photo(initiative=initiative, use=use), alice, str(rank)) for rank, use in enumerate(uses)]


@pytest.fixture
def report(alice, vitre, initiative) -> EventReport:
    """Of a meeting that is over; it is called as the meeting is. Two pictures."""
    event = new_event(alice, vitre, initiative=initiative)
    past = timezone.now() - timedelta(days=2)
    type(event).objects.filter(pk=event.pk).update(starts_at=past, ends_at=past + timedelta(hours=1))
    said = EventReport.objects.create(event=event, author=alice, text="Dix.", published_at=timezone.now())
    for rank in range(2):
        shown(EventPhoto(report=said), alice, f"r{rank}")
    return said


def shown(photo, author, name: str):
    photo.name, photo.width, photo.height = name, 640, 480
    photo.alternative, photo.author, photo.published_at, photo.is_open = SAME, author, timezone.now(), True
    photo.save()
    return photo


def page_of(client, content) -> str:
    return client.get(content.get_absolute_url().partition("#")[0]).content.decode()


def ways_to_report(page: str) -> dict[str, str]:
    """The name of each by its address, as a screen reader says it."""
    links = re.findall(r'<a[^>]*href="([^"]*signaler/[^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {address: " ".join(unescape(re.sub(r"<[^>]+>", "", words)).split()) for address, words in links}


def test_the_words_above_a_picture_stand_beside_it_wherever_it_is_shown(visitor, chloe, initiative, photos, report):
    for number, picture in enumerate([*photos, *report.photos.all()]):
        services.label(picture, by=chloe, label=f"Image contestée, n° {number}.", **WHY)
    for content, labelled in ((initiative, photos), (report, report.photos.all())):
        page = page_of(visitor, content)
        for picture in labelled:
            picture.refresh_from_db()
            assert page.count(picture.label) == 1
            why = reverse("label_statement", args=[picture.notice_slug, picture.pk])
            assert why in page and picture.srcset.split()[0] in page
            assert visitor.get(why, follow=True).status_code == 200
    services.restore(photos[0], by=chloe, reason="Elle vient bien d’ici.")
    assert "n° 0." not in page_of(visitor, initiative)


def test_its_author_reads_that_a_picture_bears_words_and_how_to_contest_them(alice, chloe, photos):
    services.label(photos[1], by=chloe, label="Image contestée.", **WHY)
    row = Notification.objects.get(kind="content_labelled")
    said = preview(alice, kind=row.kind, context=row.context)
    assert "Votre photo" in said.text and "Image contestée." in said.text and "Contestez cette décision" in said.text
    assert "lire" not in said.subject


def test_no_two_ways_to_report_of_a_page_have_the_same_name(visitor, as_bob, alice, bob, initiative, photos, report):
    for words in ("Il faudrait des bancs.", "Et aussi des arbres."):
        initiative.contributions.create(author=alice, text=words, published_at=timezone.now())
    pages = {
        initiative.get_absolute_url(): 1 + len(photos),
        reverse("discussion", args=[initiative.slug]): 2,
        report.event.get_absolute_url(): 2 + 2,
    }
    for address, number in pages.items():
        names = ways_to_report(as_bob.get(address).content.decode())
        assert len(names) >= number, names
        assert len(set(names.values())) == len(names), names
        assert all(name.startswith("Signaler ") and len(name) > 12 for name in names.values())
