"""One box for everything. A query reveals an opinion: it is in the address, and nothing of ours keeps or counts it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.clients import machine_of
from core.limits import Window, hit
from core.middleware import SHARED_AGE
from events.agenda import themes
from search import finding
from search.forms import KINDS, PAGE_SIZE, STATES, WHEN, SearchForm
from search.results import is_named, places, results

#: What one machine may ask in a minute: as one types, and pages.
SUGGESTIONS_A_MINUTE, SEARCHES_A_MINUTE = 120, 60
#: Offered as one types; shorter, nothing is.
_OFFERED, _SHORTEST = 6, 2
#: Seconds for which a browser and the caches before us keep what is offered: as long as a page, for it names contents.
_KEPT = SHARED_AGE


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """`/recherche/?q=piscine vitré`, and what was chosen in the address: type, theme, etat, quand, lieu, page."""
    form = SearchForm(request.GET)
    asked = form.asked
    if not asked.text and not asked.place and not asked.chosen:
        return render(request, "search/page.html", {"form": form, "themes": themes()})
    if _asks_too_much(request, "search", SEARCHES_A_MINUTE):
        return render(request, "429.html", status=429)
    found = finding.find(asked)
    counts, is_more = finding.marks(found, asked)
    first = (form.page_number - 1) * PAGE_SIZE
    shown = results(found, found.numbers[first : first + PAGE_SIZE], timezone.now())
    is_first = form.page_number == 1 and not asked.kind
    meant = places(found.corrected or asked.text, found) if is_first else []
    # Who looks for « vélo » looks for no village of Velorcey: it comes after, unless there is nothing else.
    begun = [place for place in meant if found.where is None and shown and not is_named(place, found)]
    return render(
        request,
        "search/page.html",
        {
            "form": form,
            "asked": asked,
            "found": found,
            "results": shown,
            "named": [place for place in meant if place not in begun],
            "begun": begun,
            "next_page": form.page_number + 1 if len(found.numbers) > first + PAGE_SIZE else None,
            "tabs": _tabs(counts, is_more),
            "facets": _facets(asked, counts, is_more),
            "bare_query": urlencode({"q": asked.text}),
        },
    )


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """What is offered under the box as one types in it: places, then the best results, as links. A fragment."""
    form = SearchForm(request.GET)
    text = form.text
    if _asks_too_much(request, "suggestions", SUGGESTIONS_A_MINUTE):
        return HttpResponse(status=429)
    offered, named = [], []
    if len(text) >= _SHORTEST:
        found = finding.find(finding.Asked(text))
        named = places(found.corrected or text, found)
        offered = results(found, found.numbers[: _OFFERED - min(len(named), _OFFERED // 2)], timezone.now())
    named = named[: _OFFERED // 2]
    context = {
        "text": text,
        "query": urlencode({"q": text}),
        "places": named,
        "results": offered,
        "offered_count": len(named) + len(offered) + 1,
    }
    response = render(request, "search/suggestions.html", context)
    patch_cache_control(response, public=True, max_age=_KEPT, s_maxage=_KEPT)
    response["X-Robots-Tag"] = "noindex"
    return response


def _asks_too_much(request: HttpRequest, what: str, most: int) -> bool:
    """Counted by the machine's keyed hash of the day, without a word of what is asked."""
    machine = machine_of(request)
    return machine is not None and hit([Window(f"{what}:{machine}", 60)])[0] > most


def _number(count: int, is_more: bool) -> str:
    """No more is said than what was counted: "100+"."""
    return "100+" if count > 100 else f"{count}+" if is_more else str(count)


def _tabs(counts: dict[str, int], is_more: bool) -> list[tuple[str, str, str]]:
    """Value, words, number; the first is all of them."""
    tabs = [("", _("Tout"), "")]
    for value, words in KINDS:
        tabs.append((value, str(words), _number(counts.get(f"kind:{value}", 0), is_more)))
    return tabs


def _facets(asked: finding.Asked, counts: dict[str, int], is_more: bool) -> list[dict]:
    """Groups of choices, each with its number; a choice that would show nothing is left out, unless it is in force."""
    groups = [
        ("when", "quand", _("Quand"), WHEN, asked.when),
        ("theme", "theme", _("Thème"), [(tag.slug, tag.name) for tag in themes()], asked.theme),
        ("state", "etat", _("État"), STATES, asked.state),
    ]
    facets = []
    for group, parameter, label, choices, chosen in groups:
        shown = [
            {
                "value": value,
                "words": str(words),
                "number": _number(counts.get(f"{group}:{value}", 0), is_more),
                "is_chosen": value == chosen,
            }
            for value, words in choices
            if counts.get(f"{group}:{value}") or value == chosen
        ]
        if shown:
            facets.append({"parameter": parameter, "label": label, "choices": shown})
    return facets
