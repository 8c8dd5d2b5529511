"""Each address of the room, for a visitor, a member, and somebody of the staff."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import NoReverseMatch, reverse

from members import services
from members.models import Member
from members.urls import urlpatterns
from tests.members.door import ask, sign_in_staff, sign_up

pytestmark = pytest.mark.django_db

DOOR, HERE, SURE = "/compte/connexion/", 200, "/compte/confirmation/"

#: Address → what GET answers to a visitor, a member who just signed in with a second factor, and one long ago.
EXPECTED = {
    "": ("/reglages/", "/reglages/", "/reglages/"),
    "connexion/": (HERE, "/", "/"),
    "inscription/": (HERE, "/", "/"),
    "code/": (DOOR, "/", "/"),
    "second-facteur/": (DOOR, "/", "/"),
    "connexion/cle/": (DOOR, "/", "/"),
    "ferme/": (HERE, HERE, HERE),
    "deconnexion/": ("/", HERE, HERE),
    "confirmation/": (DOOR, "/compte/confirmation/second-facteur/", "/compte/confirmation/second-facteur/"),
    "confirmation/second-facteur/": (DOOR, HERE, HERE),
    "confirmation/cle/": (DOOR, "/compte/confirmation/second-facteur/", "/compte/confirmation/second-facteur/"),
    "securite/": ("/reglages/securite/",) * 3,
    "securite/application/": (DOOR, "/compte/securite/application/retirer/", SURE),
    "securite/application/retirer/": (DOOR, HERE, SURE),
    "securite/cles/": (DOOR, HERE, HERE),
    "securite/cles/ajouter/": (DOOR, HERE, SURE),
    "securite/cles/<int:pk>/renommer/": (DOOR, 404, SURE),
    "securite/cles/<int:pk>/retirer/": (DOOR, 404, SURE),
    "securite/secours/": (DOOR, 404, SURE),
    "securite/secours/refaire/": (DOOR, HERE, SURE),
    "securite/secours/fichier/": (DOOR, 404, SURE),
}


def test_every_address_is_in_the_table():
    assert {str(pattern.pattern) for pattern in urlpatterns} == set(EXPECTED)


def check(client: Client, column: int) -> None:
    for route, answers in EXPECTED.items():
        expected = answers[column]
        answer = client.get("/compte/" + route.replace("<int:pk>", "1"))
        if isinstance(expected, int):
            assert answer.status_code == expected, route
        else:
            assert answer.status_code == 302, route
            assert answer.url.partition("?")[0] == expected, route
        if answer.status_code == HERE:
            assert "no-store" in answer["Cache-Control"] or "private" in answer["Cache-Control"], route


def test_for_a_visitor(visitor):
    check(visitor, 0)


def test_for_a_member_who_just_gave_a_second_factor(visitor, alice):
    sign_in_staff(visitor, alice)
    check(visitor, 1)


def test_for_a_member_who_signed_in_long_ago(as_alice, alice):
    services.give_totp(alice)
    check(as_alice, 2)


def test_the_key_pages_show_for_who_has_one(visitor, alice):
    sign_in_staff(visitor, alice)
    key = Authenticator.objects.create(
        user=alice, type=Authenticator.Type.WEBAUTHN, data={"name": "Clé du bureau", "credential": {}}
    )
    for address in ("/compte/securite/cles/", f"/compte/securite/cles/{key.pk}/retirer/"):
        assert "Clé du bureau" in visitor.get(address).content.decode()
    visitor.post(f"/compte/securite/cles/{key.pk}/renommer/", {"name": "Mon téléphone"})
    assert "Mon téléphone" in visitor.get("/compte/securite/cles/").content.decode()


def test_nobody_touches_the_key_of_another(visitor, alice, bob):
    sign_in_staff(visitor, alice)
    key = Authenticator.objects.create(user=bob, type=Authenticator.Type.WEBAUTHN, data={"name": "Clé de Bob"})
    assert visitor.get(f"/compte/securite/cles/{key.pk}/retirer/").status_code == 404
    assert visitor.post(f"/compte/securite/cles/{key.pk}/retirer/").status_code == 404


@pytest.mark.parametrize("name", ["account_reset_password", "account_change_password", "account_set_password"])
def test_passwords_have_no_address(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize("address", ["password/reset/", "password/change/", "password/set/", "login/", "signup/"])
def test_nor_do_those_of_allauth_exist(visitor, address):
    assert visitor.get(f"/compte/{address}").status_code == 404


def test_no_page_of_the_door_holds_an_inline_script_or_style(visitor, alice):
    pages = [visitor.get(address) for address in ("/compte/connexion/", "/compte/inscription/")]
    ask(visitor, alice.email)
    pages.append(visitor.get("/compte/code/"))
    sign_in_staff(visitor, alice)
    pages += [visitor.get(f"/compte/{route}") for route in EXPECTED if "<" not in route]
    pages.append(visitor.get("/reglages/"))
    for page in pages:
        text = page.content.decode()
        assert "<script>" not in text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text


# --- /reglages/ ---


def test_settings_ask_to_sign_in(visitor):
    assert visitor.get("/reglages/").url == "/compte/connexion/?next=/reglages/"


def test_a_member_reads_what_the_site_knows_of_them(as_alice):
    page = as_alice.get("/reglages/").content.decode()
    for known in ('value="Alice"', "alice@exemple.fr", "Vitré"):
        assert known in page


def test_a_member_changes_their_name_and_commune(as_alice, alice):
    answer = as_alice.post(
        "/reglages/", {"display_name": "Alice M.", "home_commune": "Rennes", "home_commune_code": "35238"}
    )
    assert answer.url == "/reglages/"
    alice.refresh_from_db()
    assert (alice.display_name, alice.home_commune_id) == ("Alice M.", "35238")


def test_a_refused_name_is_shown_in_the_form_and_not_in_the_header(as_alice, alice):
    page = as_alice.post("/reglages/", {"display_name": "Modération", "home_commune": "", "home_commune_code": ""})
    text = page.content.decode()
    assert 'value="Modération"' in text
    assert text.count("Modération") == 1
    alice.refresh_from_db()
    assert alice.display_name == "Alice"


def test_settings_hold_nothing_but_what_may_change(as_alice, alice):
    as_alice.post(
        "/reglages/",
        {"display_name": "Alice", "home_commune": "", "is_staff": "on", "email": "x@exemple.fr", "is_superuser": "1"},
    )
    alice.refresh_from_db()
    assert (alice.is_staff, alice.is_superuser, alice.email) == (False, False, "alice@exemple.fr")
    assert alice.home_commune is None


def test_staff_keep_a_name_that_others_may_not_take():
    chloe = Member.objects.create_user("chloe@exemple.fr", display_name="Modération", is_staff=True)
    client = Client()
    client.force_login(chloe)
    client.post("/reglages/", {"display_name": "Modération", "home_commune": "Vitré", "home_commune_code": "35360"})
    chloe.refresh_from_db()
    assert chloe.home_commune_id == "35360"


def test_a_member_reads_settings_in_few_queries(as_alice, django_assert_max_num_queries):
    # Session, member, the same with their commune, second factor, is there a demonstration.
    with django_assert_max_num_queries(5):
        as_alice.get("/reglages/")


def test_the_sign_up_form_keeps_everything_when_one_answer_is_refused(visitor):
    page = sign_up(visitor, email="dora", home_commune="Vitré", home_commune_code="35360").content.decode()
    for kept in ('value="dora"', 'value="Dora"', 'value="Vitré', "35360", "checked"):
        assert kept in page
    assert 'role="alert"' in page
