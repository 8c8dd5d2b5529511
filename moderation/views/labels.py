"""Why there are words of the site's staff above a content."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from moderation.models import Statement
from moderation.services import label_decision
from moderation.sorts import reportable


@require_safe
def statement(request: HttpRequest, sort: str, pk: int) -> HttpResponse:
    """To the statement of reasons of the words that stand above a public content."""
    model = reportable().get(sort)
    if model is None:
        raise Http404
    content = get_object_or_404(model.objects.public().exclude(label=""), pk=pk)
    found = Statement.objects.filter(decision=label_decision(content)).first()
    if found is None:
        raise Http404
    answer = redirect(found)
    # The words may go, or others come.
    add_never_cache_headers(answer)
    return answer
