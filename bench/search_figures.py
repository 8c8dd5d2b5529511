"""The figures that `bench.search` asks of the database that it filled (DATABASE_URL): the last line is one JSON object.

`--relevance` asks the judged queries over the demonstration; `--speed <what that said>` asks the mix of searches.
"""

import argparse
import json
import math
import random
import statistics
import sys
import time
from pathlib import Path

import django

django.setup()

import yaml  # noqa: E402
from django.db import connection  # noqa: E402

from bench.figures import percentile  # noqa: E402
from deploy.postgres import ROOT  # noqa: E402
from search import finding, words  # noqa: E402
from search.finding import Asked  # noqa: E402
from search.models import Entry  # noqa: E402
from territories.models import Commune  # noqa: E402

JUDGED = ROOT / "tests" / "search" / "judged.yaml"
#: Results of the first page.
_SHOWN = 20
_SEED = 8
HOSTILE = (
    "' OR 1=1 --",
    "((((",
    "&|!:*",
    "\x00vélo",
    "a" * 10_000,
    "🚲" * 50,
    "-vélo",
    '"',
    '"vélo',
    "<-> <2>",
    "%%%s",
    "\\'",
    "le la les de des",
    "?" * 200,
    "vélo:*",
    "!!vélo",
    "a b c d e f g h i j k l m n o p",
    "œ",
    "É",
    "12345",
    "99999 eau",
)
COMMON = (
    "école",
    "eau",
    "commune",
    "habitants",
    "quartier",
    "maison",
    "vélo",
    "jardin",
    "rue",
    "enfants",
    "cantine",
    "train",
    "marché",
    "visite",
    "atelier",
    "réunion",
    "que faire",
    "pour tous",
    "projet local",
    "nettoyage rivière",
    "école enfants parents",
    "prix de l’eau",
    "faut il",
    "tous les jours",
    "jeunes",
    "logement",
    "gare",
    "voiture",
)
PHRASES = ('"petites lignes"', '"de la"', '"chemin de fer"', '"pour tous"', '"école primaire"', '"au pied"')


def gain(grade: int) -> int:
    return 2**grade - 1


def ndcg(grades: dict[str, int], ranked: list[str], depth: int = 10) -> float:
    """Of a list of answers: its gains, each less with its place, over those of the best list there is."""
    best = sorted(grades.values(), reverse=True)[:depth]
    most = sum(gain(grade) / math.log2(place + 2) for place, grade in enumerate(best))
    found = sum(gain(grades.get(name, 0)) / math.log2(place + 2) for place, name in enumerate(ranked[:depth]))
    return found / most if most else 1.0


def names_of(numbers: list[int]) -> list[str]:
    """What judgements call each entry: its sort and its title, the same whenever the demonstration is loaded."""
    entries = Entry.objects.in_bulk(numbers)
    return [name_of(entries[number]) for number in numbers if number in entries]


def name_of(entry: Entry) -> str:
    said = f": {entry.body[:40]}" if entry.kind == Entry.Kind.DISCUSSION else ""
    return f"{entry.kind}: {entry.title}{said} ({entry.place_label})"


def relevance() -> dict:
    judged = yaml.safe_load(JUDGED.read_text())
    scores = {}
    for query, grades in judged.items():
        scores[query] = ndcg(grades, names_of(finding.find(Asked(query)).numbers[:10]))
    for query, score in sorted(scores.items(), key=lambda each: each[1])[:15]:
        print(f"{score:.3f}  {query}")
    # Every fourth was written first and looked at last: nothing was tuned on it.
    held_out = {query for place, query in enumerate(judged) if place % 4 == 3}
    figures = {
        "ndcg10": statistics.mean(scores.values()),
        "ndcg10_tuned": statistics.mean(score for query, score in scores.items() if query not in held_out),
        "ndcg10_held_out": statistics.mean(score for query, score in scores.items() if query in held_out),
    }
    return {name: round(value, 4) for name, value in figures.items()} | {"queries": len(judged)}


def mix() -> list[str]:
    """As people search: half of them a word or two, one in four with a place, some misspelt, some unfinished."""
    draw = random.Random(_SEED)
    judged = list(yaml.safe_load(JUDGED.read_text()))
    towns = list(Commune.objects.current().order_by("-population", "code").values_list("name", flat=True)[:3000])
    known = [word for word in words.most_common(4000) if len(word) > 4]
    asked = [*judged, *COMMON, *PHRASES, *HOSTILE]
    for _ in range(80):
        asked.append(draw.choice(known))
        asked.append(f"{draw.choice(known)} {draw.choice(known)}")
        asked.append(f"{draw.choice(COMMON)} {draw.choice(towns)}")
        asked.append(draw.choice(towns))
        word = draw.choice(known)
        asked.append(word[: draw.randint(3, len(word))])
        letters = list(draw.choice(known))
        place = draw.randrange(len(letters) - 1)
        letters[place], letters[place + 1] = letters[place + 1], letters[place]
        asked.append("".join(letters))
    draw.shuffle(asked)
    return asked


class Clock:
    """The milliseconds of the statements of one search, and what PostgreSQL's process worked for them."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self.schedule = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")

    def __call__(self, execute, sql, params, many, context):
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.spent += time.perf_counter() - start

    def worked(self) -> float | None:
        """Milliseconds since it began; None where the system does not say."""
        try:
            return int(self.schedule.read_text().split()[0]) / 1e6
        except (OSError, ValueError, IndexError):
            return None

    def time(self, act) -> tuple[float, float | None]:
        self.spent, before = 0.0, self.worked()
        with connection.execute_wrapper(self):
            act()
        after = self.worked()
        return self.spent * 1000, None if before is None or after is None else after - before


def page_of(query: str) -> None:
    asked = Asked(query)
    found = finding.find(asked)
    finding.marks(found, asked)
    finding.extracts(found, found.numbers[:_SHOWN])


def suggested(query: str) -> None:
    found = finding.find(Asked(query[:12]))
    finding.extracts(found, found.numbers[:6])


def speed(show: bool) -> dict:
    words.count_words()
    asked = mix()
    clock = Clock()
    for query in asked[::5]:
        page_of(query)
    pages = sorted(((*clock.time(lambda query=query: page_of(query)), query) for query in asked), reverse=True)
    offered = [clock.time(lambda query=query: suggested(query))[0] for query in asked]
    for spent, cpu, query in pages[: 30 if show else 8]:
        print(f"{spent:7.1f} ms  {cpu or 0:7.1f} ms of work  {query[:60]!r}")
    spent = [each[0] for each in pages]
    worked = [each[1] for each in pages if each[1] is not None]
    return {
        "rows": Entry.objects.count(),
        "searches": len(asked),
        "p50_ms": round(statistics.median(spent), 1),
        "p99_ms": round(percentile(spent, 99), 1),
        "worst_ms": round(max(spent), 1),
        "cpu_p50_ms": round(statistics.median(worked), 1) if worked else None,
        "cpu_p99_ms": round(percentile(worked, 99), 1) if worked else None,
        "suggest_p50_ms": round(statistics.median(offered), 1),
        "suggest_p99_ms": round(percentile(offered, 99), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--relevance", action="store_true")
    parser.add_argument("--speed", metavar="JSON")
    parser.add_argument("--all", action="store_true", help="the thirty slowest")
    asked = parser.parse_args()
    if asked.relevance:
        words.count_words()
        print(json.dumps(relevance()))
    if asked.speed:
        print(json.dumps(json.loads(asked.speed) | speed(asked.all)))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
