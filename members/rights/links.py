"""A link that stands for a session, for one hour: for whoever has an account without knowing it, made by a support.

A room that has just proved an address by a link of its own gives it on (initiatives: "mes soutiens"). Each dies once
the account has another address: what was sent to the former one, or to whoever took the account, opens nothing more.
"""

from datetime import timedelta

from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from members import identity
from members.models import Member

LIFE = timedelta(hours=1)

_signer = TimestampSigner(sep=".", salt="members.rights.link")


def path_of(member: Member) -> str:
    """Where this member sees what they may ask, without a session."""
    return reverse("my_data_link", args=[_signer.sign(name_of(member))])


def member_of(token: str) -> Member | None:
    """The member of a link; None when it is an hour old, not of our making, or when its mailbox is not proof enough.

    One of the staff, or somebody who set up a second factor, signs in.
    """
    try:
        member = member_named(_signer.unsign(token, max_age=LIFE))
    except BadSignature:
        return None
    if member is None or not member.is_active or member.is_staff or identity.has_second_factor(member):
        return None
    return member


def name_of(member: Member) -> str:
    """For what is signed: the member, as long as they have this address."""
    return f"{member.pk}-{_mark(member)}"


def member_named(name: str) -> Member | None:
    """None when they have another address, as whoever left has. An account that staff closed still has its person."""
    number, _dash, mark = name.partition("-")
    member = Member.objects.filter(pk=number).first() if number.isdecimal() else None
    return member if member is not None and constant_time_compare(mark, _mark(member)) else None


def _mark(member: Member) -> str:
    """It says nothing of the address."""
    return salted_hmac("members.rights.links", member.email, algorithm="sha256").hexdigest()[:16]
