"""A member wants nothing of another: what the other writes does not reach them, and nothing tells the other.

Whoever is blocked is refused nothing, for a refusal would say it: a letter is taken, and not delivered to who blocked
them; a reply is public for all the others, since an initiative's author may not choose who criticises it in public.
"""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from members.addresses import address_key
from members.models import Block, Member


class BlockRefused(ValidationError):
    """Its text can be shown to the person."""


@transaction.atomic
def block(whom: Member, *, by: Member) -> bool:
    """True the first time. Harmless twice. Raises BlockRefused for oneself."""
    if whom.pk == by.pk:
        raise BlockRefused(_("C’est vous : on ne se bloque pas soi-même."))
    _block, is_new = Block.objects.get_or_create(blocker=by, blocked=whom)
    return is_new


def unblock(block: Block) -> None:
    block.delete()


def blocks_of(member: Member) -> QuerySet[Block]:
    """Whom they block, newest first."""
    return member.blocks.select_related("blocked").order_by("-blocked_at", "-pk")


def wants_nothing_of(member: Member, email: str) -> bool:
    """Whether whoever has this mailbox blocks this member. One query, whether anybody has it or not."""
    return Block.objects.filter(blocked=member, blocker__address_key=address_key(email)).exists()


def blocked_by(member: Member | int, among: Iterable[int]) -> set[int]:
    """Of whom of these ids this member wants nothing. One query."""
    return set(Block.objects.filter(blocker=member, blocked__in=list(among)).values_list("blocked_id", flat=True))
