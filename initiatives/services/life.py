"""What happens to an initiative between two of its states (initiatives.life says which verb, from where, by whom)."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.french import duration
from initiatives.life import LifeRefused, Verb, demand
from initiatives.models import Initiative, Milestone, TimelineEntry
from initiatives.services.announcing import announce
from initiatives.services.drafts import unfinished_steps
from initiatives.services.opening import missing_texts
from initiatives.steps import FIRST_STEP
from members.models import Member
from moderation import services as moderation
from moderation.filter import Outcome
from notifications.services import tell
from territories.openings import why_not_yet


@transaction.atomic
def launch(initiative: Initiative, *, by: Member) -> Initiative:
    """The author sends it round: it is read by whoever holds its link, until five people are behind it.

    It stays a draft while a moderator reads what the filter refuses in it, and the moderator's yes launches it. Saying
    it twice is harmless. Raises LifeRefused when something is missing, or it is not the author's draft.
    """
    initiative = Initiative.objects.get(pk=initiative.pk)
    if initiative.state == Initiative.State.PREPARING:
        return initiative
    if why := moderation.why_not(by, initiative.department_code):
        raise LifeRefused(why)
    if why := why_not_yet(initiative.department_id, is_staff=by.is_staff):
        raise LifeRefused(why)
    # Its case is locked before it.
    is_held = moderation.hold_refused(initiative, by=by)
    initiative = _held(Initiative.objects).get(pk=initiative.pk)
    if initiative.state == Initiative.State.PREPARING:
        return initiative
    demand(Verb.LAUNCH, initiative, by=by)
    if missing_texts(initiative):
        raise LifeRefused(_("Il manque encore quelque chose avant de pouvoir lancer cette initiative."))
    if unfinished_steps(initiative, by=by):
        # They believe that what they typed there is what will be read.
        raise LifeRefused(_("Une étape n’est pas terminée : reprenez-la avant de lancer cette initiative."))
    if not is_held:
        initiative.launch()
    return initiative


@transaction.atomic
def submit(initiative: Initiative) -> Outcome | None:
    """Five people are behind it: the filter publishes it at once, or queues it for a moderator. The author is told.

    None when it is not there: too few people, or no longer in preparation. Harmless twice.
    """
    # Its case is locked before it: somebody may be judging what was reported of it.
    moderation.lock(initiative)
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
        about=initiative,
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
        milestone.save(update_fields=["reached_at", "due_at"])
        record(initiative, TimelineEntry.Kind.STEP, count=milestone.threshold, promise=milestone.promise)
        told = {"key": f"step-{initiative.pk}-{milestone.threshold}", "context": _about_step(initiative, milestone)}
        if initiative.author:
            tell(initiative.author, kind="step_reached_author", about=initiative, **told)
        announce(initiative, kind="step_reached", but=[initiative.author_id], **told)
    initiative.next_step = next((step for step in initiative.steps if step > initiative.support_count), None)
    initiative.save(update_fields=["next_step"])
    return True


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
