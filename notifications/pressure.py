"""How hard the mail server is pressed: one that takes nothing is left alone for a while, longer each time.

Each process finds out by itself, and keeps it in memory: nothing that may be lost, nothing that others wait for.
"""

import threading
import time

#: Seconds for which nothing is tried, each time that the server took nothing.
PAUSES = (5, 10, 20, 40, 60)
#: So many messages in a row refused for now, and it is the server that has enough of them.
REFUSALS = 5


class Pressure:
    """What this process knows of the mail server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self._pauses = self._refusals = 0
        self._until = 0.0

    @property
    def is_paused(self) -> bool:
        return time.monotonic() < self._until

    @property
    def is_on_trial(self) -> bool:
        """It took nothing the last time: one message is enough to find out."""
        return self._pauses > 0

    def taken(self) -> None:
        self.reset()

    def refused(self) -> bool:
        """A message was refused for now. Returns whether so many were in a row that nothing more is tried."""
        with self._lock:
            self._refusals += 1
            is_enough = self._refusals >= REFUSALS
        if is_enough:
            self.silent()
        return is_enough

    def silent(self) -> None:
        """It takes nothing at the moment."""
        with self._lock:
            self._until = time.monotonic() + PAUSES[min(self._pauses, len(PAUSES) - 1)]
            self._pauses += 1
            self._refusals = 0


#: Of the one that this site's messages go to.
mail_server = Pressure()
