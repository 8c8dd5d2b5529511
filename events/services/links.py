"""The link of a message: whoever holds it sees, changes and gives back one attendance, without a session.

It proves an address, as a code does, but lives in a box that others may read: it acts on this event alone, and signs
nobody in. The database holds nothing that opens it, once the message is sent.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.core.signing import BadSignature, Signer
from django.urls import reverse

from events.models import Attendance, Event
from members.models import Member

# Signed with SECRET_KEY. A point, since a slash or a colon breaks links.
_signer = Signer(sep=".", salt="events.attendance")
_DEMAND = re.compile(r"d([0-9]{1,18})", re.ASCII)
_PERSON = re.compile(r"([0-9]{1,18})-([0-9]{1,18})", re.ASCII)


@dataclass
class Holder:
    """Who holds a link, and where they stand: `attendance` once it is given, `demand` until then, neither once back."""

    event: Event
    token: str
    member: Member | None = None
    attendance: Attendance | None = None
    demand: Attendance | None = None


def token_of(attendance: Attendance) -> str:
    """What stands in the link: of a demand its row, later the person and the event, whatever becomes of the row."""
    if attendance.is_pending:
        return _signer.sign(f"d{attendance.pk}")
    return _signer.sign(f"{attendance.event_id}-{attendance.member_id}")


def links_of(event: Event, attendance: Attendance) -> dict[str, str]:
    """For the context of a message to this person: where they see and change it, and where they give it back."""
    args = [event.slug, token_of(attendance)]
    names = {"mine_url": "attendance", "leave_url": "attendance_leave", "still_url": "attendance_still"}
    return {key: reverse(name, args=args) for key, name in names.items()}


def path_of(event: Event, token: str) -> str:
    """Where a link leads."""
    return reverse("attendance", args=[event.slug, token])


def each_with_links(event: Event, attendances: Iterable[Attendance], context: dict) -> Iterator[tuple[int, dict]]:
    """Rows for `notifications.services.tell_each`: the same context for all, and the links of each."""
    for attendance in attendances:
        yield attendance.member_id, context | links_of(event, attendance)


def find(token: str) -> Holder | None:
    """Who holds this link; None when it is not of our making, or leads to what is gone.

    The demand of somebody who comes already, by another way or another link, leads to where they stand.
    """
    try:
        said = _signer.unsign(token)
    except BadSignature:
        return None
    if asked := _DEMAND.fullmatch(said):
        return _of_row(int(asked[1]), token)
    if person := _PERSON.fullmatch(said):
        return _of_person(*map(int, person.groups()), token)
    return None


def _of_row(pk: int, token: str) -> Holder | None:
    row = Attendance.objects.filter(pk=pk).select_related("member").first()
    if row is None:
        return None
    event = Event.objects.for_cards().get(pk=row.event_id)
    if not row.is_pending:
        return Holder(event, token, row.member, Attendance.objects.standing(event, row.member))
    member = Member.objects.of_address(row.email)
    given = member and Attendance.objects.standing(event, member)
    return Holder(event, token, member, given) if given else Holder(event, token, demand=row)


def _of_person(event_pk: int, member_pk: int, token: str) -> Holder | None:
    event = Event.objects.for_cards().filter(pk=event_pk).first()
    member = Member.objects.filter(pk=member_pk).first()
    return Holder(event, token, member, Attendance.objects.standing(event, member)) if event and member else None
