"""What the tables hold once loaded."""

import csv
import gzip
import json
import lzma
import re
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db.models import Count, Q

from territories.data import DATA_DIR, FILES
from territories.models import DIVIDED, Commune, Department, Postcode, Region
from territories.names import fold

pytestmark = pytest.mark.django_db

WORDS = [
    # code, name, in, of
    ("35360", "Vitré", "à Vitré", "de Vitré"),
    ("72181", "Le Mans", "au Mans", "du Mans"),
    ("76351", "Le Havre", "au Havre", "du Havre"),
    ("17300", "La Rochelle", "à La Rochelle", "de La Rochelle"),
    ("85194", "Les Sables-d’Olonne", "aux Sables-d’Olonne", "des Sables-d’Olonne"),
    ("94038", "L’Haÿ-les-Roses", "à L’Haÿ-les-Roses", "de L’Haÿ-les-Roses"),
    ("84054", "L’Isle-sur-la-Sorgue", "à L’Isle-sur-la-Sorgue", "de L’Isle-sur-la-Sorgue"),
    ("49007", "Angers", "à Angers", "d’Angers"),
    ("91228", "Évry-Courcouronnes", "à Évry-Courcouronnes", "d’Évry-Courcouronnes"),
    ("59299", "Hem", "à Hem", "de Hem"),
    ("34301", "Sète", "à Sète", "de Sète"),
    ("83069", "Hyères", "à Hyères", "d’Hyères"),
    ("22113", "Lannion", "à Lannion", "de Lannion"),
    ("35288", "Saint-Malo", "à Saint-Malo", "de Saint-Malo"),
    ("93070", "Saint-Ouen-sur-Seine", "à Saint-Ouen-sur-Seine", "de Saint-Ouen-sur-Seine"),
    ("60703", "Aux Marais", "aux Marais", "des Marais"),
    ("66104", "Los Masos", "à Los Masos", "de Los Masos"),
    ("80829", "Y", "à Y", "d’Y"),
    ("31404", "Oô", "à Oô", "d’Oô"),
    ("75056", "Paris", "à Paris", "de Paris"),
    ("75103", "Paris 3e", "dans le 3e arrondissement de Paris", "du 3e arrondissement de Paris"),
    ("69381", "Lyon 1er", "dans le 1er arrondissement de Lyon", "du 1er arrondissement de Lyon"),
    ("13216", "Marseille 16e", "dans le 16e arrondissement de Marseille", "du 16e arrondissement de Marseille"),
    ("97407", "Le Port", "au Port", "du Port"),
    ("97608", "Dzaoudzi", "à Dzaoudzi", "de Dzaoudzi"),
    ("98817", "Le Mont-Dore", "au Mont-Dore", "du Mont-Dore"),
    ("98809", "L’Île-des-Pins", "à L’Île-des-Pins", "de L’Île-des-Pins"),
    ("98613", "Uvea", "à Uvea", "d’Uvea"),
    ("35", "Ille-et-Vilaine", "en Ille-et-Vilaine", "d’Ille-et-Vilaine"),
    ("59", "Nord", "dans le Nord", "du Nord"),
    ("01", "Ain", "dans l’Ain", "de l’Ain"),
    ("38", "Isère", "en Isère", "de l’Isère"),
    ("42", "Loire", "dans la Loire", "de la Loire"),
    ("44", "Loire-Atlantique", "en Loire-Atlantique", "de la Loire-Atlantique"),
    ("47", "Lot-et-Garonne", "en Lot-et-Garonne", "de Lot-et-Garonne"),
    ("13", "Bouches-du-Rhône", "dans les Bouches-du-Rhône", "des Bouches-du-Rhône"),
    ("2A", "Corse-du-Sud", "en Corse-du-Sud", "de la Corse-du-Sud"),
    ("75", "Paris", "à Paris", "de Paris"),
    ("77", "Seine-et-Marne", "en Seine-et-Marne", "de Seine-et-Marne"),
    ("95", "Val-d’Oise", "dans le Val-d’Oise", "du Val-d’Oise"),
    ("974", "La Réunion", "à La Réunion", "de La Réunion"),
    ("976", "Mayotte", "à Mayotte", "de Mayotte"),
    ("975", "Saint-Pierre-et-Miquelon", "à Saint-Pierre-et-Miquelon", "de Saint-Pierre-et-Miquelon"),
    ("987", "Polynésie française", "en Polynésie française", "de la Polynésie française"),
    ("r53", "Bretagne", "en Bretagne", "de Bretagne"),
    ("r32", "Hauts-de-France", "dans les Hauts-de-France", "des Hauts-de-France"),
    ("r44", "Grand Est", "dans le Grand Est", "du Grand Est"),
    ("r11", "Île-de-France", "en Île-de-France", "d’Île-de-France"),
    ("r24", "Centre-Val de Loire", "en Centre-Val de Loire", "du Centre-Val de Loire"),
    ("r75", "Nouvelle-Aquitaine", "en Nouvelle-Aquitaine", "de Nouvelle-Aquitaine"),
    ("r94", "Corse", "en Corse", "de Corse"),
]


