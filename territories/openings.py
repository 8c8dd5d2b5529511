"""Départements that are not open yet: who may put something there meanwhile."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from territories.models import Department, Opening

#: For so long the pages of a département say since when it is open.
LATELY = timedelta(days=31)


def waiting_or_new(department: Department | str | None) -> Opening | None:
    """The opening of this département while it is to come, and for a month after; None otherwise. One query."""
    if department is None:
        return None
    is_news = Q(opened_at=None) | Q(opened_at__gt=timezone.now() - LATELY)
    return Opening.objects.filter(is_news, department=department).select_related("department").first()


def waiting(department: Department | str | None) -> Opening | None:
    """What this département waits for, by itself or by its code; None when it is open, as nearly all are. One query."""
    if department is None:
        return None
    return Opening.objects.waiting().filter(department=department).select_related("department").first()


def why_not_yet(department: Department | str | None, *, is_staff: bool) -> str:
    """Why nothing can be put there yet, "" when it can: only the team of the site prepares what opens with it."""
    if is_staff or (opening := waiting(department)) is None:
        return ""
    return _(
        "Le site n’est pas encore ouvert %(place)s : pour le moment, seule son équipe y prépare les premières actions."
    ) % {"place": opening.department.said_in}
