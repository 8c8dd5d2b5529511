"""The texts people agree to, and what is kept of it."""

import csv
import hashlib
from datetime import timedelta
from io import StringIO

import pytest
from cast import new_member
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from members import consents, services
from members.models import Consent, PartyInvitation, Suppression
from tests.members.door import last_code, sign_up

#: A published text never changes: another wording is another version.
SEALED = {
    ("use", "2026-11"): "ce9187d4867541c6",
    ("support", "2026-11"): "57ff737b8fc7896e",
    ("attend", "2026-11"): "dc487e73f84cba09",
    ("digest", "2026-11"): "13b801a634518f26",
    ("party", "2026-11"): "42526bfb4a1d81e0",
}


def test_a_published_text_is_never_edited():
    for text in consents.PUBLISHED:
        assert SEALED[text.purpose, text.version] == hashlib.sha256(text.words.encode()).hexdigest()[:16]


def test_what_is_asked_today_is_published_and_names_the_site(settings):
    settings.SITE_NAME = "Les Voisins"
    for purpose, text in consents.CURRENT.items():
        assert text in consents.PUBLISHED
        assert text.purpose == purpose
        assert "Les Voisins" in str(text)


def test_who_supports_reads_what_is_kept_of_them_and_what_it_reveals():
    words = str(consents.CURRENT[Consent.Purpose.SUPPORT])
    for word in ("prénom", "adresse e-mail", "code postal", "opinion politique", "retirer cet accord à tout moment"):
        assert word in words


def test_who_comes_without_an_account_reads_what_is_kept_who_reads_it_and_what_it_reveals():
    words = str(consents.CURRENT[Consent.Purpose.ATTEND])
    for word in ("prénom", "adresse e-mail", "Les organisateurs lisent mon prénom", "opinion politique", "retirer"):
        assert word in words


def test_agreeing_twice_changes_nothing(alice):
    assert services.give_consent(alice, Consent.Purpose.USE, version="2026-11")
    assert not services.give_consent(alice, Consent.Purpose.USE, version="2026-11")
    assert alice.consents.count() == 1


def test_a_new_text_replaces_the_former_which_stays_as_history(alice):
    services.give_consent(alice, Consent.Purpose.USE, version="2026-11")
    services.give_consent(alice, Consent.Purpose.USE, version="2027-03")
    former, current = alice.consents.order_by("id")
    assert former.withdrawn_at == current.given_at
    assert current.withdrawn_at is None


@pytest.mark.django_db
def test_signing_up_again_renews_the_consent(visitor, alice):
    sign_up(visitor, email=alice.email)
    visitor.post("/compte/code/", {"code": last_code()})
    assert alice.consents.get().version == "2026-11"


def test_the_digest_is_a_box_apart_that_nobody_ticked_for_them(visitor, db):
    page = visitor.get("/compte/inscription/").content.decode()
    box = page[page.index('name="digest"') - 40 : page.index('name="digest"') + 60]
    assert "checked" not in box and "required" not in box
    sign_up(visitor)
    visitor.post("/compte/code/", {"code": last_code()})
    assert [each.purpose for each in Consent.objects.all()] == ["use"]


def test_ticked_it_is_a_consent_of_its_own(visitor, db):
    sign_up(visitor, digest="on")
    visitor.post("/compte/code/", {"code": last_code()})
    assert {each.purpose for each in Consent.objects.filter(withdrawn_at=None)} == {"use", "digest"}


# --- The page ---

PAGE = "/reglages/accords/"


@pytest.mark.parametrize("purpose", ["digest", "party"])
def test_one_click_gives_and_one_click_takes_back(as_alice, alice, purpose):
    as_alice.post(f"{PAGE}{purpose}/donner/", {"version": "2026-11"})
    assert services.agrees(alice, purpose)
    answer = as_alice.post(f"{PAGE}{purpose}/retirer/", follow=True)
    assert not services.agrees(alice, purpose)
    assert "C’est retiré" in answer.content.decode()
    consent = alice.consents.get()
    assert consent.given_at <= consent.withdrawn_at


def test_taking_one_back_leaves_the_others(as_alice, alice):
    for purpose in ("use", "digest", "party"):
        services.give_consent(alice, purpose, version="2026-11")
    as_alice.post(f"{PAGE}digest/retirer/")
    assert services.agrees(alice, "use") and services.agrees(alice, "party")


