"""`make bench-filter`: what reading a text costs, before it is published.

Prose of 10,000 characters is put together from the texts of the demonstration, always in the same way; then texts made
to be slow, at one length and at eight times that length, as long as the filter reads. Needs neither a database nor a
server. `--rules` also tells what each view and each rule costs. About half a minute.

Times are those of the processor, the best of three for each text: what else the machine does is hardly measured.

The last line is one JSON object: `p50_ms` and `p99_ms` for 10,000 characters of prose, `first_ms` for the first one,
`load_s` and `load_mb` for the rules and the words, and of the slow texts `slowest_ms` (20,000 characters) and
`worst_growth` (how much longer eight times the length takes; 8 is as it should be).
"""

import argparse
import gc
import json
import random
import resource
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from bench.figures import percentile
from moderation.filter import examine, screen
from moderation.filter.rules import all_rules, spelling
from moderation.filter.screening import LONGEST
from moderation.filter.views import Views

DEMONSTRATION = Path(__file__).parents[1] / "pages" / "demo"
CHARACTERS = 10_000
TEXTS = 200
SHORT = LONGEST // 8
#: Said again until the length is reached: each makes some part of the filter work at every character.
PIECES = {
    "a slur": "sale arabe ",
    "half a threat": "je vais te ",
    "many targets": "les femmes les arabes les juifs ",
    "a frame at each word": "ils sont tous des parasites dangereux ",
    "quotes": "« sale » ",
    "spaced letters": "s a l e ",
    "leet": "s4l3 @r4b3 ",
    "misspelt": "musulmns fmmes jufs ",
    "cut": "mus ulm ans ",
    "glued": "jedetestelesarabes",
    "glued and spaced": "jedetestelesarabes ",
    "unknown words": "zqxv wkrt plmn ",
    "stars": "n*gr*s ",
    "runs": "saaaale araaaabe ",
    "accents apart": "e\u0301",
    "look-alikes": "sаlе аrаbе ",
    "entities": "&eacute;&#97;",
    "telephones": "06 12 34 56 78 ",
    "spoken telephones": "zéro six douze trente-quatre ",
    "addresses": "jean arobase orange point ",
    "accounts": "FR76 3000 6000 0112 3456 7890 188 ",
    "homes": "il habite 12 rue des ",
    "links": "http://a.fr/b ",
    "one letter": "a",
    "one sign": "*",
}


def sentences() -> Iterator[str]:
    """Every text of some length in the files of the demonstration."""

    def within(content: object) -> Iterator[str]:
        if isinstance(content, str) and len(content) > 60:
            yield content
        elif isinstance(content, dict):
            for each in content.values():
                yield from within(each)
        elif isinstance(content, list):
            for each in content:
                yield from within(each)

    for path in sorted(DEMONSTRATION.rglob("*.yaml")):
        yield from within(yaml.safe_load(path.read_text(encoding="utf-8")))


def prose(count: int) -> list[str]:
    """`count` texts of CHARACTERS characters, the same at each run."""
    drawn, said = random.Random(1), list(sentences())
    texts = []
    while len(texts) < count:
        text = ""
        while len(text) < CHARACTERS:
            text += drawn.choice(said) + drawn.choice((" ", " ", "\n\n"))
        texts.append(text[:CHARACTERS])
    return texts


def milliseconds(text: str) -> float:
    start = time.process_time()
    screen(text)
    return (time.process_time() - start) * 1000


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def load() -> dict[str, float]:
    before, start = memory_mb(), time.process_time()
    all_rules()
    spelling()
    # As the web server does (possibles/wsgi.py): the collector of cycles does not walk through what stays for ever.
    gc.collect()
    gc.freeze()
    return {"load_s": round(time.process_time() - start, 2), "load_mb": round(memory_mb() - before)}


def on_prose(texts: list[str]) -> dict[str, float]:
    """The first text as it comes; then the best of three for each: neighbours on the machine slow the processor."""
    first = milliseconds(texts[0])
    times = [min(milliseconds(text) for _ in range(3)) for text in texts]
    return {
        "p50_ms": round(statistics.median(times), 2),
        "p99_ms": round(percentile(times, 99), 2),
        "first_ms": round(first, 2),
    }


def on_slow_texts() -> dict[str, float]:
    """The best of three for each."""
    slowest = growth = 0.0
    for name, piece in PIECES.items():
        short, long = ((piece * (length // len(piece) + 1))[:length] for length in (SHORT, LONGEST))
        milliseconds(long)
        of_short, of_long = (min(milliseconds(text) for _ in range(3)) for text in (short, long))
        print(f"{name:<22} {of_short:>8.2f} ms  {of_long:>8.2f} ms  × {of_long / of_short:.1f}")
        slowest, growth = max(slowest, of_long), max(growth, of_long / of_short)
    return {"slowest_ms": round(slowest, 1), "worst_growth": round(growth, 1)}


def by_rule(texts: list[str]) -> None:
    """Microseconds of each view and rule for one text, the dearest first; who needs something first pays for it."""
    spent: dict[str, float] = {}
    for text in texts:
        examine(text)
        views = Views(text, spelling())
        for name in ("cased", "folded", "accented", "tight", "repaired"):
            start = time.process_time()
            views.named(name)
            spent[f"view: {name}"] = spent.get(f"view: {name}", 0.0) + time.process_time() - start
        for rule in all_rules():
            start = time.process_time()
            rule.find(views, frozenset())
            spent[rule.id] = spent.get(rule.id, 0.0) + time.process_time() - start
    for name, seconds in sorted(spent.items(), key=lambda each: -each[1]):
        print(f"{seconds / len(texts) * 1e6:>8.0f} µs  {name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=TEXTS)
    parser.add_argument("--rules", action="store_true")
    asked = parser.parse_args()
    texts = prose(asked.texts)
    figures = load() | on_prose(texts)
    if asked.rules:
        by_rule(texts[:20])
    figures |= on_slow_texts()
    print(json.dumps({"characters": CHARACTERS, "texts": len(texts)} | figures))


if __name__ == "__main__":
    main()
