"""In which order initiatives are shown: the formula, what follows it, and what stays still."""

from datetime import date, timedelta
from math import log2

import pytest
from cast import new_action, new_initiative, new_member
from django.db import transaction
from django.utils import timezone

from events.models import Attendance, EventReport
from initiatives import ranking as formula
from initiatives.models import ActDay, ActDelta, Commitment, Contribution, Initiative, RankingState, Support, Update
from initiatives.services import counting, ranking
from territories.models import Commune

TODAY = timezone.localdate


def act(initiative, kind="support", *, days_ago=0, count=1):
    ActDay.objects.create(initiative=initiative, kind=kind, day=TODAY() - timedelta(days=days_ago), count=count)
    Initiative.objects.filter(pk=initiative.pk).update(rank_due_on=TODAY())


def ranked(**orders):
    """All of them are ranked; their titles in the order of their score."""
    ranking.rank()
    return list(Initiative.objects.listed().order_by("-rank_score", "-id").values_list("title", flat=True))


def old(alice, commune=None, *, days=40, **fields):
    return new_initiative(alice, commune, published_at=timezone.now() - timedelta(days=days), **fields)


@pytest.fixture
def folded():
    """What people just did is counted, and ranked."""

    def fold():
        counting.fold_supports()
        ranking.rank()

    return fold


def score_of(initiative) -> float:
    return Initiative.objects.values_list("rank_score", flat=True).get(pk=initiative.pk)


# --- The formula -----------------------------------------------------------------------------------------------------


def test_the_score_is_the_written_formula(alice, vitre):
    initiative = old(alice, vitre, days=30)
    act(initiative, "support", days_ago=1, count=41)
    act(initiative, "support", days_ago=8, count=3)
    act(initiative, "event", days_ago=8)
    act(initiative, "support", days_ago=80, count=900)
    ranking.rank()
    half_life = formula.HALF_LIFE / timedelta(days=1)

    def since_epoch(days_ago: int) -> float:
        return (TODAY() - timedelta(days=days_ago) - formula.EPOCH).days + 0.5

    weights = formula.WEIGHTS
    opened = (initiative.published_at.timestamp() - _epoch()) / 86400
    points = [
        (since_epoch(1), weights["support"] * log2(42)),
        (since_epoch(8), weights["support"] * log2(4) + weights["event"] * log2(2)),
        (opened, formula.OPENING),
    ]
    expected = log2(sum(each * 2 ** (at / half_life) for at, each in points))
    assert score_of(initiative) == pytest.approx(expected, abs=1e-9)


def _epoch() -> float:
    return (formula.EPOCH - date(1970, 1, 1)).days * 86400


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ([("support", 0, 10)], [("support", 0, 9)]),
        ([("support", 0, 10)], [("support", 7, 10)]),
        ([("report", 0, 1)], [("support", 0, 5)]),
        ([("commitment", 0, 3)], [("contribution", 0, 3)]),
        # Spread over days weighs more than all at once.
        ([("support", 0, 10), ("support", 1, 10), ("support", 2, 10)], [("support", 0, 30)]),
        # A flood is damped: a thousand at once do not hide an event, its people and its report.
        ([("event", 0, 1), ("attendance", 0, 12), ("report", 0, 1)], [("support", 0, 1000)]),
        ([("support", 1, 1)], []),
    ],
)
def test_what_moves_comes_first(alice, first, then):
    for title, acts in (("B", then), ("A", first)):
        initiative = old(alice, title=title)
        for kind, days_ago, count in acts:
            act(initiative, kind, days_ago=days_ago, count=count)
    assert ranked() == ["A", "B"]


def test_what_opens_comes_before_what_nobody_moves(alice):
    old(alice, title="Vieille", days=20)
    new_initiative(alice, title="Neuve")
    assert ranked() == ["Neuve", "Vieille"]


