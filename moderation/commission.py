"""Statements of reasons in the words of the Commission's transparency database (DSA, art. 17 and 24, 5).

`describe` says what was decided in its fields; `check` holds its rules: what is required, with what, how long, in which
form, and what is dropped because it does not apply. Neither knows the database.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from moderation.filter import Ground

VISIBILITY = "DECISION_VISIBILITY_"
PROVISION = "DECISION_PROVISION_"
ACCOUNT = "DECISION_ACCOUNT_"
CATEGORY = "STATEMENT_CATEGORY_"
ILLEGAL = "DECISION_GROUND_ILLEGAL_CONTENT"
INCOMPATIBLE = "DECISION_GROUND_INCOMPATIBLE_CONTENT"
TEXT, IMAGE, OTHER_CONTENT = "CONTENT_TYPE_TEXT", "CONTENT_TYPE_IMAGE", "CONTENT_TYPE_OTHER"
VOLUNTARY, NOTICE, TRUSTED = "SOURCE_VOLUNTARY", "SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER"
OTHER_NOTIFICATION = "SOURCE_TYPE_OTHER_NOTIFICATION"
FULLY, PARTIALLY = "AUTOMATED_DECISION_FULLY", "AUTOMATED_DECISION_PARTIALLY"
NOT_AUTOMATED = "AUTOMATED_DECISION_NOT_AUTOMATED"
YES, NO = "Yes", "No"


def _all(prefix: str, names: str) -> frozenset[str]:
    return frozenset(f"{prefix}{name}" for name in names.split())


@dataclass(frozen=True)
class Field:
    """One field of the table: how long, one of which values, one or several, a date or plain words."""

    longest: int = 0
    values: frozenset[str] = frozenset()
    is_list: bool = False
    is_date: bool = False


_YES_OR_NO = frozenset({YES, NO})
_DATE = Field(is_date=True)

#: In the order in which they are exported.
FIELDS: Mapping[str, Field] = {
    "puid": Field(longest=500),
    "decision_visibility": Field(
        values=_all(
            VISIBILITY,
            "CONTENT_REMOVED CONTENT_DISABLED CONTENT_DEMOTED CONTENT_AGE_RESTRICTED CONTENT_INTERACTION_RESTRICTED "
            "CONTENT_LABELLED OTHER",
        ),
        is_list=True,
    ),
    "decision_visibility_other": Field(longest=500),
    "decision_monetary": Field(values=_all("DECISION_MONETARY_", "SUSPENSION TERMINATION OTHER")),
    "decision_provision": Field(
        values=_all(PROVISION, "PARTIAL_SUSPENSION TOTAL_SUSPENSION PARTIAL_TERMINATION TOTAL_TERMINATION")
    ),
    "decision_account": Field(values=_all(ACCOUNT, "SUSPENDED TERMINATED")),
    "decision_ground": Field(values=frozenset({ILLEGAL, INCOMPATIBLE})),
    "decision_ground_reference_url": Field(longest=500),
    "illegal_content_legal_ground": Field(longest=500),
    "illegal_content_explanation": Field(longest=2000),
    "incompatible_content_ground": Field(longest=500),
    "incompatible_content_explanation": Field(longest=2000),
    "incompatible_content_illegal": Field(values=_YES_OR_NO),
    "content_type": Field(
        values=_all("CONTENT_TYPE_", "TEXT IMAGE VIDEO AUDIO SYNTHETIC_MEDIA APP PRODUCT OTHER"), is_list=True
    ),
    "content_type_other": Field(longest=500),
    "category": Field(
        values=_all(
            CATEGORY,
            "CYBER_VIOLENCE DATA_PROTECTION_AND_PRIVACY_VIOLATIONS ILLEGAL_OR_HARMFUL_SPEECH "
            "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS PROTECTION_OF_MINORS RISK_FOR_PUBLIC_SECURITY "
            "SCAMS_AND_FRAUD SELF_HARM VIOLENCE INTELLECTUAL_PROPERTY_INFRINGEMENTS OTHER_VIOLATION_TC "
            "NOT_SPECIFIED_NOTICE",
        )
    ),
    "category_specification": Field(
        values=_all(
            "KEYWORD_",
            "HATE_SPEECH INCITEMENT_VIOLENCE_HATRED DISCRIMINATION DEFAMATION CYBER_HARASSMENT TERRORIST_CONTENT "
            "IMPERSONATION_ACCOUNT_HIJACKING INAUTHENTIC_ACCOUNTS PHISHING MISSING_PROCESSING_GROUND "
            "CHILD_SEXUAL_ABUSE_MATERIAL VIOLATION_NATIONAL_LAW OTHER",
        ),
        is_list=True,
    ),
    "territorial_scope": Field(
        values=_all("", "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"),
        is_list=True,
    ),
    "content_language": Field(longest=2),
    "content_date": _DATE,
    "application_date": _DATE,
    "end_date_visibility_restriction": _DATE,
    "end_date_service_restriction": _DATE,
    "end_date_account_restriction": _DATE,
    "decision_facts": Field(longest=5000),
    "source_type": Field(values=frozenset({NOTICE, TRUSTED, OTHER_NOTIFICATION, VOLUNTARY})),
    "automated_detection": Field(values=_YES_OR_NO),
    "automated_decision": Field(values=frozenset({FULLY, PARTIALLY, NOT_AUTOMATED})),
}

REQUIRED = (
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
)
MEASURES = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
#: A field that is required with a value of another, and dropped without it.
GOES_WITH = {
    "decision_visibility_other": ("decision_visibility", f"{VISIBILITY}OTHER"),
    "illegal_content_legal_ground": ("decision_ground", ILLEGAL),
    "illegal_content_explanation": ("decision_ground", ILLEGAL),
    "incompatible_content_ground": ("decision_ground", INCOMPATIBLE),
    "incompatible_content_explanation": ("decision_ground", INCOMPATIBLE),
    "content_type_other": ("content_type", OTHER_CONTENT),
}
#: A field that may stand with another, and is dropped without it.
MAY_GO_WITH = {
    "incompatible_content_illegal": ("decision_ground", INCOMPATIBLE),
    "end_date_visibility_restriction": ("decision_visibility", None),
    "end_date_service_restriction": ("decision_provision", None),
    "end_date_account_restriction": ("decision_account", None),
}
_PUID = re.compile(r"[a-zA-Z0-9_-]+")
_LANGUAGE = re.compile(r"[A-Z]{2}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class InvalidStatement(ValueError):
    """What the Commission's database would refuse; `problems` says each field and why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def check(given: Mapping[str, object]) -> dict[str, str | list[str]]:
    """The same fields in their order, without those that are empty or do not apply. Raises InvalidStatement."""
    problems = [f"{name}: unknown." for name in given if name not in FIELDS]
    kept = {name: given[name] for name in FIELDS if given.get(name) not in (None, "", [])}
    for name, (other, value) in (GOES_WITH | MAY_GO_WITH).items():
        if not _holds(kept.get(other), value):
            kept.pop(name, None)
        elif name in GOES_WITH and name not in kept:
            problems.append(f"{name}: required with {value}.")
    problems += [f"{name}: required." for name in REQUIRED if name not in kept]
    if not any(name in kept for name in MEASURES):
        problems.append(f"One of {', '.join(MEASURES)} is required.")
    for name, value in kept.items():
        problems += [f"{name}: {problem}" for problem in _problems(FIELDS[name], value)]
    if not problems:
        problems += _of_form(kept)
    if problems:
        raise InvalidStatement(problems)
    return kept


