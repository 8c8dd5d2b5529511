"""How many demands of visitors are taken, with the limits that staff set for supports; and how many events one posts.

Beyond those of visitors nothing is kept and nothing leaves; the person sees the usual page, which says nothing of it.
"""

from core.guards import Guard
from core.hot import hot
from core.limits import Window, hit
from events.models import Event, EventLimits
from initiatives.models import SupportLimits
from initiatives.services.limits import current_limits
from members.addresses import box_key

_MINUTE, _HOUR, _DAY = 60, 60 * 60, 24 * 60 * 60
_GUARD = Guard("attend")


def current_event_limits() -> EventLimits:
    """The limits that staff set, or the defaults."""
    return hot("event-limits", lambda: EventLimits.objects.filter(pk=1).first() or EventLimits(pk=1))


def takes(event: Event, *, email: str, network: bytes) -> bool:
    """Count one more demand of this box, from this network, for this event; whether it is taken.

    Each that is taken writes to the box. One statement of its own: not to be called within a transaction.
    """
    limits = current_limits()
    of_box, of_network, of_event = hit(
        [
            Window(f"attend-box:{box_key(email).hex()}", _DAY),
            Window(f"attend-network:{network.hex()}", _HOUR),
            Window(f"attend-event:{event.pk}", _MINUTE),
        ]
    )
    if of_event == limits.proof_from_a_minute + 1:
        _GUARD.put_on(event.pk)
    if of_network > limits.messages_per_network_an_hour:
        _GUARD.put_on_network(network)
    return of_box <= limits.messages_per_address_a_day and of_network <= limits.messages_per_network_an_hour


def needs_proof(event: Event, *, network: bytes) -> bool:
    """Whether a proof of work is asked of this network's visitors who come to this event, now."""
    mode = current_limits().proof
    if mode == SupportLimits.Proof.AUTO:
        return _GUARD.is_on(event.pk, network=network)
    return mode == SupportLimits.Proof.ALWAYS


def takes_who_waited(network: bytes) -> bool:
    """Who waits instead of proving is believed a few times an hour for one network."""
    (count,) = hit([Window(f"attend-waited:{network.hex()}", _HOUR)])
    return count <= current_limits().without_proof_an_hour