def place(code: str):
    if code.startswith("r"):
        return Region.objects.get(code=code[1:])
    return (Commune if len(code) == 5 else Department).objects.get(code=code)


@pytest.mark.parametrize(("code", "name", "name_in", "name_of"), WORDS, ids=[row[0] for row in WORDS])
def test_a_place_is_said_with_its_article(code, name, name_in, name_of):
    found = place(code)
    assert (found.name, found.name_in, found.name_of) == (name, name_in, name_of)


def test_the_whole_of_france_is_there():
    assert Region.objects.count() == 18
    assert Department.objects.filter(kind="department").count() == 101
    assert Department.objects.filter(kind="collectivity").count() == 6
    assert Commune.objects.filter(kind="commune").count() >= 34_900
    assert Commune.objects.filter(kind="arrondissement").count() == 45
    assert Postcode.objects.count() > 35_000
    assert Commune.objects.filter(postcodes=None).count() == 0
    people = sum(Region.objects.values_list("population", flat=True))
    assert 67_000_000 < people < 70_000_000
    assert Region.objects.get(code="53").population == sum(
        Commune.objects.filter(department__region="53", kind="commune").values_list("population", flat=True)
    )


def test_every_arrondissement_is_in_its_city():
    counts = dict(
        Commune.objects.filter(kind="arrondissement").values_list("parent__name").annotate(Count("pk")).order_by()
    )
    assert counts == {"Paris": 20, "Lyon": 9, "Marseille": 16}


def test_no_two_communes_of_a_departement_read_the_same():
    same = Commune.objects.values("sort_name", "department").annotate(n=Count("pk")).filter(n__gt=1)
    assert list(same) == []
    shared = Commune.objects.filter(kind="commune").values("name").annotate(n=Count("pk")).filter(n__gt=1)
    assert shared.count() > 1_400


def test_every_centre_lies_in_its_box_and_every_box_in_the_departements():
    misplaced = Commune.objects.exclude(latitude__gte=0, latitude__lte=0).extra(
        where=["NOT (latitude BETWEEN south AND north AND longitude BETWEEN west AND east)"]
    )
    known = {"15031", "15035", "15047", "15171"}
    assert {c.code for c in misplaced} <= known
    for commune in Commune.objects.select_related("department").filter(code__in=["35360", "98735", "97411", "2A004"]):
        assert commune.south >= commune.department.south
        assert commune.east <= commune.department.east