def test_clicking_twice_changes_nothing(as_alice, alice):
    for _click in range(2):
        as_alice.post(f"{PAGE}party/donner/", {"version": "2026-11"})
    for _click in range(2):
        as_alice.post(f"{PAGE}party/retirer/")
    assert alice.consents.count() == 1


def test_the_page_tells_every_text_and_when_it_was_agreed_to_and_taken_back(as_alice, alice):
    services.give_consent(alice, "use", version="2026-11")
    services.give_consent(alice, "digest", version="2026-11")
    services.withdraw_consent(alice, "digest")
    page = as_alice.get(PAGE).content.decode()
    for text in (consents.USE_2026_11, consents.DIGEST_2026_11):
        assert str(text) in page
    assert "retiré le" in page and page.count("Accepté le") == 2
    # What people without an account were asked is not asked of her.
    assert str(consents.SUPPORT_2026_11) not in page


def test_the_words_agreed_to_are_shown_although_they_changed_since(as_alice, alice, monkeypatch):
    services.give_consent(alice, "digest", version="2026-11")
    later = consents.ConsentText(Consent.Purpose.DIGEST, "2027-03", "D’autres mots pour {site}.")
    monkeypatch.setattr(consents, "PUBLISHED", (*consents.PUBLISHED, later))
    monkeypatch.setitem(consents.CURRENT, "digest", later)
    page = as_alice.get(PAGE).content.decode()
    assert str(consents.DIGEST_2026_11) in page and "c’est l’ancien que vous avez accepté" in page


def test_nobody_agrees_to_words_that_they_were_not_shown(as_alice, alice):
    answer = as_alice.post(f"{PAGE}party/donner/", {"version": "2020-01"}, follow=True)
    assert "relisez-le" in answer.content.decode()
    assert not alice.consents.exists()


@pytest.mark.parametrize("purpose", ["use", "support", "attend"])
def test_what_the_account_stands_on_is_taken_back_by_leaving(as_alice, alice, purpose):
    services.give_consent(alice, purpose, version="2026-11")
    assert as_alice.post(f"{PAGE}{purpose}/retirer/").url == "/mes-donnees/partir/"
    assert services.agrees(alice, purpose)


def test_there_is_nothing_else_to_agree_to(as_alice, visitor):
    assert as_alice.post(f"{PAGE}rien/donner/").status_code == 404
    assert as_alice.post(f"{PAGE}support/donner/", {"version": "2026-11"}).status_code == 404
    assert as_alice.post(f"{PAGE}rien/retirer/").status_code == 404
    assert as_alice.get(f"{PAGE}party/donner/").status_code == 405
    assert Client().get(PAGE).url.startswith("/compte/connexion/")


# --- The one invitation ---


def test_a_member_is_invited_to_hear_from_the_party_once(alice):
    alice.joined_at = timezone.now() - timedelta(days=8)
    assert services.invite_to_party(alice)
    assert [services.invite_to_party(alice) for _page in range(3)] == [False] * 3


def test_nobody_is_invited_on_the_day_they_come(alice):
    assert not services.invite_to_party(alice)
    assert not PartyInvitation.objects.exists()


def test_who_answered_by_themselves_is_not_invited(alice):
    alice.joined_at = timezone.now() - timedelta(days=8)
    services.give_consent(alice, "party", version="2026-11")
    services.withdraw_consent(alice, "party")
    assert not services.invite_to_party(alice)


def test_the_database_refuses_a_second_invitation(alice):
    PartyInvitation.objects.create(member=alice)
    with pytest.raises(IntegrityError), transaction.atomic():
        PartyInvitation.objects.create(member=alice)


def test_the_party_gets_the_addresses_of_those_who_agree_now_and_of_nobody_else(alice, bob):
    people = {
        name: new_member(name, **fields)
        for name, fields in {
            "dan": {},
            "gone": {"is_active": False},
            "invented": {"is_demonstration": True},
            "closed": {},
        }.items()
    }
    for member in (alice, bob, *people.values()):
        services.give_consent(member, "party", version="2026-11")
    services.give_consent(new_member("zoe"), "digest", version="2026-11")
    services.withdraw_consent(bob, "party")
    Suppression.objects.create(address_key=people["closed"].address_key, reason=Suppression.Reason.BOUNCE)
    out = StringIO()
    call_command("list_party_consents", stdout=out)
    _head, *rows = csv.reader(StringIO(out.getvalue()))
    assert [row[:2] for row in rows] == [["alice@exemple.fr", "Alice"], ["dan@exemple.fr", "Dan"]]
