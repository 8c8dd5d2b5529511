"""The map's answer: exact, bounded, the same for everyone, and read from one index."""

import json
import math
import random
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from cast import new_event, new_member
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.rows import copy_in
from events import agenda, mapping
from events.agenda import Search
from events.insets import insets
from events.models import Event
from events.services import cells
from events.silhouettes import of as silhouette
from territories.models import Commune, Department

MAP = "/evenements/carte.json"
TOWNS = "/evenements/carte/villes.json"
FRANCE = "-11.25,39.375,16.875,53.4375"
WORLD = "-180,-90,180,90"

BAD = [
    {},
    {"zoom": "5"},
    {"bbox": FRANCE},
    {"bbox": "", "zoom": "5"},
    {"bbox": "1,2,3", "zoom": "5"},
    {"bbox": "1,2,3,4,5", "zoom": "5"},
    {"bbox": "1;2;3;4", "zoom": "5"},
    {"bbox": "nan,nan,nan,nan", "zoom": "5"},
    {"bbox": "1,nan,3,4", "zoom": "5"},
    {"bbox": "-inf,-90,inf,90", "zoom": "5"},
    {"bbox": "1e999,2,3,4", "zoom": "5"},
    {"bbox": "1e0,2e0,3e0,4e0", "zoom": "5"},
    {"bbox": "-999999999999,-90,999999999999,90", "zoom": "5"},
    {"bbox": "-181,-90,180,90", "zoom": "5"},
    {"bbox": "-180,-91,180,90", "zoom": "5"},
    {"bbox": "10,41,-5,52", "zoom": "5"},
    {"bbox": "-5,52,10,41", "zoom": "5"},
    {"bbox": "1,2,1,2", "zoom": "5"},
    {"bbox": "١,٢,٣,٤", "zoom": "5"},
    {"bbox": "1,2,3,4\x00", "zoom": "5"},
    {"bbox": "1,2,3,4\n", "zoom": "5"},
    {"bbox": " 1,2,3,4", "zoom": "5"},
    {"bbox": "1_0,2_0,3_0,4_0", "zoom": "5"},
    {"bbox": "9" * 5000 + ",2,3,4", "zoom": "5"},
    {"bbox": FRANCE, "zoom": "0"},
    {"bbox": FRANCE, "zoom": "2"},
    {"bbox": FRANCE, "zoom": "17"},
    {"bbox": FRANCE, "zoom": "99"},
    {"bbox": FRANCE, "zoom": "-5"},
    {"bbox": FRANCE, "zoom": "5.5"},
    {"bbox": FRANCE, "zoom": "abc"},
    {"bbox": FRANCE, "zoom": "٥"},
    {"bbox": FRANCE, "zoom": "²"},
    {"bbox": FRANCE, "zoom": "9" * 5000},
]


def ask(client, bbox: str = FRANCE, zoom: int = 5, **filters) -> list[dict]:
    cells.leave_map()
    cells.count_squares()
    answer = client.get(MAP, {"bbox": bbox, "zoom": zoom} | filters, follow=True)
    assert answer.status_code == 200
    return answer.json()["markers"]


def total(markers: list[dict]) -> int:
    return sum(marker["count"] for marker in markers)


