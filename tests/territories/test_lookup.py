"""Finding a place by what people type, by a point, by an address."""

import random

import pytest
from django.db import connection

from core.hot import forget_hot
from territories import lookup
from territories.geo import bounding_box, distance_km
from territories.lookup import (
    ancestors,
    commune_of_code,
    communes_of_postcode,
    from_path,
    nearest,
    resolve,
    search,
    search_places,
    within,
)
from territories.models import Commune

pytestmark = pytest.mark.django_db

JUDGED = [
    # typed, first code
    ("vitre", "35360"),
    ("Vitré", "35360"),
    ("VITRÉ", "35360"),
    ("  vitre  ", "35360"),
    ("Vitré (Ille-et-Vilaine)", "35360"),
    ("vitre 35", "35360"),
    ("vitré 35500", "35360"),
    ("35500 Vitré", "35360"),
    ("35500", "35360"),
    ("355", "35360"),
    ("st malo", "35288"),
    ("saint-malo", "35288"),
    ("St-Malo", "35288"),
    ("saint malo de g", "44176"),
    ("saint etienne", "42218"),
    ("st étienne du rouvray", "76575"),
    ("saint etienne rouvray", "76575"),
    ("ste foy les lyon", "69202"),
    ("la rochelle", "17300"),
    ("rochelle", "17300"),
    ("haÿ", "94038"),
    ("l'hay les roses", "94038"),
    ("l’haÿ", "94038"),
    ("le mans", "72181"),
    ("mans", "72181"),
    ("les sables", "85194"),
    ("sables d'olonne", "85194"),
    ("sables olonne", "85194"),
    ("aix en provence", "13001"),
    ("saint-denis", "97411"),
    ("saint denis 93", "93066"),
    ("Saint-Denis (Seine-Saint-Denis)", "93066"),
    ("st denis 974", "97411"),
    ("paris", "75056"),
    ("paris 3", "75103"),
    ("Paris 3e", "75103"),
    ("paris 3ème arrondissement", "75103"),
    ("paris 1", "75101"),
    ("paris 03", "75103"),
    ("75003", "75103"),
    ("750", "75056"),
    ("lyon 3", "69383"),
    ("lyon 69", "69123"),
    ("69003", "69383"),
    ("marseille 16", "13216"),
    ("marsielle", "13055"),
    ("renes", "59497"),
    ("strasbourgh", "67482"),
    ("mulouse", "68224"),
    ("villeneuve dascq", "59009"),
    ("villeneuve d ascq", "59009"),
    ("mont st michel", "50353"),
    ("chalon s/ saone", "71076"),
    ("bourg en bresse", "01053"),
    ("œuilly", "51410"),
    ("oeuilly", "51410"),
    ("y", "80829"),
    ("oô", "31404"),
    ("ajaccio", "2A004"),
    ("2a", "2A004"),
    ("20000", "2A004"),
    ("nouméa", "98818"),
    ("98800", "98818"),
    ("hiva oa", "98723"),
    ("97500", "97502"),
    ("saint-barthelemy", "97701"),
    ("chapelle", "03056"),
    ("neuilly sur seine", "92051"),
    ("clermont ferrand", "63113"),
    ("clermon ferand", "63113"),
]


@pytest.mark.parametrize(("typed", "code"), JUDGED, ids=[typed for typed, _ in JUDGED])
def test_the_right_commune_comes_first(typed, code):
    found = search(typed)
    assert found[0].code == code, [c.label for c in found]
    assert len(found) <= 8


def test_shared_names_come_by_population_each_with_its_departement(django_assert_num_queries):
    with django_assert_num_queries(1):
        labels = [commune.label for commune in search("saint-denis", limit=3)]
    assert labels == ["Saint-Denis (La Réunion)", "Saint-Denis (Seine-Saint-Denis)", "Saint-Denis (Aude)"]


def test_the_name_itself_comes_before_larger_names_that_begin_so():
    assert [c.code for c in search("aix")][:3] == ["19002", "13001", "73008"]


def test_a_spelling_is_offered_beside_a_mere_beginning():
    assert {"59497", "35238"} <= {c.code for c in search("renes")}


@pytest.mark.parametrize(
    "typed", ["", " ", "'", "-", "\x00", "%", "_", "3", "123456", "zzzzqx", "(", "()", "x" * 500, "💥", "'; --"]
)
def test_nonsense_finds_nothing_and_breaks_nothing(typed):
    assert search(typed) == []
    assert search_places(typed) == []


def test_wildcards_mean_nothing():
    assert search("v%e") == search("v e")
    assert search("vitr_") == search("vitr")
    assert "35360" not in {c.code for c in search("v%e")}


