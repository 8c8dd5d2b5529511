"""The steps that an initiative climbs, and its number as others may follow it."""

from initiatives.models import Initiative

#: Numbers of supports at which something is said.
LADDER = (5, 25, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000)


def next_step(count: int) -> int | None:
    """The first step that so many supports have not reached; None beyond the last."""
    return next((step for step in LADDER if step > count), None)


def figures(initiative: Initiative) -> dict:
    """The number of confirmed supports, the steps reached and the next one, and since when the number holds (ISO)."""
    count = initiative.support_count
    return {
        "count": count,
        "steps": {"reached": [step for step in LADDER if step <= count], "next": next_step(count)},
        "date": (initiative.supports_counted_at or initiative.published_at).isoformat(),
    }
