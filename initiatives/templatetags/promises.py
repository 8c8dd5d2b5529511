"""What staff have to keep, for the first page of the administration: {% promises_due as due %}."""

from django import template

from initiatives.models import Milestone
from initiatives.services.promises import MAY_ANSWER

register = template.Library()

#: The most urgent ones, on the first page.
_SHOWN = 5


@register.simple_tag(takes_context=True)
def promises_due(context) -> dict | None:
    """The most urgent promises and how many there are, for who may keep them; None for the others, or without any."""
    if not context["request"].user.has_perm(MAY_ANSWER):
        return None
    due = Milestone.objects.due()
    shown = list(due.select_related("initiative").order_by("due_at", "pk")[:_SHOWN])
    if not shown:
        return None
    return {"shown": shown, "total": due.count(), "late": Milestone.objects.late().count()}