# --- What is asked ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [MAP, TOWNS])
@pytest.mark.parametrize("query", BAD, ids=lambda query: json.dumps(query)[:40])
def test_numbers_that_make_no_sense_are_refused(visitor, db, address, query, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = visitor.get(address, query)
    assert answer.status_code == 400 and answer["Content-Type"] == "application/json"
    assert set(answer.json()) == {"error"}


@given(bbox=st.text(max_size=60), zoom=st.text(max_size=6))
def test_whatever_is_typed_is_read_or_refused(bbox, zoom):
    try:
        box, level = mapping.Box.parse(bbox), mapping.parse_zoom(zoom)
    except mapping.BadBox:
        return
    assert -180 <= box.west < box.east <= 180 and -90 <= box.south < box.north <= 90 and 3 <= level <= 16


def test_the_map_is_only_read(visitor, db):
    assert visitor.post(MAP, {"bbox": FRANCE, "zoom": 5}).status_code == 405
    assert visitor.head(MAP, {"bbox": FRANCE, "zoom": 5}).status_code == 200


# --- What is answered ------------------------------------------------------------------------------------------------


def test_an_event_alone_says_what_when_and_where(visitor, event):
    assert ask(visitor) == [
        {
            "count": 1,
            "latitude": round(event.latitude, 5),
            "longitude": round(event.longitude, 5),
            "title": event.title,
            "kind": "meeting",
            "when": ask(visitor)[0]["when"],
            "place": "Vitré",
            "url": event.get_absolute_url(),
        }
    ]


def test_events_at_one_place_lead_to_their_list_under_the_same_filters(visitor, alice, vitre):
    for _ in range(3):
        new_event(alice, vitre, kind="debate")
    for zoom in (5, 16):
        (marker,) = ask(visitor, zoom=zoom, sorte="debate") if zoom == 5 else ask(visitor, "-1.25,48.1,-1.2,48.15", 16)
        assert marker["count"] == 3 and marker["place"] == "de Vitré" and "box" not in marker
    (marker,) = ask(visitor, sorte="debate")
    assert marker["url"] == f"/evenements/?ici={vitre.latitude:.5f}%2C{vitre.longitude:.5f}&sorte=debate"
    assert len(visitor.get(marker["url"]).context["page"]) == 3
    assert "à Vitré" in visitor.get(marker["url"]).content.decode()


def test_a_cluster_is_named_after_its_largest_town_and_opens_on_its_box(visitor, alice, vitre):
    rennes = Commune.objects.select_related("department").get(code="35238")
    new_event(alice, vitre)
    new_event(alice, rennes)
    (marker,) = ask(visitor, "-11.25,45,11.25,51", 4)
    assert marker["count"] == 2 and marker["place"] == "de Rennes" and "url" not in marker
    south, west, north, east = marker["box"]
    assert [south, north] == sorted(round(place.latitude, 5) for place in (vitre, rennes))
    assert [west, east] == sorted(round(place.longitude, 5) for place in (vitre, rennes))
    assert len(ask(visitor, f"{west - 0.1},{south - 0.1},{east + 0.1},{north + 0.1}", 9)) == 2


def test_what_nobody_can_join_is_not_on_the_map(visitor, alice, vitre, event):
    new_event(alice, vitre, published_at=None)
    new_event(alice, vitre, withheld_at=timezone.now())
    new_event(alice, vitre, cancelled_at=timezone.now())
    new_event(alice, vitre, starts_at=timezone.now() - timedelta(days=1))
    new_event(alice, None)
    assert total(ask(visitor)) == 1


@pytest.fixture
def grown(scatter):
    """900 events on the mainland and overseas."""
    scatter(880, seed=3)
    places = Commune.objects.select_related("department").filter(code__in=["97411", "98818", "98735", "98613", "97302"])
    for commune in places:
        scatter(
            4,
            seed=int(commune.code),
            commune=commune,
            department=commune.department,
            latitude=commune.latitude,
            longitude=commune.longitude,
        )


def test_counts_add_up_to_the_events_of_the_squares_that_a_box_touches(db, grown):
    points = list(Event.objects.values_list("latitude", "longitude"))
    cells.count_squares()
    dice = random.Random(5)
    for turn in range(120):
        if turn % 3:
            south, west = dice.uniform(40, 52), dice.uniform(-6, 9)
            box = mapping.Box(west, south, west + dice.uniform(0.01, 20), south + dice.uniform(0.01, 14))
        else:
            (south, north), (west, east) = (sorted(dice.uniform(-e, e) for _ in range(2)) for e in (90, 180))
            box = mapping.Box(west, south, east, north)
        zoom = dice.randint(3, 16)
        found = mapping.markers(Search(), box, zoom)
        # Whole squares of 32 pixels, at most one of them beyond each edge.
        width = 45 / 2**zoom
        height = width * 11 / 16
        west, east = math.floor(box.west / width) * width, math.ceil(box.east / width) * width
        south, north = math.floor(box.south / height) * height, math.ceil(box.north / height) * height
        inside = [1 for latitude, longitude in points if south <= latitude < north and west <= longitude < east]
        assert total(found) == len(inside)
        assert len(found) <= mapping.MAX_MARKERS
        for marker in found:
            assert south <= marker["latitude"] + 1e-5 and marker["latitude"] - 1e-5 <= north
            assert west <= marker["longitude"] + 1e-5 and marker["longitude"] - 1e-5 <= east


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    west=st.floats(-180, 179.9),
    south=st.floats(-90, 89.9),
    width=st.floats(0.0001, 360),
    height=st.floats(0.0001, 180),
    zoom=st.integers(3, 16),
)
def test_no_box_holds_more_cells_than_markers(west, south, width, height, zoom):
    box = mapping.Box(west, south, min(west + width, 180), min(south + height, 90))
    grid = mapping.Grid.over(box, zoom)
    touched = [
        (squares.stop - 1) // grid.side - squares.start // grid.side + 1 for squares in (grid.columns, grid.rows)
    ]
    assert all(touched) and math.prod(touched) <= mapping.MAX_MARKERS


