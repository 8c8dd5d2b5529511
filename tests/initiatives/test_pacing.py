"""What a team compares its initiative with, made each night."""

from datetime import timedelta

from cast import new_initiative, new_member
from django.utils import timezone

from initiatives.models import ActDay, Confirming, Pace, Support
from initiatives.services import asking, supports
from initiatives.services.pacing import FEWEST, compare
from territories.models import Commune


def opened(author, days: int, *counts: int, **fields):
    """An initiative opened so many days ago, with so many supports on its first days."""
    initiative = new_initiative(author, published_at=timezone.now() - timedelta(days=days), **fields)
    first = timezone.localdate() - timedelta(days=days)
    ActDay.objects.bulk_create(
        ActDay(initiative=initiative, kind="support", day=first + timedelta(days=day), count=count)
        for day, count in enumerate(counts)
    )
    return initiative


def test_the_pace_is_that_of_initiatives_of_the_same_kind_scale_and_age(alice, vitre):
    for number in range(FEWEST):
        opened(alice, 4, number, 10)
    # Neither of this scale, nor as old.
    opened(alice, 4, 900, commune=vitre)
    opened(alice, 1, 900)
    compare()
    pace = {pace.age: pace for pace in Pace.objects.all()}
    assert {place.scale for place in pace.values()} == {"country"}
    assert (pace[0].low, pace[0].middle, pace[0].high, pace[0].compared) == (2, 5, 8, FEWEST + 1)
    assert (pace[1].low, pace[1].middle, pace[1].high, pace[1].compared) == (12, 14, 17, FEWEST)
    # The day that is not over is none.
    assert max(pace) == 3


def test_fewer_than_ten_are_compared_with_nothing(alice):
    for _number in range(FEWEST - 1):
        opened(alice, 4, 1)
    compare()
    assert not Pace.objects.exists()


def test_what_is_withheld_is_compared_with_nothing_and_what_is_told_no_more_goes(alice):
    kept = [opened(alice, 4, 1) for _number in range(FEWEST)]
    compare()
    assert Pace.objects.exists()
    kept[0].withheld_at = timezone.now()
    kept[0].save(update_fields=["withheld_at"])
    compare()
    assert not Pace.objects.exists()


def test_how_many_links_were_used_counts_people(alice):
    orchard = new_initiative(alice)
    vitre = Commune.objects.get(code="35360")

    def ask(name: str) -> Support:
        supports.ask(orchard, email=f"{name}@exemple.fr", first_name=name, commune=vitre, consent="2026-01")
        return Support.objects.pending().filter(email=f"{name}@exemple.fr").last()

    known = new_member("known")
    supports.support(orchard, by=known)
    # Who asked twice is one, and who supports already is none.
    asked = [ask(name) for name in ("nina", "nina", "omar", "paul", "known")]
    Support.objects.pending().update(written_at=timezone.now())
    supports.confirm(asked[-3].pk)
    compare()
    told = Confirming.objects.get(initiative=orchard)
    assert (told.confirmed, told.waiting) == (1, 2)
    asking.forget()
    Support.objects.update(created_at=timezone.now() - timedelta(days=31))
    compare()
    assert not Confirming.objects.exists()


def test_two_comparisons_at_once_make_one(at_once):
    alice = new_member("alice")
    for _number in range(FEWEST):
        opened(alice, 4, 1)
    at_once(lambda _turn: compare(), range(3))
    assert Pace.objects.filter(age=0).count() == 1
