"""One mailbox, one member, whichever of its addresses is typed; what is written goes to the one they gave."""

import io
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from members import services
from members.addresses import address_key
from members.models import Member
from tests.members.door import ask, last_code, sign_in, sign_up

pytestmark = pytest.mark.django_db

GIVEN, OTHER = "b.ob+asso@googlemail.com", "bob@gmail.com"


@pytest.fixture
def bob(db) -> Member:
    return Member.objects.create_user(GIVEN, display_name="Bob")


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


# --- The door ---


@pytest.mark.parametrize("typed", [OTHER, "B.O.B@gmail.com", "bob+voisins@googlemail.com", GIVEN])
def test_bob_signs_in_with_any_address_of_his_mailbox(visitor, bob, typed):
    ask(visitor, typed)
    visitor.post("/compte/code/", {"code": last_code(to=GIVEN)})
    assert signed_in_as(visitor) == str(bob.pk)


def test_the_code_goes_to_the_address_he_gave_never_to_the_one_that_was_typed(visitor, bob):
    ask(visitor, OTHER)
    sign_up(visitor, email=OTHER)
    assert [message.to for message in mail.outbox] == [[GIVEN], [GIVEN]]
    assert "Vous avez déjà un compte" in mail.outbox[-1].body


def test_the_page_shows_only_what_was_typed(visitor, bob):
    ask(visitor, OTHER)
    page = visitor.get("/compte/code/").content.decode()
    assert OTHER in page
    assert GIVEN not in page


def test_to_sign_up_with_another_address_of_his_mailbox_lets_bob_in(visitor, bob):
    sign_up(visitor, email=OTHER, display_name="Un autre Bob")
    visitor.post("/compte/code/", {"code": last_code()})
    assert signed_in_as(visitor) == str(bob.pk)
    assert (Member.objects.get().email, Member.objects.get().display_name) == (GIVEN, "Bob")


def test_a_stranger_s_code_goes_where_they_asked(visitor, bob):
    sign_up(visitor, email="bob@exemple.fr")
    visitor.post("/compte/code/", {"code": last_code(to="bob@exemple.fr")})
    assert signed_in_as(visitor) == str(Member.objects.get(email="bob@exemple.fr").pk) != str(bob.pk)


def test_tags_do_not_flood_a_mailbox(visitor, bob):
    statuses = [ask(Client(), f"bob+{number}@gmail.com").status_code for number in range(6)]
    assert statuses == [302] * 5 + [429]
    assert len(mail.outbox) == 5
    assert ask(Client(), "alice@exemple.fr").status_code == 302


def test_a_code_sent_before_the_member_existed_does_not_open_their_account(visitor, db):
    """It went to the address that was typed: were providers' rules wrong, that mailbox would not be the member's."""
    sign_up(visitor, email=OTHER)
    code = last_code(to=OTHER)
    bob = Member.objects.create_user(GIVEN, display_name="Bob")
    answer = visitor.post("/compte/code/", {"code": code}, follow=True)
    assert "Ce code ne sert plus" in answer.content.decode()
    assert signed_in_as(visitor) is None
    sign_in_again = Client()
    ask(sign_in_again, OTHER)
    sign_in_again.post("/compte/code/", {"code": last_code(to=GIVEN)})
    assert signed_in_as(sign_in_again) == str(bob.pk)


def test_two_who_turn_out_to_share_a_mailbox_each_keep_their_account(visitor, bob):
    """They signed up before the site knew that the two addresses are one."""
    second = Member.objects.create_user("bob@exemple.fr", display_name="Bob bis")
    connection.cursor().execute("UPDATE members_member SET email = %s WHERE id = %s", [OTHER, second.pk])
    for member, address in ((bob, GIVEN), (second, OTHER)):
        client = Client()
        sign_in(client, address)
        assert signed_in_as(client) == str(member.pk)
    second.refresh_from_db()
    second.display_name = "Bob deux"
    Member.objects.get(pk=second.pk).save()


# --- Staff ---


def test_staff_are_found_by_any_address_of_their_mailbox(bob):
    assert services.make_staff(OTHER, display_name="X", groups=[]) == (bob, False)
    bob.refresh_from_db()
    assert (bob.email, bob.is_staff) == (GIVEN, True)


def test_createsuperuser_refuses_another_address_of_a_known_mailbox(bob):
    with pytest.raises(CommandError, match="already taken"):
        call_command("createsuperuser", email=OTHER, display_name="X", interactive=False)
    assert Member.objects.get_by_natural_key(OTHER) == bob
    with pytest.raises(Member.DoesNotExist):
        Member.objects.get_by_natural_key("nobody@exemple.fr")


# --- The key is never stale ---


def test_the_database_refuses_a_second_member_of_one_mailbox(bob):
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.create_user(OTHER, display_name="X")
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.bulk_create([Member(email=OTHER, display_name="X")])


