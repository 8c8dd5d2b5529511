"""The messages of the door and of the account's safety. They are sent by members.tasks."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import mail
from members import suppressing
from members.models import AddressChange, Member
from members.services import undo_token

#: What allauth tells of (its template's name), or we → what we say.
SECURITY_NOTICES = {
    "mfa/email/totp_activated": _("Une application de codes protège maintenant votre compte."),
    "mfa/email/totp_deactivated": _("L’application de codes ne protège plus votre compte."),
    "mfa/email/webauthn_added": _("Une clé d’accès a été ajoutée à votre compte."),
    "mfa/email/webauthn_removed": _("Une clé d’accès a été retirée de votre compte."),
    "mfa/email/recovery_codes_generated": _("De nouveaux codes de secours remplacent les anciens."),
    "address_undone": _("Le changement d’adresse est annulé : votre compte a retrouvé l’adresse qu’il avait avant."),
}


def code(purpose: str, email: str, code: str, member_id: int | None = None) -> None:
    """The code, or to somebody who signs in with an address unknown here, how to sign up.

    A member's code goes to the address that they gave, whichever of their mailbox was typed: should a provider give
    to two people what we believe to be one mailbox, the second still reads nothing of the first. Only who changes
    their address gets it at the one that they typed: it is to be proved. `member_id` is who asks.
    """
    member = Member.objects.of_address(email)
    is_own = bool(member) and member.pk == member_id
    to = member.email if member and not (purpose == "change" and is_own) else email
    if not suppressing.may_write(to, is_asked=True, is_essential=True):
        return
    if purpose == "sign_in" and not member:
        context = {"sign_up_address": reverse("account_signup")}
        mail.send("members/emails/unknown", to=email, context=context)
        return
    if purpose == "change" and member and not is_own:
        mail.send("members/emails/address_taken", to=to, context={})
        return
    context = {"code": f"{code[:4]} {code[4:]}", "purpose": purpose, "is_known": bool(member)}
    mail.send("members/emails/code", to=to, context=context)


def security_notice(email: str, what: str) -> None:
    """To the member, each time what protects the account changes. `what` is a key of SECURITY_NOTICES."""
    if not suppressing.may_write(email, is_essential=True):
        return
    context = {"what": SECURITY_NOTICES[what], "security_address": reverse("mfa_index")}
    mail.send("members/emails/security_notice", to=email, context=context)


def address_left(change: AddressChange) -> None:
    """To the address that a member's account does not use any more: what to do if it was not them."""
    if not suppressing.may_write(change.former, is_essential=True):
        return
    context = {
        "recipient": change.member.display_name,
        "until": timezone.localdate(change.undone_until),
        "undo_address": reverse("undo_address_change", args=[undo_token(change)]),
    }
    mail.send("members/emails/address_left", to=change.former, context=context)


def address_entered(change: AddressChange) -> None:
    """To the address that their account uses from now on."""
    if not suppressing.may_write(change.new, is_essential=True):
        return
    context = {"recipient": change.member.display_name, "security_address": reverse("mfa_index")}
    mail.send("members/emails/address_entered", to=change.new, context=context)


#: Each address of a change → its message.
ADDRESS_CHANGED = {"former": address_left, "new": address_entered}
