"""A copy of all that the site holds about somebody."""

import csv
import io
import json
import zipfile
from datetime import datetime, timedelta

import pytest
from cast import client_of, new_initiative, new_member
from django.core import mail
from django.test import Client
from django.utils import timezone

from initiatives.models import Contribution, Letter
from members.models import DataCopy, Departure, Member
from members.rights import archive, copying, leaving, links
from members.rights.registry import Fate, Person, holdings
from tests.members.door import sign_in
from tests.members.whole_life import ADDRESS, NAME, her_mailbox_refuses, her_staff_work, live


def archive_of(member: Member) -> zipfile.ZipFile:
    whole = io.BytesIO()
    archive.write(Person(member, member.email), whole)
    return zipfile.ZipFile(whole)


def just_signed_in(member: Member) -> Client:
    client = Client()
    sign_in(client, member.email)
    return client


@pytest.fixture
def life(vitre):
    return live(vitre)


# --- It is whole -----------------------------------------------------------------------------------------------------


def test_everything_that_is_declared_is_in_the_archive_with_every_field(life):
    """Whoever declares a table adds a row of it to tests/members/whole_life.py."""
    her_mailbox_refuses()
    with archive_of(life.zelie) as whole:
        assert whole.testzip() is None
        for holding in holdings():
            if not holding.fields:
                assert f"{holding.name}.json" not in whole.namelist()
                continue
            rows = json.loads(whole.read(f"{holding.name}.json"))
            assert rows, f"nothing of {holding.label} in {holding.name}: is there one in whole_life?"
            kept = list(holding.of(Person(life.zelie, ADDRESS)).values(*archive.columns_of(holding)))
            assert [set(row) for row in rows] == [set(row) for row in kept]
            assert [row[holding.model._meta.pk.attname] for row in rows] == [
                row[holding.model._meta.pk.attname] for row in kept
            ]
            for said, row in zip(rows, kept, strict=True):
                for name, value in row.items():
                    assert str(said[name]) == str(value.isoformat() if hasattr(value, "isoformat") else value)
            sheet = list(csv.reader(io.StringIO(whole.read(f"{holding.name}.csv").decode("utf-8-sig"))))
            assert len(sheet) == 1 + len(rows) and {len(line) for line in sheet} == {len(archive.columns_of(holding))}


def test_what_one_did_for_the_team_is_not_in_the_archive(vitre):
    life = live(vitre, staff=True)
    her_staff_work(life)
    with archive_of(life.zelie) as whole:
        everything = b"".join(whole.read(name) for name in whole.namelist())
        assert b"Tribunal de Rennes" not in everything


def test_an_answer_that_a_moderator_withheld_stays_hidden_from_whom_it_was_written_to(life):
    answer = {"initiative": life.theirs, "member": life.zelie, "author": life.omar, "is_answer": True}
    Letter.objects.create(**answer, text="Oui, apportez-les.")
    Letter.objects.create(**answer, text="Taisez-vous.", withheld_at=timezone.now())
    Letter.objects.filter(member=life.zelie, is_answer=False).update(withheld_at=timezone.now())
    read = Letter.objects.filter(member=life.zelie).exclude(text="Taisez-vous.")
    with archive_of(life.zelie) as whole:
        kept = {row["id"] for row in json.loads(whole.read("messages-a-des-equipes.json"))}
    assert len(kept) == 2 and kept == {letter.pk for letter in read}


def test_it_holds_pictures_and_no_secret(life):
    with archive_of(life.zelie) as whole:
        assert f"images/{life.photo.pk}.webp" in whole.namelist()
        everything = b"".join(whole.read(name) for name in whole.namelist())
    assert NAME.encode() in everything and ADDRESS.encode() in everything
    for secret in (b"secret-de-zelie", b"clef-de-session", b"push.exemple.fr", b"omar@exemple.fr"):
        assert secret not in everything


def test_it_says_what_is_not_there_and_why(life):
    with archive_of(life.zelie) as whole:
        said = whole.read("LISEZ-MOI.txt").decode()
    for holding in holdings():
        if holding.nothing_because:
            assert str(holding.title) in said
        for reason in holding.left_out.values():
            assert str(reason) in said