@given(zoom=st.integers(3, 16), west=st.integers(-1000, 1000), south=st.integers(-1000, 1000), width=st.integers(1, 40))
def test_a_box_whose_edges_are_those_of_squares_holds_them_and_no_other(zoom, west, south, width):
    """The script of the map writes seven decimals."""
    side = 45 / 2**zoom
    edges = [side * west, side * 11 / 16 * south, side * (west + width), side * 11 / 16 * (south + width)]
    west_, south_, east_, north_ = (round(edge, 7) for edge in edges)
    grid = mapping.Grid.over(mapping.Box(west_, south_, east_, north_), zoom)
    assert (grid.columns, grid.rows) == (range(west, west + width), range(south, south + width))


@pytest.mark.parametrize("east", [0, 0.703125, 2.8125])
@pytest.mark.parametrize("north", [-1.93359375, -0.966796875, 0])
def test_a_cell_stays_where_it_is_when_the_map_moves(visitor, grown, east, north):
    """What is well inside two views of one size is drawn alike in both."""
    first = ask(visitor, "-5.625,42.5390625,11.25,50.2734375", 6)
    second = ask(visitor, f"{-5.625 + east},{42.5390625 + north},{11.25 + east},{50.2734375 + north}", 6)
    inside = [marker for marker in first if 0.5 < marker["longitude"] < 8 and 44.5 < marker["latitude"] < 47]
    assert len(inside) > 3
    assert all(marker in second for marker in inside)


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"sorte": "debate"},
        {"quand": "semaine"},
        {"lieu": "35-ille-et-vilaine"},
        {"lieu": "bretagne", "quand": "mois"},
        {"lieu": "75056-paris"},
        {"lieu": "988-nouvelle-caledonie"},
        {"sorte": "pique-nique", "quand": "hier", "lieu": ""},
    ],
)
def test_the_map_and_the_list_show_the_same_events(visitor, grown, filters):
    listed, after = 0, ""
    while True:
        page = visitor.get("/evenements/", filters | ({"apres": after} if after else {})).context["page"]
        listed, after = listed + len(page), page.next
        if not after:
            break
    assert total(ask(visitor, WORLD, 3, **filters)) == listed


def test_the_agenda_hands_its_filters_to_the_map_in_their_shortest_form(visitor, event):
    page = visitor.get("/evenements/?lieu=vitr%C3%A9&sorte=debate&quand=hier&apres=x&utm=1").content.decode()
    assert 'data-filters="lieu=35360-vitre&amp;sorte=debate"' in page
    assert 'data-box="47.' in page


# --- Bounds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("filters", [{}, {"lieu": "35-ille-et-vilaine"}, {"lieu": "r53-bretagne", "sorte": "walk"}])
def test_the_map_costs_few_queries_however_many_events(visitor, alice, vitre, scatter, filters, bill_of):
    new_event(alice, vitre, kind="walk")
    bills = set()
    for more in (2, 13, 1985):
        scatter(more, seed=more)
        caches["local"].clear()
        cells.count_squares()
        bills.add(bill_of(lambda: visitor.get(MAP, {"bbox": FRANCE, "zoom": 5} | filters)))
    # The place, or whether squares are counted; cells, events that are named, large towns once an hour.
    assert bills == {4}


@pytest.mark.parametrize(
    "words", ["vitre", "Vitré (Ille-et-Vilaine)", "35360", "bretagne", "qqqzzzqqq", "vitré-sur-rien 35"]
)
def test_a_place_in_words_is_looked_up_once_then_named_by_its_code(visitor, event, words, bill_of):
    cells.count_squares()
    query = {"bbox": FRANCE, "zoom": "5", "sorte": "meeting", "lieu": words}
    assert bill_of(lambda: visitor.get(MAP, query)) <= 6
    answer = visitor.get(MAP, query)
    assert answer.status_code == 302
    (path,) = parse_qs(urlsplit(answer.url).query, keep_blank_values=True)["lieu"]
    assert path in ("35360-vitre", "r53-bretagne", "")
    assert bill_of(lambda: visitor.get(answer.url)) <= 4
    assert total(visitor.get(answer.url).json()["markers"]) == 1


@pytest.fixture
def bill_of():
    """How many queries an act costs."""

    def count(act) -> int:
        with CaptureQueriesContext(connection) as bill:
            act()
        return len(bill)

    return count


