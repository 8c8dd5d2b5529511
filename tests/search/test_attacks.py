"""What is typed to break the search, or to learn from it what nobody may read."""

import pytest
from cast import new_initiative

from search.finding import Asked, find
from search.words import count_words

pytestmark = pytest.mark.django_db

#: Addresses that read what is typed.
ADDRESSES = ("/recherche/", "/recherche/suggestions/")


@pytest.mark.parametrize(
    "typed",
    [
        # Without their accents these hold a quote, a backslash, a parenthesis, a slash.
        "abcdefghŉŉ",
        "ŉŉŉŉ",
        "piscʼʼʼ",
        "ʹʹʹpiscine",
        "₍piscine⑴ ⁇℀½",
    ],
)
def test_a_letter_whose_plain_form_is_a_mark_is_no_operator(visitor, initiative, typed):
    for address in ADDRESSES:
        assert visitor.get(address, {"q": typed}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "q=%ff%fe",
        "q=%ed%a0%80piscine",
        "q=%00&lieu=%00&theme=%00&type=%00&etat=%00&quand=%00&page=%00&mots=%00",
        "q=x&page=99999999999999999999",
        "q=x&page=-1",
        "q=x&lieu=35360-" + "%C3%A9" * 90,
        "q=" + "%F0%9F%8C%BA" * 300,
        "q=%22" + "a+b+" * 40 + "%22",
        "q[]=1",
        "lieu=r53-bretagne&theme=eau&etat=published&quand=mois&type=event",
    ],
)
def test_any_address_answers(visitor, initiative, query):
    for address in ADDRESSES:
        assert visitor.get(f"{address}?{query}").status_code == 200


def test_no_correction_says_a_word_of_what_was_withheld(visitor, alice):
    accused = new_initiative(alice, title="Contre Zygomatovitch")
    count_words()
    assert find(Asked("zygomatovich")).corrected == "zygomatovitch"
    accused.withhold()
    for address in ADDRESSES:
        assert "zygomatovitch" not in visitor.get(address, {"q": "zygomatovich"}).content.decode().lower()
    assert find(Asked("zygomatovich")).corrected == ""
