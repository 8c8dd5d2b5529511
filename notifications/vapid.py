"""Who we are, to the services of browsers' makers: each request is signed by our key (VAPID, RFC 8292).

A browser's subscription is made for one key: another in the settings, and each member turns their devices on again.
"""

import base64
import time
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from py_vapid import Vapid02

#: Seconds for which a signature holds; services take a day at most.
_HOLDS = 12 * 60 * 60
_KEY_BYTES = 32


def new_key() -> str:
    """A private key, as VAPID_PRIVATE_KEY holds it."""
    vapid = Vapid02()
    vapid.generate_keys()
    return _written(vapid.private_key.private_numbers().private_value.to_bytes(_KEY_BYTES, "big"))


def public_key() -> str:
    """What browsers are given when they subscribe; "" on a site that pushes nothing."""
    if not settings.VAPID_PRIVATE_KEY:
        return ""
    return public_half(settings.VAPID_PRIVATE_KEY)


def public_half(private: str) -> str:
    """Raises ValueError when it is no private key."""
    return _written(_key(private).public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def signed(endpoint: str) -> dict[str, str]:
    """The headers that say, to the service of this address, that we are who its browser subscribed to.

    Raises VapidException when the settings name nobody to write to.
    """
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + _HOLDS,
        "sub": f"mailto:{settings.CONTACT_EMAIL}",
    }
    return _key(settings.VAPID_PRIVATE_KEY).sign(claims)


@lru_cache(maxsize=2)
def _key(private: str) -> Vapid02:
    if len(read(private)) != _KEY_BYTES:
        raise ValueError("A private key has 32 bytes.")
    return Vapid02.from_raw(private.encode())


def read(written: str) -> bytes:
    """Bytes in base64 as browsers write them, without what fills the end. Raises ValueError."""
    return base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
