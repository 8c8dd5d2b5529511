"""The filters every template has: {{ initiative.support_count|count:_("soutien") }}, {{ event.starts_at|when:tz }}."""

from django import template

from core import french, markdown

register = template.Library()

register.filter("number", french.number)
# A day is that of our clocks, whatever the hour in UTC.
register.filter("day", french.day, expects_localtime=True)
register.filter("when", french.when)
register.filter("full_when", french.full_when)
register.filter("hour", french.hour)
register.filter("ago", french.ago)
register.filter("duration", french.duration)
register.filter("distance", french.distance)
register.filter("ordinal", french.ordinal)
register.filter("markdown", markdown.render)


@register.filter
def count(value: int, words: str) -> str:
    """{{ 2|count:_("événement") }} or {{ 2|count:_("lieu,lieux") }}: 0 and 1 are singular in French, 1 in English."""
    singular, _, plural = words.partition(",")
    return french.count(value, singular, plural)


@register.simple_tag(takes_context=True)
def address_with(context, **changes) -> str:
    """The current address with these query parameters set, or removed when None or empty; the page always restarts."""
    query = context["request"].GET.copy()
    query.pop("apres", None)
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}" if query else context["request"].path
