"""In which order initiatives are shown, and why: the whole formula is here, and `/classement/` prints it from here.

Points of a day: for each sort of act, its weight × log2(1 + how many there were that day). Opening gives `OPENING`
points on the day an initiative becomes public. The score is log2 of all these points, each halved every `HALF_LIFE`,
counted from a day that never moves: time lowers all scores alike, so that the order of two initiatives changes only
when something happens to one of them, and no row is written because a day passes.

Over the whole of France the first `PAGES` pages are composed from these scores: one place in `NEW_EVERY` is for an
initiative that opened less than `NEW_FOR` ago, each in its turn, and of the others at most `MOST_OF_ONE` of one page
are of the same territory: a département, a région, or France; the first of each before the second of any.

What is counted is what people did, and is on its page: no visit, no click, nothing of who looks at the list.
"""

from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from math import log2

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy


class Act(StrEnum):
    """What people do for an initiative, as it is counted by day: one row each, no name."""

    SUPPORT = "support"
    COMMITMENT = "commitment"
    ATTENDANCE = "attendance"
    CONTRIBUTION = "contribution"
    UPDATE = "update"
    ACTION = "action"
    EVENT = "event"
    REPORT = "report"


#: What one act of a day weighs, before the damping of those that follow it.
WEIGHTS = {
    Act.SUPPORT: 2.0,
    Act.CONTRIBUTION: 1.0,
    Act.ATTENDANCE: 3.0,
    Act.COMMITMENT: 4.0,
    Act.UPDATE: 3.0,
    Act.ACTION: 4.0,
    Act.EVENT: 6.0,
    Act.REPORT: 8.0,
}
#: An initiative that nobody knows yet has the points of a first day that many would envy.
OPENING = 16.0
#: After so long, what was done weighs half as much.
HALF_LIFE = timedelta(days=7)
#: What is older than this, counted from the last thing that happened, weighs less than 1/256 and is left out.
HORIZON = timedelta(days=56)
#: From when days are counted. It moves all scores alike, and so changes nothing.
EPOCH = date(2026, 1, 1)
#: What « pourquoi je vois ceci » tells of: today and the six days before.
LATELY = timedelta(days=7)

#: Initiatives on a page of any list.
PAGE = 20
#: Pages that are composed, over the whole of France.
PAGES = 10
#: On one of them, so many of one territory at most, as long as there are others.
MOST_OF_ONE = 3
#: One place in so many is for those that opened less than NEW_FOR ago, each in its turn.
NEW_EVERY = 5
NEW_FOR = timedelta(days=7)
NEW_ON_A_PAGE = PAGE // NEW_EVERY
#: How often the composed pages are made again, and so how long a turn lasts.
TURN = timedelta(minutes=10)

#: « Les plus proches »: within so many kilometres, so many of them.
NEAREST_KM = 100
NEAREST = 1000

#: Changes with any number above: every score is then computed again.
RECIPE = sha256(repr((WEIGHTS, OPENING, HALF_LIFE, HORIZON, EPOCH, LATELY)).encode()).hexdigest()


#: As a table names them.
ACTS = {
    Act.SUPPORT: _("un soutien confirmé"),
    Act.CONTRIBUTION: _("une contribution à la discussion"),
    Act.ATTENDANCE: _("une personne qui vient à un événement"),
    Act.COMMITMENT: _("une place prise dans une action"),
    Act.UPDATE: _("une nouvelle"),
    Act.ACTION: _("une action ouverte"),
    Act.EVENT: _("un événement annoncé"),
    Act.REPORT: _("un compte rendu d’événement"),
}


class Order(StrEnum):
    """`tri` of the address of a list; the mix, which is what one sees first, needs none."""

    MIX = "melange"
    NEAR = "proches"
    ACTIVE = "actives"
    RECENT = "recentes"
    SUPPORTED = "soutenues"


#: As a filter names them.
NAMES = {
    Order.MIX: _("L’ordre du site"),
    Order.NEAR: _("Les plus proches"),
    Order.ACTIVE: _("Les dernières actives"),
    Order.RECENT: _("Les plus récentes"),
    Order.SUPPORTED: _("Les plus soutenues"),
}
#: As the list and « pourquoi je vois ceci » say them.
SAID = {
    Order.MIX: _("Celles où l’on agit en ce moment d’abord, de partout, et de nouvelles sur chaque page."),
    Order.NEAR: _("Les plus proches d’abord."),
    Order.ACTIVE: _("Celles où il s’est passé quelque chose en dernier d’abord."),
    Order.RECENT: _("Les plus récentes d’abord."),
    Order.SUPPORTED: _("Les plus soutenues d’abord."),
}

#: How one says so many acts of a sort, and in which order.
COUNTED = {
    Act.SUPPORT: ngettext_lazy("%(shown)s soutien", "%(shown)s soutiens", "count"),
    Act.COMMITMENT: ngettext_lazy("%(shown)s engagement", "%(shown)s engagements", "count"),
    Act.ATTENDANCE: ngettext_lazy("%(shown)s participation", "%(shown)s participations", "count"),
    Act.REPORT: ngettext_lazy("%(shown)s compte rendu", "%(shown)s comptes rendus", "count"),
    Act.EVENT: ngettext_lazy("%(shown)s événement annoncé", "%(shown)s événements annoncés", "count"),
    Act.ACTION: ngettext_lazy("%(shown)s action ouverte", "%(shown)s actions ouvertes", "count"),
    Act.UPDATE: ngettext_lazy("%(shown)s nouvelle", "%(shown)s nouvelles", "count"),
    Act.CONTRIBUTION: ngettext_lazy("%(shown)s contribution", "%(shown)s contributions", "count"),
}


def points(act: Act, count: int) -> float:
    """What so many acts of one sort weigh on the day they are done."""
    return WEIGHTS[act] * log2(1 + count)
