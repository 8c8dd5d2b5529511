"""Following a territory: what moves there is told in the digest, as what moves near home is."""

from django.db import transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.hot import hot
from members.models import Member
from notifications.models import Follow, MailSettings
from notifications.models.following import SORTS
from territories import lookup
from territories.models import Department, Place, Region

#: What one member follows at most: a digest has seven lines, and is made by looking around each place.
MOST = 20
#: Letters of the code of a commune; those of others are shorter.
_COMMUNE = 5


class FollowRefused(Exception):
    """With words for the member."""


@transaction.atomic
def follow(place: Place, *, by: Member) -> bool:
    """True the first time; False when it was followed, so that a double click changes nothing. Raises FollowRefused."""
    # Two at once wait for each other: none is beyond the limit.
    Member.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
    if is_followed(place, by):
        return False
    if by.follows.count() >= MOST:
        raise FollowRefused(
            _("Vous suivez déjà %(count)s territoires, le plus que l’on puisse. Cessez d’abord d’en suivre un.")
            % {"count": MOST}
        )
    Follow.objects.create(member=by, **{SORTS[type(place)]: place})
    return True


def unfollow(place: Place, *, by: Member) -> bool:
    """False when it was not followed."""
    deleted, _rows = by.follows.of(place).delete()
    return deleted > 0


def is_followed(place: Place, member: Member) -> bool:
    return Follow.objects.of(place).filter(member=member).exists()


def followed_by(member: Member) -> list[Place]:
    """What this member follows, the last one first. One query."""
    rows = member.follows.select_related("region", "department", "commune__department")
    return [row.place for row in rows.order_by("-created_at", "-id")]


def said_of(key: str) -> str:
    """ "Autour de Rennes", "En Ille-et-Vilaine": a followed place as a digest keeps it, "35238", "35" or "r53"."""
    if len(key) == _COMMUNE:
        commune = lookup.commune_of_code(key)
        return _("Autour %(place)s") % {"place": commune.said_of} if commune else ""
    areas = hot("following.areas", _areas, seconds=60 * 60)
    return capfirst(areas[key].said_in) if key in areas else ""


def _areas() -> dict[str, Department | Region]:
    """Départements by their code, régions by theirs after an r."""
    return Department.objects.in_bulk() | {f"r{region.pk}": region for region in Region.objects.all()}


def hears_nothing(member: Member) -> bool:
    """Whether they stopped the digest, where what they follow is told."""
    return MailSettings.objects.filter(member=member, digest=MailSettings.Digest.NEVER).exists()
