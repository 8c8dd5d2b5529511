"""A link that stands for a session, for one hour: for whoever has an account without knowing it, made by a support.

A room that has just proved an address by a link of its own gives it on (initiatives: "mes soutiens").
"""

from datetime import timedelta

from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

from members import identity
from members.models import Member

LIFE = timedelta(hours=1)

_signer = TimestampSigner(sep=".", salt="members.rights.link")


def path_of(member: Member) -> str:
    """Where this member sees what they may ask, without a session."""
    return reverse("my_data_link", args=[_signer.sign(member.pk)])


def member_of(token: str) -> Member | None:
    """The member of a link; None when it is an hour old, not of our making, or when its mailbox is not proof enough.

    One of the staff, or somebody who set up a second factor, signs in.
    """
    try:
        pk = int(_signer.unsign(token, max_age=LIFE))
    except (BadSignature, ValueError):
        return None
    member = Member.objects.filter(pk=pk, is_active=True, is_staff=False).first()
    return None if member is None or identity.has_second_factor(member) else member
