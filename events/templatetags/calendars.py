from django import template
from django.conf import settings

from events.calendars import webcal as as_webcal

register = template.Library()


@register.filter
def webcal(path: str) -> str:
    """The complete address of a calendar, as one that a program of calendars opens to subscribe to it."""
    return as_webcal(f"{settings.SITE_ADDRESS}{path}")
