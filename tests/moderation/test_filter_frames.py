"""The engine of frames: the forms of a word, who a pronoun stands for, and where a passage stands in the text."""

import pytest

from moderation.filter.frames import FrameError, Frames
from moderation.filter.lexicon import Lexicon, LexiconError, adjective, verb
from moderation.filter.views import Views

CLASSES = {
    "sensitive": {"includes": ["named"]},
    "named": {"includes": ["core"]},
    "core": {"adjectives": "martien, vénusien", "forms": ["gens de la lune"]},
    "person": {"feminine": "personne", "masculine": "individu"},
    "scum": {"masculine": "parasite"},
    "vile": {"adjectives": "sale, dégoûtant, raté"},
    "hate": {"verbs": "détester"},
}
PHRASES = {
    "who": ["(les|des|un|une) {core}", "(les|des|une) {person} {core}", "{subject}"],
    "is": ["(est|sont)"],
}


@pytest.fixture(scope="module")
def frames():
    return Frames(Lexicon.load({"classes": CLASSES}), PHRASES)


def found(frames, frame: str, text: str) -> list[str]:
    """What a frame finds in a text, as it was written."""
    matcher, view = frames.compile([frame]), Views(text).folded
    frames.__dict__.pop("known", None)
    tagged = frames.read(view)
    if tagged is None:
        return []
    spans = [tagged.in_view(match.start() + 1, match.end()) for match in matcher.finditer(tagged.text)]
    return [text[slice(*view.original(*span))] for span in spans]


@pytest.mark.parametrize(
    ("masculine", "forms"),
    [
        ("menteur", {"menteur", "menteurs", "menteuse", "menteuses"}),
        ("cupide", {"cupide", "cupides"}),
        ("vil", {"vil", "vils", "vile", "viles"}),
        ("dangereux", {"dangereux", "dangereuse", "dangereuses"}),
        ("craintif", {"craintif", "craintive", "craintives"}),
        ("bestial", {"bestial", "bestiale", "bestiaux"}),
        ("con", {"con", "cons", "conne", "connes"}),
    ],
)
def test_an_adjective_is_known_in_all_its_forms(masculine, forms):
    assert forms <= {form for form, _ in adjective(masculine)}


def test_an_adjective_that_ends_with_an_accent_keeps_its_feminine():
    assert {"attarde", "attardes", "attardee", "attardees"} <= {form for form, _ in adjective("attarde", acute=True)}


@pytest.mark.parametrize(
    ("infinitive", "form", "mood"),
    [
        ("chasser", "chassent", "they"),
        ("chasser", "chassee", "part"),
        ("egorger", "egorgeons", "call"),
        ("salir", "salissent", "they"),
        ("pendre", "pendu", "part"),
        ("tuer", "tuera", "future"),
        ("tuer", "tuer", "inf"),
    ],
)
def test_a_verb_is_known_in_all_its_tenses(infinitive, form, mood):
    assert (form, (mood,)) in set(verb(infinitive))


def test_a_verb_whose_tenses_cannot_be_made_is_refused():
    with pytest.raises(LexiconError, match="zut"):
        list(verb("zut"))


def test_a_frame_finds_a_group_and_what_is_said_of_it(frames):
    assert found(frames, "{who} {is} {vile}", "Bon. Les Martiennes sont sales, oui.") == ["Les Martiennes sont sales"]
    assert found(frames, "{who} {is} {vile}", "Des personnes vénusiennes sont ratées") == [
        "Des personnes vénusiennes sont ratées"
    ]


def test_a_name_of_several_words_is_one(frames):
    assert found(frames, "{who} {is} {vile}", "Les gens de la Lune sont dégoûtants.") == [
        "Les gens de la Lune sont dégoûtants"
    ]


def test_a_sentence_about_no_group_is_not_read(frames):
    assert frames.read(Views("Ils sont sales. Les rues sont sales.").folded) is None


@pytest.mark.parametrize(
    "text",
    [
        "J’ai vu des Martiens, ils sont sales.",
        "J’ai vu des Martiens. Ils sont sales.",
        "J’ai vu un Martien. Il est sale.",
        "J’ai vu des Martiennes. Elles sont sales.",
        "J’ai vu des Martiens. Ils parlent. Ils sont sales.",
        "J’ai vu une personne martienne. Ils sont sales.",
    ],
)
def test_a_pronoun_stands_for_the_group_just_named(frames, text):
    assert found(frames, "{who} {is} {vile}", text)


@pytest.mark.parametrize(
    "text",
    [
        "J’ai vu des Martiens. Elle est sale.",
        "J’ai vu des Martiens. Il est sale.",
        "J’ai vu une Martienne. Il est sale.",
        "J’ai vu des Martiens. Le bus passait. Ils sont sales.",
        "J’ai vu des Martiens. Les trottoirs de la ville : ils sont sales.",
        "J’ai vu un Martien. Il est sale de jeter ses déchets par la fenêtre.",
    ],
)
def test_a_pronoun_stands_for_nobody_else(frames, text):
    assert not found(frames, "{who} {is} {vile}", text)


def test_an_object_and_a_name_thrown_at_them_stand_for_the_group(frames):
    assert found(frames, "je {object} {hate.one}", "Je vois des Martiens. Je les déteste.") == ["Je les déteste"]
    assert found(frames, "ces {scum.those}", "Je vois des Martiens, ces parasites.") == ["ces parasites"]
    assert not found(frames, "ces {scum.those}", "Je vois des pucerons, ces parasites. Les Martiens aussi.")


def test_a_frame_may_ask_for_the_start_the_end_or_what_precedes(frames):
    assert found(frames, "^ {who}", "Les Martiens. Voici les Martiens.") == ["Les Martiens"]
    assert found(frames, "{who} $", "Les Martiens dorment. Voici les Martiens.") == ["les Martiens"]
    assert found(frames, "& tous (sales)", "Les Martiens ? Tous sales.") == ["Tous sales"]
    assert not found(frames, "& tous (sales)", "Tous sales. Les Martiens.")


def test_disguised_words_are_read(frames):
    view = Views("les m a r t i e n s sont saaaales").tight
    matcher = frames.compile(["{who} {is} {vile}"])
    assert matcher.search(frames.read(view).text) is not None


@pytest.mark.parametrize("frame", ["{nowhere}", "{core.nowhere}", "(les", "les [martiens]"])
def test_a_frame_that_is_wrong_is_refused(frames, frame):
    with pytest.raises(ValueError, match=r"frame|form"):
        frames.compile([frame])


def test_a_phrase_that_contains_itself_is_refused():
    frames = Frames(Lexicon.load({"classes": CLASSES}), {"a": ["{b}"], "b": ["{a}"]})
    with pytest.raises(FrameError, match="itself"):
        frames.compile(["{a}"])


@pytest.mark.parametrize(
    "classes",
    [{"core": {"colours": "rouge"}}, {"core": {"includes": ["nowhere"]}}, {f"c{n}": {} for n in range(200)}],
)
def test_a_lexicon_that_is_wrong_is_refused(classes):
    with pytest.raises(LexiconError):
        Lexicon.load({"classes": classes})
