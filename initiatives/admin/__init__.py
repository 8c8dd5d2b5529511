"""Where staff read initiatives, put themes in order, examine supports and set their limits."""

from initiatives.admin import (
    actions,
    adoptions,
    discussion,
    initiative,
    letters,
    limits,
    merging,
    photos,
    promises,
    reviews,
    story,
)

__all__ = [
    "actions",
    "adoptions",
    "discussion",
    "initiative",
    "letters",
    "limits",
    "merging",
    "photos",
    "promises",
    "reviews",
    "story",
]
