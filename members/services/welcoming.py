"""A member made by another room's own statement, with the address that it proves."""

from datetime import datetime
from secrets import token_hex

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.utils import timezone

from members.addresses import address_key
from members.models import Consent

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
        is_active, is_staff, is_superuser, is_demonstration, restriction, active_on
    )
    SELECT %(member_email)s::varchar, %(member_key)s::bytea, %(member_name)s::varchar, %(member_commune)s::varchar,
        %(member_password)s::varchar, %(now)s::timestamptz, true, false, false, false, '',
        %(member_active_on)s::date
    WHERE NOT EXISTS (SELECT FROM known) AND EXISTS (TABLE welcome)
    ON CONFLICT DO NOTHING
    RETURNING id, is_active
), person AS (
    TABLE known UNION ALL TABLE made
), seen AS (
    UPDATE members_member SET active_on = %(member_active_on)s::date FROM known
    WHERE members_member.id = known.id AND active_on < %(member_active_on)s::date
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
        is_active, is_staff, is_superuser, is_demonstration, restriction, active_on
    )
    SELECT %(member_email)s::varchar, %(member_key)s::bytea, %(member_name)s::varchar, %(member_commune)s::varchar,
        %(member_password)s::varchar, %(now)s::timestamptz, true, false, false, false, '',
        %(member_active_on)s::date
    FROM welcome
    ON CONFLICT DO NOTHING
    RETURNING id, is_active
), agreed AS (
    INSERT INTO members_consent (member_id, purpose, version, given_at)
    SELECT id, %(consent_purpose)s::varchar, %(consent_version)s::varchar, %(consent_given_at)s::timestamptz FROM person
)
"""


def welcoming(
    *,
    email: str,
    display_name: str,
    home_commune_id: str | None,
    consent: str,
    consented_at: datetime | str,
    now: datetime,
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
        "member_active_on": timezone.localdate(now),
        "now": now,
    }
