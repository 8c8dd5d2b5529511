"""What the page of an initiative shows of its life: each part costs one query at most, whatever the number of rows.

The page itself has twelve. Each function gives the template the names its fragment says at its top.
"""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from initiatives.life import Verb, stands
from initiatives.models import Initiative, Merge, Photo
from initiatives.models.contribution import MOST_COUNTED
from initiatives.next_act import after_the_end
from initiatives.story import story_of
from initiatives.views.common import is_author
from initiatives.work import work_of
from moderation.access import is_moderating


def of(request: HttpRequest, initiative: Initiative) -> dict[str, Any]:
    """All parts of the page, for this person."""
    found: dict[str, Any] = {}
    for part in PARTS:
        found |= part(request, initiative)
    return found


def _is_organiser(request: HttpRequest, initiative: Initiative) -> bool:
    return any(each["id"] == request.user.pk for each in initiative.team_shown)


def _carries(request: HttpRequest, initiative: Initiative) -> bool:
    return is_author(request, initiative) or _is_organiser(request, initiative)


def team(request: HttpRequest, initiative: Initiative) -> dict[str, Any]:
    """Who carries it with its author, `initiative.team_shown`, came with it; `is_organiser`: this person is of them."""
    return {
        "is_organiser": _is_organiser(request, initiative),
        "may_be_written_to": stands(Verb.WRITE, initiative),
        "may_be_adopted": stands(Verb.ASK_TO_ADOPT, initiative),
    }


def story(request: HttpRequest, initiative: Initiative) -> dict[str, Any]:
    """Its steps with their promises, its latest updates, the last lines of its account, what is public of its supports
    (`story`); `may_tell`: this person may write to its supporters."""
    if initiative.state == Initiative.State.DRAFT:
        return {}
    may_tell = _carries(request, initiative) and stands(Verb.TELL, initiative)
    return {"story": story_of(initiative), "may_tell": may_tell}


def discussion(request: HttpRequest, initiative: Initiative) -> dict[str, Any]:
    """What is said of it: `contributions`, the pinned one and the few latest; `contributions_count`, and how far it
    is counted."""
    if initiative.published_at is None:
        return {}
    shown = sorted(
        initiative.contributions.glimpse(request.user, recent=3), key=lambda one: (one.pinned_at is None, -one.pk)
    )
    return {
        "contributions": shown,
        "contributions_count": shown[0].total if shown else 0,
        "most_counted": MOST_COUNTED,
    }


def ending(request: HttpRequest, initiative: Initiative) -> dict[str, Any]:
    """The act that is left once it ended (`after`, or None); what it joined (`joined`), or is about to (`leaving`, a
    merger agreed); for its author, `proposed`, by them or to them. No query unless a merger is under way, or done."""
    found = {"after": after_the_end(initiative, carries=_carries(request, initiative))}
    if initiative.merged_into_id:
        return found | {"joined": initiative.merged_into}
    if not initiative.has_mergers:
        return found
    around = Q(source=initiative) | Q(target=initiative)
    merges = list(Merge.objects.under_way().filter(around).select_related("source", "target"))
    merges = [merge for merge in merges if merge.source.is_public and merge.target.is_public]
    agreed = (merge for merge in merges if merge.agreed_at and merge.source_id == initiative.pk)
    return found | {
        "leaving": next(agreed, None),
        "proposed": merges if is_author(request, initiative) else [],
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


def work(request: HttpRequest, initiative: Initiative) -> dict[str, Any]:
    """What there is to do, was done and lacks: `work` (initiatives.work)."""
    return {"work": work_of(initiative, member=request.user, moderating=is_moderating(request))}


#: In the order of the page.
PARTS = (work, team, story, discussion, ending, photos)
