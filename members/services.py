from datetime import datetime, timedelta
from secrets import token_hex

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from members.addresses import address_key
from members.models import AccessRecord, Consent, Member
from territories.models import Commune


@transaction.atomic
def sign_up(
    *,
    email: str,
    display_name: str,
    home_commune: Commune | None,
    consent: str,
    purpose: str = Consent.Purpose.USE,
) -> tuple[Member, bool]:
    """The member of this address, which they have just proved, or of another of the same mailbox; whether they are new.

    Somebody who already is a member keeps their name and commune. Two sign-ups at once make one member: the database
    decides. `consent` is the version of the text they agreed to, for this purpose.
    """
    member, is_new = Member.objects.of_address_or_new(email, display_name=display_name, home_commune=home_commune)
    give_consent(member, purpose, version=consent)
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


#: A trigger refuses that a reading be erased sooner.
READINGS_KEPT = timedelta(days=365)


def record_reading(*, by: Member, about: Model, what: str, why: str) -> AccessRecord:
    """Write down that one of the staff read something private: `what` is "adresse e-mail", not the address itself."""
    return AccessRecord.objects.create(by=by, about=about, what=str(what)[:120], why=str(why)[:500])


def forget_readings() -> int:
    """Erase those of more than a year ago. Returns how many."""
    count, _models = AccessRecord.objects.filter(at__lt=timezone.now() - READINGS_KEPT).delete()
    return count


#: For another room's statement that an address proves: `person` (id, is_active) is the member who has it, made if
#: nobody had it, with what they agreed to. Nobody is looked up, made, or agrees unless `welcome`, a part that the
#: statement writes before this one, has a row. Empty also when another makes the member at this moment: ask again.
#: `welcoming` gives its values.
WELCOMING = """
known AS (
    -- Either is unique: the e-mail serves while keys are being made anew.
    SELECT id, is_active FROM members_member
    WHERE (address_key = %(member_key)s::bytea OR email = %(member_email)s::varchar) AND EXISTS (TABLE welcome)
    ORDER BY email <> %(member_email)s::varchar LIMIT 1
), made AS (
    INSERT INTO members_member (
        email, address_key, display_name, home_commune_id, password, joined_at,
        is_active, is_staff, is_superuser, is_demonstration, restriction
    )
    SELECT %(member_email)s::varchar, %(member_key)s::bytea, %(member_name)s::varchar, %(member_commune)s::varchar,
        %(member_password)s::varchar, %(now)s::timestamptz, true, false, false, false, ''
    WHERE NOT EXISTS (SELECT FROM known) AND EXISTS (TABLE welcome)
    ON CONFLICT DO NOTHING
    RETURNING id, is_active
), person AS (
    TABLE known UNION ALL TABLE made
), ended AS (
    -- A consent to other words is withdrawn by this one, and stays as history.
    UPDATE members_consent SET withdrawn_at = %(consent_given_at)s::timestamptz FROM person
    WHERE member_id = person.id AND purpose = %(consent_purpose)s::varchar AND withdrawn_at IS NULL
        AND version <> %(consent_version)s::varchar AND given_at <= %(consent_given_at)s::timestamptz
    RETURNING member_id
), agreed AS (
    INSERT INTO members_consent (member_id, purpose, version, given_at)
    SELECT id, %(consent_purpose)s::varchar, %(consent_version)s::varchar, %(consent_given_at)s::timestamptz FROM person
    -- Once the former has ended: two current ones are refused.
    WHERE (SELECT count(*) FROM ended) >= 0
    ON CONFLICT (member_id, purpose) WHERE withdrawn_at IS NULL DO NOTHING
)
"""

#: `WELCOMING` for an address that was nobody's a moment ago: nobody is looked up, and no former consent. Empty when
#: somebody has it by now.
NEWCOMING = """
person AS (
    INSERT INTO members_member (
        email, address_key, display_name, home_commune_id, password, joined_at,
        is_active, is_staff, is_superuser, is_demonstration, restriction
    )
    SELECT %(member_email)s::varchar, %(member_key)s::bytea, %(member_name)s::varchar, %(member_commune)s::varchar,
        %(member_password)s::varchar, %(now)s::timestamptz, true, false, false, false, ''
    FROM welcome
    ON CONFLICT DO NOTHING
    RETURNING id, is_active
), agreed AS (
    INSERT INTO members_consent (member_id, purpose, version, given_at)
    SELECT id, %(consent_purpose)s::varchar, %(consent_version)s::varchar, %(consent_given_at)s::timestamptz FROM person
)
"""


def welcoming(
    *, email: str, display_name: str, home_commune_id: str | None, consent: str, consented_at: datetime, now: datetime
) -> dict:
    """The values of `WELCOMING` and `NEWCOMING`. `consent` is the version of the text of supports that they agreed to.

    A member who is known keeps their name and commune.
    """
    return {
        "member_email": email.lower(),
        "member_key": address_key(email),
        "member_name": display_name,
        "member_commune": home_commune_id,
        "member_password": UNUSABLE_PASSWORD_PREFIX + token_hex(20),
        "consent_purpose": Consent.Purpose.SUPPORT,
        "consent_version": consent,
        "consent_given_at": consented_at,
        "now": now,
    }
