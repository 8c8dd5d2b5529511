"""Pages that are made once for many readers hold nothing of the first one."""

import re

import pytest
from cast import client_of, new_initiative, new_member
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.hot import forget_hot
from initiatives.models import Initiative, Support
from initiatives.services import supports
from initiatives.views.supports import known_communes
from tests.initiatives.test_asking import ask, link_in, post  # noqa: F401 (post is a fixture)

HTMX = {"hx-request": "true"}


@pytest.fixture(autouse=True)
def _kept(settings):
    settings.HOT_SECONDS = 60
    forget_hot()
    yield
    forget_hot()


def test_each_reader_of_the_form_has_their_own_token(initiative):
    address = reverse("initiative_support", args=[initiative.slug])
    forms = [Client(headers=HTMX).get(address).content.decode() for _reader in range(2)]
    tokens = [re.search(r'name="csrfmiddlewaretoken" value="(\w{64})"', form)[1] for form in forms]
    assert tokens[0] != tokens[1]
    assert forms[0].replace(tokens[0], "") == forms[1].replace(tokens[1], "")


def test_the_form_made_once_works_for_each(initiative):
    address = reverse("initiative_support", args=[initiative.slug])
    for number in range(2):
        client = Client(headers=HTMX, enforce_csrf_checks=True)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(address).content.decode())[1]
        answer = ask(client, initiative, email=f"p{number}@exemple.fr", csrfmiddlewaretoken=token)
        assert "Regardez votre boîte" in answer.content.decode()
    assert Support.objects.pending().count() == 2


def test_the_communes_of_a_postcode_are_the_same_before_django(db):
    address = reverse("communes_of_postcode")
    assert known_communes("postcode=35500") is None
    for postcode in ("35500", "35300", "35000"):
        said = Client().get(address, {"postcode": postcode}).content.decode()
        assert known_communes(f"postcode={postcode}") == said
    assert "Vitré" in known_communes("postcode=35500")
    for query in ("postcode=3550", "postcode=35%20500", "postcode=35500&postcode=1", ""):
        assert known_communes(query) is None


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_each_link_shows_its_own_person_and_each_thanks_its_own_rank(initiative, post, headers):  # noqa: F811
    people = [("Zoé <b>", "p1@exemple.fr", "35360"), ("Ana", "p2@exemple.fr", "35115")]
    for name, email, commune in people:
        postcode = "35500" if commune == "35360" else "35300"
        ask(Client(), initiative, first_name=name, email=email, postcode=postcode, commune=commune)
    links = [link_in(message) for message in sorted(post(), key=lambda message: message.to)]
    pages = [Client(headers=headers).get(link).content.decode() for link in links]
    for page, own, other in zip(pages, links, reversed(links), strict=True):
        assert f'action="{own}"' in page and other not in page
    assert "Zoé &lt;b&gt;, Vitré" in pages[0] and "Ana" not in pages[0]
    assert "Ana, Fougères" in pages[1] and "Zoé" not in pages[1]
    thanks = [Client(headers=headers).post(link, follow=True).content.decode() for link in links]
    assert "vous êtes le 1er soutien, le 1er à Vitré" in thanks[0]
    assert "vous êtes le 2e soutien, le 1er à Fougères" in thanks[1]
    assert f'action="{links[1]}retirer/"' in thanks[1] and links[0] not in thanks[1]


def test_what_is_kept_of_an_initiative_does_not_let_a_closed_one_take_a_support(initiative, post):  # noqa: F811
    ask(Client(), initiative)
    link = link_in(*post())
    assert ">Confirmer mon soutien</button>" in Client().get(link).content.decode()
    Initiative.objects.update(state="closed", ended_at=timezone.now())
    answer = Client().post(link)
    assert "n’est plus ouverte aux soutiens" in answer.content.decode()
    assert Support.objects.get().is_pending


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_was_erased_a_second_ago_is_not_found_by_who_supports_it(vitre_committed, headers):
    """On a real connection: the database refuses what points at nothing once the transaction ends."""
    initiative = new_initiative(new_member("alice"), vitre_committed)
    visitor, member = Client(headers=headers), client_of(new_member("bob"))
    address = reverse("initiative_support", args=[initiative.slug])
    # Once, so that it is kept.
    assert ask(visitor, initiative, email="zoe@exemple.fr").status_code in (200, 302)
    Initiative.objects.all().delete()
    assert ask(visitor, initiative, email="ana@exemple.fr").status_code == 404
    assert member.post(address, headers=headers, follow=True).status_code == 404
    assert not Support.objects.exists()


@pytest.mark.parametrize("state", ["published", "closed"])
def test_what_was_withheld_or_deleted_a_second_ago_is_shown_to_nobody(initiative, as_bob, state):
    Initiative.objects.update(state=state, ended_at=timezone.now())
    address = reverse("initiative_support", args=[initiative.slug])
    readers = (Client(), as_bob) if state == "closed" else (as_bob,)
    for reader in readers:
        assert initiative.title in reader.get(address).content.decode()
    Initiative.objects.update(withheld_at=timezone.now())
    for reader in readers:
        for answer in (reader.get(address), reader.post(address, follow=True)):
            assert answer.status_code == 410 and initiative.title not in answer.text
    initiative.delete()
    for reader in readers:
        assert reader.get(address).status_code == 404


def test_a_member_is_never_given_what_was_made_for_visitors(initiative, as_bob, bob):
    address = reverse("initiative_support", args=[initiative.slug])
    Client(headers=HTMX).get(address)
    assert "csrfmiddlewaretoken" in as_bob.get(address, headers=HTMX).content.decode()
    supports.support(initiative, by=bob)
    assert "C’est compté" in as_bob.get(address, headers=HTMX).content.decode()


def test_a_first_name_is_read_by_the_filter_once_an_hour_and_a_refused_one_each_time(initiative, monkeypatch):
    clock, read, refused = [0.0], [], {"Zoé"}

    def judge(name):
        read.append(name)
        if name in refused:
            raise ValidationError("Ce nom est refusé.")

    monkeypatch.setattr("core.hot.monotonic", lambda: clock[0])
    monkeypatch.setattr("members.validators.display_name", judge)

    def asked(moment) -> bool:
        clock[0] = moment
        return ask(Client(), initiative).status_code == 302

    assert [asked(moment) for moment in (0, 1)] == [False, False] and len(read) == 2
    refused.clear()
    assert asked(2) and len(read) == 3
    refused.add("Zoé")
    assert asked(2 + 3599) and len(read) == 3
    assert not asked(2 + 3601) and len(read) == 4