@pytest.mark.parametrize("fields", [None, ["email"], ["email", "display_name"]])
def test_whoever_changes_an_address_changes_its_key(bob, fields):
    bob.email = "robert@exemple.fr"
    bob.save(update_fields=fields)
    bob.refresh_from_db()
    assert bytes(bob.address_key) == address_key("robert@exemple.fr")
    assert Member.objects.of_address("robert@exemple.fr") == bob
    assert Member.objects.of_address(OTHER) is None


def test_read_again_then_changed_it_changes_too(bob):
    read = Member.objects.get(pk=bob.pk)
    read.email = "robert@exemple.fr"
    read.save()
    assert Member.objects.get(address_key=address_key("robert@exemple.fr")) == bob
    Member.objects.update_or_create(pk=bob.pk, defaults={"email": "rob@exemple.fr"})
    assert Member.objects.get(address_key=address_key("rob@exemple.fr")) == bob


def test_an_address_cannot_be_changed_behind_its_key(bob):
    with pytest.raises(TypeError):
        Member.objects.filter(pk=bob.pk).update(email="robert@exemple.fr")
    bob.email = "robert@exemple.fr"
    with pytest.raises(TypeError):
        Member.objects.bulk_update([bob], ["email"])


def test_many_made_at_once_have_their_keys(db):
    Member.objects.bulk_create(Member(email=f"m{number}@gmail.com", display_name="M") for number in range(3))
    assert Member.objects.of_address("m.1@googlemail.com").email == "m1@gmail.com"


def test_finding_a_member_takes_one_query_that_reads_two_indexes(bob, django_assert_num_queries):
    with django_assert_num_queries(1):
        Member.objects.of_address(OTHER)
    with django_assert_num_queries(1):
        Member.objects.of_address("nobody@exemple.fr")


# --- rekey_addresses ---


def rekey() -> str:
    output = io.StringIO()
    call_command("rekey_addresses", stdout=output)
    return output.getvalue()


def keep_key(member: Member, address: str) -> None:
    """As if this had been the canonical form of their address."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE members_member SET address_key = %s WHERE id = %s", [address_key(address), member.pk])


def test_after_the_secret_changed_everybody_gets_a_key_anew(bob, alice, settings):
    settings.ADDRESS_KEY = "another secret"
    assert Member.objects.of_address(OTHER) is None
    assert Member.objects.of_address(GIVEN) == bob
    assert rekey() == "2 members, 2 rekeyed, 0 left as they are.\n"
    assert Member.objects.of_address(OTHER) == bob
    assert rekey() == "2 members, 0 rekeyed, 0 left as they are.\n"


def test_after_the_rules_changed_a_key_may_go_from_one_member_to_another(db):
    """The first waits for the key that the second leaves, whichever comes first."""
    first, second, third = (
        Member.objects.create_user(f"{name}@exemple.fr", display_name=name) for name in ("un", "deux", "trois")
    )
    keep_key(third, "ailleurs@exemple.fr")
    keep_key(second, "trois@exemple.fr")
    keep_key(first, "deux@exemple.fr")
    assert rekey() == "3 members, 3 rekeyed, 0 left as they are.\n"
    for member in (first, second, third):
        assert Member.objects.filter(address_key=address_key(member.email)).get() == member


def test_two_members_of_one_mailbox_are_named_by_number_and_left_as_they_are(bob, alice):
    second = Member.objects.create_user("x@exemple.fr", display_name="Bob bis")
    connection.cursor().execute("UPDATE members_member SET email = %s WHERE id = %s", [OTHER, second.pk])
    keep_key(second, "bob-before@gmail.com")
    told = rekey()
    assert told == (
        f"Member {second.pk} has the mailbox of member {bob.pk}: left as is.\n"
        "3 members, 0 rekeyed, 1 left as they are.\n"
    )
    assert "@" not in told
    second.refresh_from_db()
    assert bytes(second.address_key) == address_key("bob-before@gmail.com")


def test_rekeying_goes_by_batches(db, monkeypatch, settings, django_assert_max_num_queries):
    monkeypatch.setattr("members.management.commands.rekey_addresses.BATCH", 2)
    Member.objects.bulk_create(Member(email=f"m{number}@gmail.com", display_name="M") for number in range(5))
    settings.ADDRESS_KEY = "another secret"
    # Three batches: read, who holds the keys, update, within two savepoints; then none is left.
    with django_assert_max_num_queries(1 + 3 * 7):
        assert rekey() == "5 members, 5 rekeyed, 0 left as they are.\n"


def test_members_who_joined_long_ago_are_let_in_by_any_address(visitor, bob):
    Member.objects.filter(pk=bob.pk).update(joined_at=timezone.now() - timedelta(days=400))
    ask(visitor, OTHER)
    visitor.post("/compte/code/", {"code": last_code(to=GIVEN)})
    assert signed_in_as(visitor) == str(bob.pk)
