"""`manage.py evaluate_filter`: honest figures of the filter on a labelled file, and why one text is held back."""

import csv
import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from moderation import evaluation

ROOT = Path(__file__).parents[2]
ROWS = [
    ("Mort aux juifs", "hateful", "religion"),
    ("Appelez le 06 12 34 56 78.", "hateful", "autre"),
    ("Ils dansent, « ensemble » ; et chantent,\nle soir.", "hateful", "autre"),
    ("Sale arabe", "offensive", "autre"),
    ("Baissons les taxes.", "other", "religion"),
    ("Ce maire est un menteur !", "other", "autre"),
]


@pytest.fixture
def file(tmp_path) -> Path:
    return written(tmp_path / "texts.csv")


def written(path: Path, *, rows=ROWS, delimiter=",", encoding="utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["text", "label", "target"])
        writer.writerows(rows)
    return path


def said(*arguments) -> str:
    out = StringIO()
    call_command("evaluate_filter", *map(str, arguments), stdout=out)
    return out.getvalue()


def figures(*arguments) -> dict:
    return json.loads(said(*arguments, "--json").rstrip("\n").rpartition("\n")[2])


def test_a_labelled_file_gets_its_recall_and_its_false_positives(file):
    assert figures(file, "--text", "text", "--label", "label", "--positive", "hateful") == {
        "rows": 6,
        "outcomes": {"publish": 3, "queue": 1, "refuse": 2},
        "recall": pytest.approx(2 / 3),
        "false_positive_rate": pytest.approx(1 / 3),
        "groups": {},
    }


def test_several_labels_may_be_positive(file):
    found = figures(file, "--text", "text", "--label", "label", "--positive", "hateful", "--positive", "offensive")
    assert (found["recall"], found["false_positive_rate"]) == (0.75, 0)


def test_each_group_has_the_same_figures(file):
    labelled = ["--text", "text", "--label", "label", "--positive", "hateful", "--positive", "offensive"]
    assert figures(file, *labelled, "--group", "target")["groups"] == {
        "religion": {
            "rows": 2,
            "outcomes": {"publish": 1, "queue": 0, "refuse": 1},
            "recall": 1,
            "false_positive_rate": 0,
        },
        "autre": {
            "rows": 4,
            "outcomes": {"publish": 2, "queue": 1, "refuse": 1},
            "recall": pytest.approx(2 / 3),
            "false_positive_rate": 0,
        },
    }


def test_without_a_label_all_texts_are_innocent_and_there_is_no_recall(file):
    found = figures(file, "--text", "text")
    assert (found["recall"], found["false_positive_rate"]) == (None, 0.5)


def test_without_innocent_texts_there_is_no_rate_of_false_positives(tmp_path):
    file = written(tmp_path / "texts.csv", rows=ROWS[:1])
    found = figures(file, "--text", "text", "--label", "label", "--positive", "hateful")
    assert (found["recall"], found["false_positive_rate"]) == (1, None)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_every_usual_way_of_writing_csv_gives_the_same_figures(file, tmp_path, delimiter, encoding):
    other = written(tmp_path / "other.csv", delimiter=delimiter, encoding=encoding)
    assert figures(other, "--text", "text") == figures(file, "--text", "text")


def test_a_row_that_lacks_its_last_columns_is_counted(tmp_path):
    path = tmp_path / "short.csv"
    path.write_text("text,label\nMort aux juifs\nBonjour,other\n", encoding="utf-8")
    assert figures(path, "--text", "text", "--label", "label", "--positive", "hateful")["rows"] == 2


def test_the_slowest_texts_are_shown_with_their_line(file):
    shown = said(file, "--text", "text").partition("The slowest texts:")[2].strip().splitlines()
    assert len(shown) == evaluation.SLOWEST
    milliseconds = [float(line.split()[0]) for line in shown]
    assert milliseconds == sorted(milliseconds, reverse=True)
    assert all("line " in line for line in shown)


def test_rows_are_not_kept(tmp_path, monkeypatch):
    """Each text is screened before the next is read: a file of millions fits."""
    seen = []

    def endless(file, **options):
        class Rows:
            line_num = 1

            def __iter__(self):
                for number in range(1_000):
                    assert len(seen) == number
                    yield {"text": str(number)}

        return Rows()

    class Passed:
        outcome = evaluation.Outcome.PUBLISH

    monkeypatch.setattr(evaluation.csv, "DictReader", endless)
    monkeypatch.setattr(evaluation, "screen", lambda text: seen.append(text) or Passed)
    assert evaluation.evaluate(written(tmp_path / "t.csv"), text="text").total.rows == 1_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "There is no file"),
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"text,label\n", "no row below its header"),
        (b"words;label\nBonjour;other\n", "no column 'text'; its columns are 'words', 'label'"),
        ("text\nété\n".encode("latin-1"), "not written in UTF-8"),
        (b'text,label\n"Bonjour', "not well formed around line 1"),
    ],
)
def test_a_file_that_cannot_be_evaluated_says_why(tmp_path, content, message):
    path = tmp_path / "texts.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=message):
        said(path, "--text", "text")


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        said(tmp_path, "--text", "text")


def test_a_column_with_a_thousand_values_is_not_a_group(tmp_path):
    file = written(tmp_path / "texts.csv", rows=[("Bonjour", "other", number) for number in range(1_001)])
    with pytest.raises(CommandError, match="it is not a group"):
        said(file, "--text", "text", "--group", "target")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["texts.csv"],
        ["texts.csv", "--text", "text", "--label", "label"],
        ["texts.csv", "--text", "text", "--positive", "hateful"],
        ["texts.csv", "--text", "text", "--explain", "Bonjour"],
        ["--explain", "Bonjour", "--json"],
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_read(arguments):
    with pytest.raises(CommandError, match="--"):
        said(*arguments)


def test_a_text_is_explained_with_its_passages_its_guards_and_its_views():
    explained = said("--explain", "On m’a traité de s4le ar@be. Mort aux juifs !")
    assert "⟦Mort aux juifs⟧ !" in explained
    assert "hate_incitement.death_to_group" in explained
    assert "⟦s4le ar@be⟧" in explained
    assert "read in: tight; guards heard: reported" in explained
    assert "Verdict: refuse, by hate_incitement.death_to_group." in explained


def test_what_was_mended_to_be_read_is_explained():
    explained = said("--explain", "Les fmmes sont des parasites.")
    assert "repaired  'les femmes sont des parasites.'" in explained
    assert "read in: repaired, a guess: queued at most" in explained
    assert "Verdict: queue" in explained


def test_a_lawful_text_is_explained_too():
    assert "No rule speaks.\n\nVerdict: publish" in said("--explain", "Baissons les taxes !")


def test_no_database_is_needed(file):
    nowhere = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}
    command = [sys.executable, "manage.py", "evaluate_filter", str(file), "--text", "text", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=nowhere, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["rows"] == len(ROWS)
