"""The agenda: every coming event once, in order, under filters shared with the map."""

import base64
import html
import json
import random
import re
from datetime import date, datetime, timedelta
from datetime import time as clock
from zoneinfo import ZoneInfo

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from events import agenda
from events.agenda import Search
from events.models import Event, Series
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
    # what happened; demonstration.
    query_bill(visitor, AGENDA, scatter, most=6)


def test_the_agenda_around_a_commune_costs_the_same_with_many_events(visitor, alice, vitre, query_bill):
    def fill(count):
        for _ in range(count):
            new_event(alice, vitre)

    # Place by its words (régions, départements, communes by name, by words), events; themes; territories overseas and
    # what is coming there; what happened; demonstration.
    query_bill(visitor, f"{AGENDA}?lieu=vitre", fill, most=10)


def test_a_list_full_of_series_costs_the_same_with_many_dates(visitor, alice, vitre, query_bill):
    series = [
        Series.objects.create(rhythm="weekly", until=timezone.localdate() + timedelta(days=300)) for _ in range(9)
    ]

    def fill(count):
        for n in range(count):
            new_event(alice, vitre, series=series[n % 9])

    # As above, and how many more dates each has.
    query_bill(visitor, AGENDA, fill, most=7)


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


def at(days: int, hour: int, zone: str = "Europe/Paris") -> datetime:
    """So many days from today, at that hour of those clocks."""
    there = ZoneInfo(zone)
    return datetime.combine(timezone.localdate(timezone=there) + timedelta(days=days), clock(hour), there)


def test_filters_find_from_a_day_to_another_both_included(visitor, alice, vitre):
    days = [new_event(alice, vitre, starts_at=at(n, 23)) for n in range(1, 5)]
    first, second, third, fourth = (timezone.localdate() + timedelta(days=n) for n in range(1, 5))
    # It ends at one in the morning: the day after finds it still, as one may still join it.
    assert walk(visitor, f"{AGENDA}?du={second}&au={second}") == [days[0].pk, days[1].pk]
    assert walk(visitor, f"{AGENDA}?du={fourth}") == [days[2].pk, days[3].pk]
    assert walk(visitor, f"{AGENDA}?au={first}") == [days[0].pk]
    # Days win over a span; a second day before the first is not one.
    assert walk(visitor, f"{AGENDA}?du={fourth}&quand=semaine") == [days[2].pk, days[3].pk]
    assert len(walk(visitor, f"{AGENDA}?du={third}&au={first}")) == 3


def test_a_day_is_that_of_the_clocks_of_the_place(visitor, alice):
    noumea = Commune.objects.select_related("department").get(code="98818")
    event = new_event(alice, noumea, starts_at=at(5, 7, "Pacific/Noumea"), time_zone="Pacific/Noumea")
    day = timezone.localdate(timezone=ZoneInfo("Pacific/Noumea")) + timedelta(days=5)
    assert walk(visitor, f"{AGENDA}?lieu=98818-noumea&du={day}&au={day}") == [event.pk]
    assert walk(visitor, f"{AGENDA}?lieu=988-nouvelle-caledonie&au={day - timedelta(days=1)}") == []


@pytest.mark.parametrize(
    "today, saturday",
    [
        ("2026-06-01", "2026-06-06"),
        ("2026-06-05", "2026-06-06"),
        ("2026-06-06", "2026-06-06"),
        ("2026-06-07", "2026-06-06"),
    ],
)
def test_the_week_end_is_the_one_that_comes_or_the_one_that_is(today, saturday, monkeypatch):
    monkeypatch.setattr(agenda.timezone, "localdate", lambda timezone=None: date.fromisoformat(today))
    start, end = Search(span="week-end")._times
    assert start == datetime.combine(date.fromisoformat(saturday), clock(0), ZoneInfo("Europe/Paris"))
    assert end - start == timedelta(days=2)


def test_filters_find_by_theme_and_where_places_are_left(visitor, alice, vitre):
    climate, *_others = agenda.themes()
    free = new_event(alice, vitre, theme=climate, capacity=2, attendee_count=1)
    new_event(alice, vitre, theme=climate, capacity=2, attendee_count=2)
    kept = new_event(alice, vitre, capacity=2, attendee_count=1, held_count=1, title="Une place gardée")
    unlimited = new_event(alice, vitre)
    assert len(walk(visitor, f"{AGENDA}?theme={climate.slug}")) == 2
    assert walk(visitor, f"{AGENDA}?theme={climate.slug}&places=on") == [free.pk]
    found = walk(visitor, f"{AGENDA}?places=1")
    assert unlimited.pk in found and kept.pk not in found