def test_time_alone_moves_nothing(alice, monkeypatch):
    """The same order and the same bytes a month later: no row is written because a day passes."""
    for days in (3, 11, 40):
        act(old(alice, days=days), days_ago=days - 1, count=days)
    ranking.rank()
    rows = dict(Initiative.objects.values_list("pk", "rank_score"))
    monkeypatch.setattr(timezone, "now", lambda real=timezone.now: real() + timedelta(days=30))
    Initiative.objects.update(rank_due_on=date(2020, 1, 1))
    ranking.rank()
    assert dict(Initiative.objects.values_list("pk", "rank_score")) == rows


def test_ranking_twice_changes_nothing(alice):
    act(old(alice), count=3)
    assert ranking.rank() == 1
    before = list(Initiative.objects.values_list("rank_score", "rank_parts", "rank_due_on"))
    Initiative.objects.update(rank_due_on=TODAY())
    ranking.rank()
    assert list(Initiative.objects.values_list("rank_score", "rank_parts", "rank_due_on")) == before


def test_what_is_told_of_the_last_days_is_told_again_when_a_day_is_over(alice):
    initiative = old(alice)
    act(initiative, days_ago=6, count=4)
    act(initiative, days_ago=7, count=9)
    ranking.rank()
    initiative.refresh_from_db()
    assert initiative.rank_parts == {"support": 4}
    assert initiative.rank_due_on == TODAY() + timedelta(days=1)
    ActDay.objects.filter(count=4).update(day=TODAY() - timedelta(days=8))
    Initiative.objects.update(rank_due_on=TODAY())
    ranking.rank()
    initiative.refresh_from_db()
    assert (initiative.rank_parts, initiative.rank_due_on) == ({}, None)


def test_a_new_formula_ranks_everything_again(alice, monkeypatch):
    initiatives = [old(alice) for _number in range(3)]
    ranking.rank()
    ranking.rank()
    before = score_of(initiatives[0])
    monkeypatch.setattr(ranking, "OPENING", formula.OPENING * 2)
    monkeypatch.setattr(ranking, "_MARKED", 2)
    assert ranking.rank() == 0
    monkeypatch.setattr(ranking, "RECIPE", "another")
    assert [ranking.rank(), ranking.rank(), ranking.rank(), ranking.rank()] == [2, 1, 0, 0]
    assert score_of(initiatives[0]) == pytest.approx(before + 1)


def test_what_nobody_carries_is_not_ranked(alice):
    initiative = new_initiative(alice)
    act(initiative, count=100)
    ranking.rank()
    assert score_of(initiative) > 0
    Initiative.objects.filter(pk=initiative.pk).update(frozen_at=timezone.now())
    ranking.rank()
    assert score_of(initiative) == 0
    Initiative.objects.filter(pk=initiative.pk).update(frozen_at=None)
    ranking.rank()
    assert score_of(initiative) > 0


# --- What is counted -------------------------------------------------------------------------------------------------


def counts(initiative) -> dict[str, int]:
    ranking.rank()
    return dict(ActDay.objects.filter(initiative=initiative, count__gt=0).values_list("kind", "count"))


def test_each_act_is_counted_as_long_as_it_stands(initiative, alice, bob, event, folded):
    now = timezone.now()
    support = Support.objects.create(initiative=initiative, member=bob, confirmed_at=now)
    suspect = Support.objects.create(
        initiative=initiative, member=new_member("eva"), state="suspect", suspicion="network", confirmed_at=now
    )
    contribution = Contribution.objects.create(initiative=initiative, author=bob, text="Oui.", published_at=now)
    Update.objects.create(initiative=initiative, author=alice, title="Planté", text="Oui.", published_at=now)
    commitment = Commitment.objects.create(action=new_action(initiative), member=bob)
    attendance = Attendance.objects.create(event=event, member=bob)
    EventReport.objects.create(event=event, author=alice, text="Bien.", published_at=now)
    folded()
    all_of_them = dict.fromkeys(formula.Act, 1)
    assert counts(initiative) == all_of_them
    Support.objects.filter(pk=suspect.pk).update(state="confirmed")
    folded()
    assert counts(initiative)["support"] == 2
    support.delete()
    suspect.delete()
    commitment.delete()
    attendance.delete()
    Contribution.objects.filter(pk=contribution.pk).update(withheld_at=now)
    Update.objects.update(published_at=None)
    event.cancelled_at = now
    event.save(update_fields=["cancelled_at"])
    folded()
    assert counts(initiative) == {"action": 1, "report": 1}
    Contribution.objects.filter(pk=contribution.pk).update(withheld_at=None)
    assert counts(initiative) == {"action": 1, "report": 1, "contribution": 1}


