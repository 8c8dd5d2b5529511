"""Each number has a page that says what it is, its files say the same, and anybody verifies them."""

import csv
import json
import re
import subprocess
import sys
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.urls import reverse

from figures import chain
from figures.definitions import NUMBERS, TOPICS
from figures.models import Cost, Snapshot
from figures.reading import board
from figures.services import take_snapshots, yesterday
from tests.figures.published import publish

KNOWN = {key: rank * 10 for rank, key in enumerate(NUMBERS, start=1)}
PLACES = {"supports_confirmed": {"r53": 400, "d35": 210}, "initiatives_running": {"r53": 60, "d35": 31, "c35360": 7}}


@pytest.fixture
def three_nights(db):
    publish(KNOWN, PLACES, day=yesterday() - timedelta(days=2))
    publish(KNOWN | {"members_active": None, "supports_pending": None}, PLACES, hidden=["members_active"])
    return publish(KNOWN | {"supports_confirmed": 12_345}, PLACES)


class Marked(HTMLParser):
    """The text of each element that is marked as a figure, by what it is marked as."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._open: str | None = None

    def handle_starttag(self, tag: str, attrs) -> None:
        self._open = dict(attrs).get("data-figure")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.found.append((self._open, data))
            self._open = None


def marked(page: str) -> list[tuple[str, str]]:
    parser = Marked()
    parser.feed(page)
    return parser.found


def page(visitor, name: str, *args, **query) -> str:
    answer = visitor.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_before_the_first_night_pages_say_so(visitor, db):
    assert "Le premier compte se fait cette nuit." in page(visitor, "figures")
    assert "Le premier compte se fait cette nuit." in page(visitor, "figures_topic", "soutiens")
    assert "Le premier relevé se fait cette nuit." in page(visitor, "figures_snapshots")
    assert page(visitor, "figures_topic_csv", "soutiens").count("\n") == 1
    assert page(visitor, "figures_chain") == ""


def test_every_number_is_on_the_first_page_with_its_twin(visitor, three_nights):
    text = page(visitor, "figures")
    assert {key for key, _text in marked(text)} == NUMBERS.keys()
    assert "Les comptes de l’équipe n’y sont pas" in text
    assert three_nights.hash in text


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.slug)
def test_a_topic_says_what_it_counts_since_when_and_how(visitor, three_nights, topic):
    text = page(visitor, "figures_topic", topic.slug)
    for number in topic.numbers:
        assert str(number.definition) in text.replace("&#x27;", "'")
    assert 'role="img" aria-labelledby="courbe-titre courbe-dit"' in text
    assert text.count('<th scope="row">') >= 3
    assert reverse("figures_topic_csv", args=[topic.slug]) in text
    assert ("SELECT" in text and "%(ends)s" in text) or topic.slug in ("couts",)


def test_a_curve_breaks_where_nothing_is_known(visitor, three_nights):
    text = page(visitor, "figures_topic", "soutiens")
    pending = text[text.index("<title") :].split("<path")[2]
    assert pending.count("M") == 2


def test_a_place_has_its_number_and_a_small_one_has_none(visitor, three_nights):
    text = page(visitor, "figures_topic", "soutiens")
    found = dict(marked(text))
    assert (found["supports_confirmed@r53"], found["supports_confirmed@d35"]) == ("400", "210")
    assert found["supports_confirmed@d22"] == "non publié"


def test_files_say_what_pages_say(visitor, three_nights):
    rows = list(csv.DictReader(page(visitor, "figures_topic_csv", "membres").splitlines()))
    days = [yesterday() - timedelta(days=ago) for ago in (2, 1, 0)]
    assert [row["day"] for row in rows] == [str(day) for day in days]
    assert [row["members_active"] for row in rows] == ["20", "<5", "20"]
    said = json.loads(page(visitor, "figures_topic_json", "membres"))
    assert [day["values"]["members_active"] for day in said["days"]] == [20, "<5", 20]
    assert [number["key"] for number in said["numbers"]] == ["members_registered", "members_active"]
    pending = json.loads(page(visitor, "figures_topic_json", "soutiens"))["days"][1]
    assert pending["values"]["supports_pending"] is None and pending["sha256"] == rows[1]["sha256"]


def test_an_expense_is_published_as_it_was_declared_and_corrected(visitor, three_nights):
    wrong = Cost.objects.create(month=date(2026, 3, 1), amount="900.00", label="=Envoi")
    Cost.objects.create(month=date(2026, 3, 1), amount="-810.00", label="Virgule", corrects=wrong)
    Cost.objects.create(month=date(2026, 3, 1), amount="5.00", label="Inventée", is_demonstration=True)
    text = page(visitor, "figures_topic", "couts")
    assert "-810,00" in text and "(corrige «\u202f=Envoi\u202f»)" in text and "Inventée" not in text
    rows = list(csv.DictReader(page(visitor, "figures_expenses_csv").splitlines()))
    assert [(row["euros"], row["label"], row["corrects"]) for row in rows] == [
        ("900.00", "'=Envoi", ""),
        ("-810.00", "Virgule", str(wrong.pk)),
    ]


def test_a_snapshot_is_served_byte_for_byte_and_for_ever(visitor, three_nights):
    answer = visitor.get(reverse("figures_snapshot", args=[three_nights.day]))
    assert chain.digest(answer.content) == three_nights.hash
    assert "immutable" in answer["Cache-Control"]
    assert visitor.get(reverse("figures_snapshot_latest")).url == answer.request["PATH_INFO"]
    assert visitor.get("/chiffres/releves/2026-02-30.json").status_code == 404
    assert visitor.get("/chiffres/releves/1999-01-01.json").status_code == 404


def test_what_the_site_publishes_is_verified_by_the_program_that_it_publishes(visitor, three_nights, tmp_path):
    assert take_snapshots() == 0
    for line in page(visitor, "figures_chain").splitlines():
        day = json.loads(line)["day"]
        (tmp_path / f"{day}.json").write_bytes(visitor.get(reverse("figures_snapshot", args=[day])).content)
    (tmp_path / chain.INDEX).write_bytes(visitor.get(reverse("figures_chain")).content)
    program = tmp_path / "verifier.py"
    program.write_bytes(visitor.get(reverse("figures_verifier")).content)
    done = subprocess.run([sys.executable, "-I", program, tmp_path], capture_output=True, text=True, check=True)
    assert three_nights.hash in done.stdout


def test_the_list_of_snapshots_goes_on(visitor, db, monkeypatch):
    monkeypatch.setattr("figures.views._A_PAGE", 2)
    publish({}, day=yesterday() - timedelta(days=2))
    publish({})
    publish({})
    text = page(visitor, "figures_snapshots")
    assert text.count('class="fingerprint"') == 2
    after = re.search(r"\?apres=([^\"]+)", text)[1]
    assert page(visitor, "figures_snapshots", apres=after).count('class="fingerprint"') == 1
    assert visitor.get(reverse("figures_snapshots"), {"apres": "rien"}).url == reverse("figures_snapshots")


def test_pages_ask_the_same_of_the_database_however_long_the_chain(visitor, db, django_assert_max_num_queries):
    publish(KNOWN, PLACES, day=yesterday() - timedelta(days=40))
    for name, args, most in (("figures", [], 4), ("figures_topic", ["soutiens"], 6), ("figures_snapshots", [], 4)):
        visitor.get(reverse(name, args=args))
        with django_assert_max_num_queries(most) as before:
            visitor.get(reverse(name, args=args))
        for _night in range(5):
            publish(KNOWN, PLACES)
        with django_assert_max_num_queries(len(before)):
            visitor.get(reverse(name, args=args))


def test_the_demonstration_says_that_it_is_counted(visitor, three_nights):
    assert "ces chiffres comptent des membres inventés" not in page(visitor, "figures")
    publish({"members_registered": 3000}, is_demonstration=True)
    for name, args in (("figures", []), ("figures_topic", ["membres"]), ("figures_snapshots", [])):
        assert "ces chiffres comptent des membres inventés" in page(visitor, name, *args)
    answer = visitor.get(reverse("figures_snapshot", args=[yesterday()]))
    assert json.loads(answer.content)["demonstration"] is True
    assert "immutable" not in answer["Cache-Control"]


# --- Every page ------------------------------------------------------------------------------------------------------

#: Public pages on which a number may stand that adds up more than what the page shows.
WALKED = ("home", "initiatives", "agenda", "figures", "moderation_public", "ranking", "event_reports", "legal")


def test_every_number_marked_on_a_public_page_is_that_of_the_snapshot(visitor, three_nights, initiative, event, vitre):
    """Or says « maintenant »."""
    places = (vitre, vitre.department, vitre.department.region)
    addresses = [reverse(name) for name in WALKED] + [place.get_absolute_url() for place in places]
    addresses += [reverse("figures_topic", args=[topic.slug]) for topic in TOPICS]
    latest, seen = board(), set()
    by_code = {f"{place._meta.model_name[0]}{place.pk}": place for place in places}
    for address in addresses:
        text = visitor.get(address).content.decode()
        for reference, shown in marked(text):
            if reference == "now":
                assert "maintenant" in text, address
                continue
            key, _at, code = reference.partition("@")
            if code in by_code or not code:
                assert shown == latest.figure(key, by_code.get(code)).text, f"{address}: {reference}"
                seen.add(reference)
    assert seen >= {"supports_confirmed", "supports_confirmed@d35"}


#: Where a template of the rooms that mix others writes a number that no `data-figure` marks: what it is of. A number
#: that adds up rows of the site has no place here: it comes from the snapshot, or says « maintenant ».
_OF_ONE_THING = {
    "pages/_moved.html": "one initiative or event, on one day",
    "pages/_near.html": "one initiative",
    "pages/_story.html": "one initiative",
    "pages/feed.html": "one initiative, for a member",
    "pages/moderation.html": "the snapshot itself (tests/moderation/test_transparency.py)",
    "pages/territory.html": "one initiative, in one place",
    "pages/ranking.html": "constants of the code",
    "opendata/data.html": "rows of one file, at its date",
    "opendata/reference.html": "limits of the interface",
}
#: They say their own day, or the moment.
_DATED = {
    "pages/opening.html": "maintenant",
    "search/page.html": "Les nombres sont de maintenant.",
}
_NUMBERS = re.compile(r"\|\s*(number|count|length|least|intcomma)\b|\bnumber\s*\}\}")


def test_a_template_that_adds_up_the_site_reads_the_snapshot_or_says_when():
    """Whoever writes a number on a page that mixes rooms says here what it is of."""
    templates = Path(__file__).resolve().parents[2] / "templates"
    writing = {
        str(path.relative_to(templates)): path.read_text()
        for room in ("pages", "search", "opendata")
        for path in (templates / room).glob("*.html")
        if _NUMBERS.search(path.read_text())
    }
    unsaid = writing.keys() - _OF_ONE_THING.keys() - _DATED.keys()
    assert not unsaid, f"{sorted(unsaid)}: use {{% figure %}} or {{% live %}}, or say of which one thing it is"
    for name, words in _DATED.items():
        assert words in writing[name]


# --- What is declared ------------------------------------------------------------------------------------------------


@pytest.fixture
def as_administrator(chloe, as_chloe):
    chloe.is_superuser = True
    chloe.save(update_fields=["is_superuser"])
    return as_chloe


def declare(client, **fields):
    return client.post(reverse("admin:figures_cost_add"), fields)


def test_an_expense_is_declared_once_and_corrected_by_another(as_administrator):
    assert declare(as_administrator, month="2026-03-17", amount="900", label="Envoi").status_code == 302
    wrong = Cost.objects.get()
    assert wrong.month == date(2026, 3, 1)
    for fields, why in (
        ({"amount": "0"}, "Un montant nul"),
        ({"amount": "-5"}, "choisissez laquelle"),
        ({"amount": "-901", "corrects": wrong.pk}, "on ne retire pas plus"),
        ({"amount": "-5", "corrects": wrong.pk, "month": "2026-04-01"}, "du mois de la ligne"),
    ):
        answer = declare(as_administrator, **({"month": "2026-03-01", "label": "Virgule"} | fields))
        assert why in answer.content.decode()
    declare(as_administrator, month="2026-03-01", amount="-810", label="Virgule", corrects=wrong.pk)
    assert Cost.objects.count() == 2
    for act in ("change", "delete"):
        answer = as_administrator.post(reverse(f"admin:figures_cost_{act}", args=[wrong.pk]), {"amount": "1"})
        assert answer.status_code == 403
    assert as_administrator.get(reverse("admin:figures_cost_changelist")).status_code == 200


def test_a_moderator_declares_nothing_and_nobody_changes_a_snapshot(as_chloe, as_administrator, three_nights):
    answer = as_administrator.post(reverse("admin:figures_snapshot_change", args=[three_nights.pk]), {"body": "{}"})
    assert answer.status_code == 403
    assert Snapshot.objects.get(pk=three_nights.pk).body == three_nights.body