def test_the_filters_of_an_address_are_those_of_its_map(visitor, event):
    day, (theme, *_others) = timezone.localdate(), agenda.themes()
    page = visitor.get(f"{AGENDA}?lieu=vitre&du={day}&au={day}&sorte=debate&theme={theme.slug}&places=on")
    asked = f"lieu=35360-vitre&amp;du={day}&amp;au={day}&amp;sorte=debate&amp;theme={theme.slug}&amp;places=1"
    assert f'data-filters="{asked}"' in page.content.decode()


def test_one_place_of_the_map_is_listed_alone(visitor, alice, vitre):
    here = new_event(alice, vitre)
    next_door = new_event(alice, vitre, latitude=vitre.latitude + 0.001)
    new_event(alice, vitre, latitude=vitre.latitude + 0.01)
    point = f"{vitre.latitude:.5f},{vitre.longitude:.5f}"
    answer = visitor.get(f"{AGENDA}?ici={point}")
    assert {event.pk for event in answer.context["page"]} == {here.pk, next_door.pk}
    assert "au même endroit" in answer.content.decode()
    # A place typed later wins.
    assert len(visitor.get(f"{AGENDA}?ici={point}&lieu=vitre").context["page"]) == 3


# --- Series ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def weekly(alice, vitre):
    """`weekly(4, kind="walk")`: an event that comes again each week."""

    def make(count: int, **fields) -> list[Event]:
        series = Series.objects.create(rhythm="weekly", until=timezone.localdate() + timedelta(days=300))
        start = timezone.now() + timedelta(days=fields.pop("first", 1))
        return [
            new_event(alice, vitre, series=series, starts_at=start + timedelta(days=7 * n), **fields)
            for n in range(count)
        ]

    return make


def test_of_a_series_the_list_shows_the_next_and_how_many_more(visitor, weekly, event):
    first, *_others = weekly(5)
    weekly(1, first=2)
    page = visitor.get(AGENDA)
    assert [each.other_dates for each in page.context["page"]] == [4, 0, 0]
    assert page.context["page"].rows[0] == first
    assert page.content.decode().count("et 4 autres dates") == 1 and "et une autre date" not in page.content.decode()


def test_the_next_of_a_series_is_the_next_that_is_asked_for(visitor, weekly):
    dates = weekly(4)
    dates[0].cancelled_at = timezone.now()
    dates[0].save()
    dates[3].kind = "debate"
    dates[3].save()
    assert walk(visitor, AGENDA) == [dates[1].pk]
    assert walk(visitor, f"{AGENDA}?sorte=debate") == [dates[3].pk]
    later = timezone.localdate() + timedelta(days=12)
    assert walk(visitor, f"{AGENDA}?du={later}") == [dates[2].pk]


def test_pages_among_many_series_show_each_of_them_once(visitor, weekly, scatter):
    firsts = [weekly(3, first=1 + n % 3)[0].pk for n in range(25)]
    alone = [event.pk for event in scatter(30)]
    found = walk(visitor, AGENDA)
    assert sorted(found) == sorted(firsts + alone) and len(found) == 55


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


@pytest.mark.parametrize(("typed", "name"), [("trifouilly", "Bouilly (Aube)"), ("renes", "Rennes (Ille-et-Vilaine)")])
def test_a_place_is_never_guessed_it_is_offered_under_the_same_filters(visitor, event, typed, name):
    answer = visitor.get(f"{AGENDA}?lieu={typed}&sorte=meeting&apres=x")
    page = " ".join(answer.content.decode().split())
    assert f"Nous n’avons pas trouvé « {typed} ». Voulez-vous dire" in page
    assert answer.context["place"] is None and [found.pk for found in answer.context["page"]] == [event.pk]
    [path, *_same_name] = re.findall(rf'<a href="\?([^"]*)">{re.escape(name)}</a>', page)
    assert "sorte=meeting" in path and "apres" not in path
    assert visitor.get(f"{AGENDA}?{html.unescape(path)}").context["place"].label == name
    data = visitor.get(reverse("map_data"), {"bbox": "-5,42,9,51", "zoom": "5", "lieu": typed})
    assert data.status_code == 302 and "lieu=&" in f"{data.url}&"
    assert visitor.get(reverse("agenda_calendar"), {"lieu": typed}).status_code == 404


@pytest.mark.parametrize("typed", ["VITRE", "saint-denis", "st denis 93", "ille et vilaine", "35500", "dinar"])
def test_a_place_that_is_named_or_begun_without_a_doubt_is_not_asked_again(visitor, event, typed):
    answer = visitor.get(AGENDA, {"lieu": typed})
    assert answer.context["place"] is not None and "Voulez-vous dire" not in answer.content.decode()


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