def test_a_citizen_reads_what_is_there_and_what_is_not(life):
    with archive_of(life.zelie) as whole:
        said = whole.read("LISEZ-MOI.txt").decode()
        chosen, told = (
            list(csv.DictReader(io.StringIO(whole.read(f"{name}.csv").decode("utf-8-sig"))))
            for name in ("reglages-des-messages", "messages-recus")
        )
    # Neither the names of the code, nor its codes, nor what a spreadsheet takes for a text.
    for word in ("address key", "told at", "attempts", "nursery", "geocode"):
        assert word not in said
    assert chosen[0]["sorte"] == "Quelqu’un quitte l’équipe"
    assert "{" not in told[0]["contenu"]
    assert datetime.strptime(told[0]["écrite"], "%Y-%m-%d %H:%M:%S")


def test_a_cell_is_not_computed_by_a_spreadsheet(life):
    life.said.text = "=1+1"
    life.said.save()
    with archive_of(life.zelie) as whole:
        assert "'=1+1" in whole.read("contributions.csv").decode()
        assert json.loads(whole.read("contributions.json"))[0]["text"] == "=1+1"


def test_a_hundred_times_more_rows_ask_no_more_queries(life, django_assert_max_num_queries):
    initiative = new_initiative(life.omar)
    Contribution.objects.bulk_create(
        [Contribution(initiative=initiative, author=life.zelie, text=f"Mot {number}") for number in range(200)]
    )
    # One for each table, and pages of a thousand rows.
    with django_assert_max_num_queries(2 * len(holdings())):
        archive_of(life.zelie).close()


