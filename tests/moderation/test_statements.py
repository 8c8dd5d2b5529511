"""Each restriction is stated in the fields of the Commission's database, without personal data, once and for all."""

import csv
import io
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from cast import new_initiative
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.utils import timezone
from jsonschema import Draft202012Validator

from moderation import services
from moderation.commission import FIELDS, RESTRICTIONS, InvalidStatement, Restriction, check, describe
from moderation.filter import Ground, screen
from moderation.masking import MASK, masked
from moderation.models import Decision, Statement
from moderation.services import sanctioning
from moderation.services.receiving import record_refusal
from notifications.models import Notification
from tests.moderation.desk import HATEFUL, TELEPHONE, seal

#: Written from the Commission's table, apart from our own checker.
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": [
        "puid",
        "decision_ground",
        "content_type",
        "category",
        "content_date",
        "application_date",
        "decision_facts",
        "source_type",
        "automated_detection",
        "automated_decision",
    ],
    "properties": {
        "puid": {"type": "string", "maxLength": 500, "pattern": "^[a-zA-Z0-9_-]+$"},
        "decision_visibility": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {
                "enum": [
                    "DECISION_VISIBILITY_CONTENT_REMOVED",
                    "DECISION_VISIBILITY_CONTENT_DISABLED",
                    "DECISION_VISIBILITY_CONTENT_LABELLED",
                ]
            },
        },
        "decision_provision": {"enum": ["DECISION_PROVISION_PARTIAL_SUSPENSION"]},
        "decision_account": {"enum": ["DECISION_ACCOUNT_SUSPENDED"]},
        "decision_ground": {"enum": ["DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"]},
        "decision_ground_reference_url": {"type": "string", "maxLength": 500, "format": "uri"},
        "illegal_content_legal_ground": {"type": "string", "minLength": 1, "maxLength": 500},
        "illegal_content_explanation": {"type": "string", "minLength": 1, "maxLength": 2000},
        "incompatible_content_ground": {"type": "string", "minLength": 1, "maxLength": 500},
        "incompatible_content_explanation": {"type": "string", "minLength": 1, "maxLength": 2000},
        "incompatible_content_illegal": {"enum": ["Yes", "No"]},
        "content_type": {
            "type": "array",
            "minItems": 1,
            "items": {"enum": ["CONTENT_TYPE_TEXT", "CONTENT_TYPE_IMAGE", "CONTENT_TYPE_OTHER"]},
        },
        "content_type_other": {"type": "string", "minLength": 1, "maxLength": 500},
        "category": {
            "enum": [
                f"STATEMENT_CATEGORY_{name}"
                for name in [
                    "CYBER_VIOLENCE",
                    "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
                    "ILLEGAL_OR_HARMFUL_SPEECH",
                    "PROTECTION_OF_MINORS",
                    "RISK_FOR_PUBLIC_SECURITY",
                    "SCAMS_AND_FRAUD",
                    "VIOLENCE",
                    "OTHER_VIOLATION_TC",
                ]
            ]
        },
        "category_specification": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "pattern": "^KEYWORD_[A-Z_]+$"},
        },
        "territorial_scope": {"type": "array", "items": {"type": "string", "pattern": "^[A-Z]{2}$"}},
        "content_language": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "content_date": {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "application_date": {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "end_date_visibility_restriction": {"type": "string", "format": "date"},
        "end_date_service_restriction": {"type": "string", "format": "date"},
        "end_date_account_restriction": {"type": "string", "format": "date"},
        "decision_facts": {"type": "string", "minLength": 1, "maxLength": 5000},
        "source_type": {
            "enum": [
                "SOURCE_ARTICLE_16",
                "SOURCE_TRUSTED_FLAGGER",
                "SOURCE_TYPE_OTHER_NOTIFICATION",
                "SOURCE_VOLUNTARY",
            ]
        },
        "automated_detection": {"enum": ["Yes", "No"]},
        "automated_decision": {
            "enum": [
                "AUTOMATED_DECISION_FULLY",
                "AUTOMATED_DECISION_PARTIALLY",
                "AUTOMATED_DECISION_NOT_AUTOMATED",
            ]
        },
    },
    "anyOf": [
        {"required": ["decision_visibility"]},
        {"required": ["decision_provision"]},
        {"required": ["decision_account"]},
    ],
    "if": {"properties": {"decision_ground": {"const": "DECISION_GROUND_ILLEGAL_CONTENT"}}},
    "then": {
        "required": ["illegal_content_legal_ground", "illegal_content_explanation"],
        "not": {"required": ["incompatible_content_ground"]},
    },
    "else": {
        "required": ["incompatible_content_ground", "incompatible_content_explanation"],
        "not": {"required": ["illegal_content_legal_ground"]},
    },
}
VALID = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)

USUAL = Restriction(
    puid="a-1",
    verb="withhold",
    ground=Ground.THREAT,
    facts="Un modérateur a lu ce texte.",
    content_day=date(2026, 11, 1),
    day=date(2026, 11, 2),
    source="voluntary",
    is_detected=False,
    is_automated=False,
    grounds_address="https://possibles.example/moderation/#motifs",
)


