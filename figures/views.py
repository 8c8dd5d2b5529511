"""What the site counts of itself: each number with its definition, its day, its curve and its files."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.pages import BadCursor, keyset
from core.spreadsheets import plain_cell
from figures import chain, counting, reading
from figures.curves import Curve, draw
from figures.definitions import BY_PLACE, BY_SLUG, TOPICS, Number, Topic
from figures.history import CURVE_DAYS, TABLE_DAYS, Night, nights, series, share, whole_of
from figures.models import Cost, Snapshot
from figures.reading import Board, Figure
from figures.suppression import LEAST
from territories.models import Department, Region

#: Snapshots on a page of the list.
_A_PAGE = 31
#: The latest expenses on the page; the file holds all of them.
_EXPENSES = 60
#: What was published of a day never changes.
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Shown:
    """One number on a page: with the share that it is of another."""

    figure: Figure
    share: int | None
    whole: Number | None


@dataclass(frozen=True)
class Place:
    """A région, or a collectivity, and its départements, with one number of each."""

    place: Region | Department
    figure: Figure
    parts: "list[Place]"


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All topics: their numbers of the latest night, and a small curve."""
    board = reading.board()
    found = list(nights(demonstration=board.is_demonstration, last=CURVE_DAYS)) if board else []
    topics = [(topic, _shown(topic, found), _curve(topic, found)) for topic in TOPICS] if found else []
    return render(request, "figures/index.html", {"board": board, "topics": topics, "least": LEAST})


@require_safe
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """Numbers that are read together: definitions, curve, table, files, places, and the very statement that counts."""
    found_topic = _topic(slug)
    board = reading.board()
    found = list(nights(demonstration=board.is_demonstration, last=CURVE_DAYS)) if board else []
    return render(
        request,
        "figures/topic.html",
        {
            "board": board,
            "topic": found_topic,
            "shown": _shown(found_topic, found) if found else [],
            "curve": _curve(found_topic, found),
            "rows": [
                (night, [night.figure(number) for number in found_topic.numbers])
                for night in reversed(found[-TABLE_DAYS:])
            ],
            "places": list(_by_place(found_topic, board)) if board else [],
            "statement": counting.STATEMENTS[slug],
            "near": counting.NEAR if slug == "proximite" else None,
            "expenses": _expenses()[:_EXPENSES] if slug == "couts" else None,
            "least": LEAST,
        },
    )


