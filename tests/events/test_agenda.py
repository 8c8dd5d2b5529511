"""The agenda: every coming event once, in order, under filters shared with the map."""

import base64
import json
import random
from datetime import timedelta

import pytest
from cast import client_of, new_event, new_member
from django.utils import timezone

from events import agenda
from events.models import Event
from territories.geo import distance_km
from territories.models import Commune, Department, Region

AGENDA = "/evenements/"


def walk(client, address: str) -> list[int]:
    """The events of all pages, in the order they are read."""
    found, after = [], ""
    while True:
        answer = client.get(address, {"apres": after} if after else {})
        found += [event.pk for event in answer.context["page"]]
        after = answer.context["page"].next
        if not after:
            return found


def test_every_coming_event_is_read_once_and_in_order(visitor, scatter):
    scatter(130)
    everyone = list(Event.objects.order_by("starts_at", "id").values_list("pk", flat=True))
    assert walk(visitor, AGENDA) == everyone


def test_what_nobody_can_join_is_not_in_the_agenda(visitor, alice, vitre, event):
    new_event(alice, vitre, title="Attend", published_at=None)
    new_event(alice, vitre, title="Retirée", withheld_at=timezone.now())
    new_event(alice, vitre, title="Annulée", cancelled_at=timezone.now())
    new_event(alice, vitre, title="Passée", starts_at=timezone.now() - timedelta(days=1))
    assert walk(visitor, AGENDA) == [event.pk]


def test_an_event_under_way_is_still_in_the_agenda(visitor, alice, vitre):
    event = new_event(alice, vitre, starts_at=timezone.now() - timedelta(hours=1))
    assert walk(visitor, AGENDA) == [event.pk]


def test_the_agenda_costs_the_same_with_many_events(visitor, scatter, query_bill):
    # Events with their commune, initiative and author; themes; territories overseas and what is coming there;
    # demonstration.
    query_bill(visitor, AGENDA, scatter, most=5)


def test_the_agenda_around_a_commune_costs_the_same_with_many_events(visitor, alice, vitre, query_bill):
    def fill(count):
        for _ in range(count):
            new_event(alice, vitre)

    # Place by its words (régions, départements, communes by name, by words), events, demonstration.
    query_bill(visitor, f"{AGENDA}?lieu=vitre", fill, most=7)


def test_the_page_of_an_event_costs_little(as_bob, event, django_assert_max_num_queries):
    # Session, member, event, initiative's and commune's, demonstration.
    with django_assert_max_num_queries(8):
        assert as_bob.get(event.get_absolute_url()).status_code == 200


def test_the_page_of_an_event_costs_a_moderator_and_its_author_little(
    as_alice, chloe, event, django_assert_max_num_queries
):
    for client in (as_alice, client_of(chloe)):
        with django_assert_max_num_queries(14):
            assert client.get(event.get_absolute_url()).status_code == 200


def test_filters_find_by_kind_and_by_date(visitor, alice, vitre):
    debate = new_event(alice, vitre, kind="debate", starts_at=timezone.now() + timedelta(days=3))
    later = new_event(alice, vitre, kind="debate", starts_at=timezone.now() + timedelta(days=20))
    new_event(alice, vitre, kind="walk", starts_at=timezone.now() + timedelta(days=3))
    assert walk(visitor, f"{AGENDA}?sorte=debate") == [debate.pk, later.pk]
    assert walk(visitor, f"{AGENDA}?sorte=debate&quand=semaine") == [debate.pk]
    assert walk(visitor, f"{AGENDA}?sorte=debate&quand=mois") == [debate.pk, later.pk]


def test_filters_find_by_place(visitor, alice, vitre):
    rennes = Commune.objects.select_related("department").get(code="35238")
    here, there = new_event(alice, vitre), new_event(alice, rennes)
    reunion = new_event(alice, Commune.objects.select_related("department").get(code="97411"))
    assert walk(visitor, f"{AGENDA}?lieu=vitre") == [here.pk]
    assert walk(visitor, f"{AGENDA}?lieu=35500") == [here.pk]
    assert walk(visitor, f"{AGENDA}?lieu=35-ille-et-vilaine") == [here.pk, there.pk]
    assert walk(visitor, f"{AGENDA}?lieu=bretagne") == [here.pk, there.pk]
    assert walk(visitor, f"{AGENDA}?lieu=974-la-reunion") == [reunion.pk]


def test_around_a_commune_each_event_says_how_far_it_is(visitor, alice, vitre):
    new_event(alice, vitre)
    new_event(alice, Commune.objects.select_related("department").get(code="35068"))
    page = visitor.get(f"{AGENDA}?lieu=35360-vitre").content.decode()
    assert 'Événements <span class="page-place">autour de Vitré' in page
    assert page.count("à 14\u00a0km") == 1


def test_a_place_named_by_its_code_is_shown_in_words_that_mean_the_same(visitor, event):
    for path, words in (
        ("35360-vitre", "Vitré (Ille-et-Vilaine)"),
        ("974-la-reunion", "La Réunion"),
        ("r53-bretagne", "Bretagne"),
    ):
        page = visitor.get(AGENDA, {"lieu": path})
        assert f'value="{words}"' in page.content.decode()
        assert visitor.get(AGENDA, {"lieu": words}).context["place"] == page.context["place"]


