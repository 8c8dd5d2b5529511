"""What can happen to a member."""

from members.services.accounts import make_staff, sign_up
from members.services.address import (
    AddressRefused,
    change_address,
    change_of_token,
    forget_address_changes,
    undo_address_change,
    undo_token,
)
from members.services.blocking import BlockRefused, block, blocked_by, blocks_of, unblock, wants_nothing_of
from members.services.consenting import agrees, give_consent, invite_to_party, party_consents, withdraw_consent
from members.services.presence import note_presence
from members.services.protection import current_totp, forget_second_factors, give_totp
from members.services.readings import READINGS_KEPT, forget_readings, record_reading
from members.services.sessions import (
    end_other_sessions,
    end_session,
    forget_closed_session,
    forget_sessions,
    see_session,
    sessions_of,
)
from members.services.welcoming import NEWCOMING, WELCOMING, welcoming

__all__ = [
    "NEWCOMING",
    "READINGS_KEPT",
    "WELCOMING",
    "AddressRefused",
    "BlockRefused",
    "agrees",
    "block",
    "blocked_by",
    "blocks_of",
    "change_address",
    "change_of_token",
    "current_totp",
    "end_other_sessions",
    "end_session",
    "forget_address_changes",
    "forget_closed_session",
    "forget_readings",
    "forget_second_factors",
    "forget_sessions",
    "give_consent",
    "give_totp",
    "invite_to_party",
    "make_staff",
    "note_presence",
    "party_consents",
    "record_reading",
    "see_session",
    "sessions_of",
    "sign_up",
    "unblock",
    "undo_address_change",
    "undo_token",
    "wants_nothing_of",
    "welcoming",
    "withdraw_consent",
]