def test_days_that_drifted_are_recounted_and_ranked_again(initiative, bob, folded):
    Support.objects.create(initiative=initiative, member=bob, confirmed_at=timezone.now())
    folded()
    right = score_of(initiative)
    ActDay.objects.update(count=9)
    ActDay.objects.create(initiative=initiative, kind="support", day=TODAY() - timedelta(days=2), count=4)
    act(initiative, "event")
    ranking.rank()
    assert score_of(initiative) != right
    assert [drift.initiative_id for drift in counting.reconcile_supports()] == [initiative.pk]
    assert counts(initiative) == {"support": 1, "event": 1}
    assert Initiative.objects.get().rank_parts == {"support": 1, "event": 1}
    assert counting.reconcile_supports() == []


def test_an_event_takes_its_people_to_another_initiative(initiative, alice, bob, event):
    other = new_initiative(alice)
    Attendance.objects.create(event=event, member=bob)
    assert counts(initiative) == {"event": 1, "attendance": 1}
    type(event).objects.filter(pk=event.pk).update(initiative=other)
    assert counts(initiative) == {}
    assert counts(other) == {"event": 1, "attendance": 1}


def test_a_visit_counts_for_nothing(initiative, as_bob, visitor, folded):
    folded()
    before = score_of(initiative)
    for client in (visitor, as_bob):
        client.get(initiative.get_absolute_url())
        client.get("/initiatives/")
    folded()
    assert not ActDelta.objects.exists() and not ActDay.objects.exists()
    assert score_of(initiative) == before


def test_acts_of_what_is_gone_are_forgotten(initiative, bob):
    Contribution.objects.create(initiative=initiative, author=bob, text="Oui.", published_at=timezone.now())
    initiative.delete()
    ranking.rank()
    assert not ActDelta.objects.exists() and not ActDay.objects.exists()


# --- Several tasks at once -------------------------------------------------------------------------------------------


def test_tasks_at_once_count_each_act_once(at_once, vitre_committed):
    alice = new_member("alice")
    initiatives = [new_initiative(alice, vitre_committed) for _number in range(12)]
    writers = [new_member(f"membre {number}") for number in range(4)]

    def work(writer):
        if writer is None:
            return ranking.rank()
        for initiative in initiatives:
            Contribution.objects.create(initiative=initiative, author=writer, text="Oui.", published_at=timezone.now())
        return 0

    at_once(work, [*writers, None, None])
    ranking.rank()
    assert set(ActDay.objects.values_list("count", flat=True)) == {4}
    assert len(set(Initiative.objects.values_list("rank_parts__contribution", flat=True))) == 1
    assert not ActDelta.objects.exists() and not Initiative.objects.filter(rank_due_on__lte=TODAY()).exists()


def test_a_task_that_dies_in_the_middle_loses_nothing(committed_db, monkeypatch):
    alice = new_member("alice")
    initiative = new_initiative(alice)
    Contribution.objects.create(initiative=initiative, author=alice, text="Oui.", published_at=timezone.now())
    for name in ("fold_acts", "_rank_some"):
        whole = getattr(ranking, name)

        def dies(whole=whole):
            with transaction.atomic():
                whole()
                raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(ranking, name, dies)
            with pytest.raises(KeyboardInterrupt):
                ranking.rank()
    assert ranking.rank() == 1
    assert counts(initiative) == {"contribution": 1}
    assert Initiative.objects.get().rank_parts == {"contribution": 1}


# --- The first pages over all of France ------------------------------------------------------------------------------


