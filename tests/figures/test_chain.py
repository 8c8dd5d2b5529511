"""Whoever has the published files alone sees that one was changed, removed, moved or cut off."""

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from figures import chain

FIRST = date(2026, 9, 1)


def day_after(former: bytes | None, number: int, **said) -> bytes:
    return chain.canonical(
        {
            "version": 1,
            "number": number,
            "day": (FIRST + timedelta(days=number - 1)).isoformat(),
            "previous": chain.digest(former) if former else "",
            "figures": {"members_registered": 100 + number, "été": None},
        }
        | said
    )


@pytest.fixture
def folder(tmp_path) -> Path:
    """Six days, as they are downloaded."""
    body, lines = None, []
    for number in range(1, 7):
        body = day_after(body, number)
        said = json.loads(body)
        (tmp_path / f"{said['day']}.json").write_bytes(body)
        lines.append(chain.line(body, said))
    (tmp_path / chain.INDEX).write_bytes(b"\n".join(lines) + b"\n")
    return tmp_path


def days(folder: Path) -> list[Path]:
    return sorted(folder.glob("2*.json"))


def broken(folder: Path, **given) -> str:
    with pytest.raises(chain.Broken) as refusal:
        chain.verify_folder(folder, **given)
    return str(refusal.value)


def test_a_chain_that_was_not_touched_holds(folder):
    found = chain.verify_folder(folder)
    assert (found.days, found.first, found.last) == (6, FIRST, FIRST + timedelta(days=5))
    assert found.hash == chain.digest(days(folder)[-1].read_bytes())
    (folder / chain.INDEX).unlink()
    assert chain.verify_folder(folder) == found


def test_a_changed_number_shows(folder):
    third = days(folder)[2]
    third.write_bytes(third.read_bytes().replace(b":103,", b":104,"))
    assert chain.INDEX in broken(folder)
    (folder / chain.INDEX).unlink()
    assert broken(folder) == "2026-09-04.json: il ne porte pas l’empreinte de la veille"


def test_a_changed_byte_shows_even_where_it_changes_no_number(folder):
    third = days(folder)[2]
    third.write_bytes(third.read_bytes() + b"\n")
    assert broken(folder) == "2026-09-03.json: il n’est pas écrit de la seule façon possible"


def test_a_missing_day_shows(folder):
    days(folder)[2].unlink()
    assert broken(folder) == "2026-09-04.json: c’est 2026-09-03 qui devrait venir ici"


def test_missing_first_days_show(folder):
    days(folder)[0].unlink()
    assert "les premiers jours manquent" in broken(folder)


def test_days_in_another_order_show(folder):
    second, third = days(folder)[1:3]
    former = second.read_bytes()
    second.write_bytes(third.read_bytes())
    third.write_bytes(former)
    assert broken(folder) == "2026-09-02.json: il dit être du 2026-09-03"


def test_last_days_that_were_cut_off_show_by_the_index_or_a_hash_that_was_kept(folder):
    kept = chain.digest(days(folder)[-1].read_bytes())
    days(folder)[-1].unlink()
    assert "les derniers manquent" in broken(folder)
    (folder / chain.INDEX).unlink()
    # Without either, nothing can show: it is a chain, only shorter.
    assert chain.verify_folder(folder).days == 5
    assert "raccourcie ou récrite" in broken(folder, known=kept)


def test_a_chain_that_was_written_again_shows_by_a_hash_that_was_kept(folder):
    kept = chain.digest(days(folder)[3].read_bytes())
    assert chain.verify_folder(folder, known=kept).days == 6
    body = None
    for number, path in enumerate(days(folder), start=1):
        body = day_after(body, number, figures={"members_registered": 9_000})
        path.write_bytes(body)
    (folder / chain.INDEX).unlink()
    assert chain.verify_folder(folder).days == 6
    assert "récrite" in broken(folder, known=kept)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"\xff", b'{"version":2}', b"[" * 100_000, b'{"version":1,"number":1,"previous":""}']
)
def test_what_is_no_snapshot_is_said(folder, body):
    days(folder)[0].write_bytes(body)
    assert broken(folder).startswith("2026-09-01.json: ")


def test_an_empty_folder_proves_nothing(tmp_path):
    assert broken(tmp_path) == "il n’y a aucun jour à vérifier"


def test_a_stranger_runs_it_with_python_alone(folder, tmp_path_factory):
    """Its one file, elsewhere, without this project nor Django."""
    alone = tmp_path_factory.mktemp("elsewhere") / "chain.py"
    alone.write_bytes(Path(chain.__file__).read_bytes())
    command = [sys.executable, "-I", "-S", alone, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("6 jours tiennent, du 2026-09-01 au 2026-09-06.")
    assert "qu’avec --hash" in done.stdout
    known = done.stdout.split("La dernière empreinte est ")[1].split()[0]
    done = subprocess.run([*command, "--hash", known], capture_output=True, text=True, check=True)
    assert "--hash" not in done.stdout
    days(folder)[2].unlink()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "2026-09-04.json: c’est 2026-09-03 qui devrait venir ici\n")


def test_the_command_says_the_same(folder, capsys):
    call_command("verify_figures", str(folder))
    assert capsys.readouterr().out.startswith("6\u00a0jours tiennent, du 1er septembre 2026 au 6 septembre 2026.")
    days(folder)[2].unlink()
    with pytest.raises(CommandError, match="2026-09-03 qui devrait venir ici"):
        call_command("verify_figures", str(folder))
