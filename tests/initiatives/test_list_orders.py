"""The list of initiatives: its orders, its pages, and why each card is there."""

import re
from datetime import timedelta
from html import unescape

import pytest
from cast import new_initiative
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from initiatives import nearby
from initiatives.models import Initiative
from initiatives.nearby import nearest_first
from initiatives.ranking import NAMES, SAID, Order
from initiatives.services import ranking
from initiatives.templatetags.why import why
from territories.models import Commune, Department

ORDERS = ["", "melange", "actives", "recentes", "soutenues"]


def commune(code: str) -> Commune:
    return Commune.objects.select_related("department__region").get(code=code)


def walk(client, **query) -> list[int]:
    """The numbers of all that the pages hold, one after the other."""
    seen, cursor = [], ""
    for _page in range(10):
        page = client.get(reverse("initiatives"), query | {"apres": cursor}).context["page"]
        seen += [row.pk for row in page]
        cursor = page.next
        if not cursor:
            break
    return seen


@pytest.fixture
def many(alice, vitre):
    """Forty-five with many ties, ranked."""
    now = timezone.now()
    made = [
        new_initiative(
            alice,
            vitre,
            title=f"Une idée parmi d’autres, la {number:02}e",
            support_count=number // 9,
            published_at=now - timedelta(days=number // 5),
            active_at=now - timedelta(days=number // 7),
        )
        for number in range(45)
    ]
    ranking.rank()
    ranking.compose()
    return made


@pytest.mark.parametrize("order", [*ORDERS, "proches"])
@pytest.mark.parametrize("place", ["", "35360-vitre"])
def test_pages_follow_each_other_without_a_gap_or_a_double(visitor, many, order, place):
    seen = walk(visitor, tri=order, lieu=place)
    assert len(seen) == len(set(seen)) == 45


def test_each_order_is_that_of_its_name(visitor, many):
    rows = {row.pk: row for row in Initiative.objects.all()}
    for order, key in {
        "soutenues": lambda row: (-row.support_count, -row.pk),
        "recentes": lambda row: (-row.published_at.timestamp(), -row.pk),
        "actives": lambda row: (-row.active_at.timestamp(), -row.pk),
        "": lambda row: (-row.rank_order, -row.pk),
    }.items():
        assert walk(visitor, tri=order) == sorted(rows, key=lambda pk: key(rows[pk])), order


def test_the_nearest_come_first_with_their_distance(visitor, alice, vitre):
    rennes, paris, fougeres = commune("35238"), commune("75056"), commune("35115")
    for place in (paris, rennes, vitre, fougeres):
        new_initiative(alice, place, title=place.name)
    new_initiative(alice, title="De toute la France")
    answer = visitor.get(reverse("initiatives"), {"tri": "proches", "lieu": "Vitré"})
    # Paris is too far, and what is of all France is nowhere.
    assert [row.title for row in answer.context["page"]] == ["Vitré", "Fougères", "Rennes"]
    text = answer.content.decode()
    assert "autour de Vitré" in text and re.search(r"à 3\d\u00a0?\u202f?km", text)


def test_the_nearest_without_a_place_say_that_one_is_needed(visitor, initiative):
    answer = visitor.get(reverse("initiatives"), {"tri": "proches"})
    assert "dites où" in answer.content.decode()
    assert [row.pk for row in answer.context["page"]] == [initiative.pk]


def test_neighbours_of_a_place_are_those_of_the_nearest_circle(alice, vitre, django_assert_num_queries):
    near, here, far = (new_initiative(alice, place) for place in (commune("35115"), vitre, commune("35238")))
    ranking.rank()
    with django_assert_num_queries(3):
        found = nearby.nearest(vitre, wanted=5)
    assert [row.pk for row in found] == [near.pk, far.pk]
    assert 20 < found[0].distance < 35 and found[1].distance > 30
    assert [row.pk for row in nearby.nearest(vitre, but=[near.pk])] == [far.pk]
    assert here.pk not in [row.pk for row in found]
    # From the département they are all its own.
    assert nearby.nearest(Department.objects.get(code="35")) == []


def test_a_point_follows_the_place(alice, vitre):
    initiative = new_initiative(alice, vitre)
    initiative.refresh_from_db()
    assert (initiative.latitude, initiative.longitude) == (vitre.latitude, vitre.longitude)
    department = vitre.department
    Initiative.objects.update(commune=None)
    initiative.refresh_from_db()
    assert (initiative.latitude, initiative.longitude) == (department.latitude, department.longitude)
    Department.objects.filter(pk="35").update(latitude=48.5)
    initiative.refresh_from_db()
    assert initiative.latitude == 48.5


# --- Why -------------------------------------------------------------------------------------------------------------


def test_a_card_says_why_it_is_there(visitor, initiative):
    Initiative.objects.update(
        rank_parts={"support": 41, "event": 1}, published_at=timezone.now() - timedelta(days=3), rank_due_on=None
    )
    text = re.sub(r"\s+", " ", unescape(visitor.get(reverse("initiatives"), {"tri": "recentes"}).content.decode()))
    assert "Ouverte il y a 3 jours ; en 7 jours : 41 soutiens, 1 événement annoncé." in text
    assert f"{SAID[Order.RECENT]} <a href=" in text
    assert '<details class="why"><summary>Pourquoi je vois ceci</summary>' in text


def test_a_new_one_whose_turn_it_is_says_so(initiative):
    initiative.rank_place = 5
    assert "son tour" in why(initiative, order=Order.MIX)[1]
    assert "son tour" not in why(initiative, order=Order.RECENT)[1]
    initiative.published_at -= timedelta(days=8)
    assert "son tour" not in why(initiative, order=Order.MIX)[1]


def test_on_the_page_of_a_place_it_says_that_the_nearest_come_first(visitor, initiative):
    assert "puis autour, puis de toute la France" in visitor.get(initiative.commune.get_absolute_url()).text


def test_every_order_is_named_and_said():
    assert set(NAMES) == set(SAID) == set(Order)


def test_the_list_costs_the_same_in_every_order(visitor, alice, vitre, query_bill):
    def fill(count):
        for number in range(count):
            new_initiative(alice, vitre, title=f"Une idée parmi d’autres, la {number:02}e")

    # the place (3), initiatives with their authors, tags, themes of the filter (twice), demonstration
    query_bill(visitor, reverse("initiatives") + "?tri=proches&lieu=35360-vitre", fill, most=9)


# --- Plans -----------------------------------------------------------------------------------------------------------


def plan_of(queryset) -> str:
    statement, told = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}", told)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_each_order_is_read_from_its_index(many, vitre):
    listed = Initiative.objects.listed()
    with connection.cursor() as cursor:
        # Forty rows are sooner sorted than walked to: a million are not.
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    for name, queryset in {
        "initiative_ranked": listed.order_by("-rank_order", "-id"),
        "initiative_ranked_commune": listed.in_territory(vitre).order_by("-rank_score", "-id"),
        "initiative_active": listed.order_by("-active_at", "-id"),
        "initiative_recent": listed.order_by("-published_at", "-id"),
        "initiative_supported": listed.order_by("-support_count", "-id"),
        "initiative_nearest": nearest_first(listed, vitre)[0],
    }.items():
        plan = plan_of(queryset[:20])
        assert f"using {name} " in plan, f"{name}: {plan}"
