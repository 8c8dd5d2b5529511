"""Something is announced: supporters are told in slices, each once, whatever dies, and nobody waits for it."""

import os
import signal
import subprocess
import sys

import pytest
from cast import new_initiative, new_member
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from initiatives import tasks
from initiatives.models import Announcement, Initiative
from initiatives.services import announcing, life, promises, succession, supports
from notifications.models import Notification
from tests.initiatives.test_counting import database_url

PEOPLE = 8


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch):
    monkeypatch.setattr(announcing, "SLICE", 3)


def reached(alice, vitre) -> Announcement:
    """Its author and eight others support it; its step is reached, and nobody but the author knows."""
    initiative = new_initiative(alice, vitre, steps=[5], next_step=5)
    initiative.milestones.create(threshold=5, promise="Nous écrirons à 25 élus.", days=30)
    for member in [alice, *(new_member(f"ami{number}") for number in range(PEOPLE))]:
        supports.support(initiative, by=member)
    tasks.fold_supports()
    assert life.reach(initiative.pk)
    return Announcement.objects.get()


def told() -> list[int]:
    return sorted(Notification.objects.filter(kind="step_reached").values_list("recipient_id", flat=True))


def all_but(alice) -> list[int]:
    everyone = Initiative.objects.get().supports.exclude(member=alice)
    return sorted(everyone.values_list("member_id", flat=True))


def test_supporters_hear_of_a_step_slice_after_slice_and_its_author_at_once(alice, vitre):
    reached(alice, vitre)
    assert Notification.objects.get(kind="step_reached_author").recipient == alice
    assert told() == []
    tasks.reach_steps()
    assert told() == all_but(alice) and len(told()) == PEOPLE
    assert not Announcement.objects.exists()
    assert announcing.tell_supporters() == 0


def test_what_a_moderator_withholds_meanwhile_is_told_to_nobody_more_until_it_is_restored(alice, vitre):
    announced = reached(alice, vitre)
    assert announcing._tell_slice(announced.pk) is False
    before = told()
    Initiative.objects.update(withheld_at=timezone.now())
    assert announcing.tell_supporters() == 0 and announcing._tell_slice(announced.pk) is None
    assert told() == before != all_but(alice)
    Initiative.objects.update(withheld_at=None)
    assert announcing.tell_supporters() == 1
    assert told() == all_but(alice)


def test_a_round_killed_between_two_slices_or_within_one_tells_each_once(committed_db, vitre_committed):
    """A real process, killed once its first slice is committed and its second one written."""
    alice = new_member("alice")
    announced = reached(alice, vitre_committed)
    script = f"""
import django, time
django.setup()
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from initiatives.services import announcing
announcing.SLICE = 3
assert announcing._tell_slice({announced.pk}) is False
with transaction.atomic():
    assert announcing._tell_slice({announced.pk}) is False
    print("told", flush=True)
    time.sleep(60)
"""
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "possibles.settings",
        "DEVELOPMENT": "1",
        "DATABASE_URL": database_url(),
    }
    process = subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE, cwd=settings.BASE_DIR)
    assert process.stdout.readline() == b"told\n"
    # Whoever acts on the initiative, or folds its number, does not wait for what is being told.
    with transaction.atomic():
        Initiative.objects.select_for_update(nowait=True).get()
    assert announcing.tell_supporters() == 0, "another round is not begun beside it"
    first = told()
    assert 2 <= len(first) <= 3
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    # The database may learn of it a moment later: the row is then free.
    with transaction.atomic():
        Announcement.objects.select_for_update().get()
    assert told() == first
    assert announcing.tell_supporters() == 1
    assert told() == all_but(alice)


def test_rounds_at_the_same_moment_tell_each_once(at_once, vitre_committed):
    alice = new_member("alice")
    reached(alice, vitre_committed)
    assert sum(at_once(lambda _round: announcing.tell_supporters(), range(4))) <= 1
    announcing.tell_supporters()
    assert told() == all_but(alice)


def test_slices_are_left_to_the_sweep_instead_of_a_task_each(alice, vitre, django_capture_on_commit_callbacks):
    reached(alice, vitre)
    with django_capture_on_commit_callbacks() as after:
        assert announcing.tell_supporters() == 1
    assert not after


def answered(initiative, chloe) -> None:
    milestone = initiative.milestones.create(threshold=2, promise="Un rendez-vous.", days=30)
    milestone.reach(timezone.now())
    milestone.save()
    promises.answer(milestone, "Il a eu lieu.", by=chloe)


def frozen(initiative, chloe) -> None:
    succession.pass_on_all(initiative.author)


def adopted(initiative, chloe) -> None:
    frozen(initiative, chloe)
    heir = initiative.supports.first().member
    request = succession.ask_to_adopt(initiative, "Je connais le terrain.", by=heir)
    succession.adopt(request, "Merci à vous.", by=chloe)


@pytest.mark.parametrize(
    ("act", "kind"), [(answered, "promise_kept"), (frozen, "initiative_frozen"), (adopted, "initiative_adopted")]
)
def test_whoever_acts_waits_for_no_message_however_many_support(alice, chloe, vitre, act, kind):
    """The same queries with 2 and with 8 supporters: a hundred thousand were written to within the act."""
    chloe.is_superuser = chloe.is_staff = True
    chloe.save()
    bills, known = [], []
    for most in (2, PEOPLE):
        initiative = new_initiative(alice, vitre)
        people = [new_member(f"{kind}{most}{number}") for number in range(most)]
        for member in people:
            supports.support(initiative, by=member)
        with CaptureQueriesContext(connection) as bill:
            act(initiative, chloe)
        assert not Notification.objects.filter(kind=kind, recipient__in=people).exists()
        announcing.tell_supporters()
        known.append(Notification.objects.filter(kind=kind, recipient__in=people).count())
        bills.append(len(bill))
    assert bills[0] == bills[1]
    # Whoever takes it over knows.
    assert known == ([1, PEOPLE - 1] if act is adopted else [2, PEOPLE])
