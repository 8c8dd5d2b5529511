"""What is wrong with the settings of events, said before the site starts."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error


def geocoder_address(**_how) -> list[Error]:
    """The streets of events, some of them homes, are asked of this address: over https, but on this very machine."""
    why = _wrong_with(settings.GEOCODER_URL)
    return [Error(f"GEOCODER_URL: {why}.", id="events.E001")] if why else []


def _wrong_with(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return "this is no address"
    wrongs = {
        "an address begins with https://": not host or parts.scheme not in ("http", "https"),
        "no name and no password stand in it, since addresses are logged": "@" in parts.netloc,
        "it ends before the question that the site asks, without ? and #": parts.query or parts.fragment,
        "http is for this machine alone, others are asked over https": parts.scheme == "http" and not _is_here(host),
    }
    return next((why for why, is_wrong in wrongs.items() if address and is_wrong), "")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