# --- The table -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ground", list(Ground))
@pytest.mark.parametrize("verb", sorted(RESTRICTIONS))
def test_every_restriction_on_every_ground_can_be_stated(verb, ground):
    for source in Decision.Source.values:
        fields = describe(replace(USUAL, verb=verb, ground=ground, source=source, end_day=date(2026, 12, 1)))
        VALID.validate(fields)
        assert sum(name.startswith("end_date_") for name in fields) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"verb": "refuse", "is_detected": True, "is_automated": True},
            ("CONTENT_DISABLED", "SOURCE_VOLUNTARY", "Yes", "AUTOMATED_DECISION_FULLY"),
        ),
        (
            {"verb": "remove", "is_detected": True},
            ("CONTENT_REMOVED", "SOURCE_VOLUNTARY", "Yes", "AUTOMATED_DECISION_PARTIALLY"),
        ),
        (
            {"verb": "withhold", "source": "notice", "is_detected": True},
            ("CONTENT_DISABLED", "SOURCE_ARTICLE_16", "No", "AUTOMATED_DECISION_NOT_AUTOMATED"),
        ),
        (
            {"verb": "label", "source": "trusted"},
            ("CONTENT_LABELLED", "SOURCE_TRUSTED_FLAGGER", "No", "AUTOMATED_DECISION_NOT_AUTOMATED"),
        ),
    ],
)
def test_how_it_was_found_and_by_whom_it_was_decided_is_said(changes, expected):
    fields = describe(replace(USUAL, **changes))
    visibility, source, detection, decision = expected
    assert fields["decision_visibility"] == [f"DECISION_VISIBILITY_{visibility}"]
    assert (fields["source_type"], fields["automated_detection"], fields["automated_decision"]) == (
        source,
        detection,
        decision,
    )


def test_what_does_not_apply_is_dropped():
    fields = describe(USUAL) | {
        "incompatible_content_ground": "Conditions",
        "incompatible_content_illegal": "No",
        "decision_visibility_other": "Autre",
        "content_type_other": "Autre",
        "end_date_account_restriction": "2026-12-01",
    }
    assert check(fields) == describe(USUAL)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"puid": "a 1"}, "puid"),
        ({"puid": "é"}, "puid"),
        ({"puid": "a" * 501}, "puid"),
        ({"decision_facts": "a" * 5001}, "decision_facts"),
        ({"decision_facts": ""}, "decision_facts: required"),
        ({"illegal_content_legal_ground": ""}, "illegal_content_legal_ground: required"),
        ({"illegal_content_explanation": "a" * 2001}, "illegal_content_explanation"),
        ({"decision_visibility": []}, "One of decision_visibility"),
        ({"decision_visibility": "DECISION_VISIBILITY_CONTENT_REMOVED"}, "list"),
        ({"decision_visibility": ["DECISION_VISIBILITY_OTHER"]}, "decision_visibility_other: required"),
        ({"content_type": ["CONTENT_TYPE_OTHER"]}, "content_type_other: required"),
        ({"category": "STATEMENT_CATEGORY_NEW"}, "category"),
        ({"content_date": "2026-13-01"}, "content_date"),
        ({"content_date": "1/11/2026"}, "content_date"),
        ({"content_date": "2026-11-03"}, "application_date: before"),
        ({"end_date_visibility_restriction": "2026-11-01"}, "end_date_visibility_restriction: before"),
        ({"content_language": "fr"}, "content_language"),
        ({"unheard_of": "x"}, "unheard_of"),
    ],
)
def test_what_the_commission_would_refuse_is_refused(changes, problem):
    with pytest.raises(InvalidStatement, match=problem):
        check(describe(USUAL) | changes)


# --- What is stated --------------------------------------------------------------------------------------------------


def test_a_withheld_content_is_stated_with_its_decision(chloe, initiative):
    decision = services.withhold(initiative, by=chloe, ground="threat", reason="Vous menacez le maire.")
    statement = decision.statement
    VALID.validate(statement.fields)
    assert statement.fields["illegal_content_legal_ground"].startswith("Code pénal")
    # The sentence that the author reads may speak of people: it stays between them and us.
    assert "maire" not in json.dumps(statement.fields)
    assert not statement.is_masked


def test_a_refusal_by_the_filter_is_stated(alice, initiative):
    decision = record_refusal(type(initiative), screen(HATEFUL), by=alice)
    VALID.validate(decision.statement.fields)
    assert decision.statement.fields["automated_decision"] == "AUTOMATED_DECISION_FULLY"
    assert HATEFUL not in json.dumps(decision.statement.fields)


def test_a_restricted_account_is_stated_until_its_term(alice, chloe):
    measure = sanctioning.silence(alice, by=chloe, ground="harassment", reason="Insistant.", days=3)
    fields = measure.decision.statement.fields
    VALID.validate(fields)
    assert fields["decision_provision"] == "DECISION_PROVISION_PARTIAL_SUSPENSION"
    assert fields["end_date_service_restriction"] == (timezone.localdate() + timedelta(days=3)).isoformat()
    assert alice.display_name not in json.dumps(fields)


