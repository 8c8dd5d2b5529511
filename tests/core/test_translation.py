"""The catalogues of locale/: French gives 0 the singular, English is whole, and what is compiled is what is written."""

import ast
import re
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Engine, Template
from django.templatetags.i18n import BlockTranslateNode
from django.utils import timezone
from django.utils.translation import ngettext, npgettext, override

from core import french
from possibles.env import one_of

ROOT = Path(__file__).resolve().parents[2]
FIXED = "\u00a0"
PLURAL_CALLS = {"ngettext": 0, "ngettext_lazy": 0, "npgettext": 1, "npgettext_lazy": 1}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?\w+")


@cache
def written(language: str) -> dict:
    """The .po file, as gettext holds a compiled one: message → words, and (message, 0 or 1) → words for plurals."""
    catalogue = {}
    text = (ROOT / "locale" / language / "LC_MESSAGES" / "django.po").read_text()
    for block in re.split(r"\n{2,}", text):
        assert "#~" not in block, "an obsolete message is still there"
        assert "#, fuzzy" not in block, f"to be read again: {block}"
        fields = {
            name: "".join(ast.literal_eval(part) for part in re.findall(r'".*"', strings))
            for name, strings in re.findall(r'^(msg[\w\[\]]+) ((?:".*"\n?)+)', block, re.MULTILINE)
        }
        if "msgid" not in fields:
            continue
        key = "\x04".join(filter(None, [fields.get("msgctxt"), fields["msgid"]]))
        if "msgid_plural" in fields:
            catalogue[key, 0], catalogue[key, 1] = fields["msgstr[0]"], fields["msgstr[1]"]
            catalogue[key, "plural"] = fields["msgid_plural"]
        else:
            catalogue[key] = fields["msgstr"]
    return catalogue


def compiled(language: str) -> dict:
    with (ROOT / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return GNUTranslations(file)._catalog


def plurals(catalogue: dict) -> dict[str, str]:
    """Singular → plural, as the sources say them."""
    return {key[0]: words for key, words in catalogue.items() if key[1:] == ("plural",)}


def texts_of_templates():
    for path in sorted((ROOT / "templates").rglob("*.*")):
        template = Engine.get_default().get_template(str(path.relative_to(ROOT / "templates")))
        for node in template.nodelist.get_nodes_by_type(BlockTranslateNode):
            yield path.name, node


def plurals_of_templates():
    for _, node in texts_of_templates():
        if node.countervar:
            yield node.render_token_list(node.singular)[0], node.render_token_list(node.plural)[0]


def plurals_of_python():
    rooms = [app.path for app in apps.get_app_configs() if Path(app.path).parent == ROOT]
    for path in [path for room in [*rooms, ROOT / "possibles"] for path in sorted(Path(room).rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text())):
            name = isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", None))
            if name in PLURAL_CALLS:
                first = PLURAL_CALLS[name]
                yield tuple(ast.literal_eval(argument) for argument in node.args[first : first + 2])


# --- French ----------------------------------------------------------------------------------------------------------


def test_nought_and_one_are_singular_in_every_message():
    messages = plurals(written("fr"))
    assert len(messages) > 5
    for message, plural in messages.items():
        context, _, singular = message.rpartition("\x04")
        say = partial(npgettext, context) if context else ngettext
        assert [say(singular, plural, n) for n in range(4)] == [singular, singular, plural, plural]


def test_a_plural_that_no_catalogue_holds_is_wrong_at_nought():
    assert ngettext("%(n)s cheval", "%(n)s chevaux", 0) == "%(n)s chevaux"


def test_every_plural_message_of_the_site_is_in_the_french_catalogue():
    used = {*plurals_of_templates(), *plurals_of_python()}
    assert len(used) > 5
    missing = used - set(plurals(written("fr")).items())
    assert not missing, "type `make messages`"


def test_french_says_each_message_as_it_is_written():
    catalogue = written("fr")
    assert {key: words for key, words in catalogue.items() if key and words != source_of(key, catalogue)} == {}


def test_a_text_of_a_template_has_names_alone_in_its_blanks():
    """Anything else, a filter or a dot, is left empty by Django, and nothing tells it."""
    blanks = {
        (name, blank) for name, node in texts_of_templates() for blank in node.render_token_list(node.singular)[1]
    }
    assert len(blanks) > 50
    assert [(name, blank) for name, blank in blanks if not blank.isidentifier()] == []


def test_no_message_of_python_is_written_with_escapes():
    """gettext reads them as they are typed, Python as what they mean: no catalogue would have the words."""
    assert [key for key in written("fr") if isinstance(key, str) and "\\u" in key] == []


def source_of(key: str | tuple, catalogue: dict) -> str:
    message = key if isinstance(key, str) else key[0]
    return message.rpartition("\x04")[2] if key[1:] not in [(1,), ("plural",)] else plurals(catalogue)[message]


# --- English ---------------------------------------------------------------------------------------------------------


def test_english_says_every_message_with_the_same_blanks_to_fill():
    catalogue = written("en")
    for key, words in catalogue.items():
        if not key or key[1:] == ("plural",):
            continue
        source = source_of(key, catalogue)
        assert words, f"not translated: {source}"
        assert sorted(PLACEHOLDER.findall(words)) == sorted(PLACEHOLDER.findall(source)), source


def test_both_catalogues_hold_the_same_messages():
    assert written("fr").keys() == written("en").keys()


def test_words_counted_in_two_forms_have_two_in_english():
    pairs = {key: words for key, words in written("en").items() if isinstance(key, str) and re.search(r"\w,\w", key)}
    assert len(pairs) > 5
    assert [key for key, words in pairs.items() if words.count(",") != 1] == []


@pytest.fixture
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


def test_a_site_in_english_is_in_english(in_english, visitor, event):
    page = visitor.get("/").content.decode()
    assert '<html lang="en">' in page
    assert "Open an initiative" in page
    assert "Ouvrir une initiative" not in page


def test_places_are_said_in_english(in_english, visitor, vitre):
    assert "Act in Vitré" in visitor.get(vitre.get_absolute_url()).content.decode()
    assert (vitre.said_in, vitre.said_of) == ("in Vitré", "Vitré")


def test_a_visitor_s_browser_does_not_change_the_language(visitor, db):
    french_page = visitor.get("/").content
    assert visitor.get("/", headers={"accept-language": "en"}).content == french_page


def test_dates_and_numbers_follow_the_language_of_the_site(in_english):
    moment = datetime(2031, 3, 1, 17, 30, tzinfo=UTC)
    said = [
        french.number(12480),
        french.day(date(2026, 3, 1)),
        french.when(moment),
        french.full_when(moment),
        french.ago(timezone.now() - timedelta(minutes=1)),
        french.duration(timedelta(hours=3)),
        french.distance(2.44),
        french.distance(0.84),
    ]
    assert [words.replace(FIXED, " ") for words in said] == [
        "12,480",
        "1 March 2026",
        "Sat 1 March 2031, 18:30",
        "Saturday 1 March 2031, 18:30",
        "1 minute ago",
        "3 hours",
        "2.4 km away",
        "800 m away",
    ]
    assert [french.ordinal(n) for n in (1, 2, 3, 11, 22, 113)] == ["1st", "2nd", "3rd", "11th", "22nd", "113th"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ["0 place libre", "1 place libre", "2 places libres"]),
        ("en", ["0 places left", "1 place left", "2 places left"]),
    ],
)
def test_counted_words_follow_the_language_of_the_site(settings, language, said):
    settings.LANGUAGE_CODE = language
    template = Template('{{ n|count:_("place libre,places libres") }}')
    assert [template.render(Context({"n": n})).replace(FIXED, " ") for n in range(3)] == said


