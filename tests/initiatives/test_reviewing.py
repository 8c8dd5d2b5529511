"""Staff set supports aside and count them again: exactly, reversibly, and at the same moment as anything else."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from cast import new_initiative, new_member
from django.db import connection, connections, transaction
from django.utils import timezone

from initiatives.models import Initiative, Support, SupportReview
from initiatives.services import counting, reviewing, supports
from initiatives.services.reviewing import Condition, MoreThanShown, NothingToReview
from members.models import Member
from tests.initiatives.test_together import wait_until_somebody_waits

REMOVE, ACCEPT = SupportReview.Act.REMOVE, SupportReview.Act.ACCEPT
REASON = "Adresses créées en série."
NUMBERS = count(1)


def give(initiative: Initiative, how_many: int = 1, **fields) -> list[Support]:
    """Supports of as many new members, as the service would have kept them."""
    people = Member.objects.bulk_create(
        Member(email=f"p{number}@serie.example", display_name="P", address_key=f"{number:032d}".encode())
        for number, _one in zip(NUMBERS, range(how_many), strict=False)
    )
    now = timezone.now()
    defaults = {"initiative": initiative, "created_at": now, "confirmed_at": now, "domain": "serie.example"}
    if fields.get("suspicion"):
        defaults["state"] = "suspect"
    return Support.objects.bulk_create(Support(**(defaults | fields | {"member": person})) for person in people)


def numbers(initiative: Initiative) -> tuple[int, int]:
    """The shown numbers, folded; they are those of the rows."""
    counting.fold_supports()
    assert counting.reconcile_supports() == []
    initiative.refresh_from_db()
    states = list(initiative.supports.values_list("state", flat=True))
    assert (initiative.support_count, initiative.suspect_count) == (states.count("confirmed"), states.count("suspect"))
    return initiative.support_count, initiative.suspect_count


def rows(initiative: Initiative) -> dict[int, tuple[str, str]]:
    return {row.pk: (row.state, row.suspicion) for row in initiative.supports.all()}


# --- One after the other ---------------------------------------------------------------------------------------------


def test_a_dry_run_says_how_many_where_and_when_and_moves_nothing(initiative):
    hour = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    give(initiative, 3, created_at=hour + timedelta(minutes=5))
    give(initiative, 2, created_at=hour + timedelta(minutes=70), domain="autre.example")
    give(initiative, 1, suspicion="network")
    before = rows(initiative)
    found = reviewing.dry_run(initiative, REMOVE, Condition(until=timezone.now()))
    assert found.count == 5
    assert found.domains == [("serie.example", 3), ("autre.example", 2)]
    assert found.hours == [(hour, 3), (hour + timedelta(hours=1), 2)]
    assert rows(initiative) == before
    assert not SupportReview.objects.exists()
    nothing = reviewing.dry_run(initiative, ACCEPT, Condition(domain="rien.example"))
    assert (nothing.count, nothing.domains, nothing.hours) == (0, [], [])


@pytest.mark.parametrize(
    ("condition", "aimed"),
    [
        (Condition(domain="serie.example"), "serie"),
        (Condition(network=b"n" * 16), "network"),
        (Condition(only_disposable=True), "disposable"),
        (Condition(suspicion="waited"), "accepted"),
    ],
)
def test_each_part_of_a_condition_is_asked(initiative, condition, aimed):
    given = {
        "serie": give(initiative),
        "network": give(initiative, domain="a.example", network=b"n" * 16),
        "disposable": give(initiative, domain="b.example", is_disposable=True),
        "accepted": give(initiative, domain="c.example", suspicion="waited", state="confirmed"),
    }
    made = reviewing.review(initiative, REMOVE, condition, reason=REASON, by=initiative.author)
    assert made.count == 1
    moved = Support.objects.get(state="suspect")
    assert [moved] == given[aimed]
    assert moved.reviews == [made.pk]


def test_a_window_begins_with_its_beginning_and_ends_before_its_end(initiative):
    noon = timezone.now() - timedelta(days=1)
    for minutes in (-1, 0, 59, 60):
        give(initiative, created_at=noon + timedelta(minutes=minutes))
    window = Condition(since=noon, until=noon + timedelta(hours=1))
    assert reviewing.review(initiative, REMOVE, window, reason=REASON, by=initiative.author).count == 2


def test_a_removal_is_shown_by_the_numbers_and_kept_for_the_public(initiative, chloe):
    give(initiative, 4)
    give(initiative, 2, domain="autre.example")
    assert numbers(initiative) == (6, 0)
    made = reviewing.review(initiative, REMOVE, Condition(domain="serie.example"), reason=REASON, by=chloe)
    assert numbers(initiative) == (2, 4)
    shown = SupportReview.objects.get(initiative=initiative, act="remove", undone_at=None)
    assert (shown, shown.count, shown.reason, shown.by) == (made, 4, REASON, chloe)
    assert set(initiative.supports.filter(state="suspect").values_list("suspicion", flat=True)) == {"review"}


def test_undoing_gives_back_exactly_what_there_was(initiative, chloe, bob):
    give(initiative, 3)
    give(initiative, 2, suspicion="network")
    give(initiative, 1, suspicion="waited", state="confirmed")
    before = rows(initiative)
    removal = reviewing.review(initiative, REMOVE, Condition(domain="serie.example"), reason=REASON, by=chloe)
    assert numbers(initiative) == (0, 6)
    assert reviewing.undo_review(removal, by=bob) == 4
    assert rows(initiative) == before
    assert numbers(initiative) == (4, 2)
    removal.refresh_from_db()
    assert removal.undone_by == bob and removal.undone_at


def test_what_was_found_at_the_arrival_is_kept_when_staff_accept_and_when_they_undo(initiative, chloe):
    give(initiative, 2, suspicion="network")
    accepted = reviewing.review(initiative, ACCEPT, Condition(suspicion="network"), reason=REASON, by=chloe)
    assert set(rows(initiative).values()) == {("confirmed", "network")}
    assert numbers(initiative) == (2, 0)
    assert reviewing.undo_review(accepted, by=chloe) == 2
    assert set(rows(initiative).values()) == {("suspect", "network")}
    assert numbers(initiative) == (0, 2)


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_reviews_are_undone_in_any_order_and_leave_what_there_was(initiative, chloe, order):
    give(initiative, 3)
    give(initiative, 2, domain="autre.example")
    give(initiative, 2, suspicion="address")
    before = rows(initiative)
    made = [
        reviewing.review(initiative, REMOVE, Condition(until=timezone.now()), reason=REASON, by=chloe),
        reviewing.review(initiative, ACCEPT, Condition(domain="serie.example"), reason=REASON, by=chloe),
        reviewing.review(initiative, REMOVE, Condition(until=timezone.now()), reason=REASON, by=chloe),
    ]
    for number in order:
        reviewing.undo_review(made[number], by=chloe)
        numbers(initiative)
    assert rows(initiative) == before


def test_a_later_review_keeps_its_word_when_an_earlier_one_is_undone(initiative, chloe):
    give(initiative, 3)
    removal = reviewing.review(initiative, REMOVE, Condition(domain="serie.example"), reason=REASON, by=chloe)
    one = initiative.supports.first()
    Support.objects.filter(pk=one.pk).update(domain="juste.example")
    reviewing.review(initiative, ACCEPT, Condition(domain="juste.example"), reason=REASON, by=chloe)
    again = reviewing.review(initiative, REMOVE, Condition(domain="juste.example"), reason=REASON, by=chloe)
    assert reviewing.undo_review(removal, by=chloe) == 2
    assert numbers(initiative) == (2, 1)
    assert reviewing.undo_review(again, by=chloe) == 1
    assert numbers(initiative) == (3, 0)


def test_undoing_twice_changes_nothing(initiative, chloe, bob):
    give(initiative, 2)
    made = reviewing.review(initiative, REMOVE, Condition(domain="serie.example"), reason=REASON, by=chloe)
    assert reviewing.undo_review(made, by=chloe) == 2
    again = reviewing.review(initiative, REMOVE, Condition(domain="serie.example"), reason=REASON, by=chloe)
    assert reviewing.undo_review(made, by=bob) is None
    made.refresh_from_db()
    assert made.undone_by == chloe
    assert numbers(initiative) == (0, 2)
    assert reviewing.undo_review(again, by=bob) == 2


def test_what_was_withdrawn_meanwhile_stays_so(initiative, chloe):
    first, _second = give(initiative, 2)
    made = reviewing.review(initiative, REMOVE, Condition(domain="serie.example"), reason=REASON, by=chloe)
    assert supports.withdraw_support(initiative, by=first.member) is True
    assert reviewing.undo_review(made, by=chloe) == 1
    assert numbers(initiative) == (1, 0)


def test_without_a_condition_or_without_anybody_nothing_is_logged(initiative, chloe):
    give(initiative, 2)
    for condition in (Condition(), Condition(domain="personne.example")):
        with pytest.raises(NothingToReview):
            reviewing.review(initiative, REMOVE, condition, reason=REASON, by=chloe)
    with pytest.raises(NothingToReview):
        reviewing.review(initiative, ACCEPT, Condition(domain="serie.example"), reason=REASON, by=chloe)
    assert not SupportReview.objects.exists()
    assert numbers(initiative) == (2, 0)


def test_more_than_what_was_shown_is_not_moved(initiative, chloe):
    give(initiative, 3)
    with pytest.raises(MoreThanShown):
        reviewing.review(initiative, REMOVE, Condition(domain="serie.example"), reason=REASON, by=chloe, at_most=2)
    assert not SupportReview.objects.exists()
    assert numbers(initiative) == (3, 0)
    made = reviewing.review(initiative, REMOVE, Condition(domain="serie.example"), reason=REASON, by=chloe, at_most=5)
    assert made.count == 3


def test_another_initiative_and_what_is_pending_are_left_alone(initiative, alice, chloe):
    other = new_initiative(alice, title="Une passerelle sur la Vilaine")
    give(other, 2)
    give(initiative, 2)
    Support.objects.create(
        initiative=initiative, state="pending", email="z@serie.example", address_key=b"z", domain="serie.example"
    )
    made = reviewing.review(initiative, REMOVE, Condition(domain="serie.example"), reason=REASON, by=chloe)
    assert made.count == 2
    reviewing.undo_review(made, by=chloe)
    assert initiative.supports.pending().count() == 1
    assert numbers(other) == (2, 0)


def test_a_review_may_last_longer_than_a_page(initiative, chloe):
    give(initiative)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10s'")
        reviewing.review(initiative, REMOVE, Condition(domain="serie.example"), reason=REASON, by=chloe)
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("5min",)


# --- At the same moment, on real connections -------------------------------------------------------------------------


@pytest.fixture
def hot(vitre_committed) -> Initiative:
    """With 600 supports in Vitré, 300 of one domain and 300 of another, in no particular order."""
    initiative = new_initiative(new_member("alice"), vitre_committed)
    give(initiative, 300, commune=vitre_committed)
    give(initiative, 300, commune=vitre_committed, domain="autre.example")
    # Written again in another order: what the index finds is not what the table holds.
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE initiatives_support SET created_at = created_at - make_interval(secs => (id * 7919) % 1009)"
        )
    return initiative


def test_many_reviews_of_the_same_supports_at_once_move_each_of_them_once(at_once, hot):
    by = hot.author
    conditions = [
        Condition(domain="serie.example"),
        Condition(until=timezone.now() + timedelta(minutes=1)),
        Condition(since=timezone.now() - timedelta(days=1)),
        Condition(domain="autre.example"),
    ] * 2

    def act(condition):
        try:
            return reviewing.review(hot, REMOVE, condition, reason=REASON, by=by).count
        except NothingToReview:
            return 0

    assert sum(at_once(act, conditions)) == 600
    assert numbers(hot) == (0, 600)
    assert sum(SupportReview.objects.values_list("count", flat=True)) == 600
    assert not hot.supports.exclude(reviews__len=1).exists()


def test_two_at_work_on_the_same_supports_never_wait_for_each_other_for_ever(hot):
    """Turns are taken: else the second would hold the first rows of the table and want the last, held by the first."""
    by = hot.author

    def all_of_them():
        try:
            return reviewing.review(hot, REMOVE, Condition(until=timezone.now()), reason=REASON, by=by).count
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            reviewing.review(hot, REMOVE, Condition(domain="autre.example"), reason=REASON, by=by)
            second = pool.submit(all_of_them)
            wait_until_somebody_waits()
            reviewing.review(hot, REMOVE, Condition(domain="serie.example"), reason=REASON, by=by)
        with pytest.raises(NothingToReview):
            second.result(timeout=10)
    assert numbers(hot) == (0, 600)


def test_a_review_and_its_undoing_at_once_count_exactly(at_once, hot):
    by = hot.author
    made = reviewing.review(hot, REMOVE, Condition(domain="serie.example"), reason=REASON, by=by)

    acts = [
        lambda: reviewing.undo_review(made, by=by),
        lambda: reviewing.review(hot, REMOVE, Condition(until=timezone.now()), reason=REASON, by=by),
        lambda: reviewing.review(hot, ACCEPT, Condition(suspicion="review"), reason=REASON, by=by),
        counting.fold_supports,
    ]

    def act(number):
        with suppress(NothingToReview):
            return acts[number % 4]()
        return None

    undone = at_once(act, range(12))[::4]
    assert undone.count(None) == 2
    numbers(hot)
    for review in SupportReview.objects.filter(undone_at=None):
        reviewing.undo_review(review, by=by)
    assert numbers(hot) == (600, 0)
    assert set(rows(hot).values()) == {("confirmed", "")}


def test_people_who_withdraw_during_a_review_are_counted_exactly(at_once, hot):
    by = hot.author
    leaving = [row.member for row in hot.supports.select_related("member").order_by("?")[:20]]

    def act(who):
        if isinstance(who, Member):
            return supports.withdraw_support(Initiative.objects.get(pk=hot.pk), by=who)
        if who == "fold":
            return counting.fold_supports()
        return reviewing.review(hot, REMOVE, Condition(until=timezone.now()), reason=REASON, by=by).count

    results = at_once(act, [*leaving[:10], "review", "fold", *leaving[10:]])
    assert all(results[:10]) and all(results[12:])
    made = SupportReview.objects.get()
    confirmed, suspect = numbers(hot)
    assert confirmed + suspect == 580
    assert 580 <= made.count <= 600
    reviewing.undo_review(made, by=by)
    assert numbers(hot) == (580, 0)
