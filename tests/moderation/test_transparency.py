"""What the site publishes of its moderation: counted from the log at night, too few to be guessed left out."""

import csv
import io
import json
from datetime import date, datetime, timedelta

import pytest
from cast import new_initiative, new_member
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from core.hot import forget_hot
from figures.models import Snapshot
from figures.services import take_snapshots
from initiatives.models import Initiative
from members.models import AccessRecord
from moderation import chain, figures, services
from moderation.models import Anchor, Case, Decision, Link, MonthFigures
from moderation.report import of_year, written
from moderation.services import auditing
from moderation.tasks import count_figures, forget_sealed, verify_log
from notifications.models import Notification
from tests.moderation.desk import seal, staff_client

ZONE = timezone.get_default_timezone()
OCTOBER = date(2026, 10, 1)


def decide(moment: datetime, **fields) -> Decision:
    about = {"content_type": ContentType.objects.get_for_model(Initiative), "object_id": 1, "made_at": moment}
    return Decision.objects.create(**about | {"verb": "withhold", "ground": "spam", "reason": "Non."} | fields)


@pytest.fixture
def october(db, chloe) -> datetime:
    """Seven refusals by the filter, six withheld by hand of which three on a threat, one restored."""
    moment = datetime(2026, 10, 12, 9, 0, tzinfo=ZONE)
    for _turn in range(7):
        decide(moment, verb="refuse", ground="discriminatory_insult", automated=True, rule="essai")
    for number in range(6):
        case = Case.objects.create(
            content_type=ContentType.objects.get_for_model(Initiative),
            object_id=number,
            opened_at=moment - timedelta(hours=2),
            closed_at=moment,
        )
        last = decide(moment, case=case, by=chloe, ground="threat" if number < 3 else "spam")
    decide(moment, verb="restore", ground="", by=chloe, reverses=last)
    decide(datetime(2026, 11, 1, 0, 0, tzinfo=ZONE), by=chloe)
    return moment


def test_a_month_is_counted_from_the_log(october):
    counts = figures.count_month(OCTOBER).counts
    assert (counts["decisions"], counts["restrictions"], counts["automated_restrictions"]) == (14, 13, 7)
    assert counts["by_ground"] == {"discriminatory_insult": 7, "threat": 3, "spam": 3}
    assert (counts["reversals"], counts["median_wait"]) == (1, 7200.0)
    figures.count_month(OCTOBER)
    assert MonthFigures.objects.count() == 1


def test_the_demonstration_is_not_counted(october):
    invented = new_member("personnage", is_demonstration=True)
    decide(october, author=invented)
    assert figures.count_month(OCTOBER).counts["decisions"] == 14


def test_the_night_counts_each_month_since_the_first_decision(october, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 12, 5, 4, 0, tzinfo=ZONE))
    assert count_figures() == 3
    assert [f"{each.month:%Y-%m}" for each in MonthFigures.objects.order_by("month")] == [
        "2026-10",
        "2026-11",
        "2026-12",
    ]


@pytest.mark.parametrize(("number", "said"), [(0, 0), (1, "<5"), (4, "<5"), (5, 5), (1000, 1000), (None, 0)])
def test_small_numbers_are_not_shown(number, said):
    assert figures.shown(number) == said


def test_what_is_hidden_cannot_be_found_by_subtraction():
    assert figures.shown_parts({"a": 3, "b": 9, "c": 40}) == {"a": "<5", "b": "<5", "c": 40}
    assert figures.shown_parts({"a": 3, "b": 2, "c": 40}) == {"a": "<5", "b": "<5", "c": 40}
    assert figures.shown_parts({"a": 0, "b": 9}) == {"a": 0, "b": 9}
    assert figures.share(3, 40) is None and figures.share(38, 40) is None and figures.share(10, 40) == 25


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([9, 10], 19),
        ([0, 0], 0),
        ([2, 1], "<5"),
        ([9, 3], None),
        ([9, 1, 2], None),
        ([9, 4, 4], None),
        ([9, 1, 1, 1, 1, 1], None),
        ([9, 4, 2], 15),
    ],
)
def test_a_sum_does_not_tell_the_month_that_is_hidden(parts, whole):
    assert figures.shown_sum(parts) == whole


def test_the_page_shows_what_the_snapshot_says_and_counts_nothing(visitor, october, django_assert_max_num_queries):
    page = visitor.get("/moderation/").content.decode()
    assert "Le premier compte se fait cette nuit" in page
    figures.count_month(OCTOBER)
    take_snapshots()
    # What changes during the day waits for the night.
    MonthFigures.objects.update(counts={"restrictions": 77_777})
    forget_hot()
    with django_assert_max_num_queries(3):
        answer = visitor.get("/moderation/")
    page = answer.content.decode().replace("\u202f", " ").replace("\xa0", " ")
    assert "public" in answer["Cache-Control"]
    assert "octobre 2026" in page and "moins de 5" in page and "2 heures" in page
    assert "54 % des restrictions" in page and "77 777" not in page
    said = json.loads(Snapshot.objects.get().body)["moderation"]
    assert said["months"][0] == figures.public_row(figures.count_month(OCTOBER))
    assert said["grounds"][0] == ["discriminatory_insult", 7]
    assert "moderation" not in Snapshot.objects.get().summary


def test_the_same_numbers_are_in_the_files(visitor, october):
    figures.count_month(OCTOBER)
    row = next(csv.DictReader(io.StringIO(visitor.get("/moderation/chiffres.csv").content.decode())))
    assert (row["month"], row["restrictions"], row["reversals"], row["median_wait"]) == ("2026-10", "13", "<5", "7200")
    told = visitor.get("/moderation/chiffres.json").json()
    assert told["months"][0]["automated_restrictions"] == 7 and told["hidden_below"] == 5


