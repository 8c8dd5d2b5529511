"""How many demands of visitors are taken, with the limits that staff set for supports.

Beyond, nothing is kept and nothing leaves; the person sees the usual page, which says nothing of it.
"""

from functools import partial

from core.hot import hot
from core.limits import Window, hit, hold, is_held
from events.models import Event
from initiatives.models import SupportLimits
from initiatives.services.limits import current_limits
from members.addresses import box_key

_MINUTE, _HOUR, _DAY = 60, 60 * 60, 24 * 60 * 60
#: Seconds during which the proof of work stays asked, once an event or a network sent too much.
_ON_GUARD, _NETWORK_ON_GUARD = 10 * _MINUTE, _HOUR


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
        hold(_guard(event), seconds=_ON_GUARD)
    if of_network > limits.messages_per_network_an_hour:
        hold(_network_guard(network), seconds=_NETWORK_ON_GUARD)
    return of_box <= limits.messages_per_address_a_day and of_network <= limits.messages_per_network_an_hour


def needs_proof(event: Event, *, network: bytes) -> bool:
    """Whether a proof of work is asked of this network's visitors who come to this event, now."""
    mode = current_limits().proof
    if mode == SupportLimits.Proof.AUTO:
        return any(hot(("guard", key), partial(is_held, key)) for key in (_guard(event), _network_guard(network)))
    return mode == SupportLimits.Proof.ALWAYS


def takes_who_waited(network: bytes) -> bool:
    """Who waits instead of proving is believed a few times an hour for one network."""
    (count,) = hit([Window(f"attend-waited:{network.hex()}", _HOUR)])
    return count <= current_limits().without_proof_an_hour


def _guard(event: Event) -> str:
    return f"attend-guard:{event.pk}"


def _network_guard(network: bytes) -> str:
    return f"attend-network-guard:{network.hex()}"
