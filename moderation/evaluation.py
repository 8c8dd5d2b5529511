"""How well the filter does on a file of texts that somebody labelled: what it holds back, rightly and wrongly.

Rows are read one at a time: a file of millions fits.
"""

import csv
import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TextIO

from moderation.filter import Outcome, screen
from moderation.filter.rules import all_rules, spelling

DELIMITERS = (",", ";", "\t")
LONGEST_CELL = 100_000_000
MOST_GROUPS = 1_000
SLOWEST = 5
_SHOWN = 80


class UnreadableFile(Exception):
    """The file cannot be evaluated; the text says why."""


@dataclass
class Tally:
    """What became of some texts. A text is held back when it is queued or refused."""

    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    positives: int = 0
    held_positives: int = 0

    def count(self, outcome: Outcome, *, positive: bool) -> None:
        self.outcomes[outcome] += 1
        self.positives += positive
        self.held_positives += positive and outcome is not Outcome.PUBLISH

    @property
    def rows(self) -> int:
        return sum(self.outcomes.values())

    @property
    def recall(self) -> float | None:
        """The share of the positives that are held back; None without any."""
        return self.held_positives / self.positives if self.positives else None

    @property
    def false_positive_rate(self) -> float | None:
        """The share of the others that are held back; None without any."""
        others = self.rows - self.positives
        held = self.rows - self.outcomes[Outcome.PUBLISH] - self.held_positives
        return held / others if others else None

    def figures(self) -> dict[str, object]:
        return {
            "rows": self.rows,
            "outcomes": {outcome.value: count for outcome, count in self.outcomes.items()},
            "recall": self.recall,
            "false_positive_rate": self.false_positive_rate,
        }


@dataclass
class Evaluation:
    """The figures of a file, those of each group, and (seconds, line, beginning) of the slowest texts."""

    total: Tally = field(default_factory=Tally)
    groups: dict[str, Tally] = field(default_factory=dict)
    slowest: list[tuple[float, int, str]] = field(default_factory=list)

    def figures(self) -> dict[str, object]:
        return self.total.figures() | {"groups": {name: tally.figures() for name, tally in self.groups.items()}}


def evaluate(path: Path, *, text: str, label: str = "", positives: Collection[str] = (), group: str = "") -> Evaluation:
    """Screen the column `text` of a CSV file; a row is positive when its column `label` is one of `positives`.

    Without a label no row is. Raises UnreadableFile.
    """
    evaluation = Evaluation()
    all_rules()
    spelling()
    for line, row in _rows(path, [name for name in (text, label, group) if name]):
        started = perf_counter()
        outcome = screen(row[text]).outcome
        spent = perf_counter() - started
        tallies = [evaluation.total]
        if group:
            tallies.append(evaluation.groups.setdefault(row[group].strip(), Tally()))
            if len(evaluation.groups) > MOST_GROUPS:
                raise UnreadableFile(f"Column {group!r} has more than {MOST_GROUPS} values: it is not a group.")
        for tally in tallies:
            tally.count(outcome, positive=bool(label) and row[label].strip() in positives)
        _keep_slowest(evaluation.slowest, (spent, line, row[text][:_SHOWN]))
    if not evaluation.total.rows:
        raise UnreadableFile(f"{path} has no row below its header.")
    evaluation.slowest.sort(reverse=True)
    return evaluation


def _keep_slowest(slowest: list[tuple[float, int, str]], timed: tuple[float, int, str]) -> None:
    if len(slowest) < SLOWEST:
        heapq.heappush(slowest, timed)
    else:
        heapq.heappushpop(slowest, timed)


def _rows(path: Path, names: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each row with the line where it ends; a column that a short row lacks is empty there."""
    with _opened(path) as file:
        reader = csv.DictReader(file, delimiter=_delimiter(path, file, names), restval="", strict=True)
        try:
            for row in reader:
                yield reader.line_num, row
        except csv.Error as error:
            raise UnreadableFile(f"{path} is not well formed around line {reader.line_num}: {error}.") from error


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """The file as text, with or without a byte order mark; what is wrong with it, met while reading, is said."""
    longest = csv.field_size_limit(LONGEST_CELL)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except FileNotFoundError as error:
        raise UnreadableFile(f"There is no file {path}.") from error
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path} is not written in UTF-8.") from error
    finally:
        csv.field_size_limit(longest)


def _delimiter(path: Path, file: TextIO, names: Sequence[str]) -> str:
    """The one with which the header has all the columns asked for; the file is then at its beginning again."""
    headers = {}
    for sign in DELIMITERS:
        headers[sign] = next(csv.reader(file, delimiter=sign), [])
        file.seek(0)
        if set(names) <= set(headers[sign]):
            return sign
    columns = max(headers.values(), key=len)
    if not any(columns):
        raise UnreadableFile(f"{path} is empty.")
    missing = ", ".join(repr(name) for name in names if name not in columns)
    raise UnreadableFile(f"{path} has no column {missing}; its columns are {', '.join(map(repr, columns))}.")
