"""Which addresses lead to one mailbox, and which only look as if they did."""

import hashlib
import hmac

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import example, given
from hypothesis import strategies as st

from members.addresses import RULES, address_key, canonical, domain_of, is_disposable
from possibles import env

# --- One mailbox ---


@pytest.mark.parametrize(
    "addresses",
    [
        "bob@exemple.fr Bob@Exemple.FR",
        "bob@gmail.com b.o.b@gmail.com bob+asso@gmail.com B.ob+x+y@GoogleMail.com",
        "bob@outlook.com bob+asso@outlook.com BOB+@OUTLOOK.COM",
        "bob@hotmail.fr bob+asso@hotmail.fr",
        "bob-asso@yahoo.fr bob-achats@yahoo.fr",
        "bob@icloud.com bob@me.com bob@mac.com bob+asso@icloud.com",
        "b.o-b_@proton.me bob@protonmail.com bob+x@pm.me",
        "bob@fastmail.com bob+asso@fastmail.com asso@bob.fastmail.com",
        "jean.petit@yandex.ru jean-petit@ya.ru jean.petit+x@yandex.com",
        "bob@posteo.net bob+asso@posteo.net",
        'bob@exemple.fr "bob"@exemple.fr "b\\o\\b"@exemple.fr',
        "bob@été.fr bob@ÉTÉ.fr bob@e\u0301te\u0301.fr bob@xn--t-9fab.fr",
    ],
)
def test_these_are_one_mailbox(addresses):
    assert len({canonical(address) for address in addresses.split()}) == 1
    assert len({address_key(address) for address in addresses.split()}) == 1


@pytest.mark.parametrize(
    "addresses",
    [
        "bob@exemple.fr b.ob@exemple.fr bob+asso@exemple.fr bob-asso@exemple.fr",
        "bob@outlook.com b.ob@outlook.com bob@outlook.fr bob@hotmail.com",
        "bob@yahoo.fr bob-asso@yahoo.fr bob@yahoo.com b.ob@yahoo.fr",
        "bob@icloud.com b.ob@icloud.com bob@gmail.com bob@proton.me",
        "bob@orange.fr b.ob@orange.fr bob@wanadoo.fr bob+asso@orange.fr",
        "bob@free.fr b.ob@free.fr bob@laposte.net b.ob@laposte.net bob@sfr.fr b-ob@sfr.fr bob@gmx.fr bob+x@gmx.fr",
        "bob@fastmail.com asso@alice.fastmail.com bob@fastmail.fm",
        "jeanpetit@yandex.ru jean-petit@yandex.ru",
        "bob@gmail.com bob@gmail.com.exemple.fr bob@bob.gmail.com bob@mygmail.com",
        'bob@exemple.fr "b@b"@exemple.fr',
    ],
)
def test_these_are_as_many_people(addresses):
    assert len({canonical(address) for address in addresses.split()}) == len(addresses.split())


@pytest.mark.parametrize("address", ["+x@gmail.com", ".@gmail.com", "@gmail.com", "+@outlook.com", "x@.fastmail.com"])
def test_an_address_that_is_all_tag_stays_what_it_is(address):
    assert canonical(address) == address


LOCALS = st.from_regex(r'"?[A-Za-z0-9.+_\\"é-]{1,12}"?', fullmatch=True)
DOMAINS = st.sampled_from([*RULES, "bob.fastmail.com", "exemple.fr", "ÉTÉ.fr", "Gmail.com", "a＠gmail.com"])


@given(st.one_of(st.text(), st.builds("{}@{}".format, LOCALS, DOMAINS), st.builds("{}@{}".format, st.text(), DOMAINS)))
@example("b.x@a＠gmail.com")
@example('"\\"bob\\""@exemple.fr')
def test_what_is_canonical_stays_so(address):
    assert canonical(canonical(address)) == canonical(address)


@given(
    st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+", fullmatch=True),
    st.from_regex(r"[a-z]{3,12}\.exemple\.fr", fullmatch=True),
)
def test_an_unknown_provider_s_names_change_in_nothing_but_case(name, domain):
    assert canonical(f"{name}@{domain}") == f"{name.lower()}@{domain}"


@given(st.text(max_size=300))
def test_whatever_is_typed_has_a_key(typed):
    assert len(address_key(typed)) == 32


def test_the_key_is_a_hash_that_needs_the_site_s_own_secret(settings):
    settings.ADDRESS_KEY = "one secret"
    key = address_key("B.ob@gmail.com")
    assert key == hmac.new(b"one secret", b"bob@gmail.com", hashlib.sha256).digest()
    settings.ADDRESS_KEY = "another"
    assert address_key("B.ob@gmail.com") != key
    assert address_key("B.ob@gmail.com") == address_key("bob@gmail.com")


# --- Domains ---


def test_a_domain_is_that_of_the_mailbox():
    assert domain_of("B.ob@GoogleMail.com") == "gmail.com"
    assert domain_of("asso@bob.fastmail.com") == "fastmail.com"
    assert domain_of("bob@ÉTÉ.fr") == "xn--t-9fab.fr"


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("x@mailinator.com", True),
        ("x@MAILINATOR.com", True),
        ("x@any.thing.mailinator.com", True),
        ("x@mailinator-exemple.fr", False),
        ("x@mailinator.com.exemple.fr", False),
        ("bob@gmail.com", False),
        ("bob@laposte.net", False),
        ("bob", False),
    ],
)
def test_addresses_for_whoever_passes_are_recognised_below_their_domain_too(address, is_one):
    assert is_disposable(address) is is_one


def test_no_great_provider_is_taken_for_disposable():
    assert not [domain for domain in RULES if is_disposable(f"bob@{domain}")]


# --- The secret ---


def test_a_kept_secret_is_made_once_and_read_by_its_owner_alone(tmp_path):
    path = tmp_path / "var" / "address_key"
    made = env.kept_secret(path)
    assert len(made) > 50
    assert env.kept_secret(path) == made
    assert [file.name for file in path.parent.iterdir()] == ["address_key"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_who_comes_second_keeps_the_first_one_s_secret(tmp_path, monkeypatch):
    path = tmp_path / "address_key"
    path.write_text("the first one's")
    monkeypatch.setattr(type(path), "exists", lambda self: False)
    assert env.kept_secret(path) == "the first one's"


def test_without_the_key_a_server_does_not_start(monkeypatch):
    monkeypatch.setattr(env, "DEVELOPMENT", False)
    monkeypatch.delenv("ADDRESS_KEY", raising=False)
    with pytest.raises(ImproperlyConfigured, match="ADDRESS_KEY"):
        env.required("ADDRESS_KEY", in_development="kept")
