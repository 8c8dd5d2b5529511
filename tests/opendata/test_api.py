"""The interface to read by: what anyone reads on the site, a page at a time."""

import json
from datetime import timedelta

import jsonschema
import pytest
from cast import new_event, new_initiative
from django.test import Client
from django.utils import timezone
from openapi_spec_validator import validate

from initiatives.models import Tag
from moderation import services as moderation
from moderation.filter import Ground
from moderation.models import Statement

pytestmark = pytest.mark.django_db
BASE = "/api/v1"


def ask(client, path, **query):
    return client.get(f"{BASE}{path}", query)


def lines(client, path, **query) -> list[dict]:
    response = ask(client, path, **query)
    assert response.status_code == 200, response.content
    return response.json()["lignes"]


def follow(client, path, **query) -> list[dict]:
    """All the pages, by the address that each gives of the next."""
    found, response = [], ask(client, path, **query)
    while True:
        assert response.status_code == 200, response.content
        page = response.json()
        found += page["lignes"]
        if page["suivant"] is None:
            assert "Link" not in response
            return found
        assert response["Link"] == f'<{page["suivant"]}>; rel="next"'
        response = client.get(page["suivant"].partition("8000")[2])


@pytest.fixture
def stated(event, chloe) -> Statement:
    moderation.withhold(event, by=chloe, ground=Ground.INSULT, reason="Une injure.", facts="Une injure publique.")
    return Statement.objects.get()


# --- What it says ----------------------------------------------------------------------------------------------------


def test_the_description_is_an_openapi_document(visitor):
    said = json.loads(visitor.get(f"{BASE}/openapi.json").content)
    validate(said)
    for path, asked in said["paths"].items():
        refusals = {code: answer for code, answer in asked["get"]["responses"].items() if code != "200"}
        assert "429" in refusals, path
        assert all(list(answer["content"]) == ["application/problem+json"] for answer in refusals.values()), path


