"""What happens later: the shown numbers, the links sent to visitors, and what authors are told."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from core.jobs import each
from initiatives.models import Initiative
from initiatives.services import (
    actions,
    announcing,
    asking,
    counting,
    drafts,
    ending,
    letters,
    life,
    merging,
    needs,
    nursery,
    own,
    pacing,
    photos,
    ranking,
    succession,
    team,
    updates,
)
from initiatives.steps import FIRST_STEP
from notifications.services import tell

logger = logging.getLogger(__name__)

#: An author hears of new supports at most this often.
TELL_EVERY = timedelta(hours=1)
_BATCH = 200


@shared_task
def fold_supports() -> int:
    """Every second: the numbers shown become those of the rows."""
    return counting.fold_supports()


@shared_task
def reconcile_supports() -> int:
    """Every night: recount everything, repair, and report any drift."""
    drifts = counting.reconcile_supports()
    if drifts:
        logger.error(
            "The number of supports had drifted on %d initiatives: %s",
            len(drifts),
            ", ".join(f"{each.initiative_id} ({each.shown} shown, {each.rows} rows)" for each in drifts[:20]),
        )
    return len(drifts)


@shared_task
def rank_initiatives() -> int:
    """Every half minute: what people did since moves the initiatives for which they did it. Returns how many."""
    return ranking.rank()


@shared_task
def compose_first_pages() -> int:
    """Every minute, once in a turn: who stands on the first pages over all of France. Returns how many."""
    return ranking.compose()


@shared_task
def compare_paces() -> None:
    """Every night: what teams compare their initiatives with."""
    pacing.compare()


@shared_task
def send_links() -> int:
    """Every second: write to the visitors who asked to support. Returns how many demands were read."""
    return asking.send_links()


@shared_task
def send_own_link(email: str) -> None:
    """To whoever asked for the link to their supports."""
    own.send_link(email)


@shared_task
def remind_to_confirm() -> int:
    """Every hour: remind once who did not confirm. Returns how many demands were read."""
    return asking.remind()


@shared_task
def forget_demands() -> None:
    """Every night: erase what was never confirmed, and old hashes of networks; what waits follows its address."""
    asking.forget()
    asking.renew_keys()


@shared_task
def reach_steps() -> int:
    """Every few seconds: who gathered five people is submitted, what reached a step is announced. Returns how many.

    Supporters hear of that, and of all that was announced to them since.
    """
    due = Initiative.objects.filter(support_count__gte=F("next_step"), withheld_at=None, frozen_at=None)
    reached = each(due.order_by("pk"), life.reach, most=_BATCH)
    announcing.tell_supporters()
    return reached


@shared_task
def look_after_nurseries() -> int:
    """Every hour: ask those who gather slowly, archive what nobody answered for. Returns how many."""
    return nursery.look_after_nurseries()


@shared_task
def forget_held_steps() -> int:
    """Every few minutes: erase what was sent by somebody signed out who did not come back for it."""
    return drafts.forget_held()


@shared_task
def place_photos() -> int:
    """Every few minutes: files of photos that a failure left public, or hidden, go where they should be."""
    return photos.place_files()


@shared_task
def forget_photos() -> int:
    """Every night: files of photos that are gone are erased. Returns how many."""
    return photos.forget_orphans()


@shared_task
def tell_updates() -> int:
    """Every few seconds: what organisers wrote goes into the next digest of their supporters. Returns how many."""
    told = updates.tell_untold()
    announcing.tell_supporters()
    return told


@shared_task
def tell_authors() -> int:
    """Tell authors of their new supports, at most once an hour each initiative. Returns how many were told."""
    now = timezone.now()
    due = Initiative.objects.filter(support_count__gt=F("supports_told"), withheld_at=None).filter(
        Q(supports_told_at=None) | Q(supports_told_at__lte=now - TELL_EVERY)
    )
    return each(due.order_by("pk"), _tell_author, now, most=_BATCH)


@transaction.atomic
def _tell_author(pk: int, now) -> bool:
    initiative = Initiative.objects.select_for_update(skip_locked=True, of=["self"]).filter(pk=pk).first()
    if initiative is None or initiative.support_count <= initiative.supports_told:
        return False
    if initiative.supports_told_at and initiative.supports_told_at > now - TELL_EVERY:
        return False
    new = initiative.support_count - initiative.supports_told
    initiative.supports_told = initiative.support_count
    initiative.supports_told_at = now
    initiative.save(update_fields=["supports_told", "supports_told_at"])
    if (
        not initiative.supports.confirmed().exclude(member=initiative.author_id).exists()
        or initiative.author_id is None
    ):
        return False
    # While it gathers its first five people, what helps its author is the page of what to send round.
    is_gathering = initiative.state == Initiative.State.PREPARING
    page = reverse("initiative_first_five", args=[initiative.slug]) if is_gathering else initiative.get_absolute_url()
    tell(
        initiative.author,
        kind="initiative_supported",
        key=f"supports-{initiative.pk}-{initiative.support_count}",
        context={
            "title": initiative.title,
            "url": page,
            "count": initiative.support_count,
            "new": new,
            "missing": max(FIRST_STEP - initiative.support_count, 0) if is_gathering else 0,
        },
        about=initiative,
    )
    return True


@shared_task
def tell_ends() -> int:
    """Every few seconds: supporters hear that an initiative ended. Returns how many did."""
    return ending.tell_ends()


@shared_task
def look_after_sleepers() -> int:
    """Every hour: ask whether what does not move sleeps, then archive it. Returns how many moved."""
    return ending.look_after_sleepers()


@shared_task
def look_after_mergers() -> int:
    """Every minute: tell who supports what will join another, and when the week is over carry them over."""
    return merging.look_after()


@shared_task
def look_after_orphans() -> int:
    """Every minute: what lost its author is inherited by its team, or frozen. Returns how many."""
    return succession.look_after_orphans()


@shared_task
def forget_letters() -> None:
    """Every night: erase old letters, and the invitations that nobody answered."""
    letters.forget_letters()
    team.forget_invitations()


@shared_task
def tell_of_actions() -> int:
    """Teams hear of those who come, those who come of another day or place. Returns how many actions were told of."""
    return actions.tell_teams() + actions.tell_changes()


@shared_task
def tell_of_offers() -> int:
    """Teams hear of what is offered to them. Returns how many needs were told of."""
    return needs.tell_teams()
