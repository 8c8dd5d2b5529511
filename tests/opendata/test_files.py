"""The files that anyone may take away."""

import csv
import gzip
import hashlib
import io
import json
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from cast import new_event, new_initiative
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.spreadsheets import plain_cell
from events.models import EventReport
from initiatives.models import Support, SupportTally, Tag
from initiatives.places import shown
from moderation import services as moderation
from moderation.filter import Ground
from opendata import files
from opendata.columns import EVENTS, INITIATIVES, SUPPORTS, TABLES, Type
from opendata.models import DataFile

pytestmark = pytest.mark.django_db


def bytes_of(table, form) -> bytes:
    with storages["default"].open(DataFile.objects.get(table=table.slug, form=form).name) as file:
        return file.read()


def read_csv(table) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(bytes_of(table, "csv").decode(), newline="")))


def test_files_hold_the_columns_of_the_dictionary_and_no_other(initiative, event, chloe):
    assert files.make_due() == len(TABLES)
    for table in TABLES:
        head = next(csv.reader(io.StringIO(bytes_of(table, "csv").decode(), newline="")))
        assert head == [column.name for column in table.columns]
        rows = json.loads(bytes_of(table, "json"))["lignes"]
        assert all(list(row) == head for row in rows)
        assert len({column.name for column in table.columns}) == len(head)


def test_each_value_is_of_the_type_that_the_dictionary_says(initiative, event, alice):
    new_initiative(alice, None, title="Pour tous", state="closed", support_count=12, next_step=25)
    kinds = {
        Type.TEXT: str,
        Type.ADDRESS: str,
        Type.DATE: str,
        Type.MOMENT: str,
        Type.INTEGER: int,
        Type.NUMBER: float,
        Type.LIST: list,
    }
    files.make_due()
    for table in (INITIATIVES, EVENTS):
        rows = json.loads(bytes_of(table, "json"))["lignes"]
        assert rows
        for row in rows:
            for column in table.columns:
                assert row[column.name] is None or isinstance(row[column.name], kinds[column.type]), column.name


def test_the_same_rows_are_in_all_the_forms(initiative, event, alice):
    new_initiative(alice, None, title="Pour tous")
    files.make_due()
    lines = json.loads(bytes_of(INITIATIVES, "json"))["lignes"]
    mapped = json.loads(bytes_of(INITIATIVES, "geojson"))
    assert [each["properties"] for each in mapped["features"]] == lines
    assert [each["titre"] for each in lines] == [each["titre"] for each in read_csv(INITIATIVES)]
    local, national = mapped["features"]
    assert local["geometry"]["coordinates"] == [
        pytest.approx(initiative.commune.longitude, abs=1e-5),
        pytest.approx(initiative.commune.latitude, abs=1e-5),
    ]
    assert national["geometry"] is None


def test_what_nobody_reads_on_the_site_is_in_no_file(alice, vitre):
    for state in ("draft", "preparing", "submitted"):
        new_initiative(alice, vitre, title=f"Pas public {state}", state=state, published_at=None, nursery_key="k" * 10)
    new_initiative(alice, vitre, title="Pas public, retiré", withheld_at=timezone.now())
    hidden = new_initiative(alice, vitre, title="Pas public, réuni", withheld_at=timezone.now())
    joined = new_initiative(alice, vitre, title="Visible", state="archived", merged_into=hidden)
    new_event(alice, vitre, title="Pas public, à relire", published_at=None)
    new_event(alice, vitre, title="Pas public, retiré", withheld_at=timezone.now())
    shown = new_event(alice, vitre, title="Visible aussi", initiative=hidden, online_url="https://visio.example/secret")
    EventReport.objects.create(
        event=shown, text="…", turnout=41, withheld_at=timezone.now(), published_at=timezone.now()
    )
    files.make_due()
    everything = b"".join(bytes_of(table, form) for table in TABLES for form in table.forms)
    assert b"Pas public" not in everything
    assert b"visio.example" not in everything
    (row,), (held,) = read_csv(INITIATIVES), read_csv(EVENTS)
    assert (row["identifiant"], row["reunie_a"]) == (str(joined.pk), "")
    assert (held["identifiant"], held["initiative"], held["venus"]) == (str(shown.pk), "", "")


