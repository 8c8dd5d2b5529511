"""The public account of an initiative, and what its edits changed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core.converters import NumberedSlug
from initiatives.models import Initiative, Version
from initiatives.story import account_of
from initiatives.views.common import page_of, readable
from moderation.passages import Change, changes

#: Differences on a page: each may hold several long texts.
VERSIONS_SHOWN = 5


@require_safe
def history(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """All that happened to it, the newest first."""
    initiative = readable(request, slug)
    page = page_of(request, account_of(initiative), ("-happened_at", "-id"))
    return render(request, "initiatives/history.html", {"initiative": initiative, "page": page})


@require_safe
def versions(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """What its edits changed, once many supported it; the newest first."""
    initiative = readable(request, slug)
    page = page_of(request, initiative.versions.public(), ("-made_at", "-id"), size=VERSIONS_SHOWN)
    shown = [(version, differences(version)) for version in page]
    return render(request, "initiatives/versions.html", {"initiative": initiative, "page": page, "versions": shown})


@require_safe
def version(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    """What one edit changed."""
    initiative = readable(request, slug)
    found = get_object_or_404(initiative.versions.public(), pk=pk)
    shown = [(found, differences(found))]
    return render(request, "initiatives/versions.html", {"initiative": initiative, "versions": shown, "alone": True})


def differences(version: Version) -> list[tuple[str, list[Change]]]:
    """For each text that changed, its name and the passages that changed; none when nobody may read them."""
    if not version.is_shown:
        return []
    return [
        (str(Initiative._meta.get_field(name).verbose_name).capitalize(), changes(before, after))
        for name, (before, after) in version.changes.items()
    ]
