"""When a proof of work is asked: while too much comes for one thing, or from one network. Shared by all processes."""

from dataclasses import dataclass
from functools import partial

from core.hot import hot
from core.limits import hold, is_held

_MINUTE, _HOUR = 60, 60 * 60
#: Seconds during which a thing stays on guard once it received too much.
_THING = 10 * _MINUTE
#: Seconds during which a network does, after each demand beyond what one may send in an hour.
_NETWORK = _HOUR
#: Seconds between two times that a process says that some network is on guard, which what it says outlasts.
_AGAIN = _MINUTE


@dataclass(frozen=True)
class Guard:
    """`name` is what is demanded: "support", "attend". Call these outside any transaction."""

    name: str

    def put_on(self, pk: int) -> None:
        """Too much came for the thing of this primary key."""
        hold(self._thing(pk), seconds=_THING)

    def put_on_network(self, network: bytes) -> None:
        """Too much came from this network (its keyed hash)."""
        hold(self._network(network), seconds=_NETWORK)
        # One row for all networks: under attack it is not written at each demand.
        any_network = partial(hold, self._any_network, seconds=_NETWORK + 2 * _AGAIN)
        hot(("any-network", self.name), any_network, seconds=_AGAIN)

    def is_on(self, pk: int, *, network: bytes) -> bool:
        """Nearly always no network is on guard, and nobody's own has to be looked up."""
        return _is_held(self._thing(pk)) or (_is_held(self._any_network) and _is_held(self._network(network)))

    def _thing(self, pk: int) -> str:
        return f"{self.name}-guard:{pk}"

    def _network(self, network: bytes) -> str:
        return f"{self._any_network}:{network.hex()}"

    @property
    def _any_network(self) -> str:
        return f"{self.name}-network-guard"


def _is_held(key: str) -> bool:
    return hot(("guard", key), partial(is_held, key))