def test_answers_have_the_shape_that_is_described(visitor, initiative, event, alice, stated):
    new_event(alice, initiative.commune, initiative=initiative)
    described = visitor.get(f"{BASE}/openapi.json").json()
    asked = {
        "/initiatives": "/initiatives",
        "/initiatives/{identifiant}": f"/initiatives/{initiative.pk}",
        "/evenements": "/evenements",
        "/evenements/{identifiant}": f"/evenements/{event.pk + 1}",
        "/territoires": "/territoires",
        "/territoires/{code}": "/territoires/35360",
        "/themes": "/themes",
        "/moderation/decisions": "/moderation/decisions",
        "/moderation/decisions/{puid}": f"/moderation/decisions/{stated.puid}",
        "/moderation/mois": "/moderation/mois",
    }
    left = {path.removeprefix(BASE) for path in described["paths"]} - set(asked)
    assert left == {"/chiffres"}
    for path, address in asked.items():
        answer = ask(visitor, address)
        assert answer.status_code == 200, address
        schema = described["paths"][BASE + path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(answer.json(), schema | {"components": described["components"]})


def test_an_initiative_is_told_with_its_whole_text(visitor, initiative):
    said = ask(visitor, f"/initiatives/{initiative.pk}").json()
    assert said["titre"] == initiative.title
    assert said["proposition"] == initiative.proposal
    assert said["departement"] == "35"
    assert said["adresse"].endswith(initiative.get_absolute_url())


def test_an_event_is_told_without_its_link_and_without_names(visitor, alice):
    event = new_event(alice, None, online_url="https://visio.example/secret")
    answer = ask(visitor, f"/evenements/{event.pk}")
    assert answer.json()["description"] == event.description
    assert b"visio.example" not in answer.content
    assert alice.display_name.encode() not in answer.content


def test_what_nobody_reads_on_the_site_is_not_told(visitor, alice, vitre, stated, event):
    hidden = [
        new_initiative(alice, vitre, state=state, published_at=None, nursery_key="k" * 10)
        for state in ("draft", "preparing", "submitted")
    ]
    hidden.append(new_initiative(alice, vitre, withheld_at=timezone.now()))
    not_read = new_event(alice, vitre, published_at=None)
    shown = lines(visitor, "/initiatives")
    assert [row["identifiant"] for row in shown] == [event.initiative_id]
    assert lines(visitor, "/evenements") == []
    assert lines(visitor, "/initiatives", modifiee_depuis="2020-01-01") == shown
    for each in hidden:
        assert ask(visitor, f"/initiatives/{each.pk}").status_code == 404
    for each in (not_read, event):
        assert ask(visitor, f"/evenements/{each.pk}").status_code == 404


def test_a_member_and_a_moderator_are_told_the_same(visitor, as_alice, as_chloe, initiative):
    new_initiative(initiative.author, None, state="draft", published_at=None)
    answers = [ask(client, "/initiatives") for client in (visitor, as_alice, as_chloe)]
    assert len({answer.content for answer in answers}) == 1
    assert len({answer["Cache-Control"] for answer in answers}) == 1
    assert not answers[0].cookies


def test_what_is_withheld_is_gone_at_once(visitor, initiative):
    assert lines(visitor, "/initiatives")
    initiative.withhold()
    assert lines(visitor, "/initiatives") == []


# --- Filters and pages -----------------------------------------------------------------------------------------------


def test_filters_hold_together(visitor, alice, vitre):
    theme = Tag.objects.filter(theme_rank__isnull=False).first()
    wanted = new_initiative(alice, vitre, state="succeeded")
    wanted.tags.add(theme)
    new_initiative(alice, vitre).tags.add(theme)
    new_initiative(alice, None, state="succeeded").tags.add(theme)
    asked = {"theme": theme.slug, "etat": "succeeded", "sorte": "local_project"}
    for place in ("35360", "35", "r53"):
        assert [row["identifiant"] for row in lines(visitor, "/initiatives", territoire=place, **asked)] == [wanted.pk]
    assert lines(visitor, "/initiatives", territoire="29", **asked) == []


def test_events_are_those_to_come_unless_told(visitor, alice, vitre):
    over = new_event(alice, vitre, starts_at=timezone.now() - timedelta(days=9))
    coming = new_event(alice, vitre)
    cancelled = new_event(alice, vitre, cancelled_at=timezone.now())

    def numbers(**query):
        return [row["identifiant"] for row in lines(visitor, "/evenements", **query)]

    assert numbers() == [coming.pk]
    assert numbers(depuis="2020-01-01") == [over.pk, coming.pk]
    assert numbers(depuis="2020-01-01", avant=timezone.now().isoformat()) == [over.pk]
    assert sorted(numbers(modifie_depuis="2020-01-01")) == sorted([over.pk, coming.pk, cancelled.pk])


def test_pages_follow_each_other_without_a_hole(visitor, alice, vitre, stated):
    for number in range(7):
        new_initiative(alice, vitre, title=f"Idée {number}")
        new_event(alice, vitre, starts_at=timezone.now() + timedelta(days=3))
    for path, query in (
        ("/initiatives", {}),
        ("/initiatives", {"modifiee_depuis": "2020-01-01"}),
        ("/evenements", {}),
        ("/evenements", {"modifie_depuis": "2020-01-01"}),
        ("/moderation/decisions", {}),
        ("/territoires", {}),
    ):
        whole = lines(visitor, path, par_page=100, **query)
        assert follow(visitor, path, par_page=3, **query)[: len(whole)] == whole, path


def test_what_changed_is_told_from_the_oldest_so_that_a_program_goes_on(visitor, initiative, alice):
    other = new_initiative(alice, None, title="Plus tard")
    initiative.updated_at = timezone.now() + timedelta(minutes=1)
    initiative.save(update_fields=["updated_at"])
    told = lines(visitor, "/initiatives", modifiee_depuis="2020-01-01T00:00:00Z")
    assert [row["identifiant"] for row in told] == [other.pk, initiative.pk]
    assert lines(visitor, "/initiatives", modifiee_depuis=told[-1]["modifiee_le"])[-1] == told[-1]


def test_communes_of_a_departement(visitor):
    codes = [row["code"] for row in follow(visitor, "/territoires", sorte="commune", departement="90", par_page=100)]
    assert len(codes) == len(set(codes)) > 90
    assert codes == sorted(codes)
    assert ask(visitor, "/territoires/r53").json()["nom"] == "Bretagne"
    assert ask(visitor, "/territoires/2A").json()["nom"] == "Corse-du-Sud"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/initiatives", "initiative"),
        ("/evenements", "event"),
        ("/initiatives?modifiee_depuis=2020-01-01", "initiative"),
    ],
)
def test_a_page_costs_the_same_whatever_it_holds(query_bill, visitor, alice, vitre, path, kind):
    def fill(count):
        for _each in range(count):
            new_initiative(alice, vitre) if kind == "initiative" else new_event(alice, vitre)

    # The count of questions, the numbers of the page, its rows.
    query_bill(visitor, f"{BASE}{path}", fill, most=3)


# --- Caches and other sites ------------------------------------------------------------------------------------------


