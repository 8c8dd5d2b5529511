"""What can happen to a member."""

from members.services.accounts import make_staff, sign_up
from members.services.consenting import give_consent
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
    "current_totp",
    "end_other_sessions",
    "end_session",
    "forget_closed_session",
    "forget_readings",
    "forget_second_factors",
    "forget_sessions",
    "give_consent",
    "give_totp",
    "make_staff",
    "note_presence",
    "record_reading",
    "see_session",
    "sessions_of",
    "sign_up",
    "welcoming",
]
