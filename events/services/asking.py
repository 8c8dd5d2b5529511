""" "Je viens" without an account: what was typed waits for the link of a message to be confirmed.

The request looks nobody up: whether an address is known is found by the task that writes to it.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.jobs import each
from events.models import Attendance, Event
from events.services.coming import seat
from events.services.links import links_of, path_of, token_of
from events.services.refusals import EventClosed, Suspended
from events.services.waiting import lock
from members import services as members
from members.addresses import address_key
from members.models import Consent, Member
from notifications.services import write_to

#: How long the link of a message confirms.
LINK_LIFE = timedelta(days=7)
#: Asked again sooner than this, the first message is still on its way.
PATIENCE = timedelta(minutes=10)
FORGET_AFTER = timedelta(days=30)
#: Who did not confirm, or waited in vain, is forgotten so long after the event.
FORGET_AFTER_EVENT = timedelta(days=7)
_BATCH, _FORGET_BATCH = 200, 5_000


class LinkExpired(Exception):
    """The link was sent too long ago to confirm: another can be asked for."""


def ask(event: Event, *, email: str, first_name: str, guests: int, consent: str) -> None:
    """Keep what a visitor typed until their address is proved: a task writes to them. One insert, whoever they are.

    Raises EventClosed.
    """
    if not event.is_open:
        raise EventClosed(_("On ne peut plus s’inscrire à cet événement."))
    Attendance.objects.create(
        event=event,
        state=Attendance.State.PENDING,
        email=email,
        address_key=address_key(email),
        first_name=first_name,
        guests=guests,
        consent_version=consent,
    )


@transaction.atomic
def confirm(demand_id: int, *, guests: int | None = None) -> Attendance:
    """The address is proved: a place, or a turn on the waiting list; the member is made if need be. Harmless twice.

    `guests` replace those typed first. Refused, it makes nobody. Raises Attendance.DoesNotExist, LinkExpired,
    EventClosed, PartyTooLarge or Suspended.
    """
    event = lock(Attendance.objects.values_list("event", flat=True).get(pk=demand_id))
    asked = Attendance.objects.select_for_update(of=("self",), no_key=True).get(pk=demand_id)
    if not asked.is_pending:
        return asked
    if is_expired(asked):
        raise LinkExpired
    if not event.is_open:
        raise EventClosed(_("On ne peut plus s’inscrire à cet événement."))
    member, _is_new = members.sign_up(
        email=asked.email,
        display_name=asked.first_name,
        home_commune=None,
        consent=asked.consent_version,
        purpose=Consent.Purpose.ATTEND,
    )
    refuse_suspended(member)
    given = Attendance.objects.filter(event=event, member=member).first()
    if given:
        return given
    asked.member = member
    asked.guests = asked.guests if guests is None else guests
    seat(event, asked)
    return asked


def refuse_suspended(member: Member) -> None:
    """Raises Suspended: a link proves an address, and a suspended account does nothing more with it than withdraw."""
    if not member.is_active or member.restricted_to == Member.Restriction.SUSPENDED:
        raise Suspended(_("Le compte de cette adresse est suspendu : il ne peut pas s’inscrire."))


def is_expired(demand: Attendance) -> bool:
    """Whether the link of this demand is too old to confirm."""
    return (demand.written_at or demand.created_at) < timezone.now() - LINK_LIFE


def ask_again(demand_id: int) -> None:
    """The link died before it was used: a new message leaves for the same demand."""
    dead = Attendance.objects.pending().filter(pk=demand_id, written_at__lte=timezone.now() - LINK_LIFE)
    dead.update(written_at=None, created_at=timezone.now())


# --- For tasks -------------------------------------------------------------------------------------------------------


def send_links() -> int:
    """Write to all who asked and were not written to yet. Returns how many messages left."""
    return each(Attendance.objects.pending().filter(written_at=None).order_by("pk"), _send_link, most=_BATCH)


@transaction.atomic
def _send_link(pk: int) -> bool:
    now = timezone.now()
    waiting = Attendance.objects.pending().select_for_update(of=("self",), skip_locked=True)
    asked = waiting.filter(pk=pk, written_at=None).first()
    if asked is None:
        return False
    first = (
        waiting.filter(
            event=asked.event_id, address_key=asked.address_key, pk__lt=pk, created_at__gt=asked.created_at - PATIENCE
        )
        .order_by("pk")
        .first()
    )
    if first is not None:
        # Who asks twice in a few minutes gets one message: it proves the address it was sent to, and no other spelling.
        first.first_name, first.guests, first.consent_version = asked.first_name, asked.guests, asked.consent_version
        first.save(update_fields=["first_name", "guests", "consent_version"])
        asked.delete()
        return False
    asked.written_at = now
    asked.save(update_fields=["written_at"])
    event = Event.objects.for_cards().get(pk=asked.event_id)
    if not event.is_open:
        return False
    # A member is written to at the address they proved, whatever spelling of it was typed.
    member = Member.objects.of_address(asked.email)
    given = member and Attendance.objects.filter(event=event, member=member).first()
    if given:
        # It goes to the member's own box alone.
        kind, said = "attend_already", links_of(event, given)
    else:
        until = min(now + LINK_LIFE, event.ends_at).isoformat()
        kind, said = "attend_link", {"url": path_of(event, token_of(asked)), "until": until}
    write_to(
        member.email if member else asked.email,
        kind=kind,
        key=f"attend-{asked.pk}-{now:%Y%m%d%H%M%S}",
        context=event.message_context | said,
    )
    return True


def forget() -> int:
    """Erase demands never confirmed, thirty days old or a week after the event; and who waited in vain. How many."""
    now = timezone.now()
    over = Q(event__ends_at__lt=now - FORGET_AFTER_EVENT)
    in_vain = [Attendance.State.WAITING, Attendance.State.OFFERED]
    return (
        _erase(Attendance.objects.pending().filter(created_at__lt=now - FORGET_AFTER))
        + _erase(Attendance.objects.pending().filter(over))
        + _erase(Attendance.objects.filter(over, state__in=in_vain))
    )


def _erase(rows: QuerySet[Attendance]) -> int:
    """So many rows at once: nobody waits long for one, or for the numbers of its event."""
    erased = 0
    while pks := list(rows.order_by("pk").values_list("pk", flat=True)[:_FORGET_BATCH]):
        # Asked again: what was confirmed meanwhile is no demand any more.
        done = rows.filter(pk__in=pks).delete()[0]
        if not done:
            break
        erased += done
    return erased
