"""A crowd that supports is answered before Django as Django would answer, and counted as exactly."""

import gzip
import re
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from cast import new_initiative, new_member
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection, connections, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import timezone

from core.hot import forget_hot
from core.shortcuts import Shortcuts
from initiatives.models import Initiative, Support, SupportLimits
from initiatives.services import limits, supports
from initiatives.views.crowd import SHORTCUTS
from members.models import Member
from tests.initiatives.test_asking import ZOE, later, link_in, post  # noqa: F401 (post is a fixture)

FORM = "application/x-www-form-urlencoded"
FRAGMENT = {"HTTP_HX_REQUEST": "true"}


class Site:
    """The whole of it, as a web server runs it; `django` counts the requests that came to Django."""

    def __init__(self) -> None:
        self.django = 0
        application = get_wsgi_application()

        def django(environ, start_response):
            self.django += 1
            return application(environ, start_response)

        self.application = Shortcuts(django, SHORTCUTS)
        self.factory = RequestFactory(headers={"accept-encoding": "gzip"})

    def __call__(self, environ) -> tuple[str, dict, str]:
        said = []
        body = self.application(environ, lambda status, headers, *_error: said.extend((status, headers)))
        content = b"".join(body)
        if hasattr(body, "close"):
            body.close()
        headers = dict(said[1])
        if headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        return said[0], headers, content.decode()

    def ask(self, initiative, *, token="a" * 32, cookie="a" * 32, **changes):
        typed = urlencode({k: v for k, v in (ZOE | changes).items() if v} | {"csrfmiddlewaretoken": token})
        address = reverse("initiative_support", args=[initiative.slug])
        made = self.factory.post(address, typed, content_type=FORM).environ
        return self(made | FRAGMENT | {"HTTP_COOKIE": f"csrftoken={cookie}"})

    def read(self, link):
        return self(self.factory.get(link).environ)

    def confirm(self, link):
        return self(self.factory.post(link, "", content_type=FORM).environ | FRAGMENT)


@pytest.fixture
def site(settings, monkeypatch):
    settings.HOT_SECONDS = 60
    forget_hot()
    # As Django's test client does: the transaction of a test would end with each request.
    monkeypatch.setattr("core.shortcuts.close_old_connections", lambda: None)
    edges = (request_started, request_finished)
    for edge in edges:
        edge.disconnect(close_old_connections)
    yield Site()
    for edge in edges:
        edge.connect(close_old_connections)
    forget_hot()


@pytest.fixture
def links(site, initiative, post):  # noqa: F811
    """Those of Zoé, Ana and Hugo; each act was done once by Django."""
    for name in ("Zoé", "Ana", "Hugo"):
        site.ask(initiative, first_name=name, email=f"{name[0].lower()}@exemple.fr")
    letters = {message.to[0]: link_in(message) for message in post()}
    found = [letters[f"{letter}@exemple.fr"] for letter in "zah"]
    site.read(found[0])
    site.confirm(found[0])
    return found


def without_length(headers: dict) -> dict:
    return {name: value for name, value in headers.items() if name != "Content-Length"}


def test_each_act_leads_where_its_page_says(initiative):
    ask, read, confirm = SHORTCUTS
    assert ask.path.fullmatch(reverse("initiative_support", args=[initiative.slug]))
    link = reverse("support_link", args=[initiative.slug, supports.token_of(7)])
    assert read.path.fullmatch(link)["token"] == resolve(link).kwargs["token"] == supports.token_of(7)
    assert read.path is confirm.path
    for name in ("support_link_again", "support_link_withdraw"):
        assert not read.path.fullmatch(reverse(name, args=[initiative.slug, supports.token_of(7)]))
    assert not ask.path.fullmatch(reverse("support_sent", args=[initiative.slug]))


@pytest.mark.django_db
def test_asking_is_answered_as_by_django_and_writes_the_same_row(site, initiative):
    by_django = site.ask(initiative, email="zoe@exemple.fr")
    assert site.django == 1
    before = site.ask(initiative, email="ana@exemple.fr")
    assert site.django == 1 and "Regardez votre boîte" in before[2]
    assert before[0] == by_django[0] and without_length(before[1]) == without_length(by_django[1])
    assert before[2] == by_django[2].replace("zoe@exemple.fr", "ana@exemple.fr")
    rows = [
        {name: value for name, value in row.items() if name not in ("id", "created_at", "email", "address_key")}
        for row in Support.objects.values()
    ]
    assert rows[0] == rows[1] and rows[0]["network"] and rows[0]["commune_id"] == "35360"


