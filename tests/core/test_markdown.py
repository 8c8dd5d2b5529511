"""Citizens' Markdown: a safe subset, whatever is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.markdown import render


def test_paragraphs_lists_emphasis_and_quotations():
    html = render("**Fort** et *doux*.\n\n- un\n- deux\n\n> cité")
    assert "<strong>Fort</strong>" in html and "<em>doux</em>" in html
    assert "<li>un</li>" in html and "<blockquote>" in html


def test_a_single_return_starts_a_new_line():
    assert "<br>" in render("un\ndeux")


def test_links_are_marked_as_citizens_own():
    html = render("[ici](https://exemple.fr)")
    assert 'href="https://exemple.fr"' in html
    assert "nofollow" in html and "ugc" in html and "noopener" in html


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<img src=x onerror=alert(1)>",
        '<a href="https://x" style="color:red" onclick="x()">x</a>',
        "<iframe src=//x></iframe>",
        "![x](https://x/y.png)",
        '<https://x" onmouseover=alert(1)>',
        "# Titre\n<h1>Titre</h1>",
    ],
)
def test_nothing_dangerous_passes(attack):
    html = render(attack).lower()
    for part in ("<script", "<img", "<iframe", "<h1", 'javascript:"', 'href="javascript', 'href="data', "<a style"):
        assert part not in html
    assert not any(
        f" {name}=" in tag
        for tag in html.split("<")[1:]
        for name in ("onclick", "onerror", "style")
        if ">" in tag and name in tag.split(">")[0]
    )


@given(st.text(max_size=400))
def test_any_text_is_rendered_without_a_tag_of_its_own(text):
    html = render(text)
    allowed = {"p", "br", "ul", "ol", "li", "strong", "em", "blockquote", "a"}
    tags = {part.split(">")[0].split()[0].strip("/") for part in html.split("<")[1:] if part.split(">")[0].split()}
    assert tags <= allowed
