from members.models.address_change import AddressChange
from members.models.block import Block, blocks_whom
from members.models.consent import Consent, PartyInvitation
from members.models.data_copy import DataCopy
from members.models.departure import ClosedIdentity, Departure, SetAside
from members.models.hold import LegalHold
from members.models.member import AddressKeyField, Member
from members.models.reading import AccessRecord
from members.models.session import OpenSession
from members.models.suppression import MailEvent, Suppression

__all__ = [
    "AccessRecord",
    "AddressChange",
    "AddressKeyField",
    "Block",
    "ClosedIdentity",
    "Consent",
    "DataCopy",
    "Departure",
    "LegalHold",
    "MailEvent",
    "Member",
    "OpenSession",
    "PartyInvitation",
    "SetAside",
    "Suppression",
    "blocks_whom",
]
