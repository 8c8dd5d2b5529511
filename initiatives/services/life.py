"""What happens to an initiative between two of its states (initiatives.life says which verb, from where, by whom)."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from core.french import duration
from core.jobs import each
from initiatives.life import LifeRefused, Verb, demand
from initiatives.models import Initiative, Milestone, TimelineEntry
from initiatives.services.drafts import unfinished_steps
from initiatives.services.opening import missing_texts
from initiatives.steps import FIRST_STEP
from members.models import Member
from moderation import services as moderation
from moderation.filter import Outcome
from notifications.services import tell, tell_many

#: Supporters told of a step by one transaction.
SLICE = 1000
_BATCH = 200
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


@transaction.atomic
def launch(initiative: Initiative, *, by: Member) -> Initiative:
    """The author sends it round: it is read by whoever holds its link, until five people are behind it.

    Saying it twice is harmless. Raises LifeRefused when something is missing, or it is not the author's draft.
    """
    initiative = _held(Initiative.objects).get(pk=initiative.pk)
    if initiative.state == Initiative.State.PREPARING:
        return initiative
    demand(Verb.LAUNCH, initiative, by=by)
    if missing_texts(initiative):
        raise LifeRefused(_("Il manque encore quelque chose avant de pouvoir lancer cette initiative."))
    if unfinished_steps(initiative, by=by):
        # They believe that what they typed there is what will be read.
        raise LifeRefused(_("Une étape n’est pas terminée : reprenez-la avant de lancer cette initiative."))
    initiative.state = Initiative.State.PREPARING
    initiative.nursery_key = get_random_string(10, _LETTERS)
    initiative.next_step = FIRST_STEP
    initiative.launched_at = initiative.active_at = timezone.now()
    initiative.save(update_fields=["state", "nursery_key", "next_step", "launched_at", "active_at"])
    record(initiative, TimelineEntry.Kind.LAUNCHED)
    return initiative


@transaction.atomic
def submit(initiative: Initiative) -> Outcome | None:
    """Five people are behind it: the filter publishes it at once, or queues it for a moderator. The author is told.

    None when it is not there: too few people, or no longer in preparation. Harmless twice.
    """
    initiative = _held(Initiative.objects.select_related("author")).get(pk=initiative.pk)
    if initiative.state != Initiative.State.PREPARING or initiative.support_count < FIRST_STEP:
        return None
    if initiative.author is None or initiative.withheld_at or initiative.frozen_at:
        return None
    initiative.state = Initiative.State.SUBMITTED
    initiative.submitted_at = timezone.now()
    initiative.next_step = None
    initiative.save(update_fields=["state", "submitted_at", "next_step"])
    record(initiative, TimelineEntry.Kind.SUBMITTED, count=initiative.support_count)
    outcome = moderation.receive(initiative, by=initiative.author)
    tell(
        initiative.author,
        kind="initiative_gathered" if outcome is Outcome.PUBLISH else "initiative_waits",
        key=f"gathered-{initiative.pk}",
        context={"title": initiative.title, "url": initiative.get_absolute_url(), "delay": _delay()},
    )
    return outcome


def _held(initiatives) -> QuerySet[Initiative]:
    """Locked, without its key: whoever supports it meanwhile waits for nothing."""
    return initiatives.select_for_update(of=("self",), no_key=True)


def _delay() -> str:
    """How long a moderator usually takes, in words; nothing when none has decided yet."""
    waits = moderation.waiting_time()
    return duration(waits) if waits else ""


def reach(initiative_id: int) -> bool:
    """It has the supports of its next step: five make it public, the others bring what was promised.

    False when another did it meanwhile. For a task: the numbers shown are folded every second.
    """
    initiative = Initiative.objects.get(pk=initiative_id)
    if initiative.state == Initiative.State.PREPARING:
        return submit(initiative) is not None
    return _reach_milestones(initiative_id)


@transaction.atomic
def _reach_milestones(initiative_id: int) -> bool:
    initiative = _held(Initiative.objects.select_related("author")).get(pk=initiative_id)
    if not initiative.is_live or initiative.next_step is None or initiative.support_count < initiative.next_step:
        return False
    now = timezone.now()
    for milestone in initiative.milestones.filter(reached_at=None, threshold__lte=initiative.support_count):
        milestone.reach(now)
        milestone.to_tell_after = 0
        milestone.save(update_fields=["reached_at", "due_at", "to_tell_after"])
        record(initiative, TimelineEntry.Kind.STEP, count=milestone.threshold, promise=milestone.promise)
        if initiative.author:
            told = _about_step(initiative, milestone)
            tell(initiative.author, kind="step_reached_author", key=_step_key(milestone), context=told)
    initiative.next_step = next((step for step in initiative.steps if step > initiative.support_count), None)
    initiative.save(update_fields=["next_step"])
    return True


def tell_steps() -> int:
    """Tell supporters of the steps that were reached, once each. Returns how many steps all know of. For a task."""
    due = Milestone.objects.to_tell().filter(initiative__withheld_at=None).order_by("pk")
    return each(due, _tell_step, most=_BATCH)


def _tell_step(pk: int) -> bool:
    """False when another is at it, or it was withheld meanwhile: what is left is for the next round."""
    while (is_over := _tell_slice(pk)) is False:
        pass
    return is_over is True


@transaction.atomic
def _tell_slice(pk: int) -> bool | None:
    """Tell some more supporters, and keep how far it went: True once none is left, None when it is not ours to do.

    The initiative is not locked: folding its number and whoever acts on it wait for no message.
    """
    milestone = Milestone.objects.to_tell().select_for_update(skip_locked=True, no_key=True).filter(pk=pk).first()
    if milestone is None:
        return None
    initiative = Initiative.objects.filter(withheld_at=None).filter(pk=milestone.initiative_id).first()
    if initiative is None:
        return None
    supporters = initiative.supports.confirmed().filter(member_id__gt=milestone.to_tell_after).order_by("member_id")
    members = list(supporters.values_list("member_id", flat=True)[:SLICE])
    tell_many(
        [member_id for member_id in members if member_id != initiative.author_id],
        kind="step_reached",
        key=_step_key(milestone),
        context=_about_step(initiative, milestone),
        is_slice=True,
    )
    is_over = len(members) < SLICE
    milestone.to_tell_after = None if is_over else members[-1]
    milestone.save(update_fields=["to_tell_after"])
    return is_over


def _step_key(milestone: Milestone) -> str:
    return f"step-{milestone.initiative_id}-{milestone.threshold}"


def _about_step(initiative: Initiative, milestone: Milestone) -> dict:
    return {
        "title": initiative.title,
        "url": initiative.get_absolute_url(),
        "count": milestone.threshold,
        "promise": milestone.promise,
        "due": milestone.due_at.isoformat() if milestone.due_at else "",
    }


def record(initiative: Initiative, kind: str, **details) -> TimelineEntry:
    """Write a line of its public account. `details` are JSON values, and name no supporter."""
    return initiative.timeline.create(kind=kind, details=details)


def touch(initiative: Initiative) -> None:
    """Somebody does something for it: it does not sleep."""
    Initiative.objects.filter(pk=initiative.pk).update(active_at=timezone.now(), asked_if_asleep=0)