def test_an_agenda_that_filters_empty_says_so(visitor, event):
    page = visitor.get(f"{AGENDA}?sorte=debate").content.decode()
    assert "Rien de tel n’est encore prévu." in page and "Organiser le premier" in page


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


def test_around_a_place_the_smallest_circle_comes_first_then_online_then_national_projects(alice, bob):
    """Whatever comes sooner elsewhere; nothing beyond 100 km but what is for the whole country."""
    soon = timezone.now() + timedelta(days=1)
    clamecy, *_others = Commune.objects.filter(code="58079")
    by_distance = [
        (code, distance_km((clamecy.latitude, clamecy.longitude), (place.latitude, place.longitude)))
        for code, place in Commune.objects.select_related("department").in_bulk(["58304", "89024", "89387"]).items()
    ]
    events = {}
    for n, (code, _km) in enumerate(sorted(by_distance, key=lambda each: -each[1])):
        place = Commune.objects.select_related("department").get(code=code)
        events[code] = new_event(alice, place, starts_at=soon + timedelta(hours=n))
    national = new_initiative(bob, None, kind="national_project", title="Un projet pour tout le pays")
    paris = Commune.objects.select_related("department").get(code="75056")
    new_event(alice, paris, starts_at=soon)
    for_all = new_event(alice, paris, initiative=national, starts_at=soon + timedelta(days=2))
    online = new_event(alice, None, starts_at=soon + timedelta(days=3))
    found = agenda.around(clamecy, wanted=9)
    circles = [next((km for km in agenda.CIRCLES_KM if each.distance <= km), None) for each in found[:3]]
    assert circles == sorted(circles) and {each.pk for each in found[:3]} == {each.pk for each in events.values()}
    assert found[3:] == [online, for_all] and found[3].distance is None


def test_where_nothing_is_of_all_france_the_events_of_france_are_not_read_through(alice, vitre):
    """Every page of a place asks it: with thousands of events here and there, and none online nor of a project."""
    for _each in range(30):
        new_initiative(alice, None, kind="national_project")
    here = new_event(alice, vitre)
    said = {field.attname: getattr(here, field.attname) for field in Event._meta.concrete_fields}
    Event.objects.bulk_create(Event(**said | {"id": None, "uid": f"{n}"}) for n in range(1000))
    asked = []

    def note(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert agenda.anywhere() == []
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE events_event, initiatives_initiative")
        for sql, params in asked:
            cursor.execute(f"EXPLAIN (ANALYZE) {sql}", params)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert not re.search(r"on events_event .* rows=\d{3}|Rows Removed by Filter: \d{3}", plan), plan


@pytest.mark.parametrize(
    "code",
    [
        "35360",
        "75056",
        "2A004",
        "29155",
        "56069",
        "85113",
        "97411",
        "97502",
        "97701",
        "98613",
        "98735",
        "98818",
        "97302",
    ],
)
def test_around_any_commune_the_list_is_what_measuring_every_distance_finds(
    scatter, code, django_assert_max_num_queries
):
    """Islands and overseas too: own events first, then by circles, each once, never more than four queries."""
    events = scatter(600, seed=2)
    place = Commune.objects.select_related("department").get(code=code)
    with django_assert_max_num_queries(4):
        found = agenda.around(place, wanted=8)
    own = {event.pk for event in events if event.commune_id == code}
    far = {
        event.pk: distance_km((place.latitude, place.longitude), (event.latitude, event.longitude))
        for event in events
        if event.pk not in own
    }
    circles = [0 if event.pk in own else next(km for km in agenda.CIRCLES_KM if far[event.pk] <= km) for event in found]
    assert circles == sorted(circles) and len({event.pk for event in found}) == len(found)
    assert len(found) == min(8, len(own) + sum(km <= 100 for km in far.values()))
    for event in found:
        assert event.distance == (None if event.pk in own else pytest.approx(far[event.pk]))
    # Nothing nearer was left out for something of a larger circle.
    if found and circles[-1]:
        inner = [km for km in agenda.CIRCLES_KM if km < circles[-1]]
        assert sum(km <= max(inner, default=0) for km in far.values()) + len(own) < 8


def test_a_place_without_an_event_shows_those_around_and_offers_to_organise_the_first(visitor, alice, vitre):
    new_event(alice, Commune.objects.select_related("department").get(code="53130"), title="À Laval")
    page = visitor.get(f"{AGENDA}?lieu=35360-vitre").content.decode()
    assert "À Laval" in page and "à 33\u00a0km" in page
    assert "Organiser le premier" in page and "/evenements/nouveau/?lieu=35360-vitre" in page


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
