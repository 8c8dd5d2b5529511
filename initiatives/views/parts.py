"""What the page of an initiative shows of its life: each part costs one query at most, whatever the number of rows.

The page itself has twelve. Each function gives the template the names its fragment says at its top.
"""

from typing import Any

from django.http import HttpRequest

from initiatives.life import Verb, stands
from initiatives.models import Initiative, Photo
from initiatives.models.contribution import MOST_COUNTED
from moderation.access import is_moderating


def of(request: HttpRequest, initiative: Initiative) -> dict[str, Any]:
    """All parts of the page, for this person."""
    found: dict[str, Any] = {}
    for part in PARTS:
        found |= part(request, initiative)
    return found


def team(request: HttpRequest, initiative: Initiative) -> dict[str, Any]:
    """Who carries it with its author, `initiative.team_shown`, came with it; `is_organiser`: this person is of them."""
    return {
        "is_organiser": any(each["id"] == request.user.pk for each in initiative.team_shown),
        "may_be_written_to": stands(Verb.WRITE, initiative),
        "may_be_adopted": stands(Verb.ASK_TO_ADOPT, initiative),
    }


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


def discussion(request: HttpRequest, initiative: Initiative) -> dict[str, Any]:
    """What is said of it: `contributions`, the pinned one and the few latest; `contributions_count`, and how far it
    is counted."""
    if initiative.published_at is None:
        return {}
    shown = sorted(initiative.contributions.glimpse(recent=3), key=lambda one: (one.pinned_at is None, -one.pk))
    return {
        "contributions": shown,
        "contributions_count": shown[0].total if shown else 0,
        "most_counted": MOST_COUNTED,
    }


#: In the order of the page.
PARTS = (team, photos, discussion)
