"""Where what is new is followed: an address by name, under the filters of the list that is read."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

#: What an address may say of a list that its feed does not: its order, its page.
_NOT_KEPT = ("apres", "apres_pour", "apres_contre", "tri")


@register.simple_tag(takes_context=True)
def feed_address(context, name: str, *args) -> str:
    """{% feed_address "initiatives_feed" as path %}: with the filters of the page's own address."""
    query = context["request"].GET.copy()
    for dropped in _NOT_KEPT:
        query.pop(dropped, None)
    kept = {word: value for word, value in query.items() if value}
    path = reverse(name, args=args)
    if not kept:
        return path
    query.clear()
    query.update(kept)
    return f"{path}?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def feed_link(context, name: str, *args, title: str) -> SafeString:
    """{% feed_link "updates_feed" initiative.slug title=_("Nouvelles") %}, in the head, where programs look."""
    address = feed_address(context, name, *args)
    return format_html('<link rel="alternate" type="application/atom+xml" title="{}" href="{}">', title, address)
