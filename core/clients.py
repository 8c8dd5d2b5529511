"""Where a request comes from: never an address, only a keyed hash of its network that changes every day."""

import re
from datetime import date
from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from core.keyed import keyed

#: Bytes of an address that name its network, a /24 or a /48: inside, one person changes address at will.
_NETWORK_BYTES = {4: 3, 6: 6}
#: Bytes that one machine does not change at will.
_MACHINE_BYTES = {4: 4, 6: 8}
#: [2001:db8::1], with a port or not, and 192.0.2.1:80.
_DRESSED = re.compile(r"\[([^\]]+)\](?::\d+)?|([\d.]+):\d+")


def is_looked_at(request: HttpRequest) -> bool:
    """Whether somebody reads the answer: not a browser that fetches a page in case a link to it is followed."""
    return request.method == "GET" and "Sec-Purpose" not in request.headers


def network_of(request: HttpRequest, *, day: date | None = None) -> bytes:
    """16 bytes that are the same for the whole /24 (IPv4) or /48 (IPv6) of the client during one day, today by default.

    Without ADDRESS_KEY nobody finds the network again, and two days are never linked. All clients whose address is
    unknown are of one network.
    """
    address = address_of(request)
    network = address.packed[: _NETWORK_BYTES[address.version]] if address else b""
    day = day or timezone.localdate()
    said = b"core.clients:" + day.isoformat().encode() + b":" + network
    return keyed(said)[:16]


def machine_of(request: HttpRequest) -> str | None:
    """What stands for the client's own address (of IPv6, its /64) during one day; None when it is unknown.

    For limits: without ADDRESS_KEY nobody finds the address again where they are counted.
    """
    address = address_of(request)
    if address is None:
        return None
    machine = address.packed[: _MACHINE_BYTES[address.version]]
    said = b"core.clients.machine:" + timezone.localdate().isoformat().encode() + b":" + machine
    return keyed(said)[:16].hex()


def address_of(request: HttpRequest) -> IPv4Address | IPv6Address | None:
    """The client's address as our proxies say it, or None. It is not to be stored nor logged.

    Each of the TRUSTED_PROXY_COUNT proxies adds to X-Forwarded-For who spoke to it: anything further left was written
    by the client. Too short a list did not pass through all of them, and whoever speaks to us is then the client.
    allauth's own reader breaks down on such a list, and does not read [2001:db8::1].
    """
    count = settings.TRUSTED_PROXY_COUNT
    said = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if count else []
    if not count or len(said) < count:
        return _parsed(request.META.get("REMOTE_ADDR", ""))
    return _parsed(said[-count])


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """As proxies write it, with brackets and a port or without; an IPv4 address written as IPv6 is IPv4."""
    text = text.strip()
    if dressed := _DRESSED.fullmatch(text):
        text = dressed[1] or dressed[2]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
