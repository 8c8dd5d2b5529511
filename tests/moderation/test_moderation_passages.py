"""Texts as moderators read them."""

import time

from hypothesis import given
from hypothesis import strategies as st

from moderation.passages import difference, marked

BARE = {"<mark>": "", "</mark>": "", "<ins>": "", "</ins>": "", "<del>": "", "</del>": ""}


def bare(html: str) -> str:
    """The html without our own tags."""
    for tag, nothing in BARE.items():
        html = html.replace(tag, nothing)
    return html


def test_a_passage_is_marked_and_the_rest_is_escaped():
    assert marked("a <b> c", [(2, 5)]) == "a <mark>&lt;b&gt;</mark> c"
    assert marked("rien", []) == "rien"
    assert marked("", []) == ""


def test_passages_that_overlap_or_overflow_are_shown_once():
    assert (
        marked("abcd", [(0, 2), (1, 3), (3, 99), (-5, 1)]) == "<mark>a</mark><mark>b</mark><mark>c</mark><mark>d</mark>"
    )


def test_an_edit_shows_what_goes_and_what_comes():
    old, new = difference("Un petit verger", "Un grand verger", [(3, 8)])
    assert old == "Un <del>petit</del> verger"
    assert "grand" in new
    assert "<ins>" in new
    assert "<mark>" in new


def test_the_same_words_for_pages_do_not_keep_moderators_waiting():
    """Comparing these two, each word with each, took minutes."""
    old = "Avant. " + " ".join(str(n % 7) for n in range(2400)) + " Après."
    new = "Avant. " + " ".join(str(n * 3 % 7) for n in range(2400)) + " Après."
    began = time.perf_counter()
    before, after = difference(old, new)
    assert time.perf_counter() - began < 2
    assert before.startswith("Avant. 0 <del>") and before.endswith("</del> Après.")
    assert after.startswith("Avant. 0 <ins>") and after.endswith("</ins> Après.")


@given(st.text(), st.text(), st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50))))
def test_no_text_is_lost_and_none_escapes(old, new, spans):
    before, after = difference(old, new, spans)
    assert bare(before) == marked(old, [])
    assert bare(after) == marked(new, [])
    assert bare(marked(new, spans)) == marked(new, [])