def _holds(found: object, value: str | None) -> bool:
    if value is None:
        return found is not None
    return value in found if isinstance(found, list) else found == value


def _problems(field: Field, value: object) -> list[str]:
    if field.is_list != isinstance(value, list):
        return ["several values are a list, one is not."]
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in values):
        return ["not a text."]
    problems = []
    if field.values and (unknown := [each for each in values if each not in field.values]):
        problems.append(f"{', '.join(unknown)} is not one of its values.")
    if len(set(values)) < len(values):
        problems.append("a value twice.")
    if field.longest and len(value) > field.longest:
        problems.append(f"longer than {field.longest}.")
    if field.is_date and _day(value) is None:
        problems.append(f"{value} is not a day.")
    return problems


def _of_form(kept: Mapping[str, str]) -> list[str]:
    """What takes more than one look: the identifier, the language, the order of the dates."""
    problems = []
    if not _PUID.fullmatch(kept["puid"]):
        problems.append("puid: letters, figures, - and _ only.")
    if "content_language" in kept and not _LANGUAGE.fullmatch(kept["content_language"]):
        problems.append("content_language: two capital letters.")
    begun = kept["application_date"]
    if kept["content_date"] > begun:
        problems.append("application_date: before content_date.")
    problems += [
        f"{name}: before application_date." for name in kept if name.startswith("end_date_") and kept[name] < begun
    ]
    return problems


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


