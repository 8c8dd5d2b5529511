"""Numbers as the page of moderation shows them: {{ year.notices|least }}."""

from django import template
from django.utils.translation import gettext as _

from core import french
from moderation.figures import FEW, LEAST

register = template.Library()


@register.filter
def least(value: int | str) -> str:
    """A number, or "moins de 5" where it is hidden."""
    return _("moins de %d") % LEAST if value == FEW else french.number(value)
