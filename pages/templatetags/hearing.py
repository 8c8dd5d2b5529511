"""Where what is told of is muted: {% load hearing %}{{ "events.event 12"|sort_of }}."""

from django import template

from pages.hearing import TOPICS

register = template.Library()

_SORTS = {model._meta.label_lower: sort for sort, model in TOPICS.items()}


@register.filter
def sort_of(about: str) -> str:
    """ "evenement", by which its address begins; "" of nothing."""
    return _SORTS.get(about.partition(" ")[0], "")


@register.filter
def number_of(about: str) -> str:
    return about.partition(" ")[2]
