"""Thousands of rows at once: what is written is what `bulk_create` would write."""

from datetime import timedelta

import pytest
from cast import new_event
from django.utils import timezone

from core.rows import copy_in
from events.models import Event
from initiatives.models import Initiative
from members.models import Member

pytestmark = pytest.mark.django_db


STARTS_AT = timezone.now() + timedelta(days=2)


def meetings(alice, vitre, count: int) -> list[Event]:
    return [
        Event(
            author=alice,
            title=f"Une « réunion »\tnuméro {n}\\\n",
            checklist=[{"text": "L’échelle", "done": False}],
            kind="meeting",
            commune=vitre,
            department=vitre.department,
            starts_at=STARTS_AT,
            ends_at=STARTS_AT + timedelta(hours=n + 1),
        )
        for n in range(count)
    ]


def test_the_rows_are_those_of_bulk_create(alice, vitre):
    copied, created = meetings(alice, vitre, 3), meetings(alice, vitre, 3)
    copy_in(copied)
    Event.objects.bulk_create(created)
    own = {"id", "uid", "created_at", "updated_at"}
    *one, first, second, third = (
        {name: value for name, value in row.items() if name not in own} for row in Event.objects.order_by("pk").values()
    )
    assert one == [first, second, third]
    assert len(set(Event.objects.values_list("uid", flat=True))) == 6


def test_they_have_their_numbers_and_the_next_one_has_its_own(alice, vitre):
    copied = meetings(alice, vitre, 3)
    copy_in(copied)
    assert [Event.objects.get(pk=event.pk).ends_at for event in copied] == [event.ends_at for event in copied]
    assert new_event(alice, vitre).pk > copied[-1].pk
    copied[0].title = "Un autre titre"
    copied[0].save(update_fields=["title"])
    assert Event.objects.get(title="Un autre titre").pk == copied[0].pk


def test_lists_of_numbers_and_what_the_database_computes_are_written_too(alice):
    rows = [Initiative(author=alice, kind="debate", title="Un train de nuit", steps=[5, 25], next_step=5)]
    copy_in(rows)
    assert Initiative.objects.get().steps == [5, 25]
    assert Initiative.objects.get().rank_order == rows[0].rank_score


def test_what_only_some_leave_to_the_database_is_refused(alice, vitre):
    rows = meetings(alice, vitre, 2)
    rows[0].source_address = "https://exemple.fr"
    with pytest.raises(ValueError, match="source_address"):
        copy_in(rows)


def test_nothing_is_written_of_no_row(db):
    copy_in([])
    assert not Member.objects.exists()
