"""Many at the same moment, on real connections."""

import pytest
from cast import new_initiative, new_member

from initiatives.models import Initiative
from members.models import Member
from moderation import services
from moderation.models import Appeal, Case, Decision, Notice, NotifierWarning
from moderation.services import judging, notices, redress
from moderation.services.refusals import AlreadyDecided

WHY = "Ce passage menace le maire de la commune, nommément."


@pytest.fixture
def alice(committed_db) -> Member:
    return new_member("alice")


@pytest.fixture
def chloe(committed_db) -> Member:
    return new_member("chloé")


@pytest.fixture
def initiative(alice) -> Initiative:
    return new_initiative(alice)


def report(initiative: Initiative, *, by: Member) -> Notice:
    return notices.report(
        Initiative.objects.get(pk=initiative.pk), ground="threat", explanation=WHY, by=Member.objects.get(pk=by.pk)
    )


def test_fifty_notices_at_once_make_one_case_and_lose_none(at_once, initiative):
    people = [new_member(f"voisin{number}") for number in range(50)]
    for some in (people[:25], people[25:]):
        at_once(lambda member: report(initiative, by=member), some)
    case = Case.objects.get()
    assert Notice.objects.filter(case=case).count() == 50
    assert len(set(Notice.objects.values_list("reference", flat=True))) == 50


def test_one_person_who_says_it_many_times_at_once_has_one_notice(at_once, initiative):
    bob = new_member("bob")
    at_once(lambda _number: report(initiative, by=bob), range(8))
    assert Notice.objects.count() == 1


def test_a_notice_and_a_decision_at_once_leave_nobody_without_an_answer(at_once, initiative, chloe):
    report(initiative, by=new_member("dan"))
    case = Case.objects.get()
    bob = new_member("bob")

    def act(number: int) -> None:
        if number:
            report(initiative, by=bob)
        else:
            services.publish(case, by=Member.objects.get(pk=chloe.pk), reason="Rien de tel.")

    at_once(act, range(2))
    for notice in Notice.objects.select_related("case"):
        assert notice.is_open == (notice.case.closed_at is None)


def test_a_third_unfounded_notice_warns_once_though_all_are_marked_at_once(at_once, alice, chloe):
    bob = new_member("bob")
    for number in range(4):
        notice = report(new_initiative(alice, title=f"Une idée, la {number}e"), by=bob)
        services.publish(notice.case, by=chloe, reason="Rien de tel.")
    warned = at_once(lambda notice: notices.mark_unfounded(notice, by=chloe), list(Notice.objects.all()))
    assert sum(warned) == NotifierWarning.objects.count() == 1


def test_two_judges_at_once_give_one_verdict(at_once, alice, initiative, chloe):
    decision = services.withhold(initiative, by=chloe, ground="insult", reason="Une injure.")
    appeal = redress.contest(decision, text="Je critiquais une politique.")
    judges = [new_member("denis"), new_member("eve")]

    def judge(number: int) -> str:
        try:
            judging.judge(
                Appeal.objects.get(pk=appeal.pk),
                by=Member.objects.get(pk=judges[number % 2].pk),
                verdict=["upheld", "reversed"][number % 2],
                reason="Relu en entier.",
            )
        except AlreadyDecided:
            return "refused"
        return "judged"

    assert sorted(at_once(judge, range(4))) == ["judged"] + ["refused"] * 3
    appeal.refresh_from_db()
    initiative.refresh_from_db()
    assert initiative.is_public == (appeal.verdict == "reversed")
    assert Decision.objects.filter(verb="restore").count() == (appeal.verdict == "reversed")


def test_an_author_who_contests_twice_at_once_has_one_appeal(at_once, initiative, chloe):
    decision = services.withhold(initiative, by=chloe, ground="insult", reason="Une injure.")
    found = at_once(lambda _n: redress.contest(Decision.objects.get(pk=decision.pk), text="Encore."), range(6))
    assert len({appeal.pk for appeal in found}) == Appeal.objects.count() == 1
