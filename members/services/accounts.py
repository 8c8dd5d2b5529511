from django.contrib.auth.models import Group
from django.db import transaction

from members.models import Consent, Member
from members.services.consenting import give_consent
from members.services.presence import note_presence
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
    note_presence(member)
    return member, is_new


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
