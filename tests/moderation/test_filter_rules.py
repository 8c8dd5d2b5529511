"""The rule files themselves: complete, neutral, readable, and refused when they are wrong."""

import re
import unicodedata
from pathlib import Path

import pytest
import yaml

import moderation.filter
from moderation.filter import Ground, Outcome
from moderation.filter.forms import FormError, compile_forms
from moderation.filter.rules import RULES, RuleError, all_rules, load_rules

POLITICIANS_AND_PARTIES = """
    macron le pen bardella melenchon sarkozy hollande chirac mitterrand giscard pompidou de gaulle jospin
    juppe fillon valls philippe castex borne attal barnier bayrou lecornu darmanin retailleau ciotti wauquiez
    bertrand pecresse zemmour marechal hidalgo jadot rousseau tondelier roussel faure glucksmann hamon royal
    aubry cope estrosi dati lemaire veran dupond poutou arthaud besancenot asselineau lassalle dupont-aignan
    philippot ruffin autain panot bompard quatennens trump biden poutine netanyahu orban hitler petain staline
    mussolini ump ps lr rn lfi fn pcf npa modem udi eelv lrem lreps renaissance reconquete republicains
    socialiste socialistes communiste communistes insoumis insoumise ecologie-les-verts patriotes horizons
    gaulliste gaullistes frontiste nazi
""".split()  # noqa: SIM905


def words(text: str) -> set[str]:
    folded = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return set(re.findall(r"[a-z-]+", folded))


@pytest.mark.parametrize("path", sorted(RULES.glob("*.yaml")), ids=lambda path: path.name)
def test_no_politician_and_no_party_is_named_in_a_rule_file(path):
    said = words(path.read_text(encoding="utf-8"))
    # Words of the language that are also names.
    ordinary = {"le", "de", "borne", "royal", "faure", "philippe", "bertrand", "horizons", "renaissance"}
    assert not said & (set(POLITICIANS_AND_PARTIES) - ordinary)


def test_every_rule_says_on_what_it_rests():
    for rule in all_rules():
        assert isinstance(rule.ground, Ground) and rule.id.startswith(f"{rule.ground}.")
        assert rule.source and rule.version and 0 < rule.severity <= 100
        assert rule.outcome > Outcome.PUBLISH


def test_only_hatred_threats_and_wishes_of_death_are_refused_by_machine():
    refusing = {rule.ground for rule in all_rules() if rule.outcome == Outcome.REFUSE}
    assert refusing == {Ground.HATE_INCITEMENT, Ground.DISCRIMINATORY_INSULT, Ground.THREAT, Ground.HARASSMENT}


def test_reasons_are_french_sentences_for_the_writer():
    for rule in all_rules():
        assert rule.reason.startswith("Votre texte ") and rule.reason.endswith(".")
        assert "'" not in rule.reason and '"' not in rule.reason


def test_each_ground_has_a_label_and_a_reference():
    assert len(Ground) == 17
    for ground in Ground:
        assert ground.label and ground.reference
    assert Ground("hate_incitement").is_legal and not Ground.SPAM.is_legal
    assert ("threat", "Menaces") in Ground.choices()


def test_the_filter_knows_neither_django_nor_the_database():
    for path in Path(moderation.filter.__file__).parent.glob("*.py"):
        assert "django" not in path.read_text(encoding="utf-8").lower().replace("knows neither django", "")


@pytest.fixture
def folder(tmp_path):
    for name in ("_vocabulary.yaml", "_guards.yaml", "_lexicon.yaml"):
        (tmp_path / name).write_text((RULES / name).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def write(folder, **changes):
    rule = {"id": "one", "outcome": "queue", "severity": 10, "reason": "Votre texte.", "forms": ["un mot"]} | changes
    rule = {key: value for key, value in rule.items() if value is not None}
    content = {"ground": "spam", "version": "1", "source": "x", "rules": [rule]}
    (folder / "spam.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder


def test_a_rule_file_that_is_right_is_read(folder):
    (rule,) = load_rules(write(folder))
    assert rule.id == "spam.one"


@pytest.mark.parametrize(
    "changes",
    [
        {"forms": ["un [mot]"]},
        {"forms": ["un (mot"]},
        {"forms": ["{nowhere}"]},
        {"forms": ["(un)? (mot)?"]},
        {"forms": ["{Name} est"]},
        {"reason": None},
        {"colour": "red"},
        {"detector": "telephones"},
        {"forms": None, "detector": "nothing"},
    ],
)
def test_a_rule_file_that_is_wrong_is_refused_with_its_name(folder, changes):
    with pytest.raises(RuleError, match="spam"):
        load_rules(write(folder, **changes))


def test_a_list_that_contains_itself_is_refused():
    with pytest.raises(FormError, match="itself"):
        compile_forms(["{a}"], {"a": ["{b}"], "b": ["{a}"]}, "folded")


@pytest.mark.parametrize(
    ("form", "found", "left"),
    [
        ("sale (chien|chat)s?", ["sale chien", "sale, chats", "salechien"], ["salle chien", "sale petit chien"]),
        ("va <2> loin", ["va loin", "va bien plus loin"], ["va un peu trop plus loin"]),
        ("(on)? t aime", ["on t'aime", "t aime"], ["ontaime", "taime"]),
        ("^fin", ["fin", "Dit. fin"], ["la fin"]),
    ],
)
def test_a_form_reads_what_it_says(form, found, left):
    matcher = compile_forms([form], {}, "folded")
    assert all(matcher.search(text.lower().encode()) for text in found)
    assert not any(matcher.search(text.encode()) for text in left)
