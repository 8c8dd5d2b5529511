"""A member's account changes address: the new one is proved, both are told, the former may undo it for a week."""

import re
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.utils import timezone

from members import emails, services, tasks
from members.models import AddressChange, Member
from tests.members.door import last_code, sign_in

pytestmark = pytest.mark.django_db

FORM, CODE = "/reglages/adresse/", "/reglages/adresse/code/"
NEW = "alice.martin@exemple.fr"


@pytest.fixture
def entered(alice) -> Client:
    """Alice's browser, where she typed her code a moment ago."""
    client = Client()
    sign_in(client, alice.email)
    mail.outbox.clear()
    return client


def change(client: Client, email: str = NEW):
    """The two pages; the answer to the code."""
    client.post(FORM, {"email": email})
    return client.post(CODE, {"code": last_code(email.lower())})


def message_to(address: str):
    return next(each for each in mail.outbox if each.to == [address] and "code" not in each.subject)


def undo_link() -> str:
    return re.search(r"/reglages/adresse/annuler/[^\s/]+/", message_to("alice@exemple.fr").body).group()


def test_a_member_changes_address_by_a_code_sent_to_the_new_one(entered, alice):
    answer = entered.post(FORM, {"email": "Alice.Martin@Exemple.fr"})
    assert answer.url == CODE
    assert [each.to for each in mail.outbox] == [[NEW]]
    assert "donne cette adresse à votre compte" in mail.outbox[0].body
    assert entered.post(CODE, {"code": last_code()}).url == "/reglages/securite/"
    alice.refresh_from_db()
    assert alice.email == NEW
    assert Member.objects.of_address(NEW) == alice and Member.objects.of_address("alice@exemple.fr") is None
    assert NEW in entered.get("/reglages/securite/").content.decode()


def test_who_did_not_just_say_who_they_are_is_asked(as_alice, alice):
    assert as_alice.get(FORM).url.startswith("/compte/confirmation/")
    assert as_alice.post(FORM, {"email": NEW}).url.startswith("/compte/confirmation/")
    assert not mail.outbox


def test_nothing_changes_before_the_code_is_typed(entered, alice):
    entered.post(FORM, {"email": NEW})
    entered.post(CODE, {"code": "0000 0000"})
    alice.refresh_from_db()
    assert alice.email == "alice@exemple.fr" and not AddressChange.objects.exists()


