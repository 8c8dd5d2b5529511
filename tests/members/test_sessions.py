"""A member reads where their account is open, and ends what they want."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members import services
from members.models import OpenSession
from tests.members.door import sign_in

pytestmark = pytest.mark.django_db

SECURITY = "/reglages/securite/"
TELEPHONE = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
COMPUTER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"


def browser(member, user_agent: str) -> Client:
    client = Client(headers={"User-Agent": user_agent}, REMOTE_ADDR="203.0.113.77")
    sign_in(client, member.email)
    return client


def is_open(client: Client) -> bool:
    return client.get(SECURITY).status_code == 200


@pytest.fixture
def telephone(alice) -> Client:
    return browser(alice, TELEPHONE)


@pytest.fixture
def computer(alice) -> Client:
    return browser(alice, COMPUTER)


def test_the_page_tells_each_device_in_words(telephone, computer):
    page = telephone.get(SECURITY).content.decode()
    assert "Firefox sur Android</strong> (ici)" in page
    assert "Chrome sur Windows</strong></p>" in page


def test_no_address_of_the_network_and_no_words_of_the_browser_are_kept(alice, telephone):
    telephone.get(SECURITY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(members_opensession)::text FROM members_opensession")
        kept = " ".join(row for (row,) in cursor.fetchall())
    said = str(dict(telephone.session.items()))
    for secret in ("203.0.113", "Mozilla", "rv:140"):
        assert secret not in kept and secret not in said
    # A day, not an hour.
    assert {field.get_internal_type() for field in OpenSession._meta.fields} >= {"DateField"}
    assert "DateTimeField" not in {field.get_internal_type() for field in OpenSession._meta.fields}


def test_one_session_is_ended_and_the_others_go_on(alice, telephone, computer):
    lost = alice.sessions.get(device="Firefox sur Android")
    answer = computer.post(f"{SECURITY}appareils/{lost.pk}/deconnecter/", follow=True)
    assert "Firefox sur Android" in answer.content.decode()
    assert not is_open(telephone) and is_open(computer)
    assert [each.device for each in alice.sessions.all()] == ["Chrome sur Windows"]


def test_ending_this_very_session_signs_out(alice, telephone):
    own = alice.sessions.get()
    assert telephone.post(f"{SECURITY}appareils/{own.pk}/deconnecter/").url == "/"
    assert not is_open(telephone)
    assert not alice.sessions.exists()


def test_nobody_ends_somebody_elses_session(alice, telephone, as_bob):
    address = f"{SECURITY}appareils/{alice.sessions.get().pk}/deconnecter/"
    assert as_bob.post(address).status_code == 404
    assert Client().post(address).url.startswith("/compte/connexion/")
    assert as_bob.get(address).status_code == 405
    assert is_open(telephone)


def test_all_the_others_are_ended_at_once_also_one_that_nothing_lists(alice, telephone, computer):
    alice.sessions.filter(device="Firefox sur Android").delete()
    computer.post(f"{SECURITY}appareils/deconnecter/")
    assert not is_open(telephone) and is_open(computer)
    # Its key was renewed: it is the same line, not another.
    assert [each.device for each in alice.sessions.all()] == ["Chrome sur Windows"]


def test_an_ended_session_is_not_written_again_by_what_was_going_on_in_it(alice, telephone, settings):
    """A slow page of the lost device ends after the click of the other one: it must not open the session anew."""
    store = import_module(settings.SESSION_ENGINE).SessionStore(telephone.session.session_key)
    assert store["_auth_user_id"] == str(alice.pk)
    services.end_session(alice.sessions.get())
    with pytest.raises(UpdateError):
        store.save()
    assert not is_open(telephone)


@pytest.mark.parametrize("engine", ["cached_db", "cache"])
def test_wherever_sessions_are_kept_one_is_ended(alice, settings, engine):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    telephone, computer = browser(alice, TELEPHONE), browser(alice, COMPUTER)
    lost = alice.sessions.get(device="Firefox sur Android")
    computer.post(f"{SECURITY}appareils/{lost.pk}/deconnecter/")
    assert not is_open(telephone) and is_open(computer)


def test_signing_out_leaves_no_line(alice, telephone):
    telephone.post("/compte/deconnexion/")
    assert not alice.sessions.exists()


def test_a_session_opened_before_the_site_wrote_them_down_is_listed_at_its_next_use(alice, visitor):
    visitor.force_login(alice)
    assert not alice.sessions.exists()
    visitor.get("/reglages/")
    assert "Un navigateur</strong> (ici)" in visitor.get(SECURITY).content.decode()


def test_a_day_of_use_costs_one_line_and_the_other_pages_nothing(alice, telephone):
    telephone.get("/reglages/")
    with CaptureQueriesContext(connection) as queries:
        telephone.get("/reglages/")
    assert not [each for each in queries if "members_opensession" in each["sql"] or "UPDATE" in each["sql"]]


def test_the_day_of_the_last_use_follows(alice, telephone, monkeypatch):
    tomorrow = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda *args, **kwargs: tomorrow)
    telephone.get("/reglages/")
    session = alice.sessions.get()
    assert session.last_used_on == tomorrow and session.opened_on == tomorrow - timedelta(days=1)


def test_what_ended_by_itself_is_neither_shown_nor_kept(alice, telephone, settings):
    long_ago = timezone.localdate() - timedelta(seconds=settings.SESSION_COOKIE_AGE) - timedelta(days=2)
    alice.sessions.create(session_key="old", device="Safari sur Mac", opened_on=long_ago, last_used_on=long_ago)
    assert "Safari sur Mac" not in telephone.get(SECURITY).content.decode()
    assert services.forget_sessions() == 1
    call_command("clearsessions")
    assert is_open(telephone)


def test_a_visitor_leaves_no_line_and_gets_no_cookie(visitor):
    answer = visitor.get("/initiatives/")
    assert not OpenSession.objects.exists() and not answer.cookies


def test_the_page_costs_the_same_with_2_sessions_and_with_15(alice, telephone, query_bill):
    def more(count: int) -> None:
        for _each in range(count):
            key = f"k{alice.sessions.count()}"
            alice.sessions.create(session_key=key, device="Safari sur iPad")

    # The session, the member, the second factors (twice), the sessions, and what the header asks.
    query_bill(telephone, SECURITY, more, most=7)
