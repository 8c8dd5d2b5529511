"""Posters: what they say, on one page, drawn once, and where their short address leads."""

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest
from cast import new_event, new_member
from django.core.files.storage import storages
from django.urls import reverse
from django.utils import timezone

from core import qr
from events import posters as drawing
from events import tasks
from events.models import Event, Poster
from events.services import posters
from territories.models import Commune

SIZES = {"a4": (595, 842), "a5": (420, 595)}


@pytest.fixture
def at_commit(django_capture_on_commit_callbacks):
    """What a task does after the commit, within a test."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def address(event: Event, size: str = "a4") -> str:
    return reverse("event_poster", args=[event.slug, size])


def ask(client, event: Event, size: str = "a4"):
    """The poster, once it is drawn."""
    client.get(address(event, size))
    tasks.draw_posters()
    answer = client.get(address(event, size))
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def opened(body: bytes):
    document = pypdfium2.PdfDocument(body)
    assert len(document) == 1
    return document[0]


def words(body: bytes) -> str:
    page = opened(body)
    return " ".join(page.get_textpage().get_text_range().split())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "title", ["Apprendre à recoudre et à ressouder", "Le tri en ville : où en est la commune de Vitré ?", "À la une"]
)
def test_no_line_of_a_title_ends_with_a_little_word(event, title, size):
    event.title = title
    text = opened(drawing.draw(drawing.sheet_of(event), size)).get_textpage().get_text_range()
    # Between the kind of the event and its day.
    written = text[text.index("Réunion publique") : text.index(str(event.local_start.year))]
    lines = [line.split() for line in written.splitlines() if line.strip()][1:-1]
    assert " ".join(word for line in lines for word in line) == " ".join(title.split())
    assert not any(line[-1].isalpha() and len(line[-1]) < 3 for line in lines[:-1]), lines


def files() -> list[Path]:
    return [file for file in Path(storages["private"].location).rglob("*") if file.is_file()]


# --- What it says ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_a_poster_says_what_when_where_and_who(visitor, event, size):
    event.starts_at = datetime(2027, 3, 1, 17, 30, tzinfo=UTC)
    event.ends_at = event.starts_at + timedelta(hours=2)
    event.address = "2, rue de la Gare"
    event.title = "Cœur de ville : été à Noël, « chez nous »"
    event.save()
    body = ask(visitor, event, size)
    page = opened(body)
    assert tuple(round(side) for side in page.get_size()) == SIZES[size]
    said = words(body)
    for text in (
        "Réunion publique",
        "Cœur de ville : été à Noël, « chez nous »",
        "Lundi 1er mars 2027",
        "18 h 30 – 20 h 30",
        "Salle des fêtes",
        "2, rue de la Gare, Vitré (Ille-et-Vilaine)",
        "On choisit les arbres et les jours d’entretien.",
        "Un verger partagé derrière la gare",
        f"127.0.0.1:8000/e/{event.pk}",
        "Ne pas jeter sur la voie publique. Édité par Les Créateurs de possibles. Imprimé par",
    ):
        assert " ".join(text.split()) in said, text
    assert "alice" not in said.lower()


def test_its_hours_are_those_of_the_place(visitor, alice):
    noumea = Commune.objects.select_related("department").get(code="98818")
    start = datetime(2027, 3, 1, 7, 30, tzinfo=UTC)
    event = new_event(alice, noumea, starts_at=start, ends_at=start + timedelta(hours=2), time_zone="Pacific/Noumea")
    assert "18 h 30 – 20 h 30 (heure de Nouméa)" in words(ask(visitor, event))


def test_the_link_of_an_online_meeting_is_not_on_the_wall(visitor, alice):
    event = new_event(alice, None, online_url="https://visio.exemple.fr/cle")
    said = words(ask(visitor, event))
    assert "visio" not in said
    assert "en ligne" in said


def test_its_fonts_are_in_it(visitor, event):
    body = ask(visitor, event)
    assert body.count(b"/FontFile2") == 2
    assert b"Helvetica" not in body


SHEET = drawing.Sheet(
    site="Les Créateurs de possibles",
    accent="#b4331f",
    kind="débat",
    title="Titre",
    when="lundi 1er mars 2027",
    hours="18 h 30",
    place="Lieu",
    address="Adresse",
    words="Mots.",
    initiative="Initiative",
    link="https://possibles.example/e/123456789",
    legal="Ne pas jeter sur la voie publique.",
)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "changes",
    [
        {"title": "W" * 120, "place": "W" * 120, "address": "W" * 200, "initiative": "W" * 120, "words": "W" * 5000},
        {"title": "anticonstitutionnellement " * 4, "words": "\n\n".join(["Une ligne."] * 500)},
        {"title": "👩‍🌾🎉", "words": "日本語 \x07 ãẽĩ ½ ﬁ"},
        {"title": "", "place": "", "address": "", "words": "", "initiative": "", "hours": ""},
        {"link": f"https://{'tres-long-' * 12}.example/e/123456789012345678"},
    ],
)
def test_whatever_is_written_holds_on_one_page_inside_its_margins(changes, size):
    page = opened(drawing.draw(replace(SHEET, **changes), size))
    text = page.get_textpage()
    width, height = page.get_size()
    for index in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(index)
        assert left >= 0 and right <= width - 10, text.get_text_range(index, 1)
        assert bottom >= 0 and top <= height


def test_a_letter_that_our_font_has_not_is_written_without_its_accent():
    assert "Sao Tome, 12" in words(drawing.draw(replace(SHEET, title="São Tomẽ, 1２"), "a4"))


def test_the_code_leads_to_the_short_address():
    """As the image that other pages show, which telephones read."""
    link = "http://127.0.0.1:8000/e/12"
    page = opened(drawing.draw(replace(SHEET, link=link), "a4"))
    image = page.render(scale=4).to_pil().convert("L")
    rows = qr.squares(link)
    step = 46 / (len(rows) + 4) / 25.4 * 72 * 4
    left, top = 16 / 25.4 * 72 * 4, (297 - 16 - 6 - 46) / 25.4 * 72 * 4
    seen = [
        [image.getpixel((int(left + (x + 0.5) * step), int(top + (y + 0.5) * step))) < 128 for x in range(len(rows))]
        for y in range(len(rows))
    ]
    assert seen == rows


# --- How it is made --------------------------------------------------------------------------------------------------


def test_the_first_who_asks_waits_and_the_page_says_so(visitor, event):
    answer = visitor.get(address(event))
    page = answer.content.decode()
    assert answer.status_code == 202
    assert "L’affiche est en préparation" in page
    assert f'content="3;url={address(event)}?fois=1"' in page
    assert "no-store" in answer["Cache-Control"]
    assert tasks.draw_posters() == 1
    ready = visitor.get(address(event))
    assert ready["Content-Type"] == "application/pdf"
    assert "public" in ready["Cache-Control"]
    assert "noindex" in ready["X-Robots-Tag"]


def test_without_a_broker_nobody_waits(visitor, event, at_commit):
    with at_commit():
        assert visitor.get(address(event)).status_code == 202
    assert Poster.objects.get().made_at


def test_a_page_that_waits_stops_asking(visitor, event):
    page = visitor.get(f"{address(event)}?fois=20").content.decode()
    assert 'http-equiv="refresh"' not in page
    assert "n’est pas encore prête" in page
    for odd in ("-1", "x", "²", "9" * 40):
        assert visitor.get(f"{address(event)}?fois={odd}").status_code == 202


def test_it_is_drawn_once_however_often_it_is_asked_for(visitor, event):
    first = ask(visitor, event)
    assert ask(visitor, event) == first
    assert tasks.draw_posters() == 0
    assert len(files()) == 1


def test_two_workers_draw_it_once(at_once, vitre_committed):
    event = new_event(new_member("alice"), vitre_committed)
    posters.ask(event, "a4")
    pk = Poster.objects.get().pk
    assert sorted(at_once(posters.draw, [pk] * 4))[-1] is True
    assert sum(at_once(posters.draw, [pk] * 4)) == 0
    assert len(files()) == 1


@pytest.mark.parametrize("change", [{"title": "Un autre titre"}, {"place_name": "Ailleurs"}, {"description": "Autre"}])
def test_a_change_of_what_it_says_has_it_drawn_anew(visitor, event, at_commit, change):
    was = ask(visitor, event)
    Event.objects.filter(pk=event.pk).update(**change)
    event.refresh_from_db()
    assert visitor.get(address(event)).status_code == 202
    with at_commit():
        assert tasks.draw_posters() == 1
    body = b"".join(visitor.get(address(event)).streaming_content)
    assert body != was
    assert next(iter(change.values())) in words(body)
    assert len(files()) == 1


def test_what_is_not_on_it_changes_nothing(visitor, event):
    ask(visitor, event)
    Event.objects.filter(pk=event.pk).update(capacity=12, attendee_count=0, updated_at=timezone.now())
    assert visitor.get(address(event)).status_code == 200


def test_one_that_cannot_be_drawn_is_given_up_and_keeps_no_other_waiting(visitor, event, alice, vitre, monkeypatch):
    bad, good = event, new_event(alice, vitre, title="Une autre rencontre")
    draw = drawing.draw

    def failing(sheet, size):
        if sheet.title == bad.title:
            raise ValueError(sheet.title)
        return draw(sheet, size)

    monkeypatch.setattr(drawing, "draw", failing)
    visitor.get(address(bad))
    visitor.get(address(good))
    assert tasks.draw_posters() == 1
    for _ in range(6):
        tasks.draw_posters()
    assert Poster.objects.get(event=bad).tries == posters.MOST_TRIES


def test_a_lost_file_is_drawn_again(visitor, event):
    ask(visitor, event)
    files()[0].unlink()
    assert visitor.get(address(event)).status_code == 202
    assert ask(visitor, event)


def test_a_network_that_asks_for_too_many_is_told(visitor, alice, vitre, monkeypatch):
    monkeypatch.setattr(posters, "MOST_AN_HOUR", 2)
    events = [new_event(alice, vitre, title=f"Rencontre {n}") for n in range(3)]
    statuses = [visitor.get(address(event)).status_code for event in events]
    assert statuses == [202, 202, 429]
    # Whoever waits is not counted again.
    assert visitor.get(address(events[0])).status_code == 202


# --- Whose, and until when -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state",
    [
        {"published_at": None},
        {"withheld_at": timezone.now()},
        {"cancelled_at": timezone.now()},
        {"starts_at": timezone.now() - timedelta(hours=3), "ends_at": timezone.now() - timedelta(hours=1)},
    ],
)
def test_what_nobody_can_come_to_has_no_poster(visitor, as_alice, event, state):
    ask(visitor, event)
    Event.objects.filter(pk=event.pk).update(**state)
    for client in (visitor, as_alice):
        assert client.get(address(event)).status_code == 404


def test_there_are_two_sizes(visitor, event):
    assert visitor.get(address(event, "a3")).status_code == 404


def test_posters_leave_with_their_event(visitor, event, alice, vitre):
    other = new_event(alice, vitre, title="Une autre")
    ask(visitor, event)
    ask(visitor, event, "a5")
    ask(visitor, other)
    event.delete()
    assert tasks.forget_posters() == 2
    assert len(files()) == 1
    long_ago = timezone.now() - timedelta(days=9)
    Event.objects.update(starts_at=long_ago, ends_at=long_ago + timedelta(hours=1))
    assert tasks.forget_posters() == 1
    assert not files()
    assert not Poster.objects.exists()


def test_a_file_that_a_killed_worker_left_is_erased_by_the_night_and_no_other(visitor, event, monkeypatch):
    def killed(*_all, **_how):
        raise SystemExit

    ask(visitor, event, "a5")
    visitor.get(address(event))
    with monkeypatch.context() as patched:
        # Between the file and its row: what names it is never written.
        patched.setattr(Poster, "save", killed)
        with pytest.raises(SystemExit):
            tasks.draw_posters()
    assert len(files()) == 2
    assert tasks.forget_posters() == 0 and len(files()) == 2, "it may still be at it"
    for file in files():
        os.utime(file, (time.time() - 90_000,) * 2)
    assert tasks.forget_posters() == 1
    assert files() == [Path(storages["private"].path(Poster.objects.get(size="a5").file))]


def test_a_file_that_goes_while_the_night_looks_keeps_no_other_from_being_erased(visitor, event, monkeypatch):
    ask(visitor, event)
    private = storages["private"]
    folder = Path(private.path(Poster.objects.get().file)).parent
    for name in ("abandoned.pdf", "gone.pdf"):
        (folder / name).write_bytes(b"%PDF")
    old = time.time() - timedelta(days=2).total_seconds()
    os.utime(folder / "abandoned.pdf", (old, old))
    modified = private.get_modified_time

    def looked_at(path: str):
        if path.endswith("gone.pdf"):
            (folder / "gone.pdf").unlink()
        return modified(path)

    monkeypatch.setattr(private, "get_modified_time", looked_at)
    assert tasks.forget_posters() == 1
    assert not (folder / "abandoned.pdf").exists()


def test_the_night_finds_nothing_where_no_poster_was_ever_drawn(db):
    assert tasks.forget_posters() == 0


def test_the_page_of_an_event_leads_to_its_posters(visitor, event):
    page = visitor.get(event.get_absolute_url()).content.decode()
    for size in SIZES:
        assert f'href="{address(event, size)}"' in page


def test_a_short_address_leads_to_the_page(visitor, event):
    assert visitor.get(f"/e/{event.pk}").url == event.get_absolute_url()
    Event.objects.update(withheld_at=timezone.now())
    assert visitor.get(f"/e/{event.pk}").status_code == 404
    assert visitor.get("/e/999999999999999999").status_code == 404
