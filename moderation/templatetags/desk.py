"""What waits for moderators, for the first page of the administration: {% waiting_at_the_desk as waiting %}."""

from django import template

from moderation.access import MAY_DECIDE
from moderation.models import Appeal, Case

register = template.Library()


@register.simple_tag(takes_context=True)
def waiting_at_the_desk(context) -> dict[str, int] | None:
    """How many cases and appeals wait, and how many are late, for who may decide; None for the others."""
    if not context["request"].user.has_perm(MAY_DECIDE):
        return None
    return {
        "cases": Case.objects.open().count(),
        "late": Case.objects.late().count(),
        "appeals": Appeal.objects.open().filter(case=None).count(),
    }
