"""The territories that somebody follows, in their digest beside their home."""

from datetime import timedelta

import pytest
from cast import new_event, new_initiative, new_member
from django.utils import timezone

from initiatives.models import Initiative
from members.models import Member
from notifications.kinds import DIGEST
from notifications.models import Notification
from notifications.services.following import follow, unfollow
from territories.models import Department, ElectionWindow, Region
from tests.pages.digests.evenings import agree, gather, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def rachid(quimper) -> Member:
    """He opens things elsewhere."""
    return new_member("rachid", home_commune=quimper)


@pytest.fixture
def dora(db) -> Member:
    """She gave no home, and agreed to nothing."""
    return new_member("dora")


def followed_in_digest(member: Member) -> list[str | None]:
    row = Notification.objects.get(recipient=member, kind=DIGEST)
    return [each.get("followed") for each in row.context["near"]]


def test_whoever_follows_a_commune_hears_of_it_and_around_without_any_other_consent(dora, rachid, vitre, mailoutbox):
    new_initiative(rachid, vitre, title="Un four à pain")
    assert gather() == 0
    follow(vitre, by=dora)
    assert gather(days=2) == send() == 1
    [message] = mailoutbox
    assert message.to == [dora.email]
    assert message.subject.replace("\u202f", " ") == "Autour de Vitré : « Un four à pain »"
    [(html, _mime)] = message.alternatives
    for text in (message.body, html):
        assert "Un four à pain" in text and "Autour de Vitré" in text and "Près de chez vous" not in text
        assert "parce que vous suivez les territoires dont il parle" in text
        assert "/reglages/messages/#territoires-suivis" in text


def test_a_departement_and_a_region_are_followed_whole(dora, rachid, vitre, rennes, quimper):
    follow(Department.objects.get(pk="35"), by=dora)
    new_event(rachid, rennes)
    new_initiative(rachid, vitre)
    new_initiative(rachid, quimper)
    gather()
    assert followed_in_digest(dora) == ["35", "35"]
    unfollow(Department.objects.get(pk="35"), by=dora)
    follow(Region.objects.get(pk="53"), by=dora)
    wide = new_initiative(rachid, vitre)
    Initiative.objects.filter(pk=wide.pk).update(commune=None, department=None)
    Notification.objects.all().delete()
    gather(days=9)
    # What was shown of the département is not news; the one of Quimper and that of the whole région are.
    assert followed_in_digest(dora) == ["r53", "r53"]


def test_what_is_near_home_and_followed_is_said_once_as_near_home(rachid, vitre, rennes):
    carole = new_member("carole", home_commune=vitre)
    agree(carole)
    for place in (vitre, rennes, vitre.department):
        follow(place, by=carole)
    new_initiative(rachid, vitre)
    gather()
    assert followed_in_digest(carole) == [None]


def test_home_comes_first_in_the_message_then_each_territory(rachid, vitre, quimper, mailoutbox):
    carole = new_member("carole", home_commune=vitre)
    agree(carole)
    follow(quimper, by=carole)
    new_initiative(rachid, vitre, title="Un four à pain")
    new_event(new_member("zoé"), quimper, title="Un bal sur le quai")
    gather()
    send()
    [body] = [message.body for message in mailoutbox if message.to == [carole.email]]
    parts = ["Autour de Vitré", "Un four à pain", "Autour de Quimper", "Un bal sur le quai"]
    assert [body.index(part) for part in parts] == sorted(body.index(part) for part in parts)
    assert "près de chez vous et dans des territoires que vous suivez" in body


def test_nothing_new_where_one_follows_is_no_digest(dora, vitre, mailoutbox):
    follow(vitre, by=dora)
    assert gather() == 0


def test_ones_own_is_no_news_of_a_followed_place(rachid, vitre):
    follow(vitre, by=rachid)
    new_initiative(rachid, vitre)
    assert gather() == 0


def test_where_one_is_about_to_vote_a_followed_territory_is_not_put_forward(dora, rachid, vitre, rennes):
    window = ElectionWindow.objects.create(name="Municipale partielle", day=timezone.localdate() + timedelta(days=2))
    window.departments.add("35")
    for place in (vitre, vitre.department, vitre.department.region):
        follow(place, by=dora)
    new_initiative(rachid, rennes)
    assert gather() == 0, "on the eve"
    assert gather(days=3) == 1, "once the vote is over"
