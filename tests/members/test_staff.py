"""The admin: the members' door, then a second factor given in the same session."""

import re
from io import StringIO
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import URLPattern, resolve, reverse

from members import services
from members.models import Consent, Member
from tests.members.door import sign_in, sign_in_staff
from tests.members.test_second_factor import add_application

pytestmark = pytest.mark.django_db


@pytest.fixture
def camille(db) -> Member:
    """Camille runs the site."""
    return Member.objects.create_superuser("camille@exemple.fr", display_name="Camille")


def admin_addresses() -> list[str]:
    """Every address of the admin, with a number or a word in its blanks."""
    resolve("/admin/")  # The rooms register their pages when the addresses of the site are read.
    addresses = []

    def walk(patterns, prefix):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                addresses.append(route)
            else:
                walk(pattern.url_patterns, route)

    walk(admin.site.urls[0], "/admin/")
    tried = [re.sub("<[^>]+>", "1", address) for address in addresses if "(?P" not in address]
    return [address for address in tried if not address.endswith(("login/", "logout/"))]


def test_there_are_addresses_to_try():
    assert {"/admin/", "/admin/members/member/", "/admin/members/member/1/change/"} <= set(admin_addresses())


def opens_no_page_of_the_admin(client: Client) -> None:
    """Each address leads to the one that says what is missing, and remembers where they went."""
    for address in admin_addresses():
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/login/?next={quote(address)}"), (
            address
        )


def test_the_whole_admin_sends_visitors_to_the_members_door(visitor):
    opens_no_page_of_the_admin(visitor)
    assert visitor.get("/admin/", follow=True).request["PATH_INFO"] == "/compte/connexion/"


def test_the_whole_admin_is_closed_to_members(as_alice):
    opens_no_page_of_the_admin(as_alice)
    assert as_alice.get("/admin/", follow=True).status_code == 403


def test_the_whole_admin_is_closed_to_staff_without_a_second_factor(camille):
    client = Client()
    sign_in(client, camille.email)
    opens_no_page_of_the_admin(client)
    assert client.get("/admin/", follow=True).request["PATH_INFO"] == "/reglages/securite/"


def test_the_whole_admin_is_closed_to_a_session_that_gave_no_second_factor(camille):
    """Opened before the factor was set up, on another device."""
    client = Client()
    sign_in(client, camille.email)
    services.give_totp(camille)
    opens_no_page_of_the_admin(client)
    assert client.get("/admin/", follow=True).request["PATH_INFO"] == "/compte/confirmation/second-facteur/"


def test_the_admin_opens_to_staff_with_a_second_factor_and_leads_where_they_went(camille):
    client = Client()
    asked = client.get("/admin/members/member/", follow=True).redirect_chain[-1][0]
    assert asked == "/compte/connexion/?next=/admin/members/member/"
    answer = sign_in_staff(client, camille, next="/admin/members/member/")
    assert answer.url == "/admin/members/member/"
    assert client.get(answer.url).status_code == 200
    assert "Les Créateurs de possibles" in client.get("/admin/").content.decode()


def test_staff_set_up_their_second_factor_and_go_on_without_being_asked_again(camille):
    client = Client()
    sign_in(client, camille.email)
    client.get("/admin/members/member/", follow=True)
    answer = add_application(client, camille)
    page = client.get(answer.url).content.decode()
    assert 'href="/admin/login/?next=/admin/members/member/"' in page
    answer = client.get("/admin/login/?next=/admin/members/member/")
    assert answer.url == "/admin/members/member/"
    assert client.get(answer.url).status_code == 200


def test_the_admin_closes_when_the_last_factor_is_removed(camille):
    client = Client()
    sign_in_staff(client, camille)
    services.forget_second_factors(camille)
    assert client.get("/admin/").status_code == 302


def test_leaving_the_admin_leaves_the_site(camille):
    client = Client()
    sign_in_staff(client, camille)
    # A picture on another site can make its readers GET.
    assert client.get("/admin/logout/").url == reverse("account_logout")
    assert "_auth_user_id" in client.session
    assert client.post("/admin/logout/").url == "/"
    assert "_auth_user_id" not in client.session


def test_the_admin_has_no_password_page(camille):
    client = Client()
    sign_in_staff(client, camille)
    assert client.get("/admin/password_change/").status_code == 404
    assert "mot de passe" not in client.get("/admin/").content.decode().lower()


# --- What staff may do there ---