def test_nobody_is_named(initiative, event, alice, bob):
    Support.objects.create(initiative=initiative, member=bob, commune=bob.home_commune, confirmed_at=timezone.now())
    files.make_due()
    everything = b"".join(bytes_of(table, form) for table in TABLES for form in table.forms)
    for member in (alice, bob):
        assert member.display_name.encode() not in everything
        assert member.email.encode() not in everything


def test_a_spreadsheet_computes_nothing_and_json_keeps_the_words(alice, vitre):
    new_initiative(alice, vitre, title='=HYPERLINK("x";"y")', summary="-2+3, @toi\r\nligne")
    files.make_due()
    (row,) = read_csv(INITIATIVES)
    assert row["titre"] == '\'=HYPERLINK("x";"y")'
    assert row["resume"] == "'-2+3, @toi\r\nligne"
    assert json.loads(bytes_of(INITIATIVES, "json"))["lignes"][0]["titre"] == '=HYPERLINK("x";"y")'


@pytest.mark.parametrize("text", ["\uff1d1+1", "\uff20SOMME(1)", "\n=1+1"])
def test_nor_does_one_that_reads_wide_letters_or_skips_lines(text):
    assert plain_cell(text) == f"'{text}"


def test_csv_is_rfc_4180_in_utf_8_without_a_mark(alice, vitre):
    new_initiative(alice, vitre, title="Été, à l’école")
    files.make_due()
    raw = bytes_of(INITIATIVES, "csv")
    assert raw.startswith(b"identifiant,adresse,")
    assert raw.endswith(b"\r\n")
    assert '"Été, à l’école"'.encode() in raw


def test_themes_are_listed_in_one_cell(initiative):
    themes = list(Tag.objects.filter(theme_rank__isnull=False).order_by("theme_rank")[:2])
    initiative.tags.set([*themes, "un mot libre"])
    files.make_due()
    assert read_csv(INITIATIVES)[0]["themes"] == " | ".join(theme.slug for theme in themes)


def test_supports_by_territory_hide_what_is_small_and_move_by_fives(alice, vitre):
    """35 hides 3 of 22 from who would subtract; a region is said when what it hides is enough."""
    told, hidden = (new_initiative(alice, title=title, support_count=40) for title in ("Dite", "Retirée"))
    for one in (told, hidden):
        for code, count in {"35": 24, "22": 3, "75": 7}.items():
            SupportTally.objects.create(initiative=one, department_id=code, commune=None, count=count)
        SupportTally.objects.create(initiative=one, department_id="35", commune=vitre, count=24)
    hidden.withheld_at = timezone.now()
    hidden.save(update_fields=["withheld_at"])
    files.make(SUPPORTS)
    said = shown(40, {"35": 24, "22": 3, "75": 7}, {"35": "53", "22": "53", "75": "11"})
    assert said.departments == {"35": 24, "75": 7}
    rows = json.loads(bytes_of(SUPPORTS, "json"))["lignes"]
    assert {row["initiative"] for row in rows} == {told.pk}
    found = {row["departement"] or f"r{row['region']}": row["soutiens_au_moins"] for row in rows}
    counts = said.departments | {f"r{code}": count for code, count in said.regions.items()}
    assert found == {code: count - count % 5 for code, count in counts.items()}
    assert found["35"] == 20 and found["75"] == 5 and "22" not in found and "r53" not in found


def test_a_row_tells_the_very_bytes(initiative):
    files.make_due()
    for file in files.files():
        plain, packed = (Path(storages["default"].path(name)).read_bytes() for name in (file.name, f"{file.name}.gz"))
        assert (hashlib.sha256(plain).hexdigest(), len(plain)) == (file.sha256, file.size)
        assert (gzip.decompress(packed), len(packed)) == (plain, file.packed_size)
        assert file.sha256[:16] in file.name


