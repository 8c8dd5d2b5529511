from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def facet_address(context, parameter: str, value) -> str:
    """The address of this search with one more choice, or one less when it is None or empty; from its beginning."""
    query = context["request"].GET.copy()
    for name in ("page", parameter):
        query.pop(name, None)
    if value:
        query[parameter] = value
    return f"{context['request'].path}?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def without_place(context, found) -> str:
    """The address of the same search in the whole country: without the words that name the place."""
    query = context["request"].GET.copy()
    for name in ("page", "lieu"):
        query.pop(name, None)
    if found.where.named_by:
        query["q"] = found.rest
    return f"{context['request'].path}?{query.urlencode()}"