@pytest.mark.django_db
@pytest.mark.usefixtures("vitre")
def test_a_link_is_read_and_confirmed_as_by_django(site, initiative, links):
    by_django, count = {}, site.django
    for act in (site.read, site.confirm):
        forget_hot()
        by_django[act] = act(links[1])
    assert site.django == count + 2
    # It keeps in memory what confirming forgot.
    site.read(links[1])
    site.application.application(site.factory.get(links[2]).environ, lambda *_said: None)
    count = site.django
    for act, (status, headers, page) in by_django.items():
        answer = act(links[2])
        assert answer[0] == status and without_length(answer[1]) == without_length(headers)
        expected = page.replace(links[1], links[2]).replace("Ana", "Hugo").replace("le 2e", "le 3e")
        assert answer[2] == expected
    assert site.django == count
    ana, hugo = (Support.objects.get(member__display_name=name) for name in ("Ana", "Hugo"))
    assert (ana.state, ana.rank, ana.place_rank) == ("confirmed", 2, 2)
    assert (hugo.state, hugo.rank, hugo.place_rank) == ("confirmed", 3, 3)
    assert hugo.member.consents.get().version == ana.member.consents.get().version
    assert hugo.member.consents.get().given_at == hugo.created_at
    assert hugo.member.home_commune_id == "35360" and not hugo.member.has_usable_password()


@pytest.mark.django_db
def test_it_takes_one_statement_to_read_a_link_two_to_confirm_and_two_to_ask(site, initiative, links):
    costs = []
    acts = (lambda: site.read(links[1]), lambda: site.confirm(links[1]), lambda: site.ask(initiative, email="u@x.fr"))
    for act in acts:
        with CaptureQueriesContext(connection) as queries:
            act()
        costs.append(len(queries))
    assert costs == [1, 2, 2]


@pytest.mark.django_db
@pytest.mark.parametrize("is_before_django", [True, False])
def test_what_one_visitor_is_told_is_shown_to_no_other(site, links, is_before_django):
    """The page with the button is kept for all: nothing of who opened it first may be in it."""
    forget_hot()
    storage, told = CookieStorage(site.factory.get("/")), HttpResponse()
    storage._store([Message(constants.SUCCESS, "Vous ne bloquez plus Carla")], told)
    mine = f"messages={told.cookies['messages'].coded_value}"
    assert "plus Carla" in site(site.factory.get(links[1]).environ | {"HTTP_COOKIE": mine})[2]
    if is_before_django:
        site.read(links[2])
    assert "Confirmer mon soutien" in (page := site.read(links[2])[2]) and "plus Carla" not in page


@pytest.mark.django_db
def test_a_form_of_another_site_is_refused_and_keeps_nothing(site, initiative):
    site.ask(initiative)
    rows = Support.objects.count()
    for forged in ({"token": "b" * 32}, {"cookie": ""}, {"token": ""}):
        assert site.ask(initiative, email="ana@exemple.fr", **forged)[0].startswith("403")
    assert Support.objects.count() == rows


@pytest.mark.django_db
def test_a_mistake_in_the_form_is_shown_by_django(site, initiative):
    site.ask(initiative)
    count = site.django
    page = site.ask(initiative, email="ana@", first_name="Ana")[2]
    assert site.django == count + 1
    assert "pas complète" in page and 'value="ana@"' in page and 'value="Ana"' in page
    assert Support.objects.count() == 1


@pytest.mark.django_db
def test_a_proof_is_asked_by_django(site, initiative, monkeypatch):
    site.ask(initiative)
    monkeypatch.setattr(limits, "current_limits", lambda: SupportLimits(pk=1, proof="always"))
    assert "proof_ticket" in site.ask(initiative, email="ana@exemple.fr")[2]
    assert Support.objects.count() == 1


@pytest.mark.django_db
def test_limits_hold_and_do_not_show(site, initiative):
    SupportLimits.objects.create(pk=1, per_network_an_hour=3)
    answers = {site.ask(initiative, email=f"{letter}@exemple.fr")[2].replace(f"{letter}@", "") for letter in "abcde"}
    assert len(answers) == 1 and site.django == 1
    assert list(Support.objects.order_by("id").values_list("suspicion", flat=True)) == ["", "", ""] + ["network"] * 2


