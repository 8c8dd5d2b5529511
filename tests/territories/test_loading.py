"""Loading the data again, and when an edition changes."""

import lzma
import shutil
from datetime import date
from io import StringIO
from time import perf_counter

import pytest
from django.core.management import call_command

from territories import data, loading
from territories.models import Commune, DataLoad, Department, Postcode

pytestmark = pytest.mark.django_db


@pytest.fixture
def another_edition(tmp_path, monkeypatch):
    """A copy of the files; `change(name, lines → lines)` rewrites one of them."""
    folder = tmp_path / "data"
    shutil.copytree(data.DATA_DIR, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "EDITION").write_text("2027-01-01\n")
    monkeypatch.setattr(loading, "DATA_DIR", folder)

    def change(name, edit):
        path = folder / f"{name}.csv.xz"
        lines = lzma.decompress(path.read_bytes()).decode().splitlines()
        path.write_bytes(lzma.compress("\n".join([lines[0], *edit(lines[1:])]).encode() + b"\n", preset=0))

    return change


def test_loading_the_same_edition_again_does_nothing(django_assert_num_queries):
    before = DataLoad.objects.count()
    start = perf_counter()
    with django_assert_num_queries(4):  # savepoint, lock, newest, release
        assert loading.load() is False
    assert perf_counter() - start < 1
    assert DataLoad.objects.count() == before


def test_a_new_edition_writes_over_rows_and_keeps_those_that_others_point_at(another_edition):
    another_edition(
        "communes",
        lambda lines: [
            line.replace("Vitré,à Vitré,de Vitré", "Vitré-Neuve,à Vitré-Neuve,de Vitré-Neuve")
            for line in lines
            if not line.startswith("35015,")
        ],
    )
    another_edition(
        "postcodes",
        lambda lines: [line for line in lines if line not in {"35500,35015", "35500,35109"}] + ["35999,35360"],
    )
    another_edition("successors", lambda lines: [*lines, "35015,35360"])
    total = Commune.objects.count()

    start = perf_counter()
    assert loading.load() is True
    assert perf_counter() - start < 15

    assert Commune.objects.count() == total
    assert Commune.objects.get(code="35360").name == "Vitré-Neuve"
    gone = Commune.objects.get(code="35015")
    assert gone.ended_on == date(2027, 1, 1)
    assert gone.successor_id == "35360"
    assert set(gone.postcodes.values_list("code", flat=True)) == {"35500"}
    assert not Postcode.objects.filter(code="35500", commune="35109").exists()
    assert Postcode.objects.filter(code="35999", commune="35360").exists()
    assert loading.load() is False


def test_a_commune_that_comes_back_is_current_again(another_edition):
    Commune.objects.filter(code="35360").update(ended_on="2020-01-01", successor="35288")
    assert loading.load() is True
    back = Commune.objects.get(code="35360")
    assert (back.ended_on, back.successor) == (None, None)


def test_a_commune_made_by_hand_ends_without_successor(another_edition):
    Commune.objects.create(
        code="35999",
        name="Nulle-Part",
        slug="nulle-part",
        sort_name="nulle part",
        latitude=48,
        longitude=-1,
        south=48,
        west=-1,
        north=48,
        east=-1,
        department=Department.objects.get(code="35"),
    )
    loading.load()
    kept = Commune.objects.get(code="35999")
    assert kept.ended_on == date(2027, 1, 1)
    assert kept.successor is None


def test_unchanged_rows_are_not_rewritten(another_edition):
    versions = Commune.objects.extra(select={"version": "xmin::text"}).values_list("version", flat=True)
    before = set(versions.order_by())
    loading.load()
    assert set(versions.order_by()) == before


def test_the_command_says_what_it_did():
    out = StringIO()
    call_command("load_territories", stdout=out)
    assert "35 008 communes et arrondissements, déjà chargés".replace("35 008", "35\u202f008") in out.getvalue()
