"""Who has a part in what is decided upon: somebody else decides."""

from django.utils.translation import gettext as _

from members.models import Member
from moderation.models import ModeratedContent, Notice
from moderation.services.refusals import OwnContent


def refuse_part(content: ModeratedContent, *, by: Member) -> None:
    """Raises OwnContent to whoever has a part in it."""
    if why := part_of(by, content):
        raise OwnContent(why)


def part_of(member: Member, content: ModeratedContent) -> str:
    """Why this member does not decide upon it, in words for them; empty when they may."""
    if content.author_id == member.pk:
        return _("Vous avez écrit ce contenu : quelqu’un d’autre doit décider.")
    if content.is_carried_by(member):
        return _("Vous organisez ce dont il s’agit : quelqu’un d’autre doit décider.")
    if Notice.objects.of(content).filter(member=member).exists():
        return _("Vous avez signalé ce contenu : quelqu’un d’autre doit décider.")
    return ""
