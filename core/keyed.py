"""What stands for something that nobody is to find again, or proves that we said it: HMAC-SHA256, begun once.

To begin one, OpenSSL looks for its algorithm among all: longer than all the rest.
"""

import hashlib
import hmac
from functools import lru_cache

from django.conf import settings
from django.core.signing import Signer, b64_encode


def keyed(said: bytes) -> bytes:
    """32 bytes that are the same for the same words, and tell nothing of them without ADDRESS_KEY."""
    return _said(_begun(settings.ADDRESS_KEY.encode()), said)


class QuickSigner(Signer):
    """Django's `Signer`, whose signatures these are, for what a crowd brings."""

    def signature(self, value: str | int, key: str | None = None) -> str:
        mac = _begun_to_sign(f"{self.salt}signer", key or self.key)
        return b64_encode(_said(mac, str(value).encode())).decode()


def _said(begun: hmac.HMAC, words: bytes) -> bytes:
    mac = begun.copy()
    mac.update(words)
    return mac.digest()


@lru_cache(maxsize=4)
def _begun(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")


@lru_cache(maxsize=16)
def _begun_to_sign(salt: str, key: str) -> hmac.HMAC:
    """As `django.utils.crypto.salted_hmac` begins."""
    return hmac.new(hashlib.sha256(f"{salt}{key}".encode()).digest(), digestmod="sha256")
