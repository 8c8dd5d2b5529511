"""Finding initiatives, and reading them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from core.converters import NumberedSlug
from core.pages import Page
from initiatives.forms.search import SearchForm
from initiatives.models import Initiative, Step
from initiatives.search import matches, planned_for_the_words, search
from initiatives.services import drafts
from initiatives.views import parts
from initiatives.views.common import is_author, or_not_gathered, or_withheld, page_of, readable
from moderation.services import waiting_time

#: Drafts shown, the ones last written first.
DRAFTS_SHOWN = 50
_LAST_ENDED = ("-ended_at", "-id")
_ORDERS = {"": ("-published_at", "-id"), "soutenues": ("-support_count", "-id")}


@require_safe
def initiative_list(request: HttpRequest) -> HttpResponse:
    form = SearchForm.read(request.GET)
    wanted, place = form.cleaned_data, form.place
    has_ended = wanted["etat"] == "abouties"
    found = (Initiative.objects.succeeded() if has_ended else Initiative.objects.listed()).for_cards()
    order = _LAST_ENDED if has_ended else _ORDERS[wanted["tri"]]
    if wanted["sorte"]:
        found = found.filter(kind=wanted["sorte"])
    if place:
        # A national project belongs to no place: nothing to look for in the whole table.
        is_nowhere = wanted["sorte"] == Initiative.Kind.NATIONAL_PROJECT
        found = found.none() if is_nowhere else found.in_territory(place)
    if wanted["theme"]:
        found = found.filter(tag_uses__tag=wanted["theme"])
    if wanted["q"] and not wanted["tri"]:
        page = Page(search(found, wanted["q"]), next="")
    elif wanted["q"]:
        with planned_for_the_words():
            page = page_of(request, matches(found, wanted["q"]), order)
    else:
        page = page_of(request, found, order)
    form.say_place()
    return render(
        request,
        "initiatives/list.html",
        {"form": form, "page": page, "place": place, "unknown_place": form.misses_place, "has_ended": has_ended},
    )


@require_safe
@or_withheld
@or_not_gathered
def detail(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    initiative = readable(request, slug)
    if _leads_elsewhere(initiative) and "voir" not in request.GET:
        return redirect(initiative.merged_into, permanent=True)
    if str(initiative.slug) != str(slug):
        kept = "?voir=1" if "voir" in request.GET else ""
        return redirect(f"{initiative.get_absolute_url()}{kept}", permanent=initiative.is_public)
    return render(
        request,
        "initiatives/detail.html",
        {
            "initiative": initiative,
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
