"""How long answers take, of an address that the site knows and of one that it does not."""

import statistics
import time
from collections.abc import Callable

#: Pairs of requests, and how many of the first are left out: caches fill, plans are made.
TURNS, WARMING = 70, 10


def refuse_difference(act: Callable[[str], object], known: str, unknown: str) -> None:
    """Interleaved acts, medians compared with the spread of each: no sleep hides a difference, there is none.

    A lookup that one does and the other does not, 3 ms, fails it.
    """
    seconds = {known: [], unknown: []}
    for turn in range(TURNS):
        for email in (known, unknown) if turn % 2 else (unknown, known):
            started = time.perf_counter()
            act(email)
            seconds[email].append(time.perf_counter() - started)
    of_known, of_unknown = (statistics.median(times[WARMING:]) for times in seconds.values())
    quarters = statistics.quantiles(seconds[unknown][WARMING:], n=4)
    noise = quarters[2] - quarters[0]
    assert abs(of_known - of_unknown) < max(noise, 0.1 * of_unknown), (of_known, of_unknown, noise)