@pytest.mark.parametrize("typed", ["v", "vitre", "35500", "35", "marsielle", "saint", "Saint-Denis (La Réunion)"])
def test_a_search_costs_at_most_three_queries(typed, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        for commune in search(typed):
            assert commune.label


def test_a_doubt_is_never_decided_for_the_person():
    assert resolve("vitre")[0].code == "35360"
    assert resolve("Saint-Denis (Seine-Saint-Denis)")[0].code == "93066"
    assert resolve("75003")[0].code == "75103"
    assert resolve("98800")[0].code == "98818"
    assert resolve("vitry-le-franc")[0].code == "51649"
    commune, offered = resolve("saint-denis")
    assert commune is None
    assert len(offered) == 8
    commune, offered = resolve("aix")
    assert commune is None
    assert offered[0].code == "19002"
    commune, offered = resolve("marsielle")
    assert commune is None
    assert offered[0].code == "13055"
    commune, offered = resolve("35500")
    assert commune is None
    assert len(offered) > 5
    commune, offered = resolve("sainte-colombe")
    assert commune is None
    assert all(place.sort_name == "sainte colombe" for place in offered)
    assert len(offered) > 8


def test_a_picked_commune_counts_only_if_the_text_still_says_so():
    assert resolve("saint-denis", "93066")[0].code == "93066"
    assert resolve("35500", "35015")[0].code == "35015"
    assert resolve("vitre", "93066")[0].code == "35360"
    assert resolve("saint-denis", "35360")[0] is None


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("bretagne", "r53-bretagne"),
        ("ille et vilaine", "35-ille-et-vilaine"),
        ("35", "35-ille-et-vilaine"),
        ("2a", "2A-corse-du-sud"),
        ("974", "974-la-reunion"),
        ("ile de france", "r11-ile-de-france"),
        ("reunion", "974-la-reunion"),
        ("vitre", "35360-vitre"),
        ("35500", "35360-vitre"),
        ("mayenne", "53-mayenne"),
        ("paris", "75056-paris"),
        ("polynesie", "987-polynesie-francaise"),
        ("saint pierre et miquelon", "975-saint-pierre-et-miquelon"),
    ],
)
def test_places_of_every_size_are_found(typed, path):
    assert search_places(typed)[0].path == path


@pytest.mark.parametrize("typed", ["mayotte", "Guyane", "la réunion"])
def test_a_region_of_one_departement_is_offered_once(typed):
    assert len([place for place in search_places(typed) if not isinstance(place, Commune)]) == 1


def test_an_address_leads_back_to_its_place():
    for place in [*search("saint-denis"), *search_places("bretagne"), *search_places("mayenne"), *search("2a")]:
        assert from_path(place.path) == place
        assert place.get_absolute_url() == f"/territoires/{place.path}/"
    assert from_path("35360").name == "Vitré"
    assert from_path("35360-autre-nom").name == "Vitré"


@pytest.mark.parametrize(
    "path", ["", "r", "35360vitre", "r99-nulle-part", "99999-nulle-part", "99-x", "35-É", "٣٥-x", "\x00"]
)
def test_an_address_of_nowhere_is_nowhere(path):
    assert from_path(path) is None


def test_ancestors_go_up_to_the_region(django_assert_num_queries):
    third = from_path("75103-paris-3e")
    with django_assert_num_queries(0):
        assert [place.path for place in ancestors(third)] == ["75056-paris", "75-paris", "r11-ile-de-france"]
    assert [p.path for p in ancestors(from_path("35360-vitre"))] == ["35-ille-et-vilaine", "r53-bretagne"]
    assert [p.path for p in ancestors(from_path("98818-noumea"))] == ["988-nouvelle-caledonie"]
    assert ancestors(from_path("r53-bretagne")) == []


POINTS = [(48.1244, -1.2145), (48.8566, 2.3522), (43.2965, 5.3698), (-20.879, 55.4486), (-17.53, -149.57), (40, -40)]