def test_english_has_its_own_plurals():
    with override("en"):
        said = [ngettext("%(places)s place libre", "%(places)s places libres", n) for n in (0, 1, 2)]
    assert said == ["%(places)s places left", "%(places)s place left", "%(places)s places left"]


def test_the_language_of_the_site_is_one_that_it_speaks(monkeypatch):
    monkeypatch.delenv("SITE_LANGUAGE", raising=False)
    assert one_of("SITE_LANGUAGE", ["fr", "en"]) == "fr"
    monkeypatch.setenv("SITE_LANGUAGE", "en")
    assert one_of("SITE_LANGUAGE", ["fr", "en"]) == "en"
    monkeypatch.setenv("SITE_LANGUAGE", "de")
    with pytest.raises(ImproperlyConfigured, match="SITE_LANGUAGE"):
        one_of("SITE_LANGUAGE", ["fr", "en"])


# --- Files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_compiled_is_what_is_written(language):
    expected = {key: words for key, words in written(language).items() if key and key[1:] != ("plural",)}
    assert {key: words for key, words in compiled(language).items() if key} == expected, "type `make messages`"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_catalogues_say_nothing_of_who_wrote_them(language):
    header = written(language)[""]
    assert f"Language: {language}\n" in header
    assert "@" not in header


def test_no_message_of_ours_takes_the_place_of_one_of_django():
    """Said as it is written, a word in English would lose the French that Django or allauth give it."""
    ours = {key: words for key, words in written("fr").items() if key}
    for app in apps.get_app_configs():
        theirs = Path(app.path) / "locale" / "fr" / "LC_MESSAGES" / "django.mo"
        if theirs.exists():
            with theirs.open("rb") as file:
                catalogue = GNUTranslations(file)._catalog
            assert {key: words for key, words in ours.items() if catalogue.get(key, words) != words} == {}, app.name
