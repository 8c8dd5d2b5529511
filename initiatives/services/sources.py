"""The links by which supports come: which are known, and those that a team names."""

from functools import partial

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.hot import hot
from core.middleware import SHARED_AGE
from initiatives.models import Initiative, OwnSource
from initiatives.sources import EVERYWHERE, LONGEST
from members.models import Member

#: Links that one initiative names. Few: a link for each person would tell who supports.
MOST = 10


class SourceRefused(Exception):
    """The link cannot be made. Its text can be shown to the person."""


def known(initiative: Initiative, word: str) -> str:
    """This word, when it is one of this initiative's links; "" otherwise: nothing else is ever kept.

    One query for a word that is not the site's own, none for the others.
    """
    if not word or word in EVERYWHERE:
        return word
    return word if word in hot(("sources", initiative.pk), partial(_own, initiative), seconds=SHARED_AGE) else ""


def _own(initiative: Initiative) -> set[str]:
    return set(initiative.own_sources.values_list("slug", flat=True))


@transaction.atomic
def name_source(initiative: Initiative, name: str, *, by: Member) -> OwnSource:
    """A link with a name of the team's own. The same name again is the same link. Raises SourceRefused."""
    # Locked: two people of the team at once do not make eleven.
    initiative = Initiative.objects.select_for_update(of=("self",), no_key=True).get(pk=initiative.pk)
    _refuse_others(initiative, by)
    if not initiative.is_open:
        raise SourceRefused(_("Cette initiative n’est pas ouverte aux soutiens."))
    slug = slugify(name.replace("’", " ").replace("'", " "))[:LONGEST].strip("-")
    if not slug:
        raise SourceRefused(_("Écrivez un nom avec des lettres ou des chiffres."))
    if slug in EVERYWHERE:
        raise SourceRefused(_("Ce lien existe déjà dans la liste."))
    there = {source.slug: source for source in initiative.own_sources.all()}
    if slug in there:
        return there[slug]
    if len(there) >= MOST:
        raise SourceRefused(_("Dix liens à vous au plus : retirez-en un d’abord."))
    return initiative.own_sources.create(slug=slug, name=name)


def drop_source(initiative: Initiative, slug: str, *, by: Member) -> bool:
    """The link is named no more: its address leads to the initiative all the same. False when it was not there."""
    _refuse_others(initiative, by)
    return initiative.own_sources.filter(slug=slug).delete()[0] > 0


def _refuse_others(initiative: Initiative, member: Member) -> None:
    if not initiative.is_carried_by(member):
        raise SourceRefused(_("Seules les personnes qui portent cette initiative peuvent faire ce geste."))