def test_both_addresses_are_told(entered, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        change(entered)
    assert "plus rien de lui" in message_to("alice@exemple.fr").body
    assert "utilise maintenant cette adresse" in message_to(NEW).body
    row = AddressChange.objects.get()
    assert row.former_told_at and row.new_told_at


def test_the_other_devices_are_signed_out_and_this_one_stays(entered, alice):
    other = Client()
    other.force_login(alice)
    change(entered)
    assert other.get("/reglages/").status_code == 302
    assert entered.get("/reglages/").status_code == 200


def test_the_member_signs_in_with_the_new_address_and_no_more_with_the_former(entered, visitor):
    change(entered)
    assert sign_in(visitor, NEW).status_code == 302 and "_auth_user_id" in visitor.session
    Client().post("/compte/connexion/", {"email": "alice@exemple.fr"})
    assert "aucun compte ne l’utilise" in mail.outbox[-1].body


def test_a_code_asked_before_with_the_former_address_opens_nothing_after(entered, visitor):
    visitor.post("/compte/connexion/", {"email": "alice@exemple.fr"})
    code = last_code()
    change(entered)
    visitor.post("/compte/code/", {"code": code})
    assert "_auth_user_id" not in visitor.session


def test_the_address_of_another_member_gets_a_message_and_no_code(entered, bob):
    page = entered.post(FORM, {"email": bob.email}, follow=True).content.decode()
    assert bob.email in page and "Votre code" in page
    (message,) = mail.outbox
    assert message.to == [bob.email] and "a déjà un compte" in message.subject
    assert not re.search(r"\d{4} \d{4}", message.body)


def test_another_form_of_a_members_mailbox_is_told_at_the_one_they_gave(entered):
    Member.objects.create_user("bob@gmail.com", display_name="Bob")
    entered.post(FORM, {"email": "b.o.b+x@gmail.com"})
    assert [each.to for each in mail.outbox] == [["bob@gmail.com"]]


def test_one_may_change_to_another_form_of_ones_own_mailbox(visitor):
    Member.objects.create_user("bob@gmail.com", display_name="Bob")
    sign_in(visitor, "bob@gmail.com")
    change(visitor, "bob+asso@gmail.com")
    assert Member.objects.get().email == "bob+asso@gmail.com"


def test_an_address_that_somebody_takes_meanwhile_is_refused(entered, alice):
    entered.post(FORM, {"email": NEW})
    code = last_code()
    Member.objects.create_user(NEW, display_name="Une autre Alice")
    page = entered.post(CODE, {"code": code}, follow=True).content.decode()
    assert "Cette adresse a déjà un compte" in page
    alice.refresh_from_db()
    assert alice.email == "alice@exemple.fr" and not AddressChange.objects.exists()


def test_ones_own_address_is_refused_at_once(entered, alice):
    assert "C’est déjà votre adresse" in entered.post(FORM, {"email": alice.email}).content.decode()
    assert not mail.outbox


def test_nobody_writes_to_the_whole_country_from_one_account(entered):
    answers = [entered.post(FORM, {"email": f"n{number}@exemple.fr"}).status_code for number in range(11)]
    assert answers == [302] * 10 + [429]
    assert len(mail.outbox) == 10


# --- Undoing ---


def test_the_former_address_undoes_it_by_a_link_that_asks_first(entered, alice, visitor):
    change(entered)
    tasks.tell_address_changes()
    link = undo_link()
    page = visitor.get(link)
    assert page.status_code == 200 and "Reprendre mon compte" in page.content.decode()
    alice.refresh_from_db()
    assert alice.email == NEW
    # As a browser does, which says where it comes from: not back to a link that has served.
    undone = visitor.post(link, HTTP_REFERER=f"http://testserver{link}", follow=True)
    assert undone.redirect_chain[-1][0] == "/compte/connexion/?next=/reglages/securite/"
    assert "C’est annulé." in undone.content.decode()
    alice.refresh_from_db()
    assert alice.email == "alice@exemple.fr"
    assert entered.get("/reglages/").status_code == 302
    assert {each.to[0] for each in mail.outbox[-2:]} == {NEW, "alice@exemple.fr"}
    assert visitor.get(link).status_code == 410 and visitor.post(link).status_code == 410


def test_undoing_forgets_the_keys_of_who_took_the_account_and_keeps_the_others(entered, alice, visitor):
    services.give_totp(alice)
    kept = Authenticator.objects.get()
    Authenticator.objects.update(created_at=timezone.now() - timedelta(days=30))
    services.change_address(alice, NEW)
    tasks.tell_address_changes()
    Authenticator.objects.create(user=alice, type=Authenticator.Type.WEBAUTHN, data={"name": "La leur"})
    visitor.post(undo_link())
    assert list(Authenticator.objects.all()) == [kept]


def test_changing_again_does_not_keep_the_first_address_from_coming_back(alice, visitor):
    first = services.change_address(alice, NEW)
    second = services.change_address(alice, "pirate@exemple.fr")
    visitor.post(f"/reglages/adresse/annuler/{services.undo_token(first)}/")
    alice.refresh_from_db()
    assert alice.email == "alice@exemple.fr"
    assert visitor.post(f"/reglages/adresse/annuler/{services.undo_token(second)}/").status_code == 410


def test_after_a_week_nothing_is_undone_and_nothing_is_kept(alice, visitor):
    row = services.change_address(alice, NEW)
    link = f"/reglages/adresse/annuler/{services.undo_token(row)}/"
    assert services.forget_address_changes() == 0
    AddressChange.objects.update(changed_at=timezone.now() - timedelta(days=7))
    assert visitor.post(link).status_code == 410
    alice.refresh_from_db()
    assert alice.email == NEW
    assert services.forget_address_changes() == 1


@pytest.mark.parametrize("token", ["forged", "MQ:1vNpYa:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"])
def test_a_forged_link_undoes_nothing(alice, visitor, token):
    services.change_address(alice, NEW)
    assert visitor.post(f"/reglages/adresse/annuler/{token}/").status_code == 410
    alice.refresh_from_db()
    assert alice.email == NEW


def test_a_former_address_that_opened_another_account_is_not_taken_from_it(alice, visitor):
    row = services.change_address(alice, NEW)
    Member.objects.create_user("alice@exemple.fr", display_name="Une autre")
    answer = visitor.post(f"/reglages/adresse/annuler/{services.undo_token(row)}/")
    assert answer.status_code == 409 and "a maintenant un autre compte" in answer.content.decode()
    alice.refresh_from_db()
    assert alice.email == NEW


# --- Telling, whatever breaks ---


@pytest.fixture
def broken(monkeypatch):
    """`broken(error)`: the message to the former address fails so."""

    def fail(error: Exception) -> None:
        def raising(_change):
            raise error

        monkeypatch.setitem(emails.ADDRESS_CHANGED, "former", raising)

    return fail


def test_a_server_that_is_down_loses_neither_message(alice, broken, monkeypatch):
    services.change_address(alice, NEW)
    with monkeypatch.context() as down:
        down.setitem(emails.ADDRESS_CHANGED, "former", lambda _change: (_ for _ in ()).throw(SMTPServerDisconnected()))
        tasks.tell_address_changes()
    assert [each.to for each in mail.outbox] == [[NEW]]
    tasks.tell_address_changes()
    tasks.tell_address_changes()
    assert [each.to for each in mail.outbox] == [[NEW], ["alice@exemple.fr"]]


def test_a_former_mailbox_that_is_closed_is_not_written_to_for_ever(alice, broken):
    services.change_address(alice, NEW)
    broken(SMTPRecipientsRefused({"alice@exemple.fr": (550, b"no such user")}))
    tasks.tell_address_changes()
    assert AddressChange.objects.get().former_told_at
