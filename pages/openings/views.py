"""The page of a place where the site is not open yet."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from notifications.services.following import is_followed
from pages.openings import acts
from pages.places.living import at
from territories import openings
from territories.models import Commune, Department, Opening, Place

#: What is ready for the first day, as shown.
_SHOWN = 6


def waiting_at(place: Place) -> Opening | None:
    """What the département of this place waits for; None when it is open, and for a région. One query at most."""
    return openings.waiting(_department(place))


def opening_at(place: Place) -> Opening | None:
    """The same, and for a month after it opened. One query at most."""
    return openings.waiting_or_new(_department(place))


def _department(place: Place) -> Department | str | None:
    if isinstance(place, Commune):
        return place.department_id
    return place if isinstance(place, Department) else None


def waiting_page(request: HttpRequest, place: Place, opening: Opening, *, steps: list[tuple[str, str]]) -> HttpResponse:
    """How many people are missing, who looks after it, what is ready and what is alive around; one act: to want it."""
    animators = opening.animators.filter(is_staff=True, is_active=True).order_by("display_name")
    department = opening.department
    living = at(place)
    return render(
        request,
        "pages/opening.html",
        {
            "place": place,
            "department": department,
            "opening": opening,
            "animators": list(animators.values_list("display_name", flat=True)),
            "is_followed": request.user.is_authenticated and is_followed(department, request.user),
            "prepared": acts.seeds(department).for_cards().order_by("-published_at", "-id")[:_SHOWN],
            "first_events": acts.first_events(department).for_cards().order_by("starts_at", "id")[:_SHOWN],
            "around": [each for each in living.initiatives if each.department_id != department.pk],
            "events_around": [each for each in living.events if each.department_id != department.pk],
            "share_title": _("Faisons ouvrir %(site)s %(place)s")
            % {"site": settings.SITE_NAME, "place": department.said_in},
            "share_address": f"{settings.SITE_ADDRESS}{department.get_absolute_url()}",
            "steps": steps,
        },
    )
