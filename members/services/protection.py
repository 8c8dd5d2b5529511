"""The second factors that protect an account."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)

from members.models import Member
from members.services.sessions import end_other_sessions


def forget_second_factors(member: Member) -> int:
    """For staff who lost all of them: every key, application and recovery code is forgotten, every session ends."""
    deleted, _ = Authenticator.objects.filter(user=member).delete()
    end_other_sessions(member)
    return deleted


def give_totp(member: Member) -> str:
    """The secret, in base 32, of the member's application of codes, given to them if they have none."""
    existing = Authenticator.objects.filter(user=member, type=Authenticator.Type.TOTP).first()
    if existing:
        return get_adapter().decrypt(existing.data["secret"])
    secret = generate_totp_secret()
    TOTP.activate(member, secret)
    return secret


def current_totp(member: Member) -> str:
    """The six digits that the member's application shows now. Raises Authenticator.DoesNotExist."""
    authenticator = Authenticator.objects.get(user=member, type=Authenticator.Type.TOTP)
    counters = list(yield_hotp_counters_from_time())
    secret = get_adapter().decrypt(authenticator.data["secret"])
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))
