"""What stands in the place of a content that anyone could read, and that a moderator withheld."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from moderation.filter import Ground
from moderation.models import ModeratedContent, Statement
from moderation.services import standing_decision


def withheld_page(
    request: HttpRequest, content: ModeratedContent, *, heading: str, way_out: str, way_out_words: str
) -> HttpResponse:
    """When, on which ground and until when; neither its words nor its author. 410: it may come back. Two queries."""
    decision = standing_decision(content)
    statement = Statement.objects.filter(decision=decision).first() if decision else None
    context = {
        "content": content,
        "heading": heading,
        "decision": decision,
        "ground": Ground(decision.ground) if decision and decision.ground else None,
        "statement": statement,
        "way_out": way_out,
        "way_out_words": way_out_words,
    }
    response = render(request, "moderation/withheld.html", context, status=410)
    add_never_cache_headers(response)
    return response
