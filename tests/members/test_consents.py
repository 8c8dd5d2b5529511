"""The texts people agree to, and what is kept of it."""

import hashlib

import pytest

from members import consents, services
from members.models import Consent
from tests.members.door import last_code, sign_up

#: A published text never changes: another wording is another version.
SEALED = {
    ("use", "2026-11"): "ce9187d4867541c6",
    ("support", "2026-11"): "57ff737b8fc7896e",
    ("attend", "2026-11"): "dc487e73f84cba09",
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
