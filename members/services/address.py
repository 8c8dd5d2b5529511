"""A member's address becomes another, and what undoes it."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import AddressChange, Member
from members.rights.registry import rooms
from members.services.sessions import end_other_sessions

_SALT = "members.address-change"


class AddressRefused(ValidationError):
    """Its text can be shown to the person."""


@transaction.atomic
def change_address(member: Member, email: str) -> AddressChange:
    """This address, which they have just proved, becomes the member's. Both addresses are to be told.

    Two who ask for one mailbox at the same moment: the database lets one have it. Raises AddressRefused.
    """
    member = Member.objects.select_for_update().get(pk=member.pk)
    former, email = member.email, email.lower()
    if former == email:
        raise AddressRefused(_("C’est déjà votre adresse."))
    _write(member, email, refusal=_("Cette adresse a déjà un compte. Quittez-le d’abord, ou donnez-en une autre."))
    _close_copies(member)
    return member.address_changes.create(former=former, new=email)


@transaction.atomic
def undo_address_change(change: AddressChange) -> Member:
    """The former address is the member's again, whatever became of the new one. Raises AddressRefused.

    Whoever had taken the account loses it: every session ends, and the second factors added since are forgotten.
    """
    # The member first, as everywhere.
    member = Member.objects.select_for_update().get(pk=change.member_id)
    change = member.address_changes.filter(pk=change.pk).first()
    if change is None or not change.can_be_undone:
        raise AddressRefused(_("Ce lien ne sert plus."))
    if not member.is_active:
        raise AddressRefused(
            _("Ce compte vient d’être fermé. Un message vous l’a dit : son lien rend le compte à cette adresse.")
        )
    _write(
        member,
        change.former,
        refusal=_("Votre ancienne adresse a maintenant un autre compte. Écrivez-nous : nous regarderons avec vous."),
    )
    # A later one cannot bring the account back to who took it.
    member.address_changes.filter(pk__gte=change.pk, undone_at=None).update(undone_at=timezone.now())
    take_back(member, since=change.changed_at)
    end_other_sessions(member)
    return member


def take_back(member: Member, *, since: datetime) -> None:
    """Whoever had the account since then keeps nothing that opens something: neither second factors that they added,
    nor secret addresses that they read."""
    Authenticator.objects.filter(user=member, created_at__gte=since).delete()
    _close_copies(member)
    for room in rooms():
        if room.on_taking_back is not None:
            room.on_taking_back(member)


def undo_token(change: AddressChange) -> str:
    """For the message to the former address: whoever reads that mailbox may undo the change."""
    return signing.dumps(change.pk, salt=_SALT)


def change_of_token(token: str) -> AddressChange | None:
    """The change that this token undoes, as long as it can be undone."""
    try:
        pk = signing.loads(token, salt=_SALT, max_age=AddressChange.UNDONE_WITHIN)
    except signing.BadSignature:
        return None
    change = AddressChange.objects.select_related("member").filter(pk=pk).first()
    return change if change and change.can_be_undone else None


def forget_address_changes() -> int:
    """Erase those that nothing undoes any more, with the former addresses. Returns how many. For a task."""
    count, _models = AddressChange.objects.filter(changed_at__lt=timezone.now() - AddressChange.UNDONE_WITHIN).delete()
    return count


def _close_copies(member: Member) -> None:
    """The link of a copy of their data was sent to an address that is theirs no more: it opens nothing from now on, and
    the hourly task erases the file."""
    now = timezone.now()
    member.data_copies.filter(ends_at__gt=now).update(ends_at=now)


def _write(member: Member, email: str, *, refusal: str) -> None:
    member.email = email
    try:
        with transaction.atomic():
            member.save(update_fields=["email"])
    except IntegrityError as error:
        raise AddressRefused(refusal) from error