@pytest.mark.django_db
def test_asking_tells_nothing_of_who_is_known(site, initiative, alice):
    Member.objects.create_user("menad@exemple.fr", display_name="Menad")
    supports.support(initiative, by=Member.objects.get(email="menad@exemple.fr"))
    site.ask(initiative)
    told = set()
    for email in ("menad@exemple.fr", "nadia@exemple.fr", "nadia@exemple.fr"):
        with CaptureQueriesContext(connection) as queries:
            status, headers, page = site.ask(initiative, email=email)
        told.add((status, tuple(headers.items()), page.replace(email, ""), len(queries)))
    assert len(told) == 1 and site.django == 1


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["read", "confirm"])
def test_whoever_is_known_closed_late_or_gone_is_answered_by_django(site, initiative, links, act, post):  # noqa: F811
    def is_by_django(words: str) -> None:
        count = site.django
        assert words in getattr(site, act)(links[1])[2]
        assert site.django == count + 1

    ana = Member.objects.create_user("a@exemple.fr", display_name="Ana")
    supports.support(initiative, by=ana)
    is_by_django("C’est compté")
    ana.delete()
    Initiative.objects.update(state="closed", ended_at=timezone.now())
    forget_hot()
    is_by_django("n’est plus ouverte aux soutiens")
    Initiative.objects.update(state="published", ended_at=None)
    forget_hot()
    later(days=8)
    is_by_django("Ce lien a plus de sept jours")
    Support.objects.all().delete()
    is_by_django("Ce soutien n’existe plus")


@pytest.mark.django_db
def test_what_closed_a_moment_ago_takes_no_support(site, initiative, links):
    """It is kept in memory as open; confirming reads the database itself."""
    Initiative.objects.update(withheld_at=timezone.now())
    site.confirm(links[1])
    assert Support.objects.get(first_name="Ana").is_pending
    assert not Member.objects.filter(display_name="Ana").exists()


@pytest.mark.django_db
def test_a_key_older_than_the_rules_is_left_to_django(site, initiative, links):
    Support.objects.filter(first_name="Ana").update(address_key=b"stale")
    count = site.django
    assert "C’est compté" in site.confirm(links[1])[2]
    assert site.django == count + 1


@pytest.mark.django_db
def test_a_link_confirmed_twice_says_the_same(site, links):
    first, again = site.confirm(links[1])[2], site.confirm(links[1])[2]
    assert first == again and "vous êtes le 2e soutien" in first
    assert Support.objects.confirmed().count() == 2


def test_sixteen_who_confirm_one_link_and_two_of_one_person_are_counted_once(site, vitre_committed, settings):
    initiative = new_initiative(new_member("alice"), vitre_committed)
    for _demand in range(2):
        site.ask(initiative, email="zoe@exemple.fr")
    Support.objects.update(written_at="2100-01-01T00:00Z")
    paths = [
        reverse("support_link", args=[initiative.slug, supports.token_of(pk)])
        for pk in Support.objects.values_list("id", flat=True)
    ]
    site.read(paths[0])

    def confirm(number: int) -> str:
        try:
            return site.confirm(paths[number % 2])[2]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as crowd:
        pages = list(crowd.map(confirm, range(16)))
    assert all(re.search("C’est compté", page) for page in pages)
    assert Support.objects.confirmed().count() == 1
    assert Member.objects.filter(email="zoe@exemple.fr").count() == 1
    assert Client().get(paths[1]).status_code == 200


@pytest.mark.parametrize("change", ["erased", "joined"])
def test_a_demand_that_goes_while_it_is_confirmed_makes_nothing_of_what_it_was(site, vitre_committed, change):
    alice = new_member("alice")
    initiative, other = (new_initiative(alice, vitre_committed, title=title) for title in ("Un four", "Un puits"))
    for name in ("zoe", "ana"):
        site.ask(initiative, email=f"{name}@exemple.fr")
    Support.objects.update(written_at="2100-01-01T00:00Z")
    asked = dict(Support.objects.values_list("email", "id"))
    zoe, ana = (
        reverse("support_link", args=[initiative.slug, supports.token_of(asked[f"{name}@exemple.fr"])])
        for name in ("zoe", "ana")
    )
    site.read(zoe)
    site.confirm(zoe)

    def confirm() -> str:
        try:
            return site.confirm(ana)[2]
        finally:
            connections.close_all()

    rows = Support.objects.filter(pk=asked["ana@exemple.fr"])
    with ThreadPoolExecutor(1) as crowd:
        with transaction.atomic():
            rows.delete() if change == "erased" else rows.update(initiative=other)
            page = crowd.submit(confirm)
            until = time.monotonic() + 10
            while not _somebody_waits() and time.monotonic() < until:
                time.sleep(0.02)
        page = page.result()
    if change == "erased":
        assert "Ce soutien n’existe plus" in page
        assert not Member.objects.filter(email="ana@exemple.fr").exists()
    else:
        assert "Un four" not in page and "Un puits" in page
        assert rows.get().is_pending, "They have not read the name of the other one."


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        # Not pg_stat_activity, which a transaction reads once.
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid')")
        return cursor.fetchone()[0]