# --- Our decisions in its words --------------------------------------------------------------------------------------

#: What each verb of the log does: the field, its value, and where its end is said.
_MEASURES_BY_VERB: Mapping[str, tuple[str, str | list[str], str]] = {
    # Hidden, nothing is erased and it can be mended: access to it is disabled.
    "withhold": ("decision_visibility", [f"{VISIBILITY}CONTENT_DISABLED"], "end_date_visibility_restriction"),
    "remove": ("decision_visibility", [f"{VISIBILITY}CONTENT_REMOVED"], "end_date_visibility_restriction"),
    "label": ("decision_visibility", [f"{VISIBILITY}CONTENT_LABELLED"], "end_date_visibility_restriction"),
    "reject": ("decision_visibility", [f"{VISIBILITY}CONTENT_DISABLED"], "end_date_visibility_restriction"),
    "refuse": ("decision_visibility", [f"{VISIBILITY}CONTENT_DISABLED"], "end_date_visibility_restriction"),
    # Reading goes on, writing does not.
    "silence": ("decision_provision", f"{PROVISION}PARTIAL_SUSPENSION", "end_date_service_restriction"),
    "suspend": ("decision_account", f"{ACCOUNT}SUSPENDED", "end_date_account_restriction"),
}
RESTRICTIONS = frozenset(_MEASURES_BY_VERB)

