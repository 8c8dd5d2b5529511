"""What nobody types by mistake: no address answers it with a failure of ours."""

from urllib.parse import quote

import pytest
from django.urls import reverse

STRANGE = [
    "\x00",
    "a\x00b",
    "é" * 10_000,
    "٣",
    "NaN",
    "-1",
    "9" * 400,
    "' OR 1=1 --",
    "%\\_",
    "🏳️‍🌈",
    "<script>alert(1)</script>",
    '(("!&|:*',
    "WyJhIiwgMV0",
]
#: A lone surrogate and bytes that are no UTF-8, already quoted.
BROKEN = ["%ED%A0%80", "%FF%FE", "%u0000", "%"]

QUESTIONS = {
    "initiatives": ["q", "sorte", "lieu", "theme", "tri", "apres"],
    "search": ["q", "type", "lieu", "theme", "etat", "quand", "page"],
    "agenda": ["lieu", "quand", "sorte", "apres"],
    "find_place": ["lieu"],
    "home": ["lieu"],
    "account_login": ["next"],
    "account_signup": ["next"],
    "commune_suggestions": ["q"],
}


@pytest.mark.parametrize(("name", "parameter"), [(name, each) for name in QUESTIONS for each in QUESTIONS[name]])
def test_an_address_with_anything_in_it_answers(visitor, initiative, event, name, parameter):
    for value in [*map(quote, STRANGE), *BROKEN]:
        for query in (f"{parameter}={value}", f"q=verger&{parameter}={value}&{parameter}=x"):
            answer = visitor.get(f"{reverse(name)}?{query}")
            assert answer.status_code in (200, 302, 400), query


FORMS = {
    "initiative_new": ["kind", "title", "summary"],
    "initiative_subject {i}": ["title", "summary"],
    "initiative_text {i}": ["problem", "proposal", "means"],
    "initiative_place {i}": ["level", "commune", "commune_code", "themes", "tags"],
    "settings": ["display_name", "home_commune", "home_commune_code"],
    "account_reauthenticate": ["next", "code"],
}


@pytest.mark.parametrize("key", FORMS)
def test_a_form_with_anything_in_it_answers(as_alice, initiative, key):
    name, *args = key.split()
    address = reverse(name, args=[initiative.slug for _ in args])
    well = {"level": "commune", "commune": "Vitré", "themes": ["environnement"], "tags": "vélo"}
    for value in STRANGE:
        for typed in (dict.fromkeys(FORMS[key], value), *(well | {field: value} for field in FORMS[key])):
            answer = as_alice.post(address, typed)
            assert answer.status_code in (200, 302, 400), typed


@pytest.mark.parametrize("name", ["account_login", "account_signup"])
def test_a_door_with_anything_in_it_answers(visitor, db, name):
    for field in ("email", "display_name", "home_commune", "home_commune_code", "consent", "next"):
        for value in STRANGE:
            answer = visitor.post(reverse(name), {"email": "x@exemple.fr", field: value})
            assert answer.status_code in (200, 302, 400, 429), (field, value)
