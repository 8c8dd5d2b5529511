"""« Où ? » in a form, and as one types."""

import html5lib
import pytest
from django import forms
from django.test import Client

from territories.forms import CommuneField
from territories.models import Commune

pytestmark = pytest.mark.django_db


class PlaceForm(forms.Form):
    where = CommuneField(label="Où ?", help_text="Nom ou code postal")


class OptionalForm(forms.Form):
    where = CommuneField(required=False)


def sent(text, code="", form=PlaceForm):
    return form({"where": text, "where_code": code})


def chosen(form):
    assert form.is_valid(), form.errors
    return form.cleaned_data["where"].code


def inputs(form) -> list[dict]:
    fragment = html5lib.HTMLParser(strict=True).parseFragment(str(form["where"]))
    return [element.attrib for element in fragment.iter("{http://www.w3.org/1999/xhtml}input")]


def test_a_name_without_doubt_is_taken():
    assert chosen(sent("vitre")) == "35360"


def test_an_arrondissement_is_taken_by_its_postcode():
    assert chosen(sent("75003")) == "75103"


def test_the_commune_picked_in_the_list_is_taken():
    assert chosen(sent("Saint-Denis (Seine-Saint-Denis)", "93066")) == "93066"


def test_another_spelling_is_said_and_offered():
    form = sent("trifouilly")
    [error] = form.errors["where"].as_data()
    assert error.code == "misspelt"
    assert (
        "Nous n’avons pas trouvé «\u202ftrifouilly\u202f». Voulez-vous dire Bouilly (Aube)" in form.errors["where"][0]
    )


def test_several_communes_are_offered_and_what_was_typed_is_kept():
    form = sent("st denis")
    assert not form.is_valid()
    assert form.errors["where"].as_data()[0].code == "several"
    text, *radios = inputs(form)
    assert text["value"] == "st denis"
    assert [radio["type"] for radio in radios] == ["radio"] * 8
    assert radios[1]["value"] == "93066"
    assert "Saint-Denis (Seine-Saint-Denis)" in str(form["where"])
    # What a browser without JavaScript sends next.
    assert chosen(sent("st denis", radios[1]["value"])) == "93066"


def test_changing_the_text_forgets_what_was_picked():
    assert chosen(sent("vitre", "93066")) == "35360"


def test_an_unknown_commune_is_said_so():
    form = sent("zzzzqx")
    assert not form.is_valid()
    assert form.errors["where"].as_data()[0].code == "unknown"
    assert [field["type"] for field in inputs(form)] == ["text", "hidden"]


@pytest.mark.parametrize("text", ["", "   "])
def test_nothing_is_an_error_only_where_it_is_asked(text):
    assert sent(text).errors["where"].as_data()[0].code == "required"
    form = sent(text, form=OptionalForm)
    assert form.is_valid()
    assert form.cleaned_data["where"] is None


@pytest.mark.parametrize(("text", "code"), [("x" * 81, ""), ("\x00", ""), ("vitre", "\x00"), ("💥", "' OR 1=1")])
def test_hostile_text_is_refused_or_ignored(text, code):
    form = sent(text, code)
    assert form.is_valid() is (text == "vitre")


def test_a_form_shows_the_commune_it_was_given():
    for initial in ("35360", Commune.objects.select_related("department").get(code="35360")):
        text, hidden = inputs(PlaceForm(initial={"where": initial}))
        assert text["value"] == "Vitré (Ille-et-Vilaine)"
        assert hidden["value"] == "35360"
        assert text["id"] == "id_where"
    assert not PlaceForm(
        {"where": "Vitré (Ille-et-Vilaine)", "where_code": "35360"}, initial={"where": "35360"}
    ).has_changed()
    assert PlaceForm({"where": "Rennes", "where_code": ""}, initial={"where": "35360"}).has_changed()


def test_two_forms_do_not_share_what_they_offer():
    first = sent("st denis")
    assert not first.is_valid()
    assert 'type="radio"' not in str(PlaceForm()["where"])


# --- As one types ----------------------------------------------------------------------------------------------------


def offered(query, **headers):
    return Client().get("/territoires/ou.json", {"q": query}, headers=headers)


def test_communes_are_offered_as_one_types():
    answer = offered("vitre")
    assert answer.json()["results"][0] == {
        "code": "35360",
        "name": "Vitré",
        "label": "Vitré (Ille-et-Vilaine)",
        "postcodes": ["35500"],
        "latitude": 48.1244,
        "longitude": -1.2145,
    }
    assert len(answer.json()["results"]) <= 8
    assert "public" in answer["Cache-Control"]
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.parametrize(
    ("query", "status"), [("", 200), ("\x00", 200), ("x" * 80, 200), ("x" * 81, 400), ("x" * 100_000, 400), ("%", 200)]
)
def test_bad_queries_find_nothing(query, status):
    answer = offered(query)
    assert answer.status_code == status
    assert answer.json() == {"results": []}


def test_a_query_may_be_missing_and_nothing_may_be_sent():
    assert Client().get("/territoires/ou.json").json() == {"results": []}
    assert Client().post("/territoires/ou.json", {"q": "vitre"}).status_code == 405


def test_suggestions_cost_the_same_whatever_they_find(django_assert_num_queries):
    with django_assert_num_queries(2):  # communes, postcodes
        offered("saint")
    with django_assert_num_queries(3):  # names, words, postcodes
        offered("vitre")