def test_who_holds_the_answer_is_told_that_nothing_changed(visitor, initiative):
    first = ask(visitor, "/initiatives")
    again = visitor.get(f"{BASE}/initiatives", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    initiative.withhold()
    assert visitor.get(f"{BASE}/initiatives", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_anyone_may_keep_it_for_seconds_and_any_site_may_read_it(visitor, initiative):
    answer = ask(visitor, "/initiatives")
    assert "public" in answer["Cache-Control"]
    assert "s-maxage=15" in answer["Cache-Control"]
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Cookie" not in answer.get("Vary", "")
    asked_before = visitor.options(f"{BASE}/initiatives")
    assert (asked_before.status_code, asked_before["Access-Control-Allow-Methods"]) == (204, "GET, HEAD, OPTIONS")


def test_nothing_is_written_through_it(as_alice, initiative):
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(as_alice, method)(f"{BASE}/initiatives/{initiative.pk}")
        assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert as_alice.head(f"{BASE}/initiatives/{initiative.pk}").status_code == 200


@pytest.mark.usefixtures("whole_minute")
def test_a_machine_asks_so_often_in_a_minute(settings, visitor, initiative):
    settings.API_LIMIT_MINUTE = 2
    assert [ask(visitor, "/themes").status_code for _turn in range(3)] == [200, 200, 429]
    refused = ask(visitor, "/themes")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["Content-Type"] == "application/problem+json"
    assert "no-store" in refused["Cache-Control"]
    assert ask(Client(REMOTE_ADDR="192.0.2.77"), "/themes").status_code == 200


@pytest.mark.usefixtures("whole_minute")
def test_what_a_client_claims_of_its_address_gives_it_no_more(settings, initiative):
    settings.API_LIMIT_MINUTE = 1
    answers = [ask(Client(HTTP_X_FORWARDED_FOR=f"192.0.2.{turn}"), "/themes").status_code for turn in range(2)]
    assert answers == [200, 429]


def test_a_machine_asks_so_often_in_a_day(settings, visitor):
    settings.API_LIMIT_DAY = 1
    ask(visitor, "/themes")
    assert int(ask(visitor, "/themes")["Retry-After"]) <= 24 * 60 * 60


# --- What is wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "parameter"),
    [
        ("/initiatives", {"par_page": "0"}, "par_page"),
        ("/initiatives", {"par_page": "101"}, "par_page"),
        ("/initiatives", {"par_page": "beaucoup"}, "par_page"),
        ("/initiatives", {"par_page": "1" * 5000}, "par_page"),
        ("/initiatives", {"curseur": "faux"}, "curseur"),
        ("/initiatives", {"curseur": "WyJcdTAwMDAiXQ"}, "curseur"),
        ("/initiatives", {"curseur": "W1sxXV0"}, "curseur"),
        ("/initiatives", {"curseur": "x" * 10_000}, "curseur"),
        ("/initiatives", {"curseur": "\x00"}, "curseur"),
        ("/territoires", {"curseur": "WyJcdWQ4MDAiXQ"}, "curseur"),
        ("/initiatives", {"sorte": "pétition"}, "sorte"),
        ("/initiatives", {"etat": "draft"}, "etat"),
        ("/initiatives", {"etat": "preparing"}, "etat"),
        ("/initiatives", {"theme": "rien-de-tel"}, "theme"),
        ("/initiatives", {"theme": "\x00"}, "theme"),
        ("/initiatives", {"theme": "a' OR 1=1--"}, "theme"),
        ("/initiatives", {"territoire": "99999"}, "territoire"),
        ("/initiatives", {"territoire": "Vitré"}, "territoire"),
        ("/initiatives", {"territoire": "r99"}, "territoire"),
        ("/initiatives", {"modifiee_depuis": "hier"}, "modifiee_depuis"),
        ("/initiatives", {"modifiee_depuis": "0001-01-01"}, "modifiee_depuis"),
        ("/initiatives", {"modifiee_depuis": "9999-12-31T23:59:59Z"}, "modifiee_depuis"),
        ("/initiatives", {"modifiee_depuis": "1e400"}, "modifiee_depuis"),
        ("/initiatives", {"departement": "35"}, "departement"),
        ("/evenements", {"depuis": "2026-13-45"}, "depuis"),
        ("/evenements", {"curseur": "WyJoaWVyIiwgMV0"}, "curseur"),
        ("/territoires", {"departement": "35"}, "departement"),
        ("/territoires", {"sorte": "commune", "departement": "x"}, "departement"),
        ("/moderation/decisions", {"depuis": "toujours"}, "depuis"),
        ("/chiffres", {"territoire": "zz"}, "territoire"),
    ],
)
def test_a_wrong_question_is_told_in_french_what_is_wrong(visitor, path, query, parameter):
    answer = ask(visitor, path, **query)
    said = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert said["status"] == 400
    assert list(said["erreurs"]) == [parameter]
    assert "nput" not in said["erreurs"][parameter]


@pytest.mark.parametrize(
    "path",
    [
        "/initiatives/0",
        "/initiatives/99999999999999999999999999",
        "/evenements/1",
        "/territoires/99999",
        "/moderation/decisions/inconnue",
        "/chiffres",
        "/rien",
        "/initiatives/un/deux",
    ],
)
def test_nothing_there_is_said_as_everything_else(visitor, path):
    answer = ask(visitor, path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["title"]


def test_a_failure_of_ours_is_said_and_logged(visitor, initiative, monkeypatch, caplog):
    def fails(*args, **kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("opendata.api.keyset", fails)
    answer = ask(visitor, "/initiatives")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert b"secret" not in answer.content
    assert any(record.name == "django.request" and record.exc_info for record in caplog.records)
