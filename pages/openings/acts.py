"""A département begins to wait; it opens, once, when there is something to do there."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.jobs import enqueue
from events.models import Event
from initiatives.models import Initiative
from members.models import Member
from moderation.services import why_not
from pages import tasks
from territories.models import Department, Opening

#: What must be there on the first day: initiatives that anyone may support, and a first event to come to.
SEEDS = 3


class OpeningRefused(Exception):
    """Why it does not open; its text can be shown to the staff."""


def seeds(department: Department) -> QuerySet[Initiative]:
    """The initiatives of this département that anyone may support on its first day."""
    return Initiative.objects.listed().filter(department=department)


def first_events(department: Department) -> QuerySet[Event]:
    return Event.objects.coming().filter(department=department)


def what_lacks(department: Department) -> list[str]:
    """What must still be prepared before it opens, in words; nothing when all is there."""
    lacks = []
    there = seeds(department)[:SEEDS].count()
    if there < SEEDS:
        lacks.append(
            ngettext(
                "Il manque encore %(count)d initiative publiée dans le département : il en faut %(seeds)d.",
                "Il manque encore %(count)d initiatives publiées dans le département : il en faut %(seeds)d.",
                SEEDS - there,
            )
            % {"count": SEEDS - there, "seeds": SEEDS}
        )
    if not first_events(department).exists():
        lacks.append(_("Aucun événement n’est encore prévu dans le département : il en faut un, où venir."))
    return lacks


def why_not_wait(department: Department) -> str:
    """Why this département cannot begin to wait: people act there already; "" when it can."""
    count = seeds(department).exclude(author__is_staff=True)[:100].count()
    if not count:
        return ""
    return ngettext(
        "On agit déjà %(place)s : %(count)d initiative de citoyens y est publiée. Ce département reste ouvert.",
        "On agit déjà %(place)s : %(count)d initiatives de citoyens y sont publiées. Ce département reste ouvert.",
        count,
    ) % {"place": department.said_in, "count": count}


@transaction.atomic
def open_department(opening: Opening, *, by: Member) -> bool:
    """From now on anybody acts there, and all those who waited are told, by a task.

    True the first time, False when it was open, so that two who press at once open it once. Raises OpeningRefused while
    there would be nothing to do there, and on the eve of a vote.
    """
    opening = (
        Opening.objects.select_for_update(of=("self",), no_key=True).select_related("department").get(pk=opening.pk)
    )
    if not opening.is_waiting:
        return False
    if why := why_not(by, opening.department_id):
        raise OpeningRefused(why)
    if lacks := what_lacks(opening.department):
        raise OpeningRefused(" ".join(lacks))
    opening.opened_at = timezone.now()
    opening.save(update_fields=["opened_at"])
    enqueue(tasks.tell_openings)
    return True
