from django.db import models


class HitCount(models.Model):
    """How often something happened in one window of time (`core.limits` counts, reads and forgets).

    The table is UNLOGGED: a count costs no write to the journal, and a crash of PostgreSQL empties it. A replica does
    not have it.
    """

    key = models.TextField(primary_key=True)
    hits = models.IntegerField()
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
