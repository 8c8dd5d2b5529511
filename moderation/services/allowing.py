"""Who may publish now: neither a restricted account nor, on the eve of a vote, the team of the site."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from members.models import Member
from territories.elections import freeze


def why_not(member: Member, department: str | None = None, *, is_public: bool = True) -> str:
    """Why this member may not write now what is read in this département, everywhere when None; "" when they may."""
    if member.restricted_to:
        if member.restricted_until is None:
            return _("Votre compte est suspendu : vous ne pouvez pas publier.")
        return _("Votre compte est restreint jusqu’au %(day)s : vous ne pouvez pas publier d’ici là.") % {
            "day": date_format(timezone.localtime(member.restricted_until), "j F Y à G:i")
        }
    if is_public and member.is_staff and freeze().covers(department):
        return _("Une élection approche : jusqu’à la fermeture des bureaux de vote, l’équipe du site ne publie rien.")
    return ""
