"""What is like the initiative that somebody is about to open is offered, the nearest first."""

import re

import pytest
from cast import new_initiative
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from initiatives import lookalikes
from initiatives.lookalikes import look_alikes
from initiatives.models import Initiative
from initiatives.views import opening
from territories.models import Commune, Department, Region
from tests.initiatives.test_drafts import address, shown
from tests.initiatives.test_pages import SUBJECT, TEXT, open_initiative

pytestmark = pytest.mark.django_db

VERGER = "Un verger partagé derrière la gare"
NEARBY = reverse("initiatives_nearby")


def commune(code: str) -> Commune:
    return Commune.objects.select_related("department__region").get(code=code)


@pytest.fixture
def somewhere(alice) -> dict[str, Initiative]:
    """The same title in five places, the farthest first published."""
    codes = {"Marseille": "13201", "France": "", "Brest": "29019", "Fougères": "35115", "Vitré": "35360"}
    return {name: new_initiative(alice, commune(code) if code else None) for name, code in codes.items()}


@pytest.mark.parametrize(
    "title",
    [
        VERGER,
        "un VERGER partage derriere la gare",
        "Vergers partagés, à la gare",
        "Planter un verger partagé",
        "Un vergr partajé derière la gare",
        "Verger de Vitré",
    ],
)
def test_a_title_is_alike_by_its_stems_its_place_or_its_letters(initiative, vitre, title):
    assert look_alikes(title, territory=vitre) == [initiative]


@pytest.mark.parametrize(
    "title",
    [
        "Une piscine couverte",
        "Un banc derrière la mairie",
        "Rouvrir la ligne de nuit",
        "de la du des avec",
        "'&|!:*",
        "\\'\\",
    ],
)
def test_a_title_that_is_not_alike_finds_nothing(initiative, vitre, title):
    assert not look_alikes(title, territory=vitre)


def test_a_title_too_short_to_say_anything_finds_nothing(initiative, vitre):
    Initiative.objects.update(title="Un vélo")
    assert not look_alikes("Un vélo", territory=vitre)


@pytest.mark.parametrize(
    ("place", "order"),
    [
        ("commune", ["Vitré", "Fougères", "Brest", "France", "Marseille"]),
        ("department", ["Vitré", "Fougères", "Brest", "France", "Marseille"]),
        ("region", ["Vitré", "Fougères", "Brest", "France", "Marseille"]),
        ("country", ["France", "Vitré", "Fougères", "Brest", "Marseille"]),
    ],
)
def test_the_nearest_comes_first(somewhere, vitre, place, order):
    territory = {
        "commune": vitre,
        "department": Department.objects.get(code="35"),
        "region": Region.objects.get(code="53"),
        "country": None,
    }[place]
    found = look_alikes(VERGER, territory=territory, limit=5)
    assert [next(name for name, row in somewhere.items() if row == each) for each in found] == order
    assert look_alikes(VERGER, territory=territory) == found[:3]


def test_only_what_is_under_way_is_offered(initiative, vitre):
    for changes in (
        {"state": "draft", "published_at": None},
        {"state": "preparing", "published_at": None, "nursery_key": "k7f3q9x2wd"},
        {"state": "closed", "ended_at": timezone.now()},
        {"state": "archived", "ended_at": timezone.now()},
        {"state": "published", "ended_at": None, "withheld_at": timezone.now()},
        {"state": "published", "withheld_at": None, "frozen_at": timezone.now()},
    ):
        Initiative.objects.update(**{"published_at": timezone.now()} | changes)
        assert not look_alikes(VERGER, territory=vitre), changes


def test_an_initiative_is_not_like_itself(initiative, vitre):
    assert not look_alikes(VERGER, territory=vitre, exclude=initiative)


def test_looking_reads_the_indexes_and_plans_for_its_words(initiative, vitre):
    with CaptureQueriesContext(connection) as asked:
        look_alikes("Un vergr partajé derière la gare", territory=vitre)
    said = [query["sql"] for query in asked]
    assert any("force_custom_plan" in sql for sql in said)
    assert sum("statement_timeout" in sql and "300ms" in sql for sql in said) == 1
    by_words, by_letters = [sql for sql in said if sql.strip().startswith("WITH")]
    for sql, index in ((by_words, "initiative_title_stems"), (by_letters, "initiative_title_trigrams")):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_indexscan = off")
            # One row is found as well by any other index.
            cursor.execute(
                "SELECT string_agg(indexname, ', ') FROM pg_indexes WHERE tablename = 'initiatives_initiative'"
                " AND indexname <> %s AND indexname NOT LIKE '%%pkey'",
                [index],
            )
            cursor.execute(f"DROP INDEX {cursor.fetchone()[0]}")
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            transaction.set_rollback(True)
        assert re.search(rf"Bitmap Index Scan on {index} .*\n *Index Cond", plan), plan