def test_memory_does_not_grow_with_what_there_is(life):
    import tracemalloc

    initiative = new_initiative(life.omar)
    rows = [Contribution(initiative=initiative, author=life.zelie, text="Mot " * 100) for _number in range(20_000)]
    Contribution.objects.bulk_create(rows, batch_size=2_000)
    del rows
    contributions = [each for each in holdings() if each.name == "contributions"]
    tracemalloc.start()
    with zipfile.ZipFile(io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as whole:
        archive._write_table(contributions[0], Person(life.zelie, ADDRESS), whole)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Their texts alone are 8 MB.
    assert peak < 6_000_000


# --- It is asked for, made, fetched and erased -----------------------------------------------------------------------


@pytest.fixture
def asked(alice, django_capture_on_commit_callbacks) -> DataCopy:
    with django_capture_on_commit_callbacks(execute=True):
        found, is_new = copying.ask(alice)
    assert is_new
    found.refresh_from_db()
    return found


def test_somebody_asks_is_told_and_downloads(alice, client, django_capture_on_commit_callbacks):
    assert client_of(alice).post("/mes-donnees/copie/").url.startswith("/compte/confirmation/")
    me = just_signed_in(alice)
    assert "Préparer ma copie" in me.get("/mes-donnees/copie/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert me.post("/mes-donnees/copie/").url == "/mes-donnees/"
    assert "Votre copie est prête" in me.get("/mes-donnees/").content.decode()
    [message] = [each for each in mail.outbox if "copie" in each.subject]
    assert message.to == [alice.email]
    address = next(word for word in message.body.split() if "/mes-donnees/archive/" in word)
    path = address[address.index("/mes-donnees/") :]
    # Whoever holds the link: no session, and a GET gives nothing.
    page = client.get(path)
    assert page.status_code == 200 and page["Content-Type"].startswith("text/html")
    assert "noindex" in page.content.decode() and path not in page.content.decode().replace(f'action="{path}"', "")
    answer = client.post(path)
    assert answer["Content-Type"] == "application/zip" and "attachment" in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as whole:
        assert json.loads(whole.read("compte.json"))[0]["email"] == alice.email


def test_asking_while_one_is_awaited_changes_nothing(alice):
    first, is_new = copying.ask(alice)
    again, is_new_again = copying.ask(alice)
    assert (is_new, is_new_again, again.pk) == (True, False, first.pk)
    assert "se prépare" in client_of(alice).get("/mes-donnees/").content.decode()


def test_asking_again_and_again_is_refused_in_words(alice):
    me = just_signed_in(alice)
    answers = [me.post("/mes-donnees/copie/") for _time in range(copying.MOST_A_DAY + 1)]
    assert answers[-1].status_code == 429 and "Revenez demain" in answers[-1].content.decode()


def test_a_forged_or_old_link_gives_nothing(asked, client):
    path = copying.path_of(asked)
    assert client.get("/mes-donnees/archive/1.forged/").status_code == 410
    DataCopy.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert client.get(path).status_code == client.post(path).status_code == 410


def test_after_a_week_the_file_and_the_row_are_gone(asked):
    assert copying.place().exists(asked.file)
    assert copying.forget() == 0
    DataCopy.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert copying.forget() == 1
    assert not copying.place().exists(asked.file) and not DataCopy.objects.exists()


def test_the_newest_replaces_the_others(asked, alice, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        copying.ask(alice)
    assert DataCopy.objects.count() == 1 and not copying.place().exists(asked.file)


def test_the_file_lies_where_nobody_but_the_site_reads(asked, client, settings):
    assert asked.file.startswith("copies/") and len(asked.file) > 30
    assert client.get(f"/media/{asked.file}").status_code == 404
    assert copying.place().path(asked.file).startswith(str(settings.STORAGES["private"]["OPTIONS"]["location"]))


def test_a_failure_is_tried_again_then_said(alice, monkeypatch):
    found, _is_new = copying.ask(alice)

    def fails(*_args):
        raise OSError("no room left")

    monkeypatch.setattr(archive, "write", fails)
    for _attempt in range(3):
        assert copying.make_due() == 0
        DataCopy.objects.update(claimed_at=timezone.now() - 2 * copying.LEASE)
    found.refresh_from_db()
    assert found.failed_at is not None and not copying.place().exists(found.file)
    assert "n’a pas pu être préparée" in client_of(alice).get("/mes-donnees/").content.decode()


def test_what_a_dead_worker_began_is_made_by_another(alice, django_capture_on_commit_callbacks):
    found, _is_new = copying.ask(alice)
    DataCopy.objects.update(claimed_at=timezone.now(), file="copies/begun.zip")
    assert copying.make_due() == 0
    DataCopy.objects.update(claimed_at=timezone.now() - 2 * copying.LEASE)
    with django_capture_on_commit_callbacks(execute=True):
        assert copying.make_due() == 1
    found.refresh_from_db()
    assert found.is_ready and found.file != "copies/begun.zip"


def test_leaving_while_it_is_made_erases_it(alice, monkeypatch, django_capture_on_commit_callbacks):
    found, _is_new = copying.ask(alice)
    written = archive.write

    def leaves_meanwhile(person, place):
        written(person, place)
        with django_capture_on_commit_callbacks(execute=True):
            leaving.leave(alice, Departure.Wish.ANONYMISE)

    monkeypatch.setattr(archive, "write", leaves_meanwhile)
    mail.outbox.clear()
    assert copying.make(found.pk) is False
    assert not DataCopy.objects.exists()
    assert copying.place().listdir("copies")[1] == []
    assert not [message for message in mail.outbox if "copie" in message.subject]


def test_leaving_erases_those_that_are_ready(asked, alice, client, django_capture_on_commit_callbacks):
    path = copying.path_of(asked)
    with django_capture_on_commit_callbacks(execute=True):
        leaving.leave(alice, Departure.Wish.ERASE)
    assert client.get(path).status_code == 410 and not copying.place().exists(asked.file)


# --- Without a session -----------------------------------------------------------------------------------------------


def test_a_link_that_an_address_proved_is_enough_for_an_hour(bob, client, django_capture_on_commit_callbacks):
    page = links.path_of(bob)
    assert "Mes données" in client.get(page).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"{page}copie/").status_code == 302
    assert mail.outbox[-1].to == [bob.email]
    assert client.get("/mes-donnees/lien/1.a.forged/").status_code == 410


def test_the_link_is_not_enough_for_staff_nor_for_who_has_a_second_factor(client, chloe, bob):
    from members.services import give_totp

    assert client.get(links.path_of(chloe)).status_code == 410
    give_totp(bob)
    assert client.get(links.path_of(bob)).status_code == 410


def test_what_stays_is_said_with_its_reason():
    assert {holding.label for holding in holdings() if holding.fate is Fate.KEPT}
    assert all(why for _what, why in archive.kept_despite())


# --- Many at once ----------------------------------------------------------------------------------------------------


def test_asked_ten_times_at_once_one_is_made(at_once):
    member = new_member("alice")
    found = at_once(lambda _number: copying.ask(member)[0].pk, range(10))
    assert len(set(found)) == 1


def test_ten_workers_make_it_once(at_once):
    member = new_member("alice")
    copy = DataCopy.objects.create(member=member)
    assert sum(at_once(lambda _number: copying.make(copy.pk), range(10))) == 1
    assert len(copying.place().listdir("copies")[1]) == 1
