"""What the site says of its own moderation: how it decides, each decision without a name, figures from the log."""

import csv
from dataclasses import dataclass
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from moderation import figures
from moderation.filter import Ground
from moderation.models import Anchor, MonthFigures, Statement
from moderation.wording import in_words

#: Months on the page; the files hold all of them.
_SHOWN = 12
_FILE_COLUMNS = ("month", *figures.COLUMNS, *figures.MEDIANS)


@dataclass(frozen=True)
class Year:
    """The sums of the months that are shown, as far as they may be."""

    notices: int | str
    restrictions: int | str
    appeals: int | str
    reversed_appeals: int | str
    automated_share: int | None
    #: Of what the filter asked a human to read: what the human found nothing against.
    needless_share: int | None
    #: Of the refusals by the filter that were contested: those that a human went back on.
    wrong_share: int | None
    grounds: list[figures.GroundLine]


@require_safe
def moderation(request: HttpRequest) -> HttpResponse:
    """How moderation works, and what it did; nothing is counted here."""
    months = list(MonthFigures.objects.order_by("-month")[:_SHOWN])
    return render(
        request,
        "pages/moderation.html",
        {
            "grounds": list(Ground),
            "months": [_row(month) for month in months],
            "year": _year(months) if months else None,
            "counted_at": max((month.made_at for month in months), default=None),
            "waiting_time": next((wait for month in months if (wait := _row(month)["wait"])), None),
            "anchor": Anchor.objects.first(),
        },
    )


@require_safe
def figures_csv(request: HttpRequest) -> HttpResponse:
    """Every month, one line each. Durations are medians in seconds."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="moderation.csv"'
    writer = csv.DictWriter(response, _FILE_COLUMNS)
    writer.writeheader()
    writer.writerows(figures.public_row(month) for month in MonthFigures.objects.order_by("month"))
    return response


@require_safe
def figures_json(request: HttpRequest) -> JsonResponse:
    """The same as the CSV, with what each column is and when it was counted."""
    months = list(MonthFigures.objects.order_by("month"))
    counted_at = max((month.made_at for month in months), default=None)
    return JsonResponse(
        {
            "counted_at": counted_at and counted_at.isoformat(),
            "hidden_below": figures.LEAST,
            "columns": {name: str(words) for name, words in figures.COLUMNS.items()},
            "months": [figures.public_row(month) for month in months],
        }
    )


@require_safe
def statement(request: HttpRequest, puid: str) -> HttpResponse:
    """One statement of reasons, as it was made: nothing in it says whose words it was about."""
    found = Statement.objects.filter(puid=puid).first()
    if found is None:
        raise Http404(_("Cette décision n’existe pas."))
    return render(request, "pages/statement.html", {"statement": found, "lines": list(in_words(found.fields))})


def _row(month: MonthFigures) -> dict:
    row = figures.public_row(month)
    seconds = row["median_wait"]
    return row | {"day": month.month, "wait": None if seconds is None else timedelta(seconds=seconds)}


def _year(months: list[MonthFigures]) -> Year:
    counts = figures.total(months)
    detected = counts.get("detected_published", 0) + counts.get("detected_restricted", 0)
    return Year(
        **{name: figures.shown(counts.get(name)) for name in ("notices", "restrictions", "appeals")},
        reversed_appeals=figures.shown(counts.get("reversed_appeals")),
        automated_share=figures.share(counts.get("automated_restrictions"), counts.get("restrictions")),
        needless_share=figures.share(counts.get("detected_published"), detected),
        wrong_share=figures.share(counts.get("reversed_filter_appeals"), counts.get("filter_appeals")),
        grounds=figures.grounds_shown(counts.get("by_ground", {})),
    )
