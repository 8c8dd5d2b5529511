"""How many supports are taken without suspicion. Beyond, nothing changes for the person: the support is set aside."""

from functools import partial

from core.hot import hot
from core.limits import Window, hit, hold, is_held
from initiatives.models import Initiative, Support, SupportLimits
from members.addresses import address_key

_MINUTE, _HOUR, _DAY = 60, 60 * 60, 24 * 60 * 60
#: Seconds during which the proof of work stays asked once an initiative received too much.
_ON_GUARD = 10 * _MINUTE
#: Seconds during which it stays asked of a network after each demand beyond what one may send in an hour.
_NETWORK_ON_GUARD = _HOUR
#: Held as long as any network is: nearly always none is, and nobody's own has to be looked up.
_ANY_NETWORK_GUARD = "support-network-guard"
#: Seconds between two times that a process holds it, which it outlasts.
_AGAIN = _MINUTE


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
        hold(_guard(initiative), seconds=_ON_GUARD)
    if of_network > limits.per_network_an_hour:
        hold(_network_guard(network), seconds=_NETWORK_ON_GUARD)
        # One row for all networks: under attack it is not written at each demand.
        hot("any-network", lambda: hold(_ANY_NETWORK_GUARD, seconds=_NETWORK_ON_GUARD + 2 * _AGAIN), seconds=_AGAIN)
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
        return _is_guarded(_guard(initiative)) or (
            _is_guarded(_ANY_NETWORK_GUARD) and _is_guarded(_network_guard(network))
        )
    return mode == SupportLimits.Proof.ALWAYS


def _is_guarded(key: str) -> bool:
    return hot(("guard", key), partial(is_held, key))


def suspicion_of_waiting(network: bytes) -> str:
    """Who waits instead of proving is believed a few times an hour for one network."""
    (count,) = hit([Window(f"support-waited:{network.hex()}", _HOUR)])
    return Support.Suspicion.WAITED if count > current_limits().without_proof_an_hour else ""


def _guard(initiative: Initiative) -> str:
    return f"support-guard:{initiative.pk}"


def _network_guard(network: bytes) -> str:
    return f"support-network-guard:{network.hex()}"
