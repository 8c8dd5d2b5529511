"""Where a number of supports stands, for templates: {% load steps %}{{ count|next_step }}."""

from django import template

from initiatives import steps

register = template.Library()

register.filter("next_step", steps.next_step)


@register.filter
def stage(count: int) -> str:
    """How the number is said: `first` (its places), `missing` (how many are), `many`, and `last` beyond every step.

    static/js/follow.js says the same as the number changes.
    """
    first, second = steps.LADDER[:2]
    if count < first:
        return "first"
    if count < second:
        return "missing"
    return "many" if steps.next_step(count) else "last"