def test_once_a_night_is_enough(initiative):
    assert files.make_due() == len(TABLES)
    assert files.make_due() == 0
    DataFile.objects.filter(table="initiatives", form="json").update(made_at=timezone.now() - timedelta(days=1))
    assert files.make_due() == 1


def test_what_is_forgotten_is_made_anew(visitor, initiative):
    files.make_due()
    files.forget()
    assert visitor.get("/donnees/initiatives.csv").status_code == 404
    assert files.make_due() == len(TABLES)


def test_what_is_withdrawn_leaves_with_the_next_files(initiative):
    files.make_due()
    before = DataFile.objects.get(table="initiatives", form="csv").name
    initiative.withhold()
    DataFile.objects.update(made_at=timezone.now() - timedelta(days=1))
    files.make_due()
    assert read_csv(INITIATIVES) == []
    path = storages["default"].path(before)
    os.utime(path, (time.time() - 7200,) * 2)
    assert files.sweep() >= 1
    assert not storages["default"].exists(before)


def test_what_a_moderator_withholds_leaves_the_files_of_the_day_within_two_hours(initiative, event, chloe, monkeypatch):
    monkeypatch.setattr(files, "_last_night", lambda: timezone.now() - timedelta(days=1))
    files.make_due()
    moderation.withhold(initiative, by=chloe, ground=Ground.SPAM, reason="Une publicité.")
    DataFile.objects.update(made_at=timezone.now() - timedelta(minutes=50))
    assert files.make_due() == 0
    DataFile.objects.update(made_at=timezone.now() - timedelta(minutes=61))
    assert [table for table in TABLES if files._is_due(table)] == [INITIATIVES, SUPPORTS]
    files.make_due()
    assert read_csv(INITIATIVES) == []
    assert files.make_due() == 0


def test_what_is_named_and_what_is_being_written_stay(initiative):
    files.make_due()
    storage = storages["default"]
    for file in files.files():
        os.utime(storage.path(file.name), (time.time() - 7200,) * 2)
    storage.save("donnees/initiatives-0123456789abcdef.csv", ContentFile("…"))
    files.sweep()
    assert storage.exists("donnees/initiatives-0123456789abcdef.csv")
    assert all(storage.exists(file.name) for file in files.files())


def test_a_failure_leaves_the_files_of_before(initiative, monkeypatch):
    files.make_due()
    before = {file.name for file in files.files()}
    DataFile.objects.update(made_at=timezone.now() - timedelta(days=1))

    def fails(self, row, values):
        raise OSError("disk full")

    monkeypatch.setattr(files._GeoJson, "line", fails)
    with pytest.raises(OSError, match="disk full"):
        files.make(INITIATIVES)
    assert {file.name for file in files.files()} == before
    assert all(storages["default"].exists(name) for name in before)


def test_an_unfinished_file_of_the_same_name_is_written_again(initiative):
    """Killed while it was put in the storage, of which the row says nothing yet."""
    files.make_due()
    file = DataFile.objects.get(table="initiatives", form="csv")
    whole = bytes_of(INITIATIVES, "csv")
    Path(storages["default"].path(file.name)).write_bytes(whole[:10])
    file.delete()
    files.make(INITIATIVES)
    assert bytes_of(INITIATIVES, "csv") == whole


def test_rows_cost_no_query_each(initiative, django_assert_num_queries):
    with CaptureQueriesContext(connection) as few:
        files.make(INITIATIVES)
    DataFile.objects.all().delete()
    for _turn in range(20):
        new_initiative(initiative.author, initiative.commune)
    with django_assert_num_queries(len(few)):
        files.make(INITIATIVES)
    assert len(read_csv(INITIATIVES)) == 21
