"""« Pourquoi je vois ceci »: {% why initiative order=order place=place distance=distance as lines %}."""

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from core import french
from initiatives.models import Initiative
from initiatives.ranking import COUNTED, LATELY, NEW_EVERY, NEW_FOR, SAID, Order

register = template.Library()

#: The order of the page of a place (pages.places.living).
AROUND = "autour"


@register.simple_tag
def why(initiative: Initiative, *, order="", place=None, distance=None) -> list[str]:
    """What made it stand here, in plain sentences: from what is kept with it, without a query.

    `order` is that of the list (initiatives.ranking.Order), AROUND on the page of a place, empty where it is another;
    `place`, what the list is about; `distance`, in kilometres from there. What a template does not know is an empty
    string.
    """
    if initiative.published_at is None:
        return []
    reasons = [_("Ouverte %(ago)s") % {"ago": french.ago(initiative.published_at)}]
    if lately := _lately(initiative):
        reasons.append(_("en %(days)d jours : %(acts)s") % {"days": LATELY.days, "acts": ", ".join(lately)})
    if isinstance(distance, int | float):
        reasons.append(_near(place, distance))
    lines = [" ; ".join(reasons) + "."]
    if not order:
        return lines
    if order == AROUND:
        said = _("Ce qui est d’ici d’abord, puis autour, puis de toute la France ; à chaque pas, là où l’on agit.")
        return [*lines, said]
    has_its_turn = order == Order.MIX and not place and _has_a_place_of_the_new(initiative)
    if has_its_turn:
        return [*lines, _("Une place sur %(every)d est pour les nouvelles : c’est son tour.") % {"every": NEW_EVERY}]
    return [*lines, str(SAID[Order(order)])]


def _lately(initiative: Initiative) -> list[str]:
    """« 41 soutiens », « 1 événement annoncé »: what the rank was last made of."""
    return [
        words % {"count": count, "shown": french.number(count)}
        for act, words in COUNTED.items()
        if (count := initiative.rank_parts.get(act))
    ]


def _near(place, distance: float) -> str:
    where = french.distance(distance)
    return f"{where} {place.said_of}" if place else where


def _has_a_place_of_the_new(initiative: Initiative) -> bool:
    is_new = initiative.published_at > timezone.now() - NEW_FOR
    return is_new and initiative.rank_place is not None and initiative.rank_place % NEW_EVERY == 0
