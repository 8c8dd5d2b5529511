"""Texts kept encrypted: a copy of the database alone does not say what they are.

Under ADDRESS_KEY, which is kept for ever; what was sealed under one of ADDRESS_KEY_FALLBACKS can still be opened.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

_SALT = "core.sealing"


class SealBroken(Exception):
    """It was sealed under a key that is lost, or it was changed."""


def seal(text: str) -> bytes:
    return _keys().encrypt(text.encode())


def unseal(sealed: bytes) -> str:
    """Raises SealBroken."""
    try:
        return _keys().decrypt(bytes(sealed)).decode()
    except InvalidToken as error:
        raise SealBroken from error


def digest(text: str) -> str:
    """What is kept of a text once it is destroyed: a copy of it can be compared."""
    return hashlib.sha256(text.encode()).hexdigest()


def _keys() -> MultiFernet:
    secrets = [settings.ADDRESS_KEY, *settings.ADDRESS_KEY_FALLBACKS]
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(salted_hmac(_SALT, "key", secret=secret, algorithm="sha256").digest()))
            for secret in secrets
        ]
    )
