"""One person, two tabs: what one tab does to the session costs the other neither its page nor what it was told."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from cast import client_of, new_initiative, new_member, new_need
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from django.test import Client
from django.urls import reverse

from initiatives.models import Offer
from initiatives.views import needs as views

THANKS = "L’équipe vous répond ici, et par e-mail."


def sign_out(key: str) -> None:
    other = Client()
    other.cookies["sessionid"] = key
    assert other.post(reverse("account_logout")).status_code == 302


def renew(key: str) -> None:
    session = SessionStore(key)
    session.cycle_key()
    session.save()


def elsewhere(act, client: Client) -> None:
    """The other tab, on a connection of its own, while the first one is being answered."""

    def alone(key: str) -> None:
        try:
            act(key)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(alone, client.cookies["sessionid"].value).result()
    assert not SessionStore().exists(client.cookies["sessionid"].value)


def during(monkeypatch, name: str, act) -> None:
    real = getattr(views, name)

    def interrupted(*args, **kwargs):
        act()
        return real(*args, **kwargs)

    monkeypatch.setattr(views, name, interrupted)


@pytest.fixture
def bobs(vitre_committed):
    """His browser, and the address where he offers something."""
    need = new_need(new_initiative(new_member("alice"), vitre_committed))
    return client_of(new_member("bob")), reverse("need_offer", args=[need.initiative.slug, need.pk])


@pytest.mark.parametrize("act", [renew, sign_out])
def test_the_page_after_an_act_is_read_though_the_session_ends_meanwhile(bobs, monkeypatch, act):
    bob, address = bobs
    assert bob.post(address, {"message": "Samedi matin."}).status_code == 302
    during(monkeypatch, "readable", lambda: elsewhere(act, bob))
    page = bob.get(address)
    assert page.status_code == 200
    assert THANKS in page.content.decode()


@pytest.mark.parametrize("act", [renew, sign_out])
def test_an_act_is_confirmed_though_the_session_ends_meanwhile(bobs, monkeypatch, act):
    bob, address = bobs
    during(monkeypatch, "readable", lambda: elsewhere(act, bob))
    assert bob.post(address, {"message": "Samedi matin."}).status_code == 302
    assert Offer.objects.count() == 1
    # Signed out, the person reads it on the next page all the same, and once.
    assert THANKS in bob.get(reverse("initiatives")).content.decode()
    assert THANKS not in bob.get(reverse("initiatives")).content.decode()


def test_a_page_that_says_something_does_not_write_to_the_session(bobs, django_assert_max_num_queries):
    bob, address = bobs
    bob.post(address, {"message": "Samedi matin."})
    with django_assert_max_num_queries(30) as said:
        assert THANKS in bob.get(address).content.decode()
    assert not [query for query in said.captured_queries if query["sql"].startswith("UPDATE")]
