from datetime import datetime

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.utils import timezone

from members.models import Consent, Member
from territories.models import Commune


@transaction.atomic
def sign_up(*, email: str, display_name: str, home_commune: Commune | None, consent: str) -> tuple[Member, bool]:
    """The member of this address, which they have just proved, or of another of the same mailbox; whether they are new.

    Somebody who already is a member keeps their name and commune. Two sign-ups at once make one member: the database
    decides. `consent` is the version of the text they agreed to.
    """
    member, is_new = Member.objects.of_address_or_new(email, display_name=display_name, home_commune=home_commune)
    give_consent(member, Consent.Purpose.USE, version=consent)
    return member, is_new


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
def make_staff(
    email: str, *, display_name: str, groups: list[Group], is_superuser: bool = False
) -> tuple[Member, bool]:
    """The member of this address as one of the staff, and whether the account is new.

    A known member keeps their name, their groups and their rights, and gains these.
    """
    member, is_new = Member.objects.of_address_or_new(email, display_name=display_name)
    member.is_staff = True
    member.is_superuser = member.is_superuser or is_superuser
    member.save(update_fields=["is_staff", "is_superuser"])
    member.groups.add(*groups)
    return member, is_new


def end_other_sessions(member: Member) -> None:
    """Every session of the member ends; the caller renews its own (update_session_auth_hash).

    Sessions hold a digest of the password's column: nobody has a password, and its random filler changes.
    """
    member.set_unusable_password()
    member.save(update_fields=["password"])


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


# The member of an address that was just proved, made if nobody had it, and what they agreed to: one statement.
_WELCOME = """
WITH known AS (
    -- Either is unique: the second serves while keys are being made anew.
    SELECT id, is_active FROM members_member WHERE address_key = %(key)s::bytea OR email = %(email)s::varchar
    ORDER BY email <> %(email)s::varchar LIMIT 1
), made AS (
    INSERT INTO members_member (
        email, address_key, display_name, home_commune_id, password, joined_at,
        is_active, is_staff, is_superuser, is_demonstration
    )
    SELECT %(email)s::varchar, %(key)s::bytea, %(display_name)s::varchar, %(home_commune)s::varchar,
        %(password)s::varchar, %(now)s::timestamptz, true, false, false, false
    WHERE NOT EXISTS (SELECT FROM known)
    ON CONFLICT DO NOTHING
    RETURNING id, is_active
), person AS (
    TABLE known UNION ALL TABLE made
), agreed AS (
    INSERT INTO members_consent (member_id, purpose, version, given_at)
    SELECT id, %(purpose)s::varchar, %(version)s::varchar, %(given_at)s::timestamptz FROM person
    ON CONFLICT (member_id, purpose) WHERE withdrawn_at IS NULL DO NOTHING
)
SELECT id, is_active FROM person
"""


def welcome(
    *, email: str, key: bytes, display_name: str, home_commune_id: str | None, consent: str, consented_at: datetime
) -> tuple[int, bool]:
    """The member of an address proved by a link, made if nobody had it: their id, and whether they are active.

    `key` is the address's (`addresses.address_key`), `consent` the version of the text of supports they agreed to. Two
    at once make one member. Unlike `sign_up`, for thousands a minute.
    """
    values = {
        "email": email.lower(),
        "key": key,
        "display_name": display_name,
        "home_commune": home_commune_id,
        "password": make_password(None),
        "now": timezone.now(),
        "purpose": Consent.Purpose.SUPPORT,
        "version": consent,
        "given_at": consented_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WELCOME, values)
        found = cursor.fetchone()
        if found is None:
            # Another made the member meanwhile: this look sees them.
            cursor.execute(_WELCOME, values)
            found = cursor.fetchone()
    return found
