"""A member's own calendar: an address that only they have, and what stands in it.

It is read by programs that cannot sign in: whoever has the address reads it. So it exists only for who asked for it,
and dies when it is renewed or stopped.
"""

import secrets

from django.conf import settings
from django.core import signing
from django.urls import reverse

from events import calendars
from events.models import Attendance, Event, OwnCalendar
from members.models import Member

_LONGEST = 100


def _signer() -> signing.Signer:
    return signing.Signer(salt="events.own-calendar", sep=".")


def renew(*, by: Member) -> OwnCalendar:
    """Give them an address; the one they had, if any, is dead at once."""
    # 63 bits drawn anew: none comes back.
    calendar, _new = OwnCalendar.objects.update_or_create(member=by, defaults={"number": secrets.randbelow(2**63)})
    return calendar


def stop(*, by: Member) -> bool:
    """Their address is dead, and they have none. Returns False when they had none."""
    deleted, _rows = OwnCalendar.objects.filter(member=by).delete()
    return bool(deleted)


def address_of(member: Member) -> str:
    """The complete address of their calendar, or "" when they never asked for one."""
    calendar = OwnCalendar.objects.filter(member=member).first()
    if calendar is None:
        return ""
    return f"{settings.SITE_ADDRESS}{reverse('own_calendar', args=[_signer().sign(str(calendar.number))])}"


def member_of(token: str) -> Member | None:
    """Whose calendar this is; None for an address that is forged, renewed or stopped, or of somebody who left."""
    try:
        number = _signer().unsign(token[:_LONGEST])
    except signing.BadSignature:
        return None
    return Member.objects.filter(own_calendar__number=int(number), is_active=True).first()


def own(member: Member, *, name: str) -> bytes:
    """What they come to, wait for and organise."""
    given = member.attendances.given().order_by()
    organised = Event.objects.organised_by(member).order_by().values("pk")
    events = Event.objects.filter(pk__in=given.values("event_id").union(organised, all=True))
    waiting = given.exclude(state=Attendance.State.COMING).values_list("event_id", flat=True)
    return calendars.of_many(events, name=name, waiting=set(waiting), linked=True)
