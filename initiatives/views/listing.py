"""The list of initiatives: filters, orders, and what the team puts forward."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from core.pages import Page
from initiatives.forms.search import SearchForm
from initiatives.models import Initiative
from initiatives.nearby import nearest_first
from initiatives.ranking import SAID, Order
from initiatives.views.common import page_of
from moderation.services.featuring import featured
from territories.models import Commune, Department, Region

_LAST_ENDED = ("-ended_at", "-id")
_ORDERS = {
    Order.MIX: ("-rank_order", "-id"),
    Order.ACTIVE: ("-active_at", "-id"),
    Order.RECENT: ("-published_at", "-id"),
    Order.SUPPORTED: ("-support_count", "-id"),
}
_HERE_KM = 0.1
#: Of one place there is nobody else to leave room for.
_WITHIN_A_PLACE = ("-rank_score", "-id")


@require_safe
def initiative_list(request: HttpRequest) -> HttpResponse:
    form = SearchForm.read(request.GET)
    if words := request.GET.get("q", "").strip():
        return redirect(f"{reverse('search')}?{urlencode({'q': words} | form.as_search)}")
    wanted, place = form.cleaned_data, form.place
    order = Order(wanted["tri"] or Order.MIX)
    has_ended = wanted["etat"] == "abouties"
    found = (Initiative.objects.succeeded() if has_ended else Initiative.objects.listed()).for_cards()
    if wanted["sorte"]:
        found = found.filter(kind=wanted["sorte"])
    if wanted["theme"]:
        found = found.filter(tag_uses__tag=wanted["theme"])
    lacks_place = order == Order.NEAR and not has_ended and place is None
    if lacks_place:
        order = Order.MIX
    if place and (has_ended or order != Order.NEAR):
        # A national project belongs to no place: nothing to look for in the whole table.
        is_nowhere = wanted["sorte"] == Initiative.Kind.NATIONAL_PROJECT
        found = found.none() if is_nowhere else found.in_territory(place)
    forward = []
    if order == Order.MIX and not has_ended and not any(wanted[name] for name in ("sorte", "theme")):
        forward = _put_forward(place)
        found = found.exclude(pk__in=[initiative.pk for initiative in forward])
    page = _in_order(request, found, order, place, has_ended=has_ended)
    form.say_place()
    context = {
        "form": form,
        "page": page,
        # First of the list, on its first page alone; they are in none of its pages.
        "forward": [] if request.GET.get("apres") else forward,
        "place": place,
        "unknown_place": form.misses_place,
        "has_ended": has_ended,
        "lacks_place": lacks_place,
        # Once they ended, the order is another.
        "order": None if has_ended else order,
        "order_said": SAID[order],
        "is_near": order == Order.NEAR and not has_ended,
    }
    return render(request, "initiatives/list.html", context)


def _put_forward(place: Region | Department | Commune | None) -> list[Initiative]:
    """What the team puts forward in this very place, each with its `featured`, the reason."""
    reasons = featured(Initiative, place)
    if not reasons:
        return []
    found = Initiative.objects.listed().for_cards().in_bulk(list(reasons))
    for number, initiative in found.items():
        initiative.featured = reasons[number]
    return [found[number] for number in reasons if number in found]


def _in_order(
    request: HttpRequest,
    found: QuerySet,
    order: Order,
    place: Region | Department | Commune | None,
    *,
    has_ended: bool,
) -> Page:
    if has_ended:
        return page_of(request, found, _LAST_ENDED)
    if order == Order.NEAR:
        nearest, columns = nearest_first(found, place)
        page = page_of(request, nearest.for_cards(), columns)
        for initiative in page:
            # Of the place itself: it is there.
            initiative.distance = initiative.distance if initiative.distance > _HERE_KM else None
        return page
    return page_of(request, found, _WITHIN_A_PLACE if place and order == Order.MIX else _ORDERS[order])
