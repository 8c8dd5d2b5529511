"""What search engines may read, in slices that cost the same however many there are."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.sax.saxutils import escape

from django.conf import settings
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.converters import numbered_slug
from core.hot import hot
from events.models import Event
from initiatives.models import Initiative
from opendata.columns import moment
from territories.models import Commune, Department, Region

#: Numbers of one slice: the protocol takes 50,000 addresses in a file.
SLICE = 10_000
#: Seconds for which a process keeps the list of slices.
_KEPT = 600
_XML = "application/xml; charset=utf-8"
_SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
#: Pages that stand alone.
_ALONE = (
    *("home", "initiatives", "agenda", "event_reports", "data", "api_reference", "figures"),
    *("moderation_public", "ranking", "privacy", "accessibility", "legal"),
)
# From one slice to the next that holds something, by the primary key: never the whole table.
_SLICES = """
WITH RECURSIVE slices AS (
    (SELECT id / %(size)s AS number FROM {table} WHERE {shown} ORDER BY id LIMIT 1)
    UNION ALL
    SELECT found.number FROM slices, LATERAL (
        SELECT id / %(size)s AS number FROM {table}
        WHERE {shown} AND id >= (slices.number + 1) * %(size)s ORDER BY id LIMIT 1
    ) AS found
)
SELECT number FROM slices
"""
_SHOWN = "published_at IS NOT NULL AND withheld_at IS NULL"
#: … and what else its section leaves out.
_LEFT_OUT = {"initiatives": " AND merged_into_id IS NULL"}


def _initiatives() -> QuerySet:
    # One that joined another is read on the other's page.
    return Initiative.objects.public().filter(merged_into=None)


#: Section → the rows, and the name of their address.
_SECTIONS = {"initiatives": (_initiatives, "initiative"), "evenements": (Event.objects.public, "event")}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The list of the slices that hold something."""
    paths = hot("opendata.sitemap", lambda: list(_paths()), seconds=_KEPT)
    lines = (f"<sitemap><loc>{escape(settings.SITE_ADDRESS + path)}</loc></sitemap>" for path in paths)
    return _answer("sitemapindex", lines)


@require_safe
def section(request: HttpRequest, section: str, part: str = "") -> HttpResponse:
    """The addresses of a slice. 404 where there is none."""
    if section in _SECTIONS:
        found = _numbered(section, int(part)) if part.isdecimal() and len(part) < 12 else None
    elif section == "territoires":
        found = _communes(part) if part else _areas()
    else:
        found = _urls((reverse(name), None) for name in _ALONE) if section == "pages" and not part else None
    lines = list(found or ())
    if not lines:
        raise Http404
    return _answer("urlset", lines)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What is not to be looked through: what is somebody's own, and the same lists under each filter."""
    return render(
        request,
        "opendata/robots.txt",
        {"sitemap": settings.SITE_ADDRESS + reverse("sitemap")},
        content_type="text/plain; charset=utf-8",
    )


def _paths() -> Iterator[str]:
    yield reverse("sitemap_section", args=["pages"])
    yield reverse("sitemap_section", args=["territoires"])
    for code in Department.objects.order_by("code").values_list("code", flat=True):
        yield reverse("sitemap_part", args=["territoires", code])
    for name, (rows, _address) in _SECTIONS.items():
        for number in _slices(rows().model, shown=_SHOWN + _LEFT_OUT.get(name, "")):
            yield reverse("sitemap_part", args=[name, number])


def _slices(model: type[Model], *, shown: str) -> list[int]:
    with connection.cursor() as cursor:
        # A table of ours.
        statement = _SLICES.format(table=model._meta.db_table, shown=shown)
        cursor.execute(statement, {"size": SLICE})
        return [number for (number,) in cursor]


def _numbered(name: str, number: int) -> Iterator[str]:
    rows, address = _SECTIONS[name]
    found = rows().filter(pk__gte=number * SLICE, pk__lt=(number + 1) * SLICE).order_by("pk")
    before, after = reverse(address, args=["un-1"]).split("un-1")
    for pk, title, updated_at in found.values_list("pk", "title", "updated_at").iterator(chunk_size=2_000):
        yield _url(f"{before}{numbered_slug(title, pk)}{after}", updated_at)


def _areas() -> Iterator[str]:
    for place in (*Region.objects.all(), *Department.objects.all()):
        yield _url(place.get_absolute_url())


def _communes(department: str) -> Iterator[str]:
    found = Commune.objects.current().filter(department=department).order_by("code").values_list("code", "slug")
    for code, slug in found:
        yield _url(reverse("territory", args=[f"{code}-{slug}"]))


def _urls(pages: Iterable[tuple[str, datetime | None]]) -> Iterator[str]:
    return (_url(path, changed) for path, changed in pages)


def _url(path: str, changed: datetime | None = None) -> str:
    changed_at = f"<lastmod>{moment(changed)}</lastmod>" if changed else ""
    return f"<url><loc>{escape(settings.SITE_ADDRESS + path)}</loc>{changed_at}</url>"


def _answer(name: str, lines: Iterable[str]) -> HttpResponse:
    body = "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', f'<{name} xmlns="{_SCHEMA}">', *lines, f"</{name}>\n"])
    return HttpResponse(body, content_type=_XML)
