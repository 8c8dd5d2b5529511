"""Whoever took an account for an hour keeps nothing of it, and cannot close the way back to whose it is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.utils import timezone

from events.services import calendars
from initiatives.services import own
from members import services
from members.models import AddressChange, DataCopy, Departure, Member
from members.rights import copying, leaving, links
from members.rights.registry import rooms

pytestmark = pytest.mark.django_db

ALICE, PIRATE = "alice@exemple.fr", "pirate@exemple.fr"
ERASE = Departure.Wish.ERASE


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """`commit(act, …)`: with what happens once it is committed."""

    def do(act, *args):
        with django_capture_on_commit_callbacks(execute=True):
            return act(*args)

    return do


def taken(member: Member) -> AddressChange:
    """Somebody else's address becomes the account's."""
    change = services.change_address(member, PIRATE)
    member.refresh_from_db()
    return change


def undo(change: AddressChange):
    return Client().post(f"/reglages/adresse/annuler/{services.undo_token(change)}/")


def way_back(address: str) -> str:
    """The link of the message that tells this address of a departure."""
    message = next(each for each in mail.outbox if each.to == [address] and "compte est fermé" in each.subject)
    words = next(word for word in message.body.split() if "/mes-donnees/retour/" in word)
    return words[words.index("/mes-donnees/") :]


# --- Links that were sent to another address -------------------------------------------------------------------------


def test_a_link_to_ones_supports_dies_with_the_address_that_it_was_sent_to(alice, client):
    change = taken(alice)
    link = f"/mes-soutiens/{own.token_of(alice)}/"
    assert client.get(link).status_code == 200
    undo(change)
    assert client.get(link).status_code == 410


def test_a_link_to_ones_data_dies_with_the_address_that_proved_it(alice, client):
    change = taken(alice)
    path = links.path_of(alice)
    assert client.get(path).status_code == 200
    undo(change)
    assert client.get(path).status_code == 410
    assert client.post(f"{path}partir/", {"wish": "erase", "sure": "on"}).status_code == 410
    assert not Departure.objects.exists()


@pytest.mark.parametrize("is_undone", [False, True])
def test_a_copy_that_was_announced_to_another_address_is_given_no_more(alice, client, commit, is_undone):
    change = taken(alice) if is_undone else None
    commit(copying.ask, alice)
    path = copying.path_of(DataCopy.objects.get())
    assert client.get(path).status_code == 200
    undo(change) if is_undone else taken(alice)
    assert client.post(path).status_code == 410
    copying.forget()
    assert not DataCopy.objects.exists()


# --- Leaving in somebody's name --------------------------------------------------------------------------------------


def test_the_former_address_takes_back_an_account_that_was_closed_in_its_name(alice, commit):
    kept = Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data={})
    Authenticator.objects.update(created_at=timezone.now() - timedelta(days=30))
    taken(alice)
    Authenticator.objects.create(user=alice, type=Authenticator.Type.WEBAUTHN, data={"name": "La leur"})
    commit(leaving.leave, alice, ERASE)
    assert not AddressChange.objects.exists()
    assert commit(Client().post, way_back(ALICE)).status_code == 200
    alice.refresh_from_db()
    assert alice.email == ALICE and alice.is_active
    assert Member.objects.of_address(ALICE) == alice and Member.objects.of_address(PIRATE) is None
    assert list(Authenticator.objects.all()) == [kept]


def test_coming_back_at_the_new_address_does_not_close_the_way_of_the_former(alice, commit):
    change = taken(alice)
    commit(leaving.leave, alice, ERASE)
    assert commit(Client().post, way_back(PIRATE)).status_code == 200
    alice.refresh_from_db()
    assert alice.email == PIRATE
    assert undo(change).status_code == 302
    alice.refresh_from_db()
    assert alice.email == ALICE


def test_of_two_changes_each_former_address_takes_its_own_back(alice, commit):
    services.change_address(alice, "alice@travail.fr")
    taken(alice)
    commit(leaving.leave, alice, ERASE)
    commit(Client().post, way_back("alice@travail.fr"))
    alice.refresh_from_db()
    assert alice.email == "alice@travail.fr"
    # What was changed before still may be undone.
    [left] = AddressChange.objects.filter(undone_at=None)
    assert left.former == ALICE and left.new == "alice@travail.fr"


def test_a_closed_account_gets_no_address_by_a_link_that_undoes_a_change(alice, monkeypatch):
    monkeypatch.setattr(leaving, "enqueue", lambda *_task: None)
    change = taken(alice)
    leaving.leave(alice, ERASE)
    assert undo(change).status_code == 409
    alice.refresh_from_db()
    assert alice.email.endswith("@compte.invalid")


def test_who_came_back_a_moment_ago_is_not_told_that_they_left(alice, client, monkeypatch):
    monkeypatch.setattr(leaving, "enqueue", lambda *_task: None)
    departure, _is_new = leaving.leave(alice, ERASE)
    leaving.come_back(departure)
    page = client.post(f"{links.path_of(Member.objects.get(pk=alice.pk))}partir/", {"wish": "erase", "sure": "on"})
    assert page.status_code == 200 and "Recommencez dans une minute" in page.content.decode()
    leaving.give_back_due()
    assert leaving.leave(alice, ERASE)[1]


def test_what_somebody_has_since_they_came_back_is_not_deleted_by_who_carries_their_departure_out(alice, monkeypatch):
    monkeypatch.setattr(leaving, "enqueue", lambda *_task: None)
    change = taken(alice)
    departure, _is_new = leaving.leave(alice, ERASE)
    first = leaving.rooms()[0]
    passed_on = first.on_leaving
    # A moment before what goes at once is deleted.
    monkeypatch.setattr(leaving, "rooms", lambda: [replace(first, on_leaving=back), *rooms()[1:]])

    def back(person) -> None:
        if passed_on:
            passed_on(person)
        leaving.come_back(departure)

    leaving.carry_out(departure.pk)
    assert AddressChange.objects.filter(pk=change.pk, undone_at=None).exists()


@pytest.mark.parametrize("is_closed", [False, True])
def test_the_secret_address_of_their_calendar_dies_when_the_account_is_taken_back(alice, monkeypatch, is_closed):
    monkeypatch.setattr(leaving, "enqueue", lambda *_task: None)
    calendars.renew(by=alice)
    path = calendars.address_of(alice).removeprefix("http://127.0.0.1:8000")
    change = taken(alice)
    assert Client().get(path).status_code == 200
    if is_closed:
        departure, _is_new = leaving.leave(alice, ERASE)
        leaving.come_back(departure, change.pk)
    else:
        undo(change)
    assert Client().get(path).status_code == 404
