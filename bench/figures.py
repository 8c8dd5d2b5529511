"""What is made of what was seen: percentiles, lateness, processor time."""

import os
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def percentile(values: Sequence[float], part: int) -> float:
    """The value under which `part` in a hundred are; 0 when there is none."""
    if not values:
        return 0.0
    return sorted(values)[min(len(values) - 1, len(values) * part // 100)]


def lateness(confirmed: Sequence[float], shown: Sequence[tuple[float, int]]) -> float:
    """The longest time, in seconds, between a confirmation and its being in the number shown.

    `confirmed` are the moments of all confirmations, `shown` the moments of the looks and the number seen at each. A
    support that no look shows is late until the last look.
    """
    confirmed = sorted(confirmed)
    worst = 0.0
    seen = 0
    for moment, count in sorted(shown):
        if count > seen:
            # The first of those that this look adds has waited longest.
            worst = max(worst, moment - confirmed[seen])
            seen = count
    if shown and seen < bisect_right(confirmed, max(shown)[0]):
        worst = max(worst, max(shown)[0] - confirmed[seen])
    return worst


def machine_seconds() -> tuple[float, float]:
    """Processor seconds since the machine began, of all its processors: busy (with what a host stole), and idle."""
    user, nice, system, idle, waiting, *rest = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9])
    return (user + nice + system + sum(rest)) / TICK, (idle + waiting) / TICK


def cpu_seconds(roots: dict[str, int]) -> dict[str, float]:
    """The processor's seconds that each part has taken until now, those of its children included."""
    spent: dict[int, float] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        # Its own time and that of its children that have ended; fields 14 to 17 of proc(5).
        spent[int(folder.name)] = sum(map(int, fields[11:15])) / TICK
        children[int(fields[1])].append(int(folder.name))

    def of(number: int) -> float:
        return spent.get(number, 0.0) + sum(of(child) for child in children[number])

    return {name: of(number) for name, number in roots.items()}
