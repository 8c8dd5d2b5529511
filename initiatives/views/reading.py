"""Reading initiatives."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.converters import NumberedSlug
from initiatives.models import Initiative, Step
from initiatives.services import drafts, sources
from initiatives.views import parts
from initiatives.views.common import is_author, or_not_gathered, or_withheld, page_of, readable
from moderation.services import waiting_time

#: Drafts shown, the ones last written first.
DRAFTS_SHOWN = 50


@require_safe
@or_withheld
@or_not_gathered
def detail(request: HttpRequest, slug: NumberedSlug, source: str = "") -> HttpResponse:
    """Its page. `source` is the link one came by, which the form of a support is told; the page is the same."""
    initiative = readable(request, slug)
    if _leads_elsewhere(initiative) and "voir" not in request.GET:
        return redirect(initiative.merged_into, permanent=True)
    known = sources.known(initiative, source)
    if str(initiative.slug) != str(slug) or known != source:
        address = reverse("initiative_from", args=[initiative.slug, known]) if known else initiative.get_absolute_url()
        kept = "?voir=1" if "voir" in request.GET else ""
        # A link that is not known may be named tomorrow.
        return redirect(f"{address}{kept}", permanent=initiative.is_public and known == source)
    return render(
        request,
        "initiatives/detail.html",
        {
            "initiative": initiative,
            "source": known,
            "events": initiative.events.coming().for_cards()[:3],
            "is_author": is_author(request, initiative),
            "waiting_time": waiting_time() if initiative.state == Initiative.State.SUBMITTED else None,
        }
        | parts.of(request, initiative),
    )


def _leads_elsewhere(initiative: Initiative) -> bool:
    """It joined another, which can be read; its own page, with all that was done there, is kept under `?voir=1`."""
    return bool(initiative.merged_into_id and initiative.is_public and initiative.merged_into.is_public)


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """Drafts first, each with where it is resumed, then what was launched."""
    own = Initiative.objects.carried_by(request.user)
    launched = own.exclude(state=Initiative.State.DRAFT).for_cards()
    return render(
        request,
        "initiatives/mine.html",
        {
            "page": page_of(request, launched, ("-id",)),
            "drafts": own.filter(state=Initiative.State.DRAFT).order_by("-updated_at", "-id")[:DRAFTS_SHOWN],
            "begun": drafts.unfinished(step=Step.SUBJECT, initiative=None, by=request.user),
        },
    )
