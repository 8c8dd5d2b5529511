"""What discussions keep of their initiative follows it, and no more is written than changed."""

import pytest
from cast import new_event, new_initiative
from django.db import connection
from django.db.models import F
from django.utils import timezone

from initiatives.models import Contribution, Tag, TaggedInitiative
from search.finding import Asked, find
from search.models import Entry
from search.words import count_words

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(alice, bob, vitre) -> Contribution:
    return Contribution.objects.create(
        initiative=new_initiative(alice, vitre, title="Rouvrir la piscine"),
        author=bob,
        text="Les maîtres-nageurs manquent.",
        published_at=timezone.now(),
    )


def entry(said: Contribution) -> Entry:
    return Entry.objects.get(kind="discussion", object_id=said.pk)


def test_an_end_writes_no_message_anew(said):
    before = entry(said).indexed_at
    said.initiative.state, said.initiative.ended_at = "closed", timezone.now()
    said.initiative.save()
    assert entry(said).indexed_at == before
    assert Entry.objects.get(kind="initiative").state == "closed"


def test_a_title_and_a_place_are_followed(said, alice):
    initiative = said.initiative
    event = new_event(alice, initiative.commune, initiative=initiative)
    initiative.title, initiative.place_label = "Sauver la patinoire", "Vitré, rive gauche"
    initiative.save()
    assert (entry(said).title, entry(said).place_label) == ("Sauver la patinoire", "Vitré, rive gauche")
    kinds = {Entry.objects.get(pk=number).kind for number in find(Asked("patinoire")).numbers}
    assert kinds == {"initiative", "event"}
    assert Entry.objects.filter(kind="event", object_id=event.pk).exists()
    initiative.commune, initiative.department_id, initiative.region_id = None, "61", "28"
    initiative.save()
    assert "d:61" in entry(said).marks and "c:35360" not in entry(said).marks


def test_an_event_to_come_is_found_behind_thousands_of_messages(alice, bob, vitre):
    old = new_event(alice, vitre, title="Une visite", description="On y parle du verger.")
    initiative = new_initiative(alice, vitre, title="Un verger")
    Contribution.objects.bulk_create(
        Contribution(initiative=initiative, author=bob, text=f"Un verger, {n} fois", published_at=timezone.now())
        for n in range(150)
    )
    # Further away than what is read at first, then at the second time.
    Entry.objects.exclude(object_id=old.pk, kind="event").update(id=F("id") + 45_000)
    count_words()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE search_entry")
    (number,) = find(Asked("verger", when="mois")).numbers
    assert Entry.objects.get(pk=number).object_id == old.pk
    assert find(Asked("verger", kind="discussion", when="mois")).numbers == []


def test_a_theme_is_followed(said):
    water, transport = Tag.objects.filter(theme_rank__isnull=False)[:2]
    for theme, other in ((water, transport), (transport, water)):
        TaggedInitiative.objects.filter(content_object=said.initiative).delete()
        TaggedInitiative.objects.create(content_object=said.initiative, tag=theme)
        assert find(Asked("", kind="discussion", theme=theme.slug)).numbers == [entry(said).pk]
        assert find(Asked("", kind="discussion", theme=other.slug)).numbers == []
