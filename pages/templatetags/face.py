"""What the templates of the face need beside the filters of core: {% load face %}."""

from django import template
from django.conf import settings
from django.urls import reverse

from pages import accent

register = template.Library()


@register.simple_tag
def accent_address() -> str:
    """The address of the operator's colours, which changes when they do."""
    return f"{reverse('accent')}?v={accent.version()}"


@register.simple_tag
def site_name() -> str:
    """For the pages rendered without a context processor."""
    return settings.SITE_NAME


@register.simple_tag
def site_operator() -> str:
    """Who answers for the site."""
    return settings.SITE_OPERATOR


@register.filter
def initials(name: str) -> str:
    """ "Claire Le Goff" → "CL", "bob" → "B": for the disc beside a name, where no photograph ever stands."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.filter
def minus(value: int, other: int) -> int:
    """What is left: {{ goal|minus:count }}."""
    return value - other
