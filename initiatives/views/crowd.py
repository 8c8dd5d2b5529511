"""The three acts of a visitor who supports, where nothing about them is unusual: what a crowd does at once.

Each is the view of `supports` for that case, without Django around it (`core.shortcuts`): a page made by that view
moments ago, poured for somebody else. What is not in memory, open and usual is left to the view.
"""

import re

from django.http import HttpRequest

from core.clients import network_of
from core.converters import NumberedSlug, NumberedSlugConverter
from core.hot import kept
from core.moulds import Copy
from core.shortcuts import Shortcut
from initiatives.forms.supports import SupportForm
from initiatives.models import Initiative
from initiatives.next_act import next_act
from initiatives.services import limits, sources, supports
from initiatives.sources import PARAMETER
from initiatives.views import supports as views
from territories.lookup import commune_of_code

_SLUG = NumberedSlugConverter()
_FORM = re.compile(rf"/initiatives/(?P<slug>{_SLUG.regex})/soutenir/")
_LINK = re.compile(rf"/initiatives/(?P<slug>{_SLUG.regex})/soutien/(?P<token>[\w.-]+)/", re.ASCII)


def ask(request: HttpRequest, slug: str) -> Copy | None:
    """The form, filled without a mistake."""
    where: NumberedSlug = _SLUG.to_python(slug)
    initiative = kept(("reachable", where.pk, where.key))
    if initiative is None or initiative.merged_into_id or not initiative.is_open:
        return None
    network = network_of(request)
    source = sources.known(initiative, request.GET.get(PARAMETER, ""))
    made = kept(views.sent_key(initiative, source))
    if made is None or limits.needs_proof(initiative, network=network):
        return None
    form = SupportForm(request.POST)
    if not form.is_valid():
        return None
    try:
        views.demand(initiative, form, network=network, source=source)
    except Initiative.DoesNotExist:
        return None
    return made.copy(email=form.cleaned_data["email"])


def read_link(request: HttpRequest, slug: str, token: str) -> Copy | None:
    """The link of a message, before its button."""
    found = _newcomer(slug, token)
    initiative = _open_initiative(found)
    made = initiative and kept(views.confirmation_key(initiative))
    commune = made and commune_of_code(found.commune_id)
    return commune and made.copy(first_name=found.first_name, place=commune.name, path=request.path)


def confirm(request: HttpRequest, slug: str, token: str) -> Copy | None:
    """Its button. Done and not told, when another page is to be made for it, it is told by the view."""
    found = _newcomer(slug, token)
    initiative = _open_initiative(found)
    counted = initiative and supports.confirm_newcomer(found)
    if not counted:
        return None
    commune = commune_of_code(found.commune_id)
    said = views.standing(counted.rank, counted.place_rank, commune)
    made = kept(views.thanks_key(initiative, next_act(initiative, commune=commune), said))
    return made and made.copy(path=request.path, **said)


def _newcomer(slug: str, token: str) -> supports.Newcomer | None:
    """Whose link it is, unless what they asked to support joined another since."""
    found = supports.newcomer(supports.support_id_of(token))
    return found if found and int(found.initiative_id) == _SLUG.to_python(slug).pk else None


def _open_initiative(found: supports.Newcomer | None) -> Initiative | None:
    initiative = found and kept(("initiative", int(found.initiative_id)))
    return initiative if initiative and initiative.is_open else None


SHORTCUTS = (
    Shortcut("POST", _FORM, is_fragment=True, answer=ask, checks_token=True),
    Shortcut("GET", _LINK, is_fragment=False, answer=read_link),
    Shortcut("POST", _LINK, is_fragment=True, answer=confirm),
)
