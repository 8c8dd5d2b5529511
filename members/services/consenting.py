"""What a member agrees to, and takes back."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from members.models import Consent, Member, PartyInvitation, Suppression

#: Nobody is invited to hear from the party on the day when they come for something else.
BEFORE_INVITATION = timedelta(days=7)


@transaction.atomic
def give_consent(member: Member, purpose: str, *, version: str) -> bool:
    """Keep that the member agreed to this version of the text, now. False when they already had.

    A consent to another version is withdrawn by it, and stays as history.
    """
    Member.objects.select_for_update().get(pk=member.pk)
    now = timezone.now()
    current = member.consents.filter(purpose=purpose, withdrawn_at=None)
    if current.filter(version=version).exists():
        return False
    current.update(withdrawn_at=now)
    member.consents.create(purpose=purpose, version=version, given_at=now)
    return True


@transaction.atomic
def withdraw_consent(member: Member, purpose: str) -> bool:
    """From now on the member does not agree to this any more. False when they did not. It stays as history."""
    Member.objects.select_for_update().get(pk=member.pk)
    return bool(member.consents.filter(purpose=purpose, withdrawn_at=None).update(withdrawn_at=timezone.now()))


def agrees(member: Member, purpose: str) -> bool:
    return member.consents.filter(purpose=purpose, withdrawn_at=None).exists()


def invite_to_party(member: Member) -> bool:
    """Whether to invite the member, on the page that they are reading, to hear from the party. True once in their life.

    The database keeps that it was done: two pages opened together show one invitation. Who ever gave this consent, or
    took it back, needs no invitation.
    """
    if member.joined_at > timezone.now() - BEFORE_INVITATION:
        return False
    if PartyInvitation.objects.filter(member=member).exists():
        return False
    _invitation, is_first = PartyInvitation.objects.get_or_create(member=member)
    return is_first and not member.consents.filter(purpose=Consent.Purpose.PARTY).exists()


def party_consents() -> Iterator[Consent]:
    """The consents to hear from the party that hold now, with their members, as a stream: not of who left, of the
    demonstration, nor of a mailbox that is not written to any more.
    """
    stopped = Suppression.objects.filter(address_key=OuterRef("member__address_key"))
    held = Consent.objects.filter(
        ~Exists(stopped),
        purpose=Consent.Purpose.PARTY,
        withdrawn_at=None,
        member__is_active=True,
        member__is_demonstration=False,
    )
    return held.select_related("member").order_by("pk").iterator(1000)
