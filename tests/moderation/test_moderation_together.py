"""Several people at the same moment, on real connections."""

from datetime import timedelta

import pytest
from cast import new_initiative, new_member
from django.utils import timezone

from initiatives.models import Initiative
from members.models import Member
from moderation import services
from moderation.filter import Outcome
from moderation.models import Case, Decision, Term
from moderation.services import AlreadyDecided
from notifications.models import Notification
from tests.moderation.desk import TELEPHONE


@pytest.fixture
def alice(committed_db) -> Member:
    return new_member("alice")


@pytest.fixture
def chloe(committed_db) -> Member:
    return new_member("chloé")


@pytest.fixture
def denis(committed_db) -> Member:
    return new_member("denis")


@pytest.fixture
def initiative(alice) -> Initiative:
    return new_initiative(alice)


@pytest.fixture
def submitted(alice) -> Initiative:
    return new_initiative(alice, state=Initiative.State.SUBMITTED, published_at=None, means=TELEPHONE)


def test_two_moderators_decide_at_once_and_one_of_them_wins(at_once, alice, chloe, denis, submitted):
    services.receive(submitted, by=alice)
    case = Case.objects.get()

    def decide(number: int) -> str:
        by = Member.objects.get(pk=[chloe.pk, denis.pk][number % 2])
        try:
            if number % 2:
                services.withhold(case, by=by, ground="exposure_of_person", reason="Un numéro privé.")
            else:
                services.publish(case, by=by, reason="Le standard de la mairie.")
        except AlreadyDecided:
            return "refused"
        return "decided"

    assert sorted(at_once(decide, range(6))) == ["decided"] + ["refused"] * 5
    assert Decision.objects.count() == 1
    assert Notification.objects.count() == 1
    submitted.refresh_from_db()
    assert submitted.is_public == (Decision.objects.get().verb == "publish")


def test_a_text_received_many_times_at_once_opens_one_case(at_once, alice, submitted):
    def receive(_number: int) -> Outcome:
        return services.receive(Initiative.objects.get(pk=submitted.pk), by=alice)

    assert set(at_once(receive, range(8))) == {Outcome.QUEUE}
    assert Case.objects.count() == 1


def test_an_edit_and_a_decision_at_once_lose_nothing(at_once, alice, chloe, initiative):
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    case = Case.objects.get()

    def act(number: int) -> None:
        if number:
            services.receive_edit(Initiative.objects.get(pk=initiative.pk), {"means": f"{TELEPHONE} Bis."}, by=alice)
        else:
            services.publish(case, by=chloe, reason="Elle est d’accord.")

    at_once(act, range(2))
    case.refresh_from_db()
    assert case.closed_at is not None
    initiative.refresh_from_db()
    decision = Decision.objects.get()
    # What was decided upon is what is public; an edit that came after it waits in a case of its own.
    assert initiative.means == decision.texts["means"]
    if decision.texts["means"] == TELEPHONE:
        assert Case.objects.open().get().proposed == {"means": f"{TELEPHONE} Bis."}


def test_six_who_ask_for_the_next_case_at_once_get_six_different_ones(at_once, alice):
    for number in range(6):
        content = new_initiative(
            alice, title=f"Numéro {number}", state=Initiative.State.SUBMITTED, published_at=None, means=TELEPHONE
        )
        services.receive(content, by=alice)
    moderators = [new_member(f"modératrice{number}", is_staff=True) for number in range(6)]
    taken = at_once(lambda by: services.take_next(by=by).pk, moderators)
    assert len(set(taken)) == 6
    assert Case.objects.exclude(held_by=None).values("held_by").distinct().count() == 6


def test_one_case_that_all_ask_for_at_once_is_read_by_one_of_them(at_once, alice, submitted):
    services.receive(submitted, by=alice)
    moderators = [new_member(f"modératrice{number}", is_staff=True) for number in range(6)]
    taken = at_once(lambda by: services.take_next(by=by), moderators)
    assert sum(case is not None for case in taken) == 1


def test_rounds_of_reminders_at_once_tell_each_moderator_once(at_once, alice, submitted):
    chloe = new_member("chloé la modératrice", is_staff=True, is_superuser=True)
    services.receive(submitted, by=alice)
    Case.objects.update(opened_at=timezone.now() - timedelta(hours=30))
    at_once(lambda _number: services.remind(), range(4))
    told = Notification.objects.filter(recipient=chloe).order_by("kind").values_list("kind", flat=True)
    assert list(told) == ["cases_late", "cases_waiting"]


def test_a_restriction_whose_end_has_come_is_lifted_once_by_all_who_try(at_once, alice, chloe, initiative):
    services.withhold(
        initiative, by=chloe, ground="spam", reason="Une publicité.", until=timezone.now() + timedelta(days=7)
    )
    Term.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert sum(at_once(lambda _number: services.lift_due(), range(4))) == 1
    assert Decision.objects.filter(verb="restore").count() == 1
    assert Notification.objects.filter(kind="content_restored").count() == 1
    assert Initiative.objects.get().is_public


def test_a_restriction_that_ends_while_a_moderator_removes_the_content_stays_removed_or_is_removed_after(
    at_once, alice, chloe, initiative
):
    services.withhold(
        initiative, by=chloe, ground="spam", reason="Une publicité.", until=timezone.now() + timedelta(days=7)
    )
    Term.objects.update(due_at=timezone.now() - timedelta(seconds=1))

    def act(number: int) -> None:
        if number:
            services.lift_due()
        else:
            services.remove(Initiative.objects.get(), by=chloe, ground="spam", reason="Encore.")

    at_once(act, range(2))
    found = Initiative.objects.get()
    assert found.removed_at and found.withheld_at
    assert not Term.objects.exists()
