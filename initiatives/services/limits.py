"""How many supports are taken without suspicion. Beyond, nothing changes for the person: the support is set aside."""

from core.guards import Guard
from core.hot import hot
from core.limits import Window, hit
from initiatives.models import Initiative, Support, SupportLimits
from members.addresses import address_key

_MINUTE, _HOUR, _DAY = 60, 60 * 60, 24 * 60 * 60
_GUARD = Guard("support")


def current_limits() -> SupportLimits:
    """The limits that staff set, or the defaults."""
    return hot("support-limits", lambda: SupportLimits.objects.filter(pk=1).first() or SupportLimits(pk=1))


def suspicion_of(initiative: Initiative, *, email: str, network: bytes) -> str:
    """Count one more demand of this address, from this network, for this initiative: why not to count it, or "".

    One statement of its own: not to be called within a transaction.
    """
    limits = current_limits()
    of_address, of_network, of_initiative = hit(
        [
            Window(f"support-address:{address_key(email).hex()}", _DAY),
            Window(f"support-network:{network.hex()}", _HOUR),
            Window(f"support-initiative:{initiative.pk}", _MINUTE),
        ]
    )
    if of_initiative == limits.proof_from_a_minute + 1:
        _GUARD.put_on(initiative.pk)
    if of_network > limits.per_network_an_hour:
        _GUARD.put_on_network(network)
    if of_address > limits.per_address_a_day:
        return Support.Suspicion.ADDRESS
    if of_network > limits.per_network_an_hour:
        return Support.Suspicion.NETWORK
    if of_initiative > limits.per_initiative_a_minute:
        return Support.Suspicion.INITIATIVE
    return ""


def needs_proof(initiative: Initiative, *, network: bytes) -> bool:
    """Whether a proof of work is asked of this network's visitors who support this initiative, now."""
    mode = current_limits().proof
    if mode == SupportLimits.Proof.AUTO:
        return _GUARD.is_on(initiative.pk, network=network)
    return mode == SupportLimits.Proof.ALWAYS


def suspicion_of_waiting(network: bytes) -> str:
    """Who waits instead of proving is believed a few times an hour for one network."""
    (count,) = hit([Window(f"support-waited:{network.hex()}", _HOUR)])
    return Support.Suspicion.WAITED if count > current_limits().without_proof_an_hour else ""
