"""What the site says of its own moderation: how it decides, each decision without a name, figures from the log."""

import csv
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from figures import reading
from moderation import figures
from moderation.filter import Ground
from moderation.models import Anchor, MonthFigures, Statement
from moderation.wording import in_words

_FILE_COLUMNS = ("month", *figures.COLUMNS, *figures.MEDIANS)


@require_safe
def moderation(request: HttpRequest) -> HttpResponse:
    """How moderation works, and what it did, from the latest snapshot: nothing is counted here."""
    board = reading.board()
    told = board.moderation if board else None
    months = [_row(row) for row in told["months"]] if told else []
    return render(
        request,
        "pages/moderation.html",
        {
            "grounds": list(Ground),
            "told": told,
            "counted_on": told and date.fromisoformat(told["counted_on"]),
            "months": months,
            "restricted": [(Ground(name), count) for name, count in told["grounds"]] if told else [],
            "waiting_time": next((row["wait"] for row in months if row["wait"]), None),
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


def _row(row: dict) -> dict:
    seconds = row["median_wait"]
    wait = None if seconds is None else timedelta(seconds=seconds)
    return row | {"day": date.fromisoformat(f"{row['month']}-01"), "wait": wait}
