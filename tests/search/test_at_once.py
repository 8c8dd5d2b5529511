"""Entries that two transactions write at the same moment, on real connections."""

from concurrent.futures import ThreadPoolExecutor

from cast import new_event, new_initiative, new_member
from django.db import connections, transaction

from events.models import Event
from initiatives.models import Initiative
from search.models import Entry
from tests.initiatives.test_together import wait_until_somebody_waits


def test_two_that_write_the_same_entries_never_wait_for_each_other(vitre_committed):
    """An initiative whose title changes writes those of its events; a series may be written at the same moment."""
    alice = new_member("alice")
    initiative = new_initiative(alice, vitre_committed)
    first, second = (new_event(alice, vitre_committed, initiative=initiative, title=f"Visite {n}") for n in range(2))
    # The first one's row is now the last of its table.
    type(first).objects.filter(pk=first.pk).update(title="Visite, enfin")

    def rename():
        try:
            Initiative.objects.filter(pk=initiative.pk).update(title="La piscine")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as renaming:
        with transaction.atomic():
            Event.objects.filter(pk=first.pk).update(title="Visite du bassin")
            renamed = renaming.submit(rename)
            wait_until_somebody_waits()
            Entry.objects.select_for_update(nowait=True).get(kind="event", object_id=second.pk)
        renamed.result(timeout=10)