# --- The yearly report -----------------------------------------------------------------------------------------------


def test_the_report_of_a_year_is_written_from_what_was_counted(october, tmp_path):
    figures.count_month(OCTOBER)
    call_command("moderation_report", "2026", "--folder", str(tmp_path), verbosity=0)
    text = (tmp_path / "moderation-2026.md").read_text()
    assert "| 15, 1, c | Restrictions décidées | 13 |" in text
    assert "Injure à caractère discriminatoire | 7 |" in text and "Menaces | moins de\u00a05 |" in text
    assert "<table>" in (tmp_path / "moderation-2026.html").read_text()
    rows = list(csv.reader(io.StringIO((tmp_path / "moderation-2026.csv").read_text())))
    assert ["2026", "Modération de notre initiative", "15, 1, c", "Restrictions décidées", "13"] in rows


def test_a_year_without_a_month_has_no_report(db):
    with pytest.raises(CommandError):
        call_command("moderation_report", "2009")


def test_active_members_are_averaged_over_six_months(db):
    for month in range(1, 9):
        MonthFigures.objects.create(month=date(2026, month, 1), counts={"active_members": 100 * month})
    lines = of_year(2026).sections[-1].lines
    assert [line.value for line in lines] == ["550"]
    assert "24, 2" in written(of_year(2026), "csv")


# --- At night --------------------------------------------------------------------------------------------------------


def test_a_log_that_holds_is_published_each_night(visitor, october):
    seal()
    assert verify_log()
    anchor = Anchor.objects.get()
    assert (anchor.sequence, anchor.hash) == (15, Link.objects.get(sequence=15).hash)
    assert anchor.hash in visitor.get("/moderation/").content.decode()


def test_staff_are_told_of_a_log_that_was_changed(october, chloe):
    seal()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE moderation_decision SET reason = 'Autre' WHERE id = (SELECT min(id) FROM moderation_decision)"
        )
        cursor.execute("SET session_replication_role = origin")
    assert not verify_log() and not verify_log()
    told = Notification.objects.get(kind="log_broken")
    assert told.recipient == chloe and told.context["link"] == 1
    assert not Anchor.objects.exists()


def test_old_texts_are_emptied_and_the_log_still_holds(db, chloe):
    now = timezone.now()
    decide(now - timedelta(days=366), by=chloe, texts={"title": "Ancien"})
    recent = decide(now - timedelta(days=300), by=chloe, texts={"title": "Récent"})
    seal()
    assert forget_sealed() == 1 and auditing.forget_decided_texts() == 0
    assert list(Decision.objects.exclude(texts={})) == [recent]
    assert chain.verify().broken is None


# --- For auditors ----------------------------------------------------------------------------------------------------


@pytest.fixture
def auditor(db):
    member = new_member("audrey", is_staff=True)
    rights = ["view_decision", "view_link", "view_anchor", "view_statement", "view_monthfigures", "export_statement"]
    member.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    return staff_client(member)


LISTS = ["decision", "link", "anchor", "statement", "monthfigures"]


@pytest.mark.parametrize("model", LISTS)
def test_an_auditor_reads_all_of_the_log_and_changes_nothing(auditor, chloe, initiative, as_bob, model):
    services.withhold(initiative, by=chloe, ground="spam", reason="Une publicité.")
    seal()
    chain.anchor()
    figures.count_month(timezone.localdate())
    address = f"/admin/moderation/{model}/"
    page = auditor.get(address)
    assert page.status_code == 200
    assert auditor.get(f"{address}add/").status_code == 403
    row = {"decision": Decision, "link": Link, "anchor": Anchor, "monthfigures": MonthFigures}.get(model)
    pk = (row.objects.first() if row else Decision.objects.first().statement).pk
    assert auditor.get(f"{address}{pk}/change/").status_code == 200
    assert auditor.post(f"{address}{pk}/change/", {}).status_code == 403
    assert auditor.post(f"{address}{pk}/delete/").status_code == 403
    assert as_bob.get(address, follow=True).status_code == 403


@pytest.mark.parametrize("model", LISTS[:4])
def test_the_lists_cost_the_same_with_two_or_fifteen(auditor, chloe, alice, vitre, query_bill, model):
    def fill(count: int) -> None:
        for _turn in range(count):
            services.withhold(new_initiative(alice, vitre), by=chloe, ground="spam", reason="Une publicité.")
        seal()

    query_bill(auditor, f"/admin/moderation/{model}/", fill, most=16)


def test_reading_the_texts_of_a_decision_is_written_down(auditor, chloe, initiative):
    decision = services.withhold(initiative, by=chloe, ground="spam", reason="Une publicité.")
    assert initiative.title in auditor.get(f"/admin/moderation/decision/{decision.pk}/change/").content.decode()
    assert AccessRecord.objects.get().about == decision


def test_an_auditor_exports_statements_and_a_moderator_does_not(auditor, chloe, as_chloe, initiative):
    statement = services.withhold(initiative, by=chloe, ground="spam", reason="Une publicité.").statement
    address = "/admin/moderation/statement/exporter/"
    assert auditor.get(address).status_code == 200
    answer = auditor.get(address, {"form": "json"})
    exported = json.loads(b"".join(answer.streaming_content))
    assert [each["puid"] for each in exported["statements"]] == [statement.puid]
    assert auditor.get(address, {"form": "json", "first": "hier"}).status_code == 200
    assert as_chloe.get(address).status_code == 403