def test_what_restricts_nothing_is_not_stated(alice, chloe, initiative):
    services.withhold(initiative, by=chloe, ground="spam", reason="Une publicité.")
    services.restore(initiative, by=chloe, reason="Une erreur de notre part.")
    sanctioning.warn(alice, by=chloe, ground="spam", reason="Ne recommencez pas.")
    assert Statement.objects.count() == 1


def test_personal_data_in_the_facts_are_masked_and_it_is_said(alice, chloe, initiative):
    facts = f"{alice.display_name} écrit : « {TELEPHONE} ». Joindre aussi {alice.email}. Signé : {chloe.display_name}."
    statement = services.withhold(
        initiative, by=chloe, ground="exposure_of_person", reason="Un numéro privé.", facts=facts
    ).statement
    told = statement.fields["decision_facts"]
    assert statement.is_masked and told.count(MASK) == 4
    for private in (alice.display_name, "06 12 34 56 78", alice.email, chloe.display_name):
        assert private not in told


@pytest.mark.parametrize(
    "text",
    [
        "Appelez le 06 12 34 56 78.",
        "Écrivez à jean.martin@exemple.fr.",
        "Son compte : FR76 3000 6000 0112 3456 7890 189.",
        "Il habite au 12 rue des Lilas à Vitré.",
        "Le zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit.",
    ],
)
def test_each_way_of_reaching_somebody_is_masked(text):
    assert MASK in masked(text) and masked(text) != text
    assert masked(masked(text)) == masked(text)


def test_a_name_inside_a_word_is_left_alone():
    assert masked("Alicette et Alice.", names=["Alice"]) == f"Alicette et {MASK}."


@pytest.mark.parametrize(
    "act",
    [
        lambda statement: Statement.objects.update(fields={}),
        lambda statement: Statement.objects.all().delete(),
        lambda statement: Statement.objects.create(decision=statement, puid="late", fields={}),
    ],
)
def test_what_was_stated_stays_as_it_was(chloe, initiative, act):
    services.withhold(initiative, by=chloe, ground="threat", reason="Une menace.")
    restored = services.restore(initiative, by=chloe, reason="Une erreur.")
    seal()
    with pytest.raises(DatabaseError), transaction.atomic():
        act(restored)
    assert Statement.objects.get().fields["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT"


# --- Its page and the export -----------------------------------------------------------------------------------------


def test_anyone_reads_a_statement_at_its_address(visitor, chloe, initiative):
    statement = services.withhold(initiative, by=chloe, ground="threat", reason="Une menace.").statement
    answer = visitor.get(statement.get_absolute_url())
    page = answer.content.decode()
    assert answer.status_code == 200 and "public" in answer["Cache-Control"]
    assert "Menaces" in page and "Code pénal" in page and initiative.title not in page
    assert visitor.get("/moderation/decisions/inconnu/").status_code == 404


@pytest.fixture
def three_days(alice, chloe, vitre) -> list[Statement]:
    made = []
    for number in range(3):
        initiative = new_initiative(alice, vitre, title=f"Projet {number}")
        made.append(services.withhold(initiative, by=chloe, ground="spam", reason="Une publicité.").statement)
    return made


def test_statements_are_exported_as_json(three_days, tmp_path):
    file = tmp_path / "statements.json"
    call_command("export_statements", "--format", "json", "--output", str(file))
    exported = json.loads(file.read_text())
    assert [fields["puid"] for fields in exported["statements"]] == [each.puid for each in three_days]
    for fields in exported["statements"]:
        VALID.validate(fields)


def test_statements_are_exported_as_csv(three_days, capsys):
    call_command("export_statements", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["puid"] for row in rows] == [each.puid for each in three_days]
    assert list(rows[0]) == list(FIELDS)
    assert rows[0]["decision_visibility"] == '["DECISION_VISIBILITY_CONTENT_DISABLED"]'


def test_the_export_stays_within_its_days(three_days, capsys):
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    call_command("export_statements", "--from", tomorrow)
    assert json.loads(capsys.readouterr().out) == {"statements": []}
    today = timezone.localdate().isoformat()
    call_command("export_statements", "--from", today, "--to", today)
    assert len(json.loads(capsys.readouterr().out)["statements"]) == 3


# --- Where it is said ------------------------------------------------------------------------------------------------


def test_the_message_and_the_account_lead_to_what_was_stated(visitor, alice, chloe, initiative, mailoutbox):
    decision = services.withhold(initiative, by=chloe, ground="threat", reason="Une menace.")
    address = decision.statement.get_absolute_url()
    told = Notification.objects.get(recipient=alice)
    assert told.context["statement_url"] == address
    services.restore(initiative, by=chloe, reason="Une erreur de notre part.")
    page = visitor.get(f"/initiatives/{initiative.slug}/histoire/", follow=True).content.decode()
    assert address in page


def test_a_restricted_account_is_told_where_it_is_stated(alice, chloe):
    measure = sanctioning.silence(alice, by=chloe, ground="harassment", reason="Insistant.", days=3)
    told = Notification.objects.get(recipient=alice)
    assert told.context["statement_url"] == measure.decision.statement.get_absolute_url()