@pytest.fixture(scope="module")
def centres(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        return list(Commune.objects.values_list("code", "latitude", "longitude"))


@pytest.mark.parametrize("point", POINTS)
def test_the_nearest_are_the_nearest_on_the_ground(point, centres):
    expected = sorted((distance_km(point, (lat, lon)), code) for code, lat, lon in centres)[:25]
    found = nearest(*point, limit=25)
    assert [c.code for c in found] == [code for _, code in expected]
    assert [c.km for c in found] == pytest.approx([km for km, _ in expected], abs=1e-6)


def test_the_nearest_may_be_bounded(django_assert_num_queries):
    assert nearest(40, -40, max_km=500) == []
    with django_assert_num_queries(2):
        labels = [c.label for c in nearest(48.1244, -1.2145, limit=3, max_km=500)]
    assert labels[0] == "Vitré (Ille-et-Vilaine)"


@pytest.mark.parametrize("km", [0.5, 10, 30, 100])
@pytest.mark.parametrize("point", POINTS[:5])
def test_within_is_a_circle_on_the_ground(point, km, centres):
    expected = {code for code, lat, lon in centres if distance_km(point, (lat, lon)) <= km}
    found = within(*point, km)
    assert {c.code for c in found} == expected


def test_distances_are_those_of_the_map():
    assert distance_km((48.8566, 2.3522), (43.2965, 5.3698)) == pytest.approx(660.5, abs=1)
    assert distance_km((-17.53, -149.57), (-22.27, 166.45)) == pytest.approx(4600, abs=50)
    assert distance_km((48, 2), (48, 2)) == 0
    assert distance_km((0, -179.5), (0, 179.5)) == pytest.approx(111.2, abs=0.1)


def test_a_box_holds_its_circle():
    chance = random.Random(35360)
    for _ in range(500):
        lat, lon, km = chance.uniform(-85, 85), chance.uniform(-170, 170), chance.uniform(0.1, 300)
        south, west, north, east = bounding_box(lat, lon, km)
        other = lat + chance.uniform(-3, 3), lon + chance.uniform(-3, 3)
        if distance_km((lat, lon), other) <= km:
            assert south <= other[0] <= north
            assert west <= other[1] <= east


INDEXED = [
    (lambda: search("vitre"), {"commune_prefix", "commune_trigram"}),
    (lambda: search("marsielle"), {"commune_prefix", "commune_trigram"}),
    (lambda: search("s"), {"commune_prefix"}),
    (lambda: search("35500"), {"postcode_prefix"}),
    (lambda: search("355"), {"postcode_prefix"}),
    (lambda: nearest(48.1, -1.2), {"commune_point", "commune_box"}),
    (lambda: list(within(48.1, -1.2, 30)), {"commune_box"}),
]


@pytest.mark.parametrize(("find", "indexes"), INDEXED)
def test_lookups_read_their_indexes(find, indexes):
    asked = []

    def note(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        find()
    plans = ""
    with connection.cursor() as cursor:
        for sql, params in asked:
            # As the ninth execution of a prepared statement, when PostgreSQL may have settled on a general plan.
            for _ in range(9):
                cursor.execute(f"EXPLAIN {sql}", params)
                plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "Seq Scan on territories_commune" not in plan, plan
            assert "Seq Scan on territories_postcode" not in plan, plan
            plans += plan
    assert indexes <= {
        name
        for name in ("commune_prefix", "commune_trigram", "postcode_prefix", "commune_point", "commune_box")
        if name in plans
    }


def test_a_commune_that_ended_is_no_longer_offered_but_keeps_its_address():
    Commune.objects.filter(code="35360").update(ended_on="2026-01-01", successor="35288")
    assert "35360" not in {c.code for c in search("vitre")}
    assert "35360" not in {c.code for c in search("35500")}
    assert "35360" not in {c.code for c in nearest(48.1244, -1.2145)}
    assert from_path("35360-vitre").successor.name == "Saint-Malo"


def test_the_question_is_bounded():
    assert len(lookup.Question.read("a" * 10_000).name) <= lookup.LONGEST


@pytest.mark.parametrize(
    ("postcode", "names"),
    [
        ("35300", ["Fougères"]),
        ("75011", ["Paris 11e"]),
        ("69003", ["Lyon 3e"]),
        ("97400", ["Saint-Denis"]),
        ("20000", ["Ajaccio"]),
        ("98800", ["Nouméa"]),
        ("00000", []),
        ("3530", []),
        ("٣٥٣٠٠", []),
        ("35300 ", []),
    ],
)
def test_the_communes_of_a_postcode(postcode, names):
    assert [commune.name for commune in communes_of_postcode(postcode)] == names


def test_a_postcode_of_several_communes_gives_the_largest_first():
    found = communes_of_postcode("35500")
    assert found[0].name == "Vitré" and len(found) > 5
    assert [commune.population for commune in found] == sorted((c.population for c in found), reverse=True)


def test_what_a_process_keeps_of_communes_is_what_the_database_says(settings):
    settings.HOT_SECONDS = 60
    forget_hot()
    for _again in range(2):
        commune = commune_of_code("35360")
        truth = Commune.objects.select_related("department").get(pk="35360")
        assert commune == truth and commune.department == truth.department
        assert (commune.said_in, commune.population, commune.box) == (truth.said_in, truth.population, truth.box)
    assert commune_of_code("99999") is None
    forget_hot()