def test_a_country_of_twenty_thousand_events_is_a_small_answer(visitor, scatter):
    scatter(
        20_000,
        title="Une réunion publique au titre aussi long que le site le permet, avec « guillemets » et accents ééé"[
            :120
        ],
    )
    for bbox, zoom in ((WORLD, 3), (FRANCE, 5), (FRANCE, 16), ("-2,47,1,49", 8), ("2.2,48.8,2.5,48.95", 11)):
        answer = visitor.get(MAP, {"bbox": bbox, "zoom": zoom})
        assert len(answer.json()["markers"]) <= mapping.MAX_MARKERS
        assert len(answer.content) < 40_000


def test_the_answer_is_public_and_has_a_tag(visitor, as_bob, event):
    for client in (visitor, as_bob):
        answer = client.get(MAP, {"bbox": FRANCE, "zoom": 5})
        # A change is on every map within a minute: 20 seconds here, 15 in the browser; 5 for the squares to be counted.
        assert set(answer["Cache-Control"].split(", ")) == {"public", "max-age=15", "s-maxage=20"}
        assert answer["ETag"] and not answer.cookies and "Cookie" not in answer.get("Vary", "")
    again = visitor.get(MAP, {"bbox": FRANCE, "zoom": 5}, headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304 and not again.content


def test_the_answer_changes_with_an_event(visitor, alice, event):
    cells.count_squares()
    before = visitor.get(MAP, {"bbox": FRANCE, "zoom": 5})["ETag"]
    Event.objects.update(cancelled_at=timezone.now())
    cells.count_squares()
    assert visitor.get(MAP, {"bbox": FRANCE, "zoom": 5})["ETag"] != before
    assert ask(visitor) == []


def test_a_box_is_read_from_one_index_alone(committed_db, vitre_committed, scatter_committed):
    scatter_committed(20_000)
    vacuum("events_event")
    box = mapping.Box(-2, 47.5, 0, 48.5)
    grid = mapping.Grid.over(box, 9)
    theme = agenda.themes()[0]
    for search in (
        Search(),
        Search(kind="debate"),
        Search(theme=theme),
        Search(with_room=True),
        Search(span="mois", kind="debate", theme=theme, with_room=True),
    ):
        plan = mapping.from_events(search.narrow(Event.objects.coming()), grid).explain()
        assert "Index Only Scan using event_box" in plan or "Index Only Scan using event_days" in plan, plan


def vacuum(table: str) -> None:
    """Until every page is known to be visible to all: an automatic ANALYZE of another table may delay it.

    A table that grew fast has empty pages at its end, which never are: it is written anew, without them.
    """
    deadline = time.monotonic() + 60
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM FULL {table}")
        while True:
            cursor.execute(f"VACUUM ANALYZE {table}")
            cursor.execute("SELECT relallvisible >= relpages FROM pg_class WHERE relname = %s", [table])
            if cursor.fetchone()[0]:
                return
            assert time.monotonic() < deadline, "a transaction holds the vacuum back"
            time.sleep(0.5)


@pytest.fixture
def scatter_committed(committed_db, request):
    alice = new_member("alice")

    def fill(count: int):
        communes = list(Commune.objects.select_related("department").order_by("code"))[::9]
        starts_at = timezone.now() + timedelta(days=3)
        themes = agenda.themes()
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE events_event DISABLE TRIGGER search_comes")
        copy_in(
            [
                Event(
                    author=alice,
                    title=f"Rencontre n° {n}",
                    kind="debate" if n % 7 else "walk",
                    theme=themes[0] if n % 3 else None,
                    capacity=20 if n % 5 else None,
                    commune=(commune := communes[n % len(communes)]),
                    department=commune.department,
                    latitude=commune.latitude,
                    longitude=commune.longitude,
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(hours=2),
                    published_at=timezone.now(),
                )
                for n in range(count)
            ]
        )

    yield fill
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE events_event ENABLE TRIGGER search_comes")


# --- One place, and elsewhere ----------------------------------------------------------------------------------------


def listed(client, **query) -> dict:
    answer = client.get("/evenements/carte/ici.json", query)
    assert answer.status_code == 200
    return answer.json()


def test_one_place_lists_its_next_twenty_events_under_the_same_filters(visitor, alice, vitre, bill_of):
    start = timezone.now() + timedelta(days=1)
    for n in range(22):
        new_event(alice, vitre, title=f"Rencontre {n}", kind="debate", starts_at=start + timedelta(hours=n))
    new_event(alice, vitre, kind="walk", starts_at=start)
    new_event(alice, Commune.objects.select_related("department").get(code="35238"), kind="debate")
    here = {"ici": f"{vitre.latitude:.5f},{vitre.longitude:.5f}", "sorte": "debate"}
    found = listed(visitor, **here)
    assert [event["title"] for event in found["events"]] == [f"Rencontre {n}" for n in range(20)] and found["more"]
    assert set(found["events"][0]) == {"title", "kind", "when", "place", "url"}
    assert bill_of(lambda: listed(visitor, **here)) == 1
    answer = visitor.get("/evenements/carte/ici.json", here)
    assert "s-maxage=20" in answer["Cache-Control"] and answer["ETag"] and not answer.cookies


@pytest.mark.parametrize("ici", ["", "48.1", "48,1", "95.00000,1.00000", "48.1,-181.0", "nan,nan", "١.٢,٣.٤", "9" * 99])
def test_a_place_that_is_none_is_refused(visitor, db, ici, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = visitor.get("/evenements/carte/ici.json", {"ici": ici})
    assert answer.status_code == 400 and set(answer.json()) == {"error"}


def test_what_is_hidden_is_not_listed_at_its_place(visitor, alice, vitre):
    new_event(alice, vitre, withheld_at=timezone.now())
    new_event(alice, vitre, cancelled_at=timezone.now())
    assert listed(visitor, ici=f"{vitre.latitude:.5f},{vitre.longitude:.5f}") == {"events": [], "more": False}


def test_each_territory_overseas_says_how_much_is_coming_there(visitor, alice, event, django_assert_num_queries):
    for code, count in (("97411", 2), ("97502", 1), ("98818", 3)):
        for _ in range(count):
            new_event(alice, Commune.objects.select_related("department").get(code=code))
    with django_assert_num_queries(1):
        found = {inset.path.partition("-")[0]: inset.count for inset in insets()}
    assert len(found) == 12 and found["75056"] is None
    assert {path: count for path, count in found.items() if count} == {"974": 2, "975": 1, "988": 3}
    for inset in insets():
        south, west, north, east = inset.box
        place = visitor.get(f"/evenements/?lieu={inset.path}").context["place"]
        assert south < place.latitude < north and west < place.longitude < east


# --- Names of towns, silhouettes -------------------------------------------------------------------------------------


def test_the_map_writes_the_names_of_the_largest_towns(visitor, db, django_assert_max_num_queries):
    with django_assert_max_num_queries(1):
        answer = visitor.get(TOWNS, {"bbox": FRANCE, "zoom": 5})
    towns = answer.json()["towns"]
    assert [town["name"] for town in towns][:2] == ["Paris", "Marseille"]
    assert 10 < len(towns) <= mapping.MAX_TOWNS
    assert "max-age=86400" in answer["Cache-Control"] and len(answer.content) < 6000


def test_a_village_is_written_where_one_is_close_enough(visitor, db):
    towns = visitor.get(TOWNS, {"bbox": "-1.3,48.08,-1.1,48.18", "zoom": 12}).json()["towns"]
    assert towns[0]["name"] == "Vitré" and len(towns) > 3


def test_no_name_is_written_over_another(db):
    towns = mapping.towns(mapping.Box(-5.625, 42.1875, 11.25, 50.625), 7)
    pixels = 256 * 2**7 / 360
    for n, one in enumerate(towns):
        for other in towns[:n]:
            across, down = (abs(one[side] - other[side]) * pixels for side in ("longitude", "latitude"))
            assert across >= 90 or down >= 18


def test_every_department_has_a_silhouette_that_holds_its_point(db):
    for department in Department.objects.all():
        commune = department.communes.order_by("-population").first()
        drawing = silhouette(department, commune.latitude, commune.longitude)
        left, top, width, height = map(int, drawing.view_box.split())
        assert left < drawing.x < left + width and top < drawing.y < top + height, department
        assert drawing.path.startswith("M") and drawing.path.endswith("z")
        assert len(drawing.path) < 16_000
    assert silhouette(department, None, None) is None


def test_the_page_of_an_event_draws_where_it_is_and_loads_no_map(visitor, event):
    page = visitor.get(event.get_absolute_url()).content.decode()
    assert 'aria-label="Vitré sur le contour du département : Ille-et-Vilaine"' in page.replace("\u202f", " ")
    assert "map.js" not in page and "leaflet" not in page


def test_an_operator_s_tiles_are_shown_on_the_page_of_an_event(visitor, event, settings):
    settings.MAP_TILES_URL = "https://tuiles.exemple.fr/{z}/{x}/{y}.png"
    page = visitor.get(event.get_absolute_url()).content.decode()
    assert 'data-map="point"' in page and f'data-latitude="{event.latitude}"' in page and 'silhouette"' not in page
