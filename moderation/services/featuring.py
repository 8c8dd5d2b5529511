"""What the team puts forward: labelled, with its reason, a few at once in a place, nothing where a vote is near."""

from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.hot import hot
from members.models import Member
from moderation.models import Featured, ModeratedContent
from moderation.models.featured import MOST
from moderation.services.locks import take_turn_at
from territories.elections import freeze
from territories.models import Commune, Department, Region

#: Nothing is put forward for longer: the reason is then another one.
LONGEST = timedelta(days=31)
#: How long a web process keeps what is in force.
_KEPT_SECONDS = 30


class FeaturingRefused(Exception):
    """The text says why, to whoever asked."""


class BadDates(FeaturingRefused):
    """It would end too early, or too late."""


@transaction.atomic
def feature(
    content: ModeratedContent,
    *,
    place: Region | Department | Commune | None,
    reason: str,
    ends_at: datetime,
    by: Member,
    starts_at: datetime | None = None,
) -> Featured:
    """Put a content forward in a place (None: the whole country), from now or later. Raises FeaturingRefused."""
    starts_at = starts_at or timezone.now()
    if not content.is_public:
        raise FeaturingRefused(_("Ce contenu n’est pas public : il ne peut pas être mis en avant."))
    if ends_at <= starts_at or ends_at - starts_at > LONGEST:
        raise BadDates(
            _("Une mise en avant finit après son début, et dure au plus %(days)d jours.") % {"days": LONGEST.days}
        )
    if freeze(starts_at).covers(_department_of(place)):
        raise FeaturingRefused(
            _("Une élection approche : jusqu’à la fermeture des bureaux de vote, rien n’est mis en avant.")
        )
    row = {
        "content_type": ContentType.objects.get_for_model(content),
        "object_id": content.pk,
        "place_code": code_of(place),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "reason": reason,
        "by": by,
    }
    take_turn_at(row["place_code"])
    # The database decides all the same: the next slot is tried when one is taken.
    for slot in range(1, MOST + 1):
        try:
            with transaction.atomic():
                return Featured.objects.create(slot=slot, **row)
        except IntegrityError as error:
            if "featured_once_at_a_time" in str(error):
                raise FeaturingRefused(_("Ce contenu est déjà mis en avant ici à ces dates.")) from error
    raise FeaturingRefused(
        _("%(most)d contenus sont déjà mis en avant ici à ces dates : c’est le plus possible.") % {"most": MOST}
    )


def end(featured: Featured) -> None:
    """It is not put forward any more; what was stays written. Harmless twice."""
    now = timezone.now()
    if featured.starts_at >= now:
        featured.delete()
    elif featured.ends_at > now:
        featured.ends_at = now
        featured.save(update_fields=["ends_at"])


def featured(model: type[ModeratedContent], place: Region | Department | Commune | None = None) -> dict[int, str]:
    """The reason by the number of each content of this sort that is put forward in this very place, now.

    The first put forward comes first. Empty where a vote is near; whoever shows them asks which anyone may read.
    """
    key = ("moderation.featured", model._meta.label_lower, code_of(place))
    return hot(key, lambda: _in_force(model, place), seconds=_KEPT_SECONDS)


def _in_force(model: type[ModeratedContent], place: Region | Department | Commune | None) -> dict[int, str]:
    rows = Featured.objects.in_force().filter(
        content_type=ContentType.objects.get_for_model(model), place_code=code_of(place)
    )
    found = dict(rows.order_by("starts_at", "id").values_list("object_id", "reason"))
    return {} if not found or freeze().covers(_department_of(place)) else found


def code_of(place: Region | Department | Commune | None) -> str:
    """How a row names a place: as its address does."""
    return "" if place is None else place.path.partition("-")[0]


def _department_of(place: Region | Department | Commune | None) -> str | None:
    """What is read in a région, or everywhere, is read where any vote is near."""
    if isinstance(place, Commune):
        return place.department_id
    return place.pk if isinstance(place, Department) else None