def in_order() -> list[int]:
    return list(Initiative.objects.listed().order_by("-rank_order", "-id").values_list("pk", flat=True))


def test_no_departement_takes_a_whole_page():
    many = [(number, "75") for number in range(100)]
    others = [(1000 + number, str(number % 40)) for number in range(100)]
    placed, _first = ranking.arrange(many + others, new=[])
    codes = dict(many + others)
    for page in range(5):
        of_page = [codes[number] for number in placed[page * formula.PAGE : (page + 1) * formula.PAGE]]
        assert max(of_page.count(code) for code in of_page) <= formula.MOST_OF_ONE
    assert sorted(placed) == sorted(set(placed)) and len(placed) == formula.PAGE * formula.PAGES


def test_a_page_is_full_even_where_one_departement_is_all_there_is():
    placed, _first = ranking.arrange([(number, "35") for number in range(30)], new=[])
    assert placed == list(range(30))


def test_france_is_a_territory_like_another():
    national = [(number, "") for number in range(30)]
    local = [(100 + number, str(number % 10)) for number in range(30)]
    placed, _first = ranking.arrange(national + local, new=[])
    assert [number < 100 for number in placed[: formula.PAGE]].count(True) == formula.MOST_OF_ONE
    # Of the six first, which the home shows, one is of each place.
    codes = dict(national + local)
    assert len({codes[number] for number in placed[:6]}) == 6
    assert placed[0] == 0


def test_one_place_in_five_is_for_the_new():
    placed, first = ranking.arrange([(number, str(number)) for number in range(500)], new=[900, 901, 902, 903, 904, 3])
    assert [placed[place - 1] for place in (5, 10, 15, 20)] == [900, 901, 902, 903]
    assert placed[24] == 904
    assert placed[:4] == [0, 1, 2, 3] and placed[29] != 3
    assert first == {900, 901, 902, 903, 3}
    assert len(set(placed)) == len(placed)


def test_each_new_one_has_its_turn_on_the_first_page(alice, vitre):
    """However many supports the others have: ten new ones, four places, three turns."""
    for commune in Commune.objects.filter(department="35").select_related("department__region")[:25]:
        act(old(alice, commune, days=30), count=5000)
    ranking.rank()
    new = {new_initiative(alice, vitre, title=f"Neuve {number}").pk for number in range(10)}
    ranking.rank()
    # Their opening is not enough to be among the first by itself.
    Initiative.objects.filter(pk__in=new).update(rank_score=1)
    now, seen = timezone.now(), []
    for turn in range(3):
        ranking.compose(now=now + turn * formula.TURN)
        seen.append(new & set(in_order()[: formula.PAGE]))
        assert len(seen[-1]) == formula.NEW_ON_A_PAGE
    assert set.union(*seen) == new


def test_pages_are_composed_once_in_a_turn(initiative):
    ranking.rank()
    now = timezone.now()
    assert ranking.compose(now=now) == 1
    assert ranking.compose(now=now + formula.TURN / 2) == 0
    assert ranking.compose(now=now + formula.TURN) == 1


def test_what_is_withheld_or_over_loses_its_place(initiative):
    ranking.rank()
    ranking.compose()
    assert Initiative.objects.get().rank_place == 1
    for change in (
        {"withheld_at": timezone.now()},
        {"withheld_at": None, "state": "closed", "ended_at": timezone.now()},
    ):
        Initiative.objects.update(rank_place=1, **change)
        assert in_order() == []
        RankingState.objects.update(composed_at=None)
        ranking.compose()
        assert Initiative.objects.get().rank_place is None


def test_two_compositions_at_once_make_one(at_once, vitre_committed):
    alice = new_member("alice")
    for _number in range(30):
        new_initiative(alice, vitre_committed)
    ranking.rank()
    RankingState.objects.get_or_create(pk=1)
    assert sorted(at_once(lambda _each: ranking.compose(), range(3)))[-1] == 30
    places = Initiative.objects.filter(rank_place__isnull=False).values_list("rank_place", flat=True)
    assert sorted(places) == list(range(1, 31))
