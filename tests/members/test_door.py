"""Signing up and signing in by a code sent by e-mail, never a password."""

import smtplib
import time

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError

from members import codes, tasks
from members.models import Consent, Member
from tests.members.door import ANSWERS, ask, last_code, sign_in, sign_up

pytestmark = pytest.mark.django_db


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# --- Signing up ---


def test_a_stranger_becomes_a_member_with_a_code(visitor, vitre):
    answer = sign_up(visitor, home_commune="Vitré", home_commune_code=vitre.code)
    assert answer.url == "/compte/code/"
    answer = visitor.post(answer.url, {"code": last_code("dora@exemple.fr")})
    assert answer.url == "/"
    dora = Member.objects.get(email="dora@exemple.fr")
    assert (dora.display_name, dora.home_commune) == ("Dora", vitre)
    assert not dora.has_usable_password()
    assert is_signed_in(visitor)


def test_nothing_is_written_of_a_person_before_their_address_is_proved(visitor):
    sign_up(visitor)
    assert not Member.objects.exists()
    assert not Consent.objects.exists()


def test_the_commune_can_be_left_out(visitor):
    sign_up(visitor)
    visitor.post("/compte/code/", {"code": last_code()})
    assert Member.objects.get().home_commune is None


def test_the_consent_is_kept_with_its_version_and_its_date(visitor):
    before = timezone.now()
    sign_up(visitor)
    visitor.post("/compte/code/", {"code": last_code()})
    consent = Consent.objects.get(member__email="dora@exemple.fr")
    assert (consent.purpose, consent.version, consent.withdrawn_at) == ("use", "2026-11", None)
    assert before <= consent.given_at <= timezone.now()


def test_the_consent_is_not_ticked_beforehand_and_must_be(visitor):
    page = visitor.get("/compte/inscription/").content.decode()
    assert "checked" not in page
    answer = visitor.post("/compte/inscription/", {key: value for key, value in ANSWERS.items() if key != "consent"})
    assert "Cochez cette case" in answer.content.decode()
    assert 'value="dora@exemple.fr"' in answer.content.decode()
    assert not mail.outbox


def test_somebody_who_already_is_a_member_signs_up_again_and_is_let_in(visitor, alice):
    sign_up(visitor, email=alice.email, display_name="Une autre Alice")
    assert "Vous avez déjà un compte" in mail.outbox[-1].body
    visitor.post("/compte/code/", {"code": last_code(alice.email)})
    assert visitor.session["_auth_user_id"] == str(alice.pk)
    alice.refresh_from_db()
    assert alice.display_name == "Alice"
    assert Member.objects.count() == 1


@pytest.mark.parametrize("email", ["Dora@Exemple.FR", "DORA@EXEMPLE.FR", "dora@exemple.fr"])
def test_an_address_is_the_same_in_capitals(visitor, email):
    Member.objects.create_user("dora@exemple.fr", display_name="Dora")
    sign_up(visitor, email=email)
    visitor.post("/compte/code/", {"code": last_code("dora@exemple.fr")})
    assert Member.objects.count() == 1


# --- Signing in ---


def test_a_member_signs_in_with_a_code_and_goes_back_where_they_were(visitor, alice):
    answer = sign_in(visitor, alice.email, next="/initiatives/?texte=verger")
    assert answer.url == "/initiatives/?texte=verger"
    assert visitor.session["_auth_user_id"] == str(alice.pk)


def test_who_signs_up_goes_back_where_they_were_too(visitor):
    sign_up(visitor, next="/evenements/")
    assert visitor.post("/compte/code/", {"code": last_code()}).url == "/evenements/"


@pytest.mark.parametrize("elsewhere", ["https://exemple.org/", "//exemple.org", "javascript:alert(1)"])
def test_the_door_leads_nowhere_else(visitor, alice, elsewhere):
    assert sign_in(visitor, alice.email, next=elsewhere).url == "/"