def test_what_takes_too_long_is_given_up_and_breaks_nothing(initiative, vitre, monkeypatch, as_bob):
    slow = "SELECT id FROM initiatives_initiative, pg_sleep(5)"
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()
    monkeypatch.setattr(lookalikes, "_BY_TRIGRAMS", slow)
    monkeypatch.setattr(lookalikes, "_PATIENCE_BY_LETTERS", 50)
    assert look_alikes(VERGER, territory=vitre) == [initiative]
    monkeypatch.setattr(lookalikes, "_WITH_TWO_STEMS", slow)
    monkeypatch.setattr(lookalikes, "_PATIENCE", 50)
    assert look_alikes(VERGER, territory=vitre) == []
    assert as_bob.get(NEARBY, {"titre": VERGER}).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == before


def test_looking_costs_the_same_for_two_or_fifteen(as_bob, alice, vitre, query_bill):
    def fill(count):
        for _ in range(count):
            new_initiative(alice, vitre).tags.set(["Sport", "vélo"])

    # Once three are found by their words, letters are not compared.
    fill(3)
    # session, member, rate, where they live, stems, words with their limit, cards with authors and tags
    query_bill(as_bob, f"{NEARBY}?titre={VERGER}", fill, most=18)


# --- While typing ----------------------------------------------------------------------------------------------------


def test_the_title_asks_as_one_types_and_what_is_found_is_read_out(as_bob):
    text = shown(as_bob, reverse("initiative_new"))
    assert f'hx-get="{NEARBY}"' in text and 'hx-trigger="input changed delay:400ms"' in text
    assert '<div id="proches" aria-live="polite"></div>' in text


def test_what_is_like_the_title_comes_with_its_supports_and_a_way_to_support_it(as_bob, initiative):
    Initiative.objects.update(support_count=12)
    text = as_bob.get(
        NEARBY, {"title": VERGER, "kind": "local_project"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "1 initiative proche" in text and "12 soutiens" in text and "Soutenir plutôt" in text
    assert f'href="{reverse("initiative_support", args=[initiative.slug])}"' in text
    assert "<html" not in text


def test_the_author_of_nothing_alike_reads_nothing(as_bob, initiative):
    assert not as_bob.get(NEARBY, {"titre": "Une piscine couverte"}).content.strip()
    assert not as_bob.get(NEARBY).content.strip()
    assert not as_bob.get(NEARBY, {"titre": "\x00" * 20}).content.strip()


def test_nearest_is_nearest_to_where_the_member_lives_but_for_a_national_project(as_bob, somewhere):
    assert as_bob.get(NEARBY, {"titre": VERGER}).context["alike"][0] == somewhere["Vitré"]
    found = as_bob.get(NEARBY, {"titre": VERGER, "kind": "national_project"}).context["alike"]
    assert found[0] == somewhere["France"]


def test_a_page_that_outlived_its_session_is_given_nothing_to_put_in_it(visitor):
    assert visitor.get(NEARBY, {"titre": VERGER}, headers={"HX-Request": "true"}).status_code == 204


def test_a_member_who_asks_without_end_is_not_answered(as_bob, initiative, monkeypatch):
    monkeypatch.setattr(opening, "_TITLES_A_MINUTE", 2)
    codes = [as_bob.get(NEARBY, {"titre": VERGER}).status_code for _ in range(6)]
    assert codes[:2] == [200, 200] and 204 in codes


# --- Without a script ------------------------------------------------------------------------------------------------


def test_what_is_like_it_is_said_after_the_subject_and_before_launching(as_bob, initiative):
    draft = open_initiative(as_bob, title="Un verger partagé près de la gare")
    for step in ("text", "preview"):
        text = shown(as_bob, address(step, draft))
        assert "Soutenir plutôt" in text and initiative.title in text, step
    assert "Lancer cette initiative" in text


def test_what_is_already_sent_round_is_compared_to_nothing(as_bob, initiative):
    draft = open_initiative(as_bob, title="Un verger partagé près de la gare")
    as_bob.post(address("launch", draft))
    draft.refresh_from_db()
    assert "Soutenir plutôt" not in shown(as_bob, address("text", draft))
    assert NEARBY not in shown(as_bob, address("subject", draft))
    assert as_bob.post(address("subject", draft), SUBJECT | TEXT).status_code == 302
