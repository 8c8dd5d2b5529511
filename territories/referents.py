"""Who answers for the operator at a place: the smallest place that has somebody, else the operator's own address."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from territories.models import Commune, Department, Place, Referent, Region


@dataclass(frozen=True)
class Answering:
    """`name` is empty where it is the operator; `place` is the one that they answer for, None for all France."""

    name: str
    role: str
    email: str
    place: Region | Department | None = None


def answering_for(place: Place) -> Answering:
    """Who answers there. One query."""
    department = place.department if isinstance(place, Commune) else place if isinstance(place, Department) else None
    region = department.region_id if department else place.pk
    there = Q(region=region) if region else Q()
    if department:
        there |= Q(department=department)
    named = list(Referent.objects.filter(there).select_related("department", "region"))
    # Of a département before of its région.
    found = min(named, key=lambda referent: referent.department_id is None, default=None)
    if found is None:
        return Answering("", _("L’équipe de %(site)s") % {"site": settings.SITE_NAME}, settings.CONTACT_EMAIL)
    return Answering(found.name, found.role, found.email or settings.CONTACT_EMAIL, found.department or found.region)
