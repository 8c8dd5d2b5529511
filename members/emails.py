"""The messages of the door and of the account's safety. They are sent by members.tasks."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import mail
from members import suppressing
from members.models import Member

#: What allauth tells of (its template's name) → what we say.
SECURITY_NOTICES = {
    "mfa/email/totp_activated": _("Une application de codes protège maintenant votre compte."),
    "mfa/email/totp_deactivated": _("L’application de codes ne protège plus votre compte."),
    "mfa/email/webauthn_added": _("Une clé d’accès a été ajoutée à votre compte."),
    "mfa/email/webauthn_removed": _("Une clé d’accès a été retirée de votre compte."),
    "mfa/email/recovery_codes_generated": _("De nouveaux codes de secours remplacent les anciens."),
}


def code(purpose: str, email: str, code: str) -> None:
    """The code, or to somebody who signs in with an address unknown here, how to sign up.

    A member's code goes to the address that they gave, whichever of their mailbox was typed: should a provider give
    to two people what we believe to be one mailbox, the second still reads nothing of the first.
    """
    member = Member.objects.of_address(email)
    to = member.email if member else email
    if not suppressing.may_write(to, is_asked=True, is_essential=True):
        return
    if purpose == "sign_in" and not member:
        context = {"sign_up_address": reverse("account_signup")}
        mail.send("members/emails/unknown", to=email, context=context)
        return
    context = {"code": f"{code[:4]} {code[4:]}", "purpose": purpose, "is_known": bool(member)}
    mail.send("members/emails/code", to=to, context=context)


def security_notice(email: str, what: str) -> None:
    """To the member, each time what protects the account changes. `what` is a key of SECURITY_NOTICES."""
    if not suppressing.may_write(email, is_essential=True):
        return
    context = {"what": SECURITY_NOTICES[what], "security_address": reverse("mfa_index")}
    mail.send("members/emails/security_notice", to=email, context=context)
