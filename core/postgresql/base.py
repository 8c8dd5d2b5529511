"""Django's PostgreSQL, whose connections are checked once a second at most instead of at each request.

A check is a round trip: at hundreds of requests a second, a tenth of what they cost. After a restart of the database
the requests of one second may fail, as those under way do in any case; the connection is then made anew.
"""

import time

from django.db.backends.postgresql import base

#: Seconds.
EVERY = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    _checked_at = float("-inf")

    def get_new_connection(self, conn_params):
        #: What this connection has prepared (core.statements): the name of each statement, by its number.
        self.prepared: dict[int, bytes] = {}
        return super().get_new_connection(conn_params)

    def close_if_health_check_failed(self) -> None:
        if time.monotonic() - self._checked_at < EVERY:
            # For the rest of this request too: a check between a commit and its end would begin another transaction.
            self.health_check_done = True
            return
        super().close_if_health_check_failed()
        self._checked_at = time.monotonic()
