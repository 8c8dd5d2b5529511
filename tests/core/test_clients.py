"""The client's address comes from our proxies alone, and only a hash of its network is ever kept."""

import logging
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import RequestFactory

from core.clients import address_of, network_of

PROXY = "10.0.0.1"
DAY = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def _one_proxy(settings):
    settings.TRUSTED_PROXY_COUNT = 1
    settings.ADDRESS_KEY = "a key of the tests"


def request(forwarded: str | None = None, remote: str = PROXY):
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=remote, **headers)


def read(forwarded: str | None = None, remote: str = PROXY) -> str:
    return str(address_of(request(forwarded, remote)))


def network(address: str, day: date = DAY) -> bytes:
    return network_of(request(address), day=day)


# --- The address -----------------------------------------------------------------------------------------------------


def test_the_proxy_says_who_the_client_is():
    assert read("198.51.100.7") == "198.51.100.7"


def test_what_the_client_claims_is_not_read():
    assert read("1.2.3.4, 198.51.100.7") == "198.51.100.7"


def test_each_of_our_proxies_adds_one_address(settings):
    settings.TRUSTED_PROXY_COUNT = 2
    assert read("1.2.3.4, 198.51.100.7, 10.0.0.2") == "198.51.100.7"


def test_without_proxy_no_header_is_read(settings):
    settings.TRUSTED_PROXY_COUNT = 0
    assert read("1.2.3.4", remote="203.0.113.9") == "203.0.113.9"


def test_several_headers_are_one_list():
    """As granian joins them."""
    assert read("1.2.3.4,198.51.100.7") == "198.51.100.7"


@pytest.mark.parametrize("forwarded", [None, "1.2.3.4"])
def test_too_short_a_list_is_not_believed(settings, forwarded):
    settings.TRUSTED_PROXY_COUNT = 2
    assert read(forwarded) == PROXY


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (" 198.51.100.7 ", "198.51.100.7"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("[::ffff:c633:6407]:80", "198.51.100.7"),
    ],
)
def test_an_address_is_read_as_proxies_write_it(written, address):
    assert read(written) == address


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        ",",
        "unknown",
        "_hidden",
        "1.2.3.4.5",
        "1.2.3.04",
        "[",
        "[]",
        "[2001:db8",
        "a:b",
        ":",
        "1.2.3.4:x",
        "x@1.2.3.4:80",
        "é",
        "\x00",
    ],
)
def test_what_is_no_address_is_unknown_and_breaks_nothing(garbage):
    assert address_of(request(f"1.2.3.4, {garbage}")) is None
    assert len(network_of(request(f"1.2.3.4, {garbage}"))) == 16


def test_a_missing_address_is_unknown_and_breaks_nothing():
    nobody = RequestFactory().get("/")
    del nobody.META["REMOTE_ADDR"]
    assert address_of(nobody) is None
    assert network_of(nobody) == network_of(request("garbage"))


# --- The network -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("198.51.100.1", "198.51.100.254", True),
        ("198.51.100.1", "198.51.101.1", False),
        ("2001:db8:1::1", "2001:db8:1:ffff:ffff::2", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("198.51.100.1", "::ffff:198.51.100.9", True),
        ("198.51.100.1", "unknown", False),
        # Their networks begin with the same bytes.
        ("32.1.13.0", "2001:d00::", False),
        ("::1", "0.0.0.1", False),
    ],
)
def test_a_network_is_24_bits_of_ipv4_or_48_of_ipv6(one, other, same):
    assert (network(one) == network(other)) is same


def test_a_network_has_another_hash_each_day():
    assert network("198.51.100.1") != network("198.51.100.1", day=date(2026, 3, 2))


def test_the_day_is_that_of_paris(monkeypatch):
    shortly_after_midnight = datetime(2026, 3, 1, 0, 30, tzinfo=ZoneInfo("Europe/Paris"))
    monkeypatch.setattr("django.utils.timezone.now", lambda: shortly_after_midnight.astimezone(ZoneInfo("UTC")))
    assert network_of(request("198.51.100.1")) == network("198.51.100.1", day=date(2026, 3, 1))


def test_the_hash_is_kept_by_a_key(settings):
    before = network("198.51.100.1")
    settings.ADDRESS_KEY = "another key"
    assert network("198.51.100.1") != before
    assert len(before) == 16


def test_no_address_is_ever_logged(caplog):
    with caplog.at_level(logging.DEBUG):
        network_of(request("1.2.3.4, 198.51.100.7"))
        network_of(request("garbage"))
    assert caplog.records == []
