"""The rounds of tasks: what is wrong with one row stops none of the next ones."""

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType

import pytest
from cast import new_action, new_event, new_initiative, new_member, new_need
from django.utils import timezone

from events import tasks as event_tasks
from events.models import Event
from events.services import telling
from initiatives import tasks
from initiatives.models import Commitment, Initiative, Merge, Offer, Update
from initiatives.services import (
    actions,
    announcing,
    ending,
    life,
    merging,
    needs,
    nursery,
    succession,
    supports,
    updates,
)

PRIVATE = "Ce que quelqu’un a écrit"
NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=200)


def supported(initiative: Initiative) -> None:
    supports.support(initiative, by=new_member(f"ami-{initiative.pk}"))
    tasks.fold_supports()


def late_step(initiative: Initiative) -> None:
    supported(initiative)
    initiative.milestones.create(threshold=1)
    Initiative.objects.filter(pk=initiative.pk).update(next_step=1)


def announced(initiative: Initiative) -> None:
    late_step(initiative)
    assert life.reach(initiative.pk)


def of_state(**fields) -> Callable[[Initiative], None]:
    def prepare(initiative: Initiative) -> None:
        Initiative.objects.filter(pk=initiative.pk).update(**fields)

    return prepare


def updated(initiative: Initiative) -> None:
    Update.objects.create(initiative=initiative, author=initiative.author, title="Ça pousse", text="Vingt arbres.")
    Update.objects.update(published_at=NOW)


def committed(initiative: Initiative) -> None:
    Commitment.objects.create(action=new_action(initiative), member=new_member(f"bras-{initiative.pk}"))


def moved(initiative: Initiative) -> None:
    action = new_action(initiative, changed_at=LONG_AGO)
    Commitment.objects.create(action=action, member=new_member(f"bras-{initiative.pk}"))


def offered(initiative: Initiative) -> None:
    Offer.objects.create(need=new_need(initiative), member=new_member(f"voisin-{initiative.pk}"), message="La mienne.")


def joining(initiative: Initiative) -> None:
    other = new_initiative(new_member(f"voisine-{initiative.pk}"), initiative.commune, title="Un autre verger")
    Merge.objects.create(source=initiative, target=other, proposed_by=initiative.author, proposed_at=LONG_AGO)


def gathering(initiative: Initiative) -> Event:
    return new_event(initiative.author, initiative.commune, initiative=initiative)


def attended(initiative: Initiative) -> None:
    Event.objects.filter(pk=gathering(initiative).pk).update(attendee_count=3)


def cancelled(initiative: Initiative) -> None:
    Event.objects.filter(pk=gathering(initiative).pk).update(cancelled_at=NOW)


#: The round, what it does to each row, and how an initiative comes to be due.
ROUNDS = [
    (tasks.reach_steps, life, "reach", late_step),
    (announcing.tell_supporters, announcing, "_tell", announced),
    (tasks.tell_authors, tasks, "_tell_author", supported),
    (tasks.tell_ends, ending, "_tell_end", of_state(state="closed", ended_at=LONG_AGO, end_to_tell=True)),
    (tasks.look_after_sleepers, ending, "_look_after", of_state(active_at=LONG_AGO)),
    (
        tasks.look_after_nurseries,
        nursery,
        "_look_after",
        of_state(state="preparing", published_at=None, nursery_key="k7f3q9x2wd", launched_at=LONG_AGO),
    ),
    (tasks.look_after_orphans, succession, "_pass_on", of_state(author=None)),
    (tasks.look_after_mergers, merging, "drop_if_needed", joining),
    (tasks.tell_updates, updates, "_tell", updated),
    (tasks.tell_of_actions, actions, "_tell_team", committed),
    (tasks.tell_of_actions, actions, "_tell_change", moved),
    (tasks.tell_of_offers, needs, "_tell_team", offered),
    (event_tasks.announce_events, telling, "_announce", gathering),
    (event_tasks.tell_organisers, event_tasks, "_tell_organiser", attended),
    (event_tasks.tell_cancellations, telling, "_tell_cancellation", cancelled),
]


@pytest.mark.parametrize(
    ("round_", "room", "name", "prepare"), ROUNDS, ids=[f"{room.__name__}.{name}" for _task, room, name, _due in ROUNDS]
)
def test_the_others_have_their_turn_though_one_fails_and_it_has_its_own_later(
    alice, vitre, monkeypatch, caplog, round_: Callable, room: ModuleType, name: str, prepare: Callable
):
    for number in range(3):
        prepare(new_initiative(alice, vitre, nursery_key="", title=f"Un verger {number}"))
    act = getattr(room, name)
    wrong, done = [], []

    def fail_once(pk, *args):
        if not wrong:
            wrong.append(pk)
            raise LookupError(PRIVATE)
        done.append(pk)
        return act(pk, *args)

    fail_once.__module__, fail_once.__qualname__ = room.__name__, name
    monkeypatch.setattr(room, name, fail_once)
    round_()
    assert len(done) >= 2 and wrong[0] not in done
    assert f"{room.__name__}.{name}: row {wrong[0]} failed, LookupError" in caplog.text
    assert PRIVATE not in caplog.text
    round_()
    assert wrong[0] in done
