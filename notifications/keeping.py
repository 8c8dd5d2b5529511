"""A link of a digest by which its reader says, without signing in, that they still want to hear.

It says nothing else and opens nothing: whoever holds it can only have its reader written to as they were.
"""

from django.core import signing
from django.urls import reverse

from members.models import Member

_SALT = "notifications.keeping"


def address_for(member_id: int) -> str:
    """The path, without the site's address."""
    return reverse("digest_keep", args=[signing.Signer(salt=_SALT, sep=".").sign(str(member_id))])


def member_of(token: str) -> Member | None:
    """Whose link it is; None when it is nobody's, or theirs no more."""
    try:
        number = signing.Signer(salt=_SALT, sep=".").unsign(token)
    except signing.BadSignature:
        return None
    return Member.objects.filter(pk=int(number), is_active=True).first()
