"""Whose contacts a text shows: its writer's own pass once they said so."""

import hmac
from collections.abc import Collection, Iterable

from django.conf import settings

from members.models import Member
from moderation.filter.contacts import contacts_in
from moderation.models import OwnContact


def own_contacts_of(by: Member | None, texts: Iterable[str] = ()) -> tuple[str, ...]:
    """What the writer may show: their address, and what in these texts they said to be theirs."""
    if by is None:
        return ()
    said = agreed(by, contacts_of(texts))
    return (by.email, *said) if by.email else said


def contacts_of(texts: Iterable[str]) -> tuple[str, ...]:
    """The contacts that the filter finds in these texts, each once."""
    return tuple(dict.fromkeys(contact for text in texts for contact in contacts_in(text)))


def agreed(by: Member, contacts: Collection[str]) -> tuple[str, ...]:
    """Those that the member said to be theirs, and wants shown."""
    if not contacts:
        return ()
    keys = {_key(by, contact): contact for contact in contacts}
    known = OwnContact.objects.filter(member=by, key__in=list(keys)).values_list("key", flat=True)
    return tuple(keys[bytes(key)] for key in known)


def agree_to_show(by: Member, contacts: Collection[str]) -> None:
    """The member says that these are theirs. Saying it twice is harmless."""
    OwnContact.objects.bulk_create(
        [OwnContact(member=by, key=_key(by, contact)) for contact in contacts], ignore_conflicts=True
    )


def _key(by: Member, contact: str) -> bytes:
    """Found again by nobody who lacks the key; that of another member for the same contact is another."""
    return hmac.digest(settings.ADDRESS_KEY.encode(), f"moderation.contacts:{by.pk}:{contact}".encode(), "sha256")[:16]
