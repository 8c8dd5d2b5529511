"""What happens to an initiative is told to all its supporters, however many: by slices, after the act and apart."""

from collections.abc import Iterable

from django.db import transaction

from core.jobs import each
from initiatives.models import Announcement, Initiative
from notifications.services import tell_many

#: Supporters told by one transaction.
SLICE = 1000
_BATCH = 200


def announce(
    initiative: Initiative,
    *,
    kind: str,
    key: str,
    context: dict,
    but: Iterable[int | None] = (),
    by: int | None = None,
) -> None:
    """Its supporters, but those who know, are told within seconds, once each for this `key`, as by `tell_many`.

    What they hear is about the initiative that they support, whatever happened in it: muting it mutes that too.

    To be called in the transaction of the act: one row is written, whatever their number, so that neither the person
    who acts nor the numbers that are folded meanwhile wait for a hundred thousand messages.
    """
    but = [pk for pk in but if pk is not None]
    initiative.announcements.create(kind=kind, key=key, context=context, but=but, by_id=by)


def tell_supporters() -> int:
    """Tell supporters what was announced, once each. Returns how many announcements all know of. For a task."""
    return each(Announcement.objects.to_tell().order_by("pk"), _tell, most=_BATCH)


def _tell(pk: int) -> bool:
    """False when another is at it, or it was withheld meanwhile: what is left is for the next round."""
    while (is_over := _tell_slice(pk)) is False:
        pass
    return is_over is True


@transaction.atomic
def _tell_slice(pk: int) -> bool | None:
    """Tell some more supporters, and keep how far it went: True once none is left, None when it is not ours to do.

    The initiative is not locked: folding its number and whoever acts on it wait for no message.
    """
    announced = Announcement.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=pk).first()
    if announced is None:
        return None
    initiative = Initiative.objects.filter(withheld_at=None).filter(pk=announced.initiative_id).first()
    if initiative is None:
        return None
    supporters = initiative.supports.confirmed().filter(member_id__gt=announced.after).order_by("member_id")
    members = list(supporters.values_list("member_id", flat=True)[:SLICE])
    tell_many(
        [member_id for member_id in members if member_id not in announced.but],
        kind=announced.kind,
        key=announced.key,
        context=announced.context,
        about=initiative,
        by=announced.by_id,
        is_slice=True,
        out_of=initiative.support_count,
    )
    if len(members) < SLICE:
        announced.delete()
        return True
    announced.after = members[-1]
    announced.save(update_fields=["after"])
    return False
