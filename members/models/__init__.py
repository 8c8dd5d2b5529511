from members.models.consent import Consent
from members.models.member import AddressKeyField, Member
from members.models.reading import AccessRecord

__all__ = ["AccessRecord", "AddressKeyField", "Consent", "Member"]