@pytest.fixture
def reader(db) -> Client:
    """A moderator's browser: may see members, and no more."""
    member = Member.objects.create_user("chloe@exemple.fr", display_name="Chloé", is_staff=True)
    member.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_member", "change_member", "delete_member", "view_consent"])
    )
    client = Client()
    sign_in_staff(client, member)
    return client


@pytest.mark.parametrize("words", ["ALICE@exemple.fr", "alice", "Alice"])
def test_staff_find_a_member_by_address_or_name(reader, alice, bob, words):
    page = reader.get("/admin/members/member/", {"q": words}).content.decode()
    assert f"/admin/members/member/{alice.pk}/change/" in page
    assert f"/admin/members/member/{bob.pk}/change/" not in page
    # An address is read one at a time, where the reading is written down.
    assert "@exemple.fr" not in page.replace(f'value="{words}"', "")


def test_staff_read_members_and_change_nothing(reader, alice):
    address = f"/admin/members/member/{alice.pk}/change/"
    assert reader.get(address).status_code == 200
    assert reader.post(address, {"is_staff": "on"}).status_code == 403
    assert reader.post(f"/admin/members/member/{alice.pk}/delete/").status_code == 403
    assert reader.get("/admin/members/member/add/").status_code == 403
    alice.refresh_from_db()
    assert not alice.is_staff


def test_a_superuser_names_staff_and_nothing_else(camille, alice):
    client = Client()
    sign_in_staff(client, camille)
    group = Group.objects.create(name="Essai")
    address = f"/admin/members/member/{alice.pk}/change/"
    client.post(address, {"is_staff": "on", "groups": [group.pk], "is_superuser": "on", "email": "x@exemple.fr"})
    alice.refresh_from_db()
    assert alice.is_staff
    assert not alice.is_superuser
    assert alice.email == "alice@exemple.fr"
    assert alice.groups.get() == group


def test_consents_are_read_and_never_changed(camille, alice):
    services.give_consent(alice, Consent.Purpose.USE, version="2026-11")
    client = Client()
    sign_in_staff(client, camille)
    consent = alice.consents.get()
    assert client.get(f"/admin/members/consent/{consent.pk}/change/").status_code == 200
    assert client.post(f"/admin/members/consent/{consent.pk}/change/", {"version": "x"}).status_code == 403
    assert client.post(f"/admin/members/consent/{consent.pk}/delete/").status_code == 403


def test_the_list_of_members_asks_as_much_for_fifteen_as_for_two(camille, vitre, django_assert_num_queries):
    client = Client()
    sign_in_staff(client, camille)
    client.get("/admin/")
    for total in (2, 15):
        for number in range(Member.objects.count(), total):
            Member.objects.create_user(f"m{number}@exemple.fr", display_name=f"M{number}", home_commune=vitre)
        # Session, member, second factor twice, groups of the filter, count, rows with their communes.
        with django_assert_num_queries(7):
            client.get("/admin/members/member/")


# --- The command ---


def create_staff(*args) -> str:
    out = StringIO()
    call_command("create_staff", *args, stdout=out)
    return out.getvalue()


def test_the_command_makes_staff_and_says_what_comes_next():
    Group.objects.get_or_create(name="Modérateurs")
    said = create_staff("Chloe@Exemple.fr", "--name", "Chloé", "--groups", "Modérateurs")
    chloe = Member.objects.get(email="chloe@exemple.fr")
    assert chloe.is_staff
    assert not chloe.is_superuser
    assert not chloe.has_usable_password()
    assert chloe.groups.get().name == "Modérateurs"
    assert reverse("admin:index") in said
    assert "second factor" in said


def test_the_command_promotes_a_member_and_can_run_twice(alice):
    for _time in range(2):
        create_staff(alice.email, "--name", "Autre", "--superuser")
    alice.refresh_from_db()
    assert (alice.is_staff, alice.is_superuser, alice.display_name) == (True, True, "Alice")


def test_the_command_refuses_an_unknown_group_and_makes_nobody():
    with pytest.raises(CommandError, match="No such group: Inconnus"):
        create_staff("chloe@exemple.fr", "--name", "Chloé", "--groups", "Inconnus")
    assert not Member.objects.filter(email="chloe@exemple.fr").exists()


def test_the_command_frees_staff_who_lost_everything(camille):
    services.give_totp(camille)
    client = Client()
    client.force_login(camille)
    create_staff(camille.email, "--name", "Camille", "--forget-second-factor")
    assert not camille.authenticator_set.exists()
    assert client.get("/reglages/").status_code == 302