@pytest.mark.parametrize("shape", ["{0} {1}", "{0}{1}", "  {0}\u00a0{1}\n", "{0}-{1}", "Votre code : {0} {1}"])
def test_a_code_can_be_pasted_as_it_comes(visitor, alice, shape):
    ask(visitor, alice.email)
    visitor.post("/compte/code/", {"code": shape.format(*last_code().split())})
    assert is_signed_in(visitor)


def test_a_wrong_code_is_refused_and_the_right_one_still_opens(visitor, alice):
    ask(visitor, alice.email)
    right = last_code()
    answer = visitor.post("/compte/code/", {"code": wrong(right)})
    assert "Ce n’est pas le bon code" in answer.content.decode()
    assert not is_signed_in(visitor)
    visitor.post("/compte/code/", {"code": right})
    assert is_signed_in(visitor)


def wrong(code: str) -> str:
    return f"{(int(code.replace(' ', '')) + 1) % 10**8:08}"


def test_after_five_tries_the_code_serves_no_more(visitor, alice):
    ask(visitor, alice.email)
    right = last_code()
    for _try in range(5):
        assert visitor.post("/compte/code/", {"code": wrong(right)}).status_code == 200
    answer = visitor.post("/compte/code/", {"code": right}, follow=True)
    assert "Trop d’essais" in answer.content.decode()
    assert answer.redirect_chain == [("/compte/connexion/", 302)]
    assert not is_signed_in(visitor)


def test_after_fifteen_minutes_the_code_serves_no_more(visitor, alice, monkeypatch):
    ask(visitor, alice.email)
    now = time.time()
    monkeypatch.setattr(codes.time, "time", lambda: now + 15 * 60)
    answer = visitor.post("/compte/code/", {"code": last_code()}, follow=True)
    assert "plus de 15 minutes" in answer.content.decode()
    assert not is_signed_in(visitor)


def test_until_then_it_does(visitor, alice, monkeypatch):
    ask(visitor, alice.email)
    now = time.time()
    monkeypatch.setattr(codes.time, "time", lambda: now + 14 * 60)
    visitor.post("/compte/code/", {"code": last_code()})
    assert is_signed_in(visitor)


def test_a_code_serves_once(visitor, alice):
    sign_in(visitor, alice.email)
    code = last_code()
    visitor.post("/compte/deconnexion/")
    answer = visitor.post("/compte/code/", {"code": code})
    assert answer.url == "/compte/connexion/"
    assert not is_signed_in(visitor)


def test_a_code_opens_only_where_it_was_asked(visitor, alice):
    ask(visitor, alice.email)
    elsewhere, code_of_alice = Client(), last_code()
    assert elsewhere.post("/compte/code/", {"code": code_of_alice}).url == "/compte/connexion/"
    ask(elsewhere, "bob@exemple.fr")
    elsewhere.post("/compte/code/", {"code": code_of_alice})
    assert not is_signed_in(elsewhere)


def test_a_new_code_replaces_the_former(visitor, alice):
    ask(visitor, alice.email)
    first = last_code()
    visitor.post("/compte/code/", {"action": "resend"})
    second = last_code()
    visitor.post("/compte/code/", {"code": first})
    assert not is_signed_in(visitor)
    visitor.post("/compte/code/", {"code": second})
    assert is_signed_in(visitor)


def test_the_code_is_asked_again_three_times_and_no_more(visitor, alice):
    ask(visitor, alice.email)
    for _time in range(3):
        assert visitor.post("/compte/code/", {"action": "resend"}).status_code == 302
    assert "Recevoir un nouveau code" not in visitor.get("/compte/code/").content.decode()
    assert visitor.post("/compte/code/", {"action": "resend"}).status_code == 429
    assert len(mail.outbox) == 4


def test_a_closed_account_is_told_so_once_the_address_is_proved(visitor, alice):
    Member.objects.update(is_active=False)
    answer = sign_in(visitor, alice.email)
    assert answer.url == "/compte/ferme/"
    assert "Ce compte est fermé" in visitor.get(answer.url).content.decode()
    assert not is_signed_in(visitor)


def test_the_code_kept_in_the_session_cannot_be_read(visitor, alice):
    ask(visitor, alice.email)
    assert last_code().replace(" ", "") not in str(dict(visitor.session))


