"""What is true only once it is committed: two people at once, and what is told after."""

from django.core import mail
from django.test import Client

from members.models import Consent, Member
from tests.members.door import ask, last_code, sign_in, sign_up
from tests.members.test_second_factor import add_application


def test_two_sign_ups_at_once_with_one_address_make_one_member(at_once):
    def ready(email: str) -> tuple[Client, str]:
        client = Client()
        sign_up(client, email=email)
        return client, last_code("dora@exemple.fr")

    people = [ready(email) for email in ("dora@exemple.fr", "Dora@exemple.fr", "dora@EXEMPLE.fr")]
    answers = at_once(lambda person: person[0].post("/compte/code/", {"code": person[1]}), people)
    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert Member.objects.filter(email__iexact="dora@exemple.fr").count() == 1
    assert Consent.objects.count() == 1
    assert all("_auth_user_id" in client.session for client, _code in people)


def test_two_addresses_of_one_mailbox_at_once_make_one_member(at_once):
    def ready(email: str) -> tuple[Client, str]:
        client = Client()
        sign_up(client, email=email)
        return client, last_code(email)

    people = [ready(email) for email in ("d.ora@gmail.com", "dora+asso@gmail.com", "dora@googlemail.com")]
    answers = at_once(lambda person: person[0].post("/compte/code/", {"code": person[1]}), people)
    assert [answer.status_code for answer in answers] == [302, 302, 302]
    dora = Member.objects.get()
    assert Consent.objects.count() == 1
    # The others proved an address before there was a member: they ask for a code again, which goes to hers.
    assert sum("_auth_user_id" in client.session for client, _code in people) == 1
    client = Client()
    ask(client, "d.o.r.a@gmail.com")
    client.post("/compte/code/", {"code": last_code(dora.email)})
    assert client.session["_auth_user_id"] == str(dora.pk)


def test_each_change_is_told_to_the_member(committed_db):
    alice = Member.objects.create_user("alice@exemple.fr", display_name="Alice")
    client = Client()
    sign_in(client, alice.email)
    add_application(client, alice)
    message = mail.outbox[-1]
    assert message.to == ["alice@exemple.fr"]
    assert "Une application de codes protège maintenant votre compte." in message.body
    assert "/reglages/securite/" in message.body
