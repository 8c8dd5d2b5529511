"""Numbers are folded while people act: whoever holds some initiatives and wants others never waits in a circle."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from cast import new_initiative, new_member
from django.db import connections, transaction

from initiatives.models import ActDay, ActDelta, Initiative, SupportDelta
from initiatives.services import counting, ranking
from tests.initiatives.test_together import wait_until_somebody_waits

DAY = "2026-11-23"


@pytest.mark.parametrize("fold", [counting.fold_supports, ranking.fold_acts])
def test_folding_takes_initiatives_in_the_order_of_their_numbers(vitre_committed, fold):
    alice = new_member("alice")
    numbers = [new_initiative(alice, vitre_committed).pk for _each in range(40)]
    SupportDelta.objects.bulk_create(
        SupportDelta(initiative_id=pk, commune=vitre_committed, day=DAY, confirmed=1, suspect=0)
        for pk in reversed(numbers)
    )
    ActDelta.objects.all().delete()
    ActDelta.objects.bulk_create(
        ActDelta(initiative_id=pk, kind="update", day=DAY, change=1) for pk in reversed(numbers)
    )

    def alone():
        try:
            fold()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            # As a merger does: the first, then others.
            Initiative.objects.select_for_update(no_key=True).get(pk=numbers[0])
            folding = pool.submit(alone)
            wait_until_somebody_waits()
            others = Initiative.objects.select_for_update(no_key=True, nowait=True).filter(pk__in=numbers[1:])
            assert len(others) == 39
        folding.result()
    assert ActDay.objects.filter(count=1).count() == 40
