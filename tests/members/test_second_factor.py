"""The second factor of members, and the confirmation asked before it changes."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.test import Client

from members import services
from members.models import Member
from tests.members.door import last_code, sign_in, sign_in_staff, sign_up

pytestmark = pytest.mark.django_db

SENSITIVE = [
    "/compte/securite/application/",
    "/compte/securite/application/retirer/",
    "/compte/securite/cles/ajouter/",
    "/compte/securite/cles/1/renommer/",
    "/compte/securite/cles/1/retirer/",
    "/compte/securite/secours/",
    "/compte/securite/secours/refaire/",
    "/compte/securite/secours/fichier/",
]


def later(monkeypatch, seconds: float) -> None:
    now = time.time()
    monkeypatch.setattr("members.identity.time.time", lambda: now + seconds)


@pytest.fixture
def entered(alice) -> Client:
    """Alice's browser, where she typed her code a moment ago."""
    client = Client()
    sign_in(client, alice.email)
    return client


def add_application(client: Client, member: Member):
    """As a person does: read the key, type the six digits."""
    page = client.get("/compte/securite/application/").content.decode()
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page).group(1)
    return client.post("/compte/securite/application/", {"code": digits_of(secret)})


def digits_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


# --- Setting it up ---


def test_a_member_adds_an_application_and_reads_the_recovery_codes(entered, alice):
    answer = add_application(entered, alice)
    assert answer.url == "/compte/securite/secours/"
    page = entered.get(answer.url).content.decode()
    assert len(re.findall(r"<code>\d{8}</code>", page)) == 10


def test_the_drawing_and_the_key_of_the_application_are_in_the_page_itself(entered):
    page = entered.get("/compte/securite/application/").content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    assert "style=" not in page


def test_the_secret_cannot_be_read_in_the_database(alice):
    secret = services.give_totp(alice)
    assert secret not in str(Authenticator.objects.get().data)
    assert services.give_totp(alice) == secret
    assert services.current_totp(alice) == digits_of(secret)


def test_a_secret_survives_a_change_of_the_site_key(alice, settings):
    secret = services.give_totp(alice)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key"
    assert services.give_totp(alice) == secret


# --- Giving it ---


def test_it_is_asked_after_the_code(visitor, alice):
    services.give_totp(alice)
    answer = sign_in(visitor, alice.email, next="/evenements/")
    assert answer.url == "/compte/second-facteur/"
    assert "_auth_user_id" not in visitor.session
    answer = visitor.post(answer.url, {"code": services.current_totp(alice)})
    assert answer.url == "/evenements/"
    assert visitor.session["_auth_user_id"] == str(alice.pk)


def test_signing_up_again_does_not_go_round_it(visitor, alice):
    services.give_totp(alice)
    sign_up(visitor, email=alice.email)
    assert visitor.post("/compte/code/", {"code": last_code()}).url == "/compte/second-facteur/"
    assert "_auth_user_id" not in visitor.session


def test_the_same_digits_do_not_open_twice(visitor, alice):
    sign_in_staff(visitor, alice)
    again = Client()
    sign_in(again, alice.email)
    answer = again.post("/compte/second-facteur/", {"code": services.current_totp(alice)})
    assert "Ce n’est pas le bon code" in answer.content.decode()


def test_five_wrong_tries_close_it_for_five_minutes(visitor, alice):
    services.give_totp(alice)
    sign_in(visitor, alice.email)
    for _try in range(5):
        visitor.post("/compte/second-facteur/", {"code": "000000"})
    answer = visitor.post("/compte/second-facteur/", {"code": services.current_totp(alice)})
    assert "Attendez cinq minutes" in answer.content.decode()
    assert "_auth_user_id" not in visitor.session


def test_a_recovery_code_replaces_it_once(entered, alice):
    add_application(entered, alice)
    code = re.search(r"<code>(\d{8})</code>", entered.get("/compte/securite/secours/").content.decode()).group(1)
    for is_accepted in (True, False):
        client = Client()
        sign_in(client, alice.email)
        client.post("/compte/second-facteur/", {"code": code})
        assert ("_auth_user_id" in client.session) is is_accepted


# --- Before it changes ---


@pytest.mark.parametrize("address", SENSITIVE)
def test_what_protects_the_account_asks_who_one_is(entered, address, monkeypatch):
    later(monkeypatch, 11 * 60)
    answer = entered.get(address)
    assert answer.status_code == 302
    assert answer.url.startswith("/compte/confirmation/?next=")


@pytest.mark.parametrize("address", SENSITIVE)
def test_and_is_closed_to_visitors(visitor, address):
    assert visitor.get(address).url.startswith("/compte/connexion/?next=")


def test_a_member_confirms_by_a_code_and_goes_on(as_alice, alice):
    address = as_alice.get("/compte/securite/application/").url
    page = as_alice.get(address)
    assert "Confirmez que c’est vous" in page.content.decode()
    assert not mail.outbox
    answer = as_alice.post("/compte/confirmation/", {"next": "/compte/securite/application/"})
    assert answer.url == "/compte/confirmation/"
    assert "confirme que c’est bien vous" in mail.outbox[-1].body
    assert as_alice.post("/compte/confirmation/", {"code": "1"}).status_code == 200
    answer = as_alice.post("/compte/confirmation/", {"code": last_code(alice.email)})
    assert answer.url == "/compte/securite/application/"
    assert as_alice.get(answer.url).status_code == 200


def test_who_has_a_second_factor_confirms_by_it_and_not_by_the_mailbox(as_alice, alice):
    services.give_totp(alice)
    answer = as_alice.get("/compte/securite/application/retirer/", follow=True)
    assert answer.request["PATH_INFO"] == "/compte/confirmation/second-facteur/"
    answer = as_alice.post(
        "/compte/confirmation/second-facteur/",
        {"code": services.current_totp(alice), "next": "/compte/securite/application/retirer/"},
    )
    assert answer.url == "/compte/securite/application/retirer/"
    as_alice.post(answer.url)
    assert not Authenticator.objects.exists()


def test_other_devices_are_signed_out_and_this_one_stays(alice, as_alice):
    other = Client()
    other.force_login(alice)
    as_alice.post("/reglages/securite/appareils/deconnecter/")
    assert other.get("/reglages/").status_code == 302
    assert as_alice.get("/reglages/").status_code == 200