_SPEECH, _DATA = "ILLEGAL_OR_HARMFUL_SPEECH", "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS"
#: The category and the keywords of each ground.
_GROUNDS: Mapping[Ground, tuple[str, tuple[str, ...]]] = {
    Ground.HATE_INCITEMENT: (_SPEECH, ("HATE_SPEECH", "INCITEMENT_VIOLENCE_HATRED")),
    Ground.DISCRIMINATORY_INSULT: (_SPEECH, ("HATE_SPEECH", "DISCRIMINATION")),
    Ground.DISCRIMINATORY_DEFAMATION: (_SPEECH, ("DEFAMATION", "DISCRIMINATION")),
    Ground.INSULT: (_SPEECH, ("VIOLATION_NATIONAL_LAW",)),
    Ground.DEFAMATION: (_SPEECH, ("DEFAMATION",)),
    Ground.PRAISE_OF_CRIMES: (_SPEECH, ("INCITEMENT_VIOLENCE_HATRED",)),
    Ground.DENIAL_OF_CRIMES: (_SPEECH, ("HATE_SPEECH",)),
    Ground.INCITEMENT_TO_CRIME: ("VIOLENCE", ("INCITEMENT_VIOLENCE_HATRED",)),
    Ground.PRAISE_OF_TERRORISM: ("RISK_FOR_PUBLIC_SECURITY", ("TERRORIST_CONTENT",)),
    Ground.THREAT: ("VIOLENCE", ("VIOLATION_NATIONAL_LAW",)),
    Ground.HARASSMENT: ("CYBER_VIOLENCE", ("CYBER_HARASSMENT",)),
    Ground.EXPOSURE_OF_PERSON: (_DATA, ("MISSING_PROCESSING_GROUND",)),
    Ground.PRIVACY: (_DATA, ()),
    Ground.IMPERSONATION: ("SCAMS_AND_FRAUD", ("IMPERSONATION_ACCOUNT_HIJACKING",)),
    Ground.CHILD_ABUSE_MATERIAL: ("PROTECTION_OF_MINORS", ("CHILD_SEXUAL_ABUSE_MATERIAL",)),
    Ground.SPAM: ("OTHER_VIOLATION_TC", ()),
    Ground.OFF_TOPIC: ("OTHER_VIOLATION_TC", ()),
}
_SOURCES = {"voluntary": VOLUNTARY, "notice": NOTICE, "trusted": TRUSTED, "appeal": OTHER_NOTIFICATION}
#: Where the site is read; a restriction holds for all its readers.
SCOPE = ["FR"]
LANGUAGE = "FR"


@dataclass(frozen=True)
class Restriction:
    """What `describe` has to know of a decision. Days are those of France; `facts` hold no personal data."""

    puid: str
    verb: str
    ground: Ground
    facts: str
    content_day: date
    day: date
    source: str
    #: Found by the filter; decided by it alone.
    is_detected: bool
    is_automated: bool
    is_picture: bool = False
    is_account: bool = False
    end_day: date | None = None
    grounds_address: str = ""


def describe(restriction: Restriction) -> dict[str, str | list[str]]:
    """The fields of the statement, checked. Raises InvalidStatement."""
    measure, value, end = _MEASURES_BY_VERB[restriction.verb]
    category, keywords = _GROUNDS[restriction.ground]
    detected = restriction.is_detected and restriction.source == "voluntary"
    fields: dict[str, object] = {
        "puid": restriction.puid,
        measure: value,
        "decision_ground": ILLEGAL if restriction.ground.is_legal else INCOMPATIBLE,
        "decision_ground_reference_url": restriction.grounds_address,
        "category": f"{CATEGORY}{category}",
        "category_specification": [f"KEYWORD_{keyword}" for keyword in keywords],
        "territorial_scope": SCOPE,
        "content_date": min(restriction.content_day, restriction.day).isoformat(),
        "application_date": restriction.day.isoformat(),
        end: restriction.end_day.isoformat() if restriction.end_day else "",
        "decision_facts": restriction.facts,
        "source_type": _SOURCES[restriction.source],
        "automated_detection": YES if detected else NO,
        "automated_decision": FULLY if restriction.is_automated else PARTIALLY if detected else NOT_AUTOMATED,
    }
    fields |= _ground_said(restriction.ground) | _content_said(restriction)
    return check(fields)


def _ground_said(ground: Ground) -> dict[str, str]:
    if ground.is_legal:
        return {
            "illegal_content_legal_ground": ground.reference,
            "illegal_content_explanation": f"Ce qui a été publié ou proposé relève de ce texte : {ground.label}.",
        }
    return {
        "incompatible_content_ground": f"{ground.reference} : {ground.label}",
        "incompatible_content_explanation": f"Ce que les conditions d’utilisation écartent : {ground.label}.",
        "incompatible_content_illegal": NO,
    }


def _content_said(restriction: Restriction) -> dict[str, object]:
    if restriction.is_account:
        return {"content_type": [OTHER_CONTENT], "content_type_other": "Compte d’utilisateur"}
    return {"content_type": [IMAGE if restriction.is_picture else TEXT], "content_language": LANGUAGE}
