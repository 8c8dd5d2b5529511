"""Where a number of supports stands, for templates: {% load steps %}{{ initiative|goal }}."""

from django import template

from initiatives.models import Initiative
from initiatives.steps import FIRST_STEP, next_step

register = template.Library()

#: Below this goal one says how many are missing, not how few came.
_MISSING = 25


@register.filter
def goal(initiative: Initiative) -> int | None:
    """The next step of an initiative read for its page; None beyond the last."""
    return next_step(initiative, initiative.exact_count)


@register.filter
def to_gather(initiative: Initiative) -> int:
    """How many people are missing before it is public, by the number shown; 0 once they came."""
    return max(FIRST_STEP - initiative.support_count, 0)


@register.filter
def stage(goal: int | None) -> str:
    """How the number is said: `first` (its places), `missing` (how many are), `many`, and `last` beyond every step.

    static/js/site.js says the same as the number changes.
    """
    if goal is None:
        return "last"
    if goal <= FIRST_STEP:
        return "first"
    return "missing" if goal <= _MISSING else "many"
