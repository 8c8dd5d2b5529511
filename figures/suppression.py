"""Small numbers by place: hidden, and not to be told from the others either.

A cell below LEAST, zero included, is hidden. As the sum of a group is shown, one hidden cell alone would be what is
missing from it: others are hidden with it, until they are at least two and amount to LEAST together. Which ones never
depends on their numbers, or the choice would tell them: first those that were hidden the day before (a cell that is
shown one day in two tells of its neighbours), then in the order in which they are given, that of their population for
instance. Nothing says which were hidden for themselves.

Numbers of what people did are held besides: one that was published moves by LEAST at least, so that the difference of
two days is never the act of fewer.
"""

from collections.abc import Collection, Mapping
from typing import TypeVar

#: A number below is not shown by place.
LEAST = 5

Key = TypeVar("Key")


def cells(
    counts: Mapping[Key, int], *, before: Collection[Key] = (), sum_is_hidden: bool = False
) -> dict[Key, int | None]:
    """The same cells, None where hidden. They are parts of a sum that is shown, or was hidden itself; the first
    are hidden first.

    `before` are those that were hidden the last time.
    """
    hidden = {key for key, count in counts.items() if count < LEAST}
    rest = sum(counts[key] for key in hidden)
    others = sorted((key for key in counts if key not in hidden), key=lambda key: key not in before)
    # Where nobody did anything, there is nobody to be guessed.
    if sum_is_hidden or rest:
        for key in others:
            # When each is as large as a small one can be, their sum says so.
            if len(hidden) > 1 and rest >= LEAST and rest != (LEAST - 1) * len(hidden):
                break
            hidden.add(key)
            rest += counts[key]
    return {key: None if key in hidden else count for key, count in counts.items()}


def two_levels(
    groups: Mapping[Key, int], parts: Mapping[Key, Mapping[Key, int]], *, before: Collection[Key] = ()
) -> tuple[dict[Key, int | None], dict[Key, int | None]]:
    """Groups whose sum is shown (régions of France), and the parts of each of them (its départements).

    A group that is hidden hides some of its parts: they would add up to it. Keys are unique in both.
    """
    shown_groups = cells(groups, before=before)
    shown_parts: dict[Key, int | None] = {}
    for group, counts in parts.items():
        shown_parts |= cells(counts, before=before, sum_is_hidden=shown_groups[group] is None)
    return shown_groups, shown_parts


def held(published: int | None, count: int) -> int:
    """What may be published of a count today, when `published` was the last of it to be (None: never)."""
    return count if published is None or abs(count - published) >= LEAST else published
