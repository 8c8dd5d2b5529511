"""What the page of an initiative shows of its life: each part costs one query at most, whatever the number of rows.

The page itself has twelve. Each function gives the template the names its fragment says at its top.
"""

from typing import Any

from django.http import HttpRequest

from initiatives.models import Initiative, Photo
from moderation.access import is_moderating


def of(request: HttpRequest, initiative: Initiative) -> dict[str, Any]:
    """All parts of the page, for this person."""
    found: dict[str, Any] = {}
    for part in PARTS:
        found |= part(request, initiative)
    return found


def photos(request: HttpRequest, initiative: Initiative) -> dict[str, Any]:
    """Its pictures that this person may see (one query): `cover` or None, `text_photos`, `outcome_photos`."""
    seen = initiative.photos.visible_to(request.user, moderating=is_moderating(request))
    by_use: dict[str, list[Photo]] = {use: [] for use in Photo.Use.values}
    for photo in seen:
        by_use[photo.use].append(photo)
    return {
        "cover": next(iter(by_use[Photo.Use.COVER]), None),
        "text_photos": by_use[Photo.Use.TEXT],
        "outcome_photos": by_use[Photo.Use.OUTCOME],
    }


#: In the order of the page.
PARTS = (photos,)