def test_a_name_with_an_article_is_written_as_it_is_said(visitor, db):
    page = visitor.get(f"{AGENDA}?lieu=72181-le-mans").content.decode()
    assert "autour du Mans" in page and "Au Mans" in page and "À Le Mans" not in page


@pytest.mark.parametrize(
    "query",
    ["sorte=pique-nique", "quand=hier", f"lieu={'x' * 500}", "lieu=%00", "sorte=%00&quand=%F0%9F%98%80", "lieu="],
)
def test_a_wrong_filter_is_ignored(visitor, event, query):
    answer = visitor.get(f"{AGENDA}?{query}")
    assert answer.status_code == 200 and [found.pk for found in answer.context["page"]] == [event.pk]
    assert "field-error" not in answer.content.decode()


def test_a_right_filter_stays_beside_a_wrong_one(visitor, event, alice, vitre):
    debate = new_event(alice, vitre, kind="debate")
    assert walk(visitor, f"{AGENDA}?sorte=debate&quand=hier") == [debate.pk]


def test_a_place_that_nobody_knows_is_said_and_the_country_shown(visitor, event):
    answer = visitor.get(f"{AGENDA}?lieu=qqqzzzqqq")
    assert "Nous ne connaissons pas de lieu nommé «\u202fqqqzzzqqq\u202f»" in answer.content.decode()
    assert [found.pk for found in answer.context["page"]] == [event.pk]


def cursor(*values) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "after",
    [
        "xyz",
        "%00",
        "é",
        "A" * 3000,
        cursor("2027-01-01"),
        cursor("2027-01-01T00:00:00+00:00", "un"),
        cursor("demain", 1),
        cursor(None, 1),
        cursor("2027-13-45T00:00:00+00:00", 1),
        cursor(["2027"], 1),
    ],
)
def test_a_cursor_that_we_did_not_make_starts_again(visitor, event, after):
    answer = visitor.get(AGENDA, {"apres": after})
    assert answer.status_code == 200 and [found.pk for found in answer.context["page"]] == [event.pk]


def test_a_forged_cursor_out_of_all_bounds_is_no_failure(visitor, event):
    for after in (
        cursor("2027-01-01T00:00:00+00:00", 10**30),
        cursor("2027-01-01T00:00:00+00:00", -(10**30)),
        cursor("9999-12-31T23:59:59+00:00", 1),
        cursor("0001-01-01T00:00:00+00:00", 1),
    ):
        assert visitor.get(AGENDA, {"apres": after}).status_code == 200


def test_an_empty_agenda_offers_to_organise_the_first(visitor, db):
    page = visitor.get(AGENDA).content.decode()
    assert "Rien n’est encore prévu ici." in page and "Organiser le premier" in page


def test_the_agenda_is_the_same_bytes_for_every_visitor(visitor, event):
    first, second = visitor.get(AGENDA), visitor.get(AGENDA)
    assert first.content == second.content
    assert "public" in first["Cache-Control"] and first["ETag"] and not first.cookies
    assert visitor.get(AGENDA, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert visitor.head(AGENDA).status_code == 200


def test_the_page_of_an_event_is_the_same_bytes_for_every_visitor(visitor, event):
    first, second = visitor.get(event.get_absolute_url()), visitor.get(event.get_absolute_url())
    assert first.content == second.content
    assert "public" in first["Cache-Control"] and not first.cookies


# --- Near ------------------------------------------------------------------------------------------------------------


def test_near_is_what_measuring_every_distance_finds(scatter):
    events = scatter(3000, seed=7)
    dice = random.Random(11)
    for _ in range(40):
        place = dice.choice(events)
        here, km = (place.latitude + dice.uniform(-0.5, 0.5), place.longitude), dice.choice([0.1, 5, 30, 100, 300])
        expected = {event.pk for event in events if distance_km(here, (event.latitude, event.longitude)) <= km}
        assert set(Event.objects.near(*here, km).values_list("pk", flat=True)) == expected


def test_around_a_place_its_own_come_first_then_nearer_ones_then_online(alice, vitre):
    chateaubourg, laval, saint_denis = Commune.objects.filter(code__in=("35068", "53130", "97411")).order_by("code")
    far, near, own = new_event(alice, laval), new_event(alice, chateaubourg), new_event(alice, vitre)
    online = new_event(alice, None)
    new_event(alice, saint_denis)
    found = agenda.around(vitre, wanted=5)
    assert found == [own, near, far, online]
    assert [event.distance and round(event.distance) for event in found] == [None, 14, 33, None]
    assert agenda.around(vitre, wanted=1) == [own]


def test_around_a_department_or_a_region(alice, vitre):
    own = new_event(alice, vitre)
    for place in (Department.objects.get(code="35"), Region.objects.get(code="53")):
        assert agenda.around(place, wanted=3) == [own]


def test_around_an_overseas_commune_one_does_not_cross_the_ocean(alice, vitre):
    new_event(alice, vitre)
    assert agenda.around(Commune.objects.get(code="97411"), wanted=5) == []


def test_the_event_nearby_says_how_far_on_the_page_of_a_place(visitor, alice, vitre):
    new_event(alice, Commune.objects.select_related("department").get(code="35068"), title="À Châteaubourg")
    assert "à 14\u00a0km" in visitor.get(vitre.get_absolute_url()).content.decode()


def test_new_members_see_the_same_agenda(event, visitor):
    client = client_of(new_member("dora"))
    assert walk(client, AGENDA) == walk(visitor, AGENDA)
