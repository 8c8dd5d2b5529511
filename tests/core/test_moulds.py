"""Pages made once for many readers, but for a few words of each."""

import gzip

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from core.hot import hole
from core.middleware import SMALL, Compression
from core.moulds import Mould

PAGE = f"<p>{hole('who')}, à {hole('place')}</p>{'<b>Vitré</b>' * SMALL}<a href='{hole('path')}'>{hole('who')}</a>"


@pytest.fixture
def mould():
    return Mould(PAGE, "who", "place", "path")


def travel(response: HttpResponse, accepts: str = "gzip, br") -> HttpResponse:
    """As it leaves for a reader who reads it so."""
    return Compression(lambda request: response)(RequestFactory().get("/", headers={"accept-encoding": accepts}))


@pytest.mark.parametrize("who", ["Zoé", "", "<script>", "名" * 60, "a" * 60_000])
def test_a_page_is_the_same_compressed_by_pieces_or_not(mould, who):
    values = {"who": who, "place": "L’Haÿ-les-Roses", "path": "/initiatives/un-verger-1/"}
    plain = travel(mould.pour(**values), accepts="br")
    squeezed = travel(mould.pour(**values))
    assert gzip.decompress(squeezed.content) == plain.content
    assert "Content-Encoding" not in plain and squeezed["Content-Encoding"] == "gzip"
    assert len(squeezed.content) == int(squeezed["Content-Length"]) < len(plain.content) / 2 + 4 * len(who.encode())
    assert plain["Vary"] == squeezed["Vary"] == "Accept-Encoding"


def test_what_is_somebody_s_own_is_escaped(mould):
    page = mould.pour(who="<b>", place="&", path="'").content.decode()
    assert page.startswith("<p>&lt;b&gt;, à &amp;</p>") and page.endswith("<a href='&#x27;'>&lt;b&gt;</a>")


def test_the_length_of_an_answer_tells_nothing_of_what_is_somebody_s_own(mould):
    """What is in the page already would be shorter, were it compressed with it (BREACH)."""
    lengths = {len(travel(mould.pour(who=who, place="", path="")).content) for who in ("Vitré", "Zqxkw6")}
    assert len(lengths) == 1


def test_a_small_page_travels_as_it_is():
    assert "Content-Encoding" not in travel(Mould(hole("who"), "who").pour(who="Zoé"))


def test_a_page_without_holes_is_a_page():
    assert Mould("<p>Vitré</p>").pour().content.decode() == "<p>Vitré</p>"


def test_who_holds_a_page_by_its_tag_knows_that_the_bytes_are_others(mould):
    response = mould.pour(who="Zoé", place="", path="")
    response["ETag"] = '"one"'
    assert travel(response)["ETag"] == 'W/"one"'
