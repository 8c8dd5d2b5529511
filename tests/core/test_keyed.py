"""A keyed hash is the one that the standard says, a signature is Django's, under the key of the moment."""

import hmac

import pytest
from django.core.signing import BadSignature, Signer

from core.keyed import QuickSigner, keyed


def test_it_is_the_hmac_of_the_words_under_the_key(settings):
    for key in ("one", "two", "one", "k" * 100):
        settings.ADDRESS_KEY = key
        for said in (b"", b"bob@exemple.fr", b"\x00" * 200):
            assert keyed(said) == hmac.digest(key.encode(), said, "sha256")


@pytest.mark.parametrize("value", ["7", 7, "été", ""])
def test_it_signs_as_django_does(settings, value):
    for key, former in (("one", []), ("two", ["one"])):
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = key, former
        ours, theirs = (signer(sep=".", salt="tests") for signer in (QuickSigner, Signer))
        assert ours.sign(value) == theirs.sign(value)
        assert ours.unsign(Signer(key="one", sep=".", salt="tests").sign(value)) == str(value)
        with pytest.raises(BadSignature):
            ours.unsign(Signer(key="three", sep=".", salt="tests").sign(value))
        with pytest.raises(BadSignature):
            ours.unsign(QuickSigner(sep=".", salt="others").sign(value))
