"""What the site says of its own moderation: how it decides, each decision without a name, figures from the log."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from moderation.models import Statement
from moderation.wording import in_words


@require_safe
def statement(request: HttpRequest, puid: str) -> HttpResponse:
    """One statement of reasons, as it was made: nothing in it says whose words it was about."""
    found = Statement.objects.filter(puid=puid).first()
    if found is None:
        raise Http404(_("Cette décision n’existe pas."))
    return render(request, "pages/statement.html", {"statement": found, "lines": list(in_words(found.fields))})