# --- Limits ---


def test_one_address_gets_five_codes_in_a_quarter_of_an_hour(alice):
    for _time in range(5):
        assert ask(Client(), alice.email).status_code == 302
    answer = ask(Client(), alice.email)
    assert answer.status_code == 429
    assert "Un instant" in answer.content.decode()
    assert len(mail.outbox) == 5


def test_one_machine_is_slowed_down_on_both_forms(settings, visitor):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "2/m/ip", "signup": "2/m/ip"}
    for number in range(2):
        ask(visitor, f"personne{number}@exemple.fr")
        sign_up(visitor, email=f"autre{number}@exemple.fr")
    for answer in (ask(visitor, "encore@exemple.fr"), sign_up(visitor, email="encore@exemple.fr")):
        assert answer.status_code == 429
        assert "Un instant" in answer.content.decode()


# --- Cookies ---


def test_looking_at_the_door_opens_no_session(visitor):
    for address in ("/compte/connexion/", "/compte/inscription/", "/compte/code/"):
        visitor.get(address)
    assert set(visitor.cookies) <= {"csrftoken"}


def test_a_session_waits_fifteen_minutes_for_a_code_then_lives_a_month(visitor, alice):
    ask(visitor, alice.email)
    assert visitor.cookies["sessionid"]["max-age"] == 15 * 60
    visitor.post("/compte/code/", {"code": last_code()})
    assert visitor.cookies["sessionid"]["max-age"] == 60 * 60 * 24 * 30


def test_who_leaves_is_a_visitor_again(as_alice):
    answer = as_alice.post("/compte/deconnexion/")
    assert answer.url == "/"
    assert as_alice.cookies["sessionid"].value == ""


# --- Delivery ---


def test_codes_do_not_wait_for_a_broker_that_is_down(visitor, alice, monkeypatch):
    def down(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr(tasks.send_code, "apply_async", down)
    sign_in(visitor, alice.email)
    assert is_signed_in(visitor)


def test_a_mail_server_that_coughs_is_asked_again(visitor, alice, monkeypatch):
    tries = []

    def coughing(*args):
        tries.append(args)
        if len(tries) < 3:
            raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr(tasks.emails, "code", coughing)
    assert ask(visitor, alice.email).status_code == 302
    assert len(tries) == 3


@pytest.mark.parametrize(
    "refusal",
    [
        smtplib.SMTPRecipientsRefused({"alice@exemple.fr": (550, b"alice@exemple.fr unknown")}),
        smtplib.SMTPRecipientsRefused({"alice@exemple.fr": (450, b"alice@exemple.fr greylisted")}),
        smtplib.SMTPDataError(451, b"alice@exemple.fr: later"),
    ],
)
def test_no_address_is_logged_when_a_message_is_refused(visitor, alice, monkeypatch, caplog, refusal):
    def refusing(*args):
        raise refusal

    monkeypatch.setattr(tasks.emails, "code", refusing)
    caplog.set_level("DEBUG")
    assert ask(visitor, alice.email).status_code == 302
    assert caplog.text
    assert "alice@" not in caplog.text


def test_messages_are_in_french_in_two_forms_and_name_the_site(visitor, alice, settings):
    ask(visitor, alice.email)
    message = mail.outbox[-1]
    html, kind = message.alternatives[0]
    assert message.subject == f"Votre code pour {settings.SITE_NAME}"
    assert kind == "text/html"
    for body in (message.body, html):
        assert last_code() in body
        assert "15 minutes" in body
        assert settings.SITE_NAME in body
    assert "<img" not in html
    assert "{%" not in message.body + html


@pytest.mark.parametrize("forwarded", ["", "garbage", "192.0.2.1", "192.0.2.1, 198.51.100.4"])
def test_a_list_of_proxies_too_short_or_senseless_breaks_nothing(visitor, settings, forwarded):
    settings.TRUSTED_PROXY_COUNT = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    answer = visitor.post("/compte/connexion/", {"email": "alice@exemple.fr"}, headers={"x-forwarded-for": forwarded})
    assert answer.status_code == 302
