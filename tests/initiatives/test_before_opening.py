"""Where the site is not open yet only its team prepares something; what was there goes on."""

import pytest
from cast import client_of, new_event, new_initiative
from django.db import IntegrityError, transaction

from initiatives.life import LifeRefused
from initiatives.models import Initiative, Tag
from initiatives.services import life, opening
from members.models import Member
from territories.models import Commune, Opening

WORDS = "Le site n’est pas encore ouvert en Ille-et-Vilaine"


@pytest.fixture
def waiting(vitre) -> Opening:
    return Opening.objects.create(department=vitre.department, wanted=40)


@pytest.fixture
def draft(alice, vitre) -> Initiative:
    return new_initiative(alice, vitre, state="draft", published_at=None)


def place_page(initiative: Initiative) -> str:
    return f"/initiatives/{initiative.slug}/modifier/lieu/"


def test_its_author_is_told_so_and_offered_to_be_told_when_it_opens(as_alice, alice, vitre, waiting):
    draft = new_initiative(alice, None, kind="local_project", state="draft", published_at=None)
    theme = Tag.objects.filter(theme_rank__isnull=False).first()
    sent = {"level": "commune", "commune": "Vitré", "commune_code": vitre.pk, "themes": [theme.slug], "tags": "vergers"}
    answer = as_alice.post(place_page(draft), sent)
    assert WORDS in answer.text
    assert "/territoires/35-ille-et-vilaine/suivre/" in answer.text
    # Nothing typed is lost.
    assert 'value="vergers"' in answer.text
    draft.refresh_from_db()
    assert draft.commune is None


def test_the_region_and_the_country_are_open_to_all(alice, vitre, waiting):
    draft = new_initiative(alice, None, kind="debate", state="draft", published_at=None)
    opening.place(draft, vitre, level="region", words=["Culture"], by=alice)
    draft.refresh_from_db()
    assert draft.region_id == "53"
    opening.place(draft, None, level="country", words=["Culture"], by=alice)
    with pytest.raises(LifeRefused, match=WORDS):
        opening.place(draft, vitre, level="department", words=["Culture"], by=alice)


def test_a_draft_from_before_is_not_launched_meanwhile(alice, draft, waiting):
    with pytest.raises(LifeRefused, match=WORDS):
        life.launch(draft, by=alice)
    Opening.objects.filter(pk=waiting.pk).update(opened_at="2026-11-01T10:00Z")
    assert life.launch(draft, by=alice).state == "preparing"


def test_the_team_prepares_what_opens_with_it(alice, draft, waiting):
    Member.objects.filter(pk=alice.pk).update(is_staff=True)
    assert life.launch(draft, by=Member.objects.get(pk=alice.pk)).state == "preparing"


def test_elsewhere_nothing_changes(bob, waiting):
    fougeres = Commune.objects.get(code="53130")
    draft = new_initiative(bob, fougeres, state="draft", published_at=None)
    assert life.launch(draft, by=bob).state == "preparing"


def test_the_database_refuses_whoever_writes(alice, vitre, draft, waiting):
    for write in (
        lambda: new_initiative(alice, vitre),
        lambda: Initiative.objects.filter(pk=draft.pk).update(state="published", published_at="2026-11-01T10:00Z"),
        lambda: new_event(alice, vitre),
    ):
        with pytest.raises(IntegrityError, match="not open yet"), transaction.atomic():
            write()


def test_what_was_there_before_goes_on(alice, vitre):
    there = new_initiative(alice, vitre)
    event = new_event(alice, vitre)
    Opening.objects.create(department=vitre.department, wanted=40)
    Initiative.objects.filter(pk=there.pk).update(state="succeeded", ended_at="2026-11-01T10:00Z")
    event.title = "Un autre titre"
    event.save()
    assert client_of(alice).get(event.get_absolute_url()).status_code == 200


def test_somewhere_else_is_not_left_for_a_place_that_waits(alice, vitre, waiting):
    fougeres = Commune.objects.get(code="53130")
    elsewhere = new_initiative(alice, fougeres)
    with pytest.raises(LifeRefused, match=WORDS):
        opening.place(elsewhere, vitre, level="commune", words=["Culture"], by=alice)
