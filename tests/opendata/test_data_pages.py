"""The page of the data, its files, its package, the reference; the map of the site."""

import hashlib
import json
import xml.etree.ElementTree as ET

import pytest
from cast import new_event, new_initiative
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from opendata import files, sitemaps
from opendata.columns import INITIATIVES, TABLES
from opendata.models import DataFile
from territories.models import Commune, Department, Region

pytestmark = pytest.mark.django_db
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


# --- Data ------------------------------------------------------------------------------------------------------------


def test_the_page_says_every_column_every_file_and_its_hash(visitor, initiative):
    files.make_due()
    page = visitor.get("/donnees/").content.decode()
    for table in TABLES:
        for column in table.columns:
            assert f"<code>{column.name}</code>" in page
    for file in DataFile.objects.all():
        assert file.sha256 in page
        assert reverse("data_file", args=[file.table, file.form]) in page


def test_the_page_is_there_before_the_first_night(visitor):
    page = visitor.get("/donnees/")
    assert page.status_code == 200
    assert "public" in page["Cache-Control"]
    assert "Les premiers fichiers" in page.content.decode()
    assert visitor.get("/donnees/initiatives.csv").status_code == 404


def test_the_licence_is_the_operators_choice(visitor, settings):
    assert "Licence Ouverte 2.0" in visitor.get("/donnees/").content.decode()
    settings.OPEN_DATA_LICENCE = "ODbL-1.0"
    for address in ("/donnees/", "/donnees/datapackage.json", "/donnees/api/"):
        assert "Open Database License" in visitor.get(address).content.decode()


def test_an_address_that_does_not_change_leads_to_these_very_bytes(visitor, initiative):
    files.make_due()
    for file in DataFile.objects.all():
        there = visitor.get(f"/donnees/{file.table}.{file.form}")
        assert (there.status_code, there["Access-Control-Allow-Origin"]) == (302, "*")
        answer = visitor.get(there["Location"])
        body = b"".join(answer.streaming_content)
        assert hashlib.sha256(body).hexdigest() == file.sha256
        assert int(answer["Content-Length"]) == len(body)
        assert answer["Content-Type"] == files.TYPES[file.form]
        assert "immutable" in answer["Cache-Control"]


def test_the_bytes_of_a_file_never_enter_our_page_cache(visitor, initiative):
    """It keeps whole what says `s-maxage`: a file of all rows would fill the memory of each process."""
    files.make_due()
    answer = visitor.get(files.address_of(DataFile.objects.first()))
    assert "s-maxage" not in answer["Cache-Control"]


@pytest.mark.parametrize("name", ["../secret_key", "initiatives-0123456789abcdef.csv", "initiatives.csv"])
def test_only_what_this_room_made_is_served(visitor, name):
    assert visitor.get(f"/media/donnees/{name}").status_code == 404


def test_the_package_describes_the_files(visitor, initiative):
    files.make_due()
    said = visitor.get("/donnees/datapackage.json").json()
    found = {resource["name"]: resource for resource in said["resources"]}
    assert len(found) == sum(len(table.forms) for table in TABLES)
    file = DataFile.objects.get(table="initiatives", form="csv")
    told = found["initiatives-csv"]
    assert (told["bytes"], told["hash"], told["rowcount"]) == (file.size, f"sha256:{file.sha256}", file.rows)
    assert [field["name"] for field in told["schema"]["fields"]] == [column.name for column in INITIATIVES.columns]


def test_the_reference_says_every_question_and_every_parameter(visitor):
    page = visitor.get("/donnees/api/").content.decode()
    described = visitor.get("/api/v1/openapi.json").json()
    for path, asked in described["paths"].items():
        assert f"GET {path}" in page
        for parameter in asked["get"]["parameters"]:
            assert f"<code>{parameter['name']}</code>" in page
    for name, shape in described["components"]["schemas"].items():
        # What may be asked is said with each question.
        assert (f'id="{name}"' in page) != ("enum" in shape or name.endswith("Filters")), name


def test_no_number_is_counted_for_the_page(visitor, initiative, django_assert_max_num_queries):
    files.make_due()
    visitor.get("/donnees/")
    # The files.
    with django_assert_max_num_queries(1):
        visitor.get("/donnees/")


# --- The map of the site ---------------------------------------------------------------------------------------------


def locations(client, address) -> list[str]:
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml; charset=utf-8"), address
    return [each.text.partition("8000")[2] for each in ET.fromstring(answer.content).iter(f"{SITEMAP}loc")]


def test_every_public_page_is_found_and_no_other(visitor, alice, vitre, initiative, event):
    hidden = [
        new_initiative(alice, vitre, title="Caché", state="draft", published_at=None),
        new_initiative(alice, vitre, title="Caché", withheld_at=timezone.now()),
        new_initiative(alice, vitre, title="Caché", state="archived", merged_into=initiative),
        new_event(alice, vitre, title="Caché", published_at=None),
    ]
    over = new_initiative(alice, vitre, state="closed")
    found = [page for part in locations(visitor, "/sitemap.xml") for page in locations(visitor, part)]
    assert len(set(found)) == len(found)
    for shown in (initiative, event, over, vitre, vitre.department, vitre.department.region):
        assert shown.get_absolute_url() in found
    assert not {each.get_absolute_url() for each in hidden} & set(found)
    places = Commune.objects.current().count() + Department.objects.count() + Region.objects.count()
    assert len(found) == 3 + places + len(sitemaps._ALONE)


def test_pages_of_the_map_that_stand_alone_are_there(visitor):
    for address in locations(visitor, "/plan/pages.xml"):
        assert visitor.get(address).status_code == 200, address


def test_slices_leave_out_what_holds_nothing_and_cost_one_query(visitor, alice, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(sitemaps, "SLICE", 10)
    first = new_initiative(alice, None)
    for number in (first.pk + 200, first.pk + 201, first.pk + 5000):
        new_initiative(alice, None, pk=number)
    # What joined another is read there: a slice of these alone would be an address that leads to nothing.
    new_initiative(alice, None, pk=first.pk + 7000, state="archived", merged_into=first)
    parts = [part for part in locations(visitor, "/sitemap.xml") if "initiatives/" in part]
    assert len(parts) == len({(first.pk + more) // 10 for more in (0, 200, 201, 5000)})
    assert sum(len(locations(visitor, part)) for part in parts) == 4
    with django_assert_num_queries(1):
        visitor.get(parts[0])


@pytest.mark.parametrize(
    "address",
    [
        *("rien.xml", "initiatives.xml", "initiatives/99.xml", "initiatives/abc.xml", "territoires/999.xml"),
        *("pages/1.xml", f"initiatives/{'9' * 40}.xml", "evenements/٣.xml"),
    ],
)
def test_a_part_that_is_none_is_not_found(visitor, address):
    assert visitor.get(f"/plan/{address}").status_code == 404


def test_robots_are_told_where_the_map_is_and_what_is_private(visitor):
    said = visitor.get("/robots.txt")
    assert said["Content-Type"] == "text/plain; charset=utf-8"
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in said.content.decode()
    assert "Disallow: /admin/" in said.content.decode()


def test_all_of_it_is_public_bytes(initiative, event):
    files.make_due()
    for address in ("/donnees/", "/donnees/api/", "/donnees/datapackage.json", "/sitemap.xml", "/robots.txt"):
        answer = Client().get(address)
        assert "public" in answer["Cache-Control"], address
        assert not answer.cookies


def test_the_description_is_the_one_that_programs_read(visitor):
    assert json.loads(visitor.get("/api/v1/openapi.json").content)["openapi"].startswith("3.1")
