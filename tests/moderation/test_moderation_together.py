"""Several people at the same moment, on real connections."""

import pytest
from cast import new_initiative, new_member

from initiatives.models import Initiative
from members.models import Member
from moderation import services
from moderation.filter import Outcome
from moderation.models import Case, Decision
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
