"""The steps that an initiative climbs, and its number as others may follow it."""

from initiatives.models import Initiative

#: How many people an initiative gathers before it is public.
FIRST_STEP = 5


def next_step(initiative: Initiative, count: int) -> int | None:
    """The first of its steps that so many supports have not reached; None beyond the last, once it ended or alone."""
    if initiative.ended_at or initiative.frozen_at:
        return None
    return next((step for step in initiative.steps or [FIRST_STEP] if step > count), None)


def figures(initiative: Initiative) -> dict:
    """The number of confirmed supports, the steps reached and the next one, and since when the number holds (ISO)."""
    count = initiative.support_count
    return {
        "count": count,
        "steps": {
            "reached": [step for step in initiative.steps if step <= count],
            "next": next_step(initiative, count),
        },
        "date": (initiative.supports_counted_at or initiative.published_at or initiative.created_at).isoformat(),
    }