@require_safe
def topic_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Every day, one line each, as published: empty is not known, "<5" is hidden because it is small."""
    found_topic, board = _topic(slug), reading.board()
    response = _file("text/csv; charset=utf-8", f"{slug}.csv")
    writer = csv.writer(response)
    writer.writerow(["day", *(number.key for number in found_topic.numbers), "rebuilt", "sha256"])
    for night in nights(demonstration=board.is_demonstration) if board else ():
        cells = [_cell(night, number) for number in found_topic.numbers]
        writer.writerow([night.day, *cells, "true" if night.is_rebuilt else "false", night.hash])
    return response


@require_safe
def topic_json(request: HttpRequest, slug: str) -> JsonResponse:
    """The same as the CSV, with what each number is."""
    found_topic, board = _topic(slug), reading.board()
    return JsonResponse(
        {
            "title": str(found_topic.title),
            "demonstration": bool(board and board.is_demonstration),
            "staff": "left out",
            "hidden_below": LEAST,
            "numbers": [_defined(number) for number in found_topic.numbers],
            "limits": str(found_topic.limits),
            "statement": counting.STATEMENTS[slug],
            "days": [
                {
                    "day": night.day.isoformat(),
                    "values": {number.key: _value(night, number) for number in found_topic.numbers},
                    "rebuilt": night.is_rebuilt,
                    "sha256": night.hash,
                }
                for night in (nights(demonstration=board.is_demonstration) if board else ())
            ],
        },
        json_dumps_params={"ensure_ascii": False},
    )


@require_safe
def expenses_csv(request: HttpRequest) -> HttpResponse:
    """Every expense as it was declared, corrections included, the oldest first."""
    response = _file("text/csv; charset=utf-8", "depenses.csv")
    writer = csv.writer(response)
    writer.writerow(["number", "month", "euros", "label", "corrects", "entered_on"])
    for cost in _costs().order_by("pk").iterator(chunk_size=500):
        label = plain_cell(cost.label)
        writer.writerow(
            [cost.pk, f"{cost.month:%Y-%m}", cost.amount, label, cost.corrects_id or "", cost.entered_at.date()]
        )
    return response


@require_safe
def snapshots(request: HttpRequest) -> HttpResponse:
    """The chain, day after day, and how anybody verifies it."""
    newest = reading.newest()
    chosen = Snapshot.objects.filter(is_demonstration=bool(newest and newest.is_demonstration)).defer("body")
    try:
        page = keyset(chosen, order=("-day",), after=request.GET.get("apres", ""), size=_A_PAGE)
    except BadCursor:
        return redirect("figures_snapshots")
    return render(request, "figures/snapshots.html", {"page": page, "newest": newest, "index": chain.INDEX})


@require_safe
def snapshot(request: HttpRequest, day: date) -> HttpResponse:
    """The very bytes that are chained."""
    newest = reading.newest()
    found = newest and Snapshot.objects.filter(day=day, is_demonstration=newest.is_demonstration).first()
    if not found:
        raise Http404(_("Aucun relevé n’est de ce jour."))
    response = HttpResponse(found.body.encode(), content_type="application/json")
    # The demonstration's are made anew when it is loaded again.
    if not found.is_demonstration:
        response["Cache-Control"] = _FOR_EVER
    response["ETag"] = f'"{found.hash}"'
    return response


@require_safe
def chain_index(request: HttpRequest) -> HttpResponse:
    """The hash of every day, one line each."""
    newest = reading.newest()
    lines = io.BytesIO()
    if newest:
        chosen = Snapshot.objects.filter(is_demonstration=newest.is_demonstration).order_by("day")
        for day, digest, number in chosen.values_list("day", "hash", "number").iterator(chunk_size=1_000):
            lines.write(chain.canonical({"day": day.isoformat(), "hash": digest, "number": number}) + b"\n")
    return HttpResponse(lines.getvalue(), content_type="application/x-ndjson")


@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """The program that verifies the chain: Python alone is needed."""
    response = _file("text/x-python; charset=utf-8", "verifier.py")
    response.write(Path(chain.__file__).read_bytes())
    return response


@require_safe
def latest_snapshot(request: HttpRequest) -> HttpResponse | HttpResponsePermanentRedirect:
    """The last one, wherever it is."""
    newest = reading.newest()
    if newest is None:
        raise Http404(_("Aucun relevé n’est encore fait."))
    return redirect("figures_snapshot", day=newest.day)


# --- What pages show -------------------------------------------------------------------------------------------------


def _topic(slug: str) -> Topic:
    if slug not in BY_SLUG:
        raise Http404(_("Ce chiffre n’existe pas."))
    return BY_SLUG[slug]


def _shown(topic: Topic, found: list[Night]) -> list[Shown]:
    night = found[-1]
    figures = [night.figure(number) for number in topic.numbers]
    return [Shown(figure, share(figure, night), whole_of(figure.number)) for figure in figures]


def _curve(topic: Topic, found: list[Night]) -> Curve | None:
    return draw([night.day for night in found], topic.curves, series(found, topic.curves))


def _by_place(topic: Topic, board: Board) -> Iterator[tuple[Number, list[Place]]]:
    counted = [number for number in topic.numbers if number.key in BY_PLACE]
    if not counted:
        return
    departments = Department.objects.order_by("region_id", "sort_name")
    of_region = {region: list(rows) for region, rows in groupby(departments, key=lambda each: each.region_id)}
    regions = [*Region.objects.order_by("sort_name"), *of_region.get(None, [])]
    for number in counted:
        yield (
            number,
            [
                Place(
                    place,
                    board.figure(number.key, place),
                    [Place(part, board.figure(number.key, part), []) for part in of_region.get(place.pk, [])]
                    if isinstance(place, Region)
                    else [],
                )
                for place in regions
            ],
        )


def _costs():
    newest = reading.newest()
    real = Cost.objects.select_related("corrects")
    return real if newest and newest.is_demonstration else real.filter(is_demonstration=False)


def _expenses():
    return _costs().order_by("-month", "-pk")


def _cell(night: Night, number: Number) -> int | str:
    if number.key in night.hidden:
        return f"<{LEAST}"
    value = night.figures.get(number.key)
    return "" if value is None else value


def _value(night: Night, number: Number) -> int | str | None:
    cell = _cell(night, number)
    return None if cell == "" else cell


def _defined(number: Number) -> dict:
    return {
        "key": number.key,
        "label": str(number.label),
        "definition": str(number.definition),
        "unit": number.unit,
        "part_of": number.part_of or None,
        "known_for_past_days": number.is_dated,
    }


def _file(content_type: str, name: str) -> HttpResponse:
    return HttpResponse(content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