def test_addresses_are_plain_and_names_typographic():
    for commune in Commune.objects.all().iterator():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", commune.slug), commune.slug
        assert commune.sort_name == fold(commune.name)
        assert "'" not in commune.name + commune.name_in + commune.name_of


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("35360", "Europe/Paris"),
        ("97101", "America/Guadeloupe"),
        ("97209", "America/Martinique"),
        ("97302", "America/Cayenne"),
        ("97411", "Indian/Reunion"),
        ("97502", "America/Miquelon"),
        ("97611", "Indian/Mayotte"),
        ("97701", "America/St_Barthelemy"),
        ("97801", "America/Marigot"),
        ("98613", "Pacific/Wallis"),
        ("98735", "Pacific/Tahiti"),
        ("98731", "Pacific/Marquesas"),
        ("98719", "Pacific/Gambier"),
        ("98818", "Pacific/Noumea"),
    ],
)
def test_a_commune_lives_by_its_own_clock(code, zone):
    assert Commune.objects.select_related("department").get(code=code).zone == ZoneInfo(zone)


def test_labels_tell_shared_names_apart():
    label = {
        c.code: c.label
        for c in Commune.objects.select_related("department").filter(
            code__in=["35360", "97411", "93066", "75056", "75103", "69383", "97701", "53147"]
        )
    }
    assert label == {
        "35360": "Vitré (Ille-et-Vilaine)",
        "97411": "Saint-Denis (La Réunion)",
        "93066": "Saint-Denis (Seine-Saint-Denis)",
        "75056": "Paris",
        "75103": "Paris 3e",
        "69383": "Lyon 3e (Rhône)",
        "97701": "Saint-Barthélemy",
        "53147": "Mayenne (Mayenne)",
    }
    assert Region.objects.get(code="53").label == "Bretagne (région)"
    assert Department.objects.get(code="35").label == "Ille-et-Vilaine (département)"
    assert Department.objects.get(code="988").label == "Nouvelle-Calédonie (collectivité)"


def test_the_files_are_small_and_say_their_licence():
    assert sum((DATA_DIR / f"{name}.csv.xz").stat().st_size for name in FILES) < 4_000_000
    assert "Licence Ouverte" in (DATA_DIR / "README.md").read_text()
    with lzma.open(DATA_DIR / "successors.csv.xz", "rt") as file:
        assert {"code": "14624", "successor_id": "14712"}.keys() == next(csv.DictReader(file)).keys()


def test_outlines_are_light_and_name_every_place():
    total = 0
    for name, codes in (
        ("departements", set(Department.objects.values_list("code", flat=True))),
        ("regions", set(Region.objects.values_list("code", flat=True))),
    ):
        content = (settings.BASE_DIR / "static" / "geo" / f"{name}.json").read_bytes()
        size = len(gzip.compress(content))
        total += size
        assert size < 90_000
        features = json.loads(content)["features"]
        assert {feature["properties"]["code"] for feature in features} == codes
        for feature in features:
            assert set(feature["properties"]) == {"code", "name"}
            for polygon in feature["geometry"]["coordinates"]:
                for ring in polygon:
                    assert len(ring) >= 4
                    assert ring[0] == ring[-1]
    assert total < 250_000


def test_neighbouring_outlines_share_the_same_points():
    features = json.loads((settings.BASE_DIR / "static" / "geo" / "departements.json").read_text())["features"]
    edges = {
        feature["properties"]["code"]: {
            (tuple(a), tuple(b))
            for polygon in feature["geometry"]["coordinates"]
            for ring in polygon
            for a, b in pairwise(ring)
        }
        for feature in features
    }
    # Inland, every stretch of border is walked once by each side; Indre touches neither sea nor frontier.
    others = set().union(*(found for code, found in edges.items() if code != "36"))
    assert all((b, a) in others for a, b in edges["36"])


def test_departements_of_one_region():
    inside = Department.objects.filter(region="53").values_list("code", flat=True)
    assert set(inside) == {"22", "29", "35", "56"}
    assert not Department.objects.filter(Q(kind="collectivity") & Q(region__isnull=False)).exists()


def test_the_divided_cities_are_those_that_have_arrondissements():
    parents = Commune.objects.filter(parent__isnull=False).values_list("parent", flat=True).distinct()
    assert set(parents) == set(DIVIDED)
    paris = Commune.objects.get(code="75056")
    assert paris.is_divided and paris.with_arrondissements.count() == 21
