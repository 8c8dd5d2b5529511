"""soutiens.json: the public number."""

import pytest
from django.urls import reverse

from initiatives import tasks
from initiatives.models import Initiative
from initiatives.models.milestone import ladder_for
from initiatives.services import supports
from initiatives.steps import next_step


def address(initiative) -> str:
    return reverse("initiative_number", args=[initiative.slug])


def test_it_says_the_number_the_steps_and_since_when(visitor, initiative, bob, alice):
    first = visitor.get(address(initiative)).json()
    assert first == {
        "count": 0,
        "steps": {"reached": [], "next": 5},
        "date": initiative.published_at.isoformat(),
    }
    supports.support(initiative, by=bob)
    tasks.fold_supports()
    second = visitor.get(address(initiative)).json()
    assert second["count"] == 1 and second["date"] > first["date"]


def test_anyone_may_keep_and_embed_it(visitor, as_bob, initiative):
    for client in (visitor, as_bob):
        answer = client.get(address(initiative))
        kept = answer["Cache-Control"]
        assert {"public", "s-maxage=2", "stale-while-revalidate=10"} <= set(kept.split(", "))
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert not answer.cookies and "Cookie" not in answer.get("Vary", "")


def test_a_reader_who_has_it_is_told_that_nothing_changed(visitor, initiative, bob):
    etag = visitor.get(address(initiative))["ETag"]
    assert visitor.get(address(initiative), headers={"if-none-match": etag}).status_code == 304
    supports.support(initiative, by=bob)
    tasks.fold_supports()
    assert visitor.get(address(initiative), headers={"if-none-match": etag}).status_code == 200


def test_it_costs_one_query(visitor, initiative, django_assert_num_queries):
    with django_assert_num_queries(1):
        visitor.get(address(initiative))


def test_what_is_hidden_has_no_number(visitor, as_alice, initiative):
    Initiative.objects.update(withheld_at=initiative.published_at)
    assert visitor.get(address(initiative)).status_code == 404
    assert as_alice.get(address(initiative)).status_code == 404, "the same for all: it is kept by shared caches"


@pytest.mark.parametrize(
    ("population", "steps"),
    [
        (None, [5, 25, 100, 500, 2_500, 10_000, 50_000, 100_000, 500_000]),
        (1_100_000, [5, 25, 100, 500, 2_500, 10_000, 50_000, 100_000]),
        (19_000, [5, 25, 100, 500]),
        (2_000, [5, 25, 100]),
        (1_999, [5, 10, 25, 50]),
        (0, [5, 10, 25, 50]),
    ],
)
def test_the_steps_are_those_of_the_place(population, steps):
    assert ladder_for(population) == steps


def test_the_next_step_is_the_first_that_is_not_reached(initiative):
    initiative.steps = [5, 25]
    assert [next_step(initiative, count) for count in (0, 4, 5, 24, 25, 10**7)] == [5, 5, 25, 25, None, None]


def test_what_is_set_aside_at_once_moves_neither_the_number_nor_its_date(visitor, initiative, bob):
    supports.support(initiative, by=bob, suspicion="network")
    before = visitor.get(reverse("initiative_number", args=[initiative.slug]))
    tasks.fold_supports()
    after = visitor.get(reverse("initiative_number", args=[initiative.slug]))
    assert Initiative.objects.get().suspect_count == 1
    assert (after.content, after["ETag"]) == (before.content, before["ETag"])
