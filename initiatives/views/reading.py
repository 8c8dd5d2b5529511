"""Finding initiatives, and reading them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from core.converters import NumberedSlug
from core.pages import BadCursor, Page, keyset
from initiatives.forms.search import SearchForm
from initiatives.models import Initiative, SupportReview
from initiatives.search import matches, planned_for_the_words, search
from moderation.access import is_moderating
from moderation.services import waiting_time

PAGE_SIZE = 20
#: Départements shown with their number of supports, and the least of them.
PLACES_SHOWN = 12
FEWEST_SHOWN = 5
_ORDERS = {"": ("-published_at", "-id"), "soutenues": ("-support_count", "-id")}


@require_safe
def initiative_list(request: HttpRequest) -> HttpResponse:
    form = SearchForm.read(request.GET)
    wanted, place = form.cleaned_data, form.place
    found = Initiative.objects.listed().for_cards()
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
            page = page_of(request, matches(found, wanted["q"]), _ORDERS[wanted["tri"]])
    else:
        page = page_of(request, found, _ORDERS[wanted["tri"]])
    form.say_place()
    return render(
        request,
        "initiatives/list.html",
        {"form": form, "page": page, "place": place, "unknown_place": form.misses_place},
    )


def page_of(request: HttpRequest, queryset, order: tuple[str, ...]) -> Page:
    """The page of results that the address asks for; the first one when its cursor is not of our making."""
    try:
        return keyset(queryset, order=order, after=request.GET.get("apres", ""), size=PAGE_SIZE)
    except BadCursor:
        return keyset(queryset, order=order, size=PAGE_SIZE)


@require_safe
def detail(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    by_link = Initiative.objects.reachable(slug)
    known = Initiative.objects.visible_to(request.user, moderating=is_moderating(request)).filter(pk=slug.pk)
    initiative = get_object_or_404((by_link if slug.key else known).for_page(request.user))
    if str(initiative.slug) != str(slug):
        return redirect(initiative, permanent=initiative.is_public)
    return render(
        request,
        "initiatives/detail.html",
        {
            "initiative": initiative,
            "removals": initiative.support_reviews.filter(act=SupportReview.Act.REMOVE, undone_at=None),
            "tallies": _tallies(initiative),
            "events": initiative.events.coming().for_cards()[:3],
            "is_author": is_author(request, initiative),
            "waiting_time": waiting_time() if initiative.state == Initiative.State.SUBMITTED else None,
        },
    )


def is_author(request: HttpRequest, initiative: Initiative) -> bool:
    """Whether this person opened the initiative. Nobody did, once its author is gone."""
    return request.user.is_authenticated and request.user.pk == initiative.author_id


def _tallies(initiative: Initiative):
    """Where its supports are: the first départements, never so few in one that somebody could be guessed."""
    tallies = initiative.tallies.filter(commune=None, count__gte=FEWEST_SHOWN).select_related("department")
    return tallies.order_by("-count", "department_id")[:PLACES_SHOWN]


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    page = page_of(request, Initiative.objects.filter(author=request.user).for_cards(), ("-id",))
    return render(request, "initiatives/mine.html", {"page": page})
