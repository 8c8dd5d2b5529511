"""How an initiative ends: it succeeded, it is closed, it fell asleep; and how it wakes."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.jobs import each
from initiatives.life import LifeRefused, Verb, demand
from initiatives.models import Action, Initiative, TimelineEntry
from initiatives.services.life import record
from initiatives.services.nursery import tell_not_gathered
from initiatives.steps import FIRST_STEP
from members.models import Member
from moderation import services as moderation
from moderation.filter import Outcome
from notifications.services import tell, tell_many

#: Without anything done for it nor any new support, its team is asked twice whether it sleeps, then it is archived.
ASK_AFTER = (timedelta(days=60), timedelta(days=75))
ASLEEP_AFTER = timedelta(days=90)
#: Whenever the task could run, so long from one question to the next, and from the last one to the archives.
ANSWER_WITHIN = timedelta(days=7)
#: Supporters are told that it ended once they can read what came of it, or after so long.
WAIT_FOR_THE_TEXT = timedelta(days=3)
#: What its team says of its end, screened as all they write.
TEXTS = ("outcome", "proof", "lessons")
_BATCH = 200

_KINDS = {
    Verb.SUCCEED: (Initiative.State.SUCCEEDED, TimelineEntry.Kind.SUCCEEDED, "initiative_succeeded"),
    Verb.CLOSE: (Initiative.State.CLOSED, TimelineEntry.Kind.CLOSED, "initiative_closed"),
}
_KIND_OF = {state: kind for state, _entry, kind in _KINDS.values()}


# --- What its team does ----------------------------------------------------------------------------------------------


@transaction.atomic
def end(initiative: Initiative, verb: Verb, texts: Mapping[str, str], *, by: Member) -> Outcome:
    """It ends, `SUCCEED` or `CLOSE`, with what its team says of it; its page and its figures stay.

    The texts are screened: what must be read appears once it was, the end is said at once. Its team is told now, its
    supporters by a task, which also ends its actions. Returns what the filter said. Raises LifeRefused.
    """
    # It locks the case before the initiative, as a moderator who decides does.
    demand(verb, initiative, by=by)
    said = moderation.receive_edit(initiative, _wanted(texts), by=by)
    initiative = _locked(initiative.pk)
    demand(verb, initiative, by=by)
    initiative.state, entry, kind = _KINDS[verb]
    _write_end(initiative, timezone.now())
    record(initiative, entry, count=initiative.support_count)
    _tell_team(initiative, kind, f"{kind}-{initiative.pk}-{initiative.ended_at:%Y%m%d}", but=by)
    return said


def tell_outcome(initiative: Initiative, texts: Mapping[str, str], *, by: Member) -> Outcome:
    """Change what is said of the end, screened again; the former text stays while a moderator reads the new one.

    Raises LifeRefused.
    """
    demand(Verb.TELL, initiative, by=by)
    if initiative.state not in _KIND_OF:
        raise LifeRefused(_("Cette initiative n’est pas terminée."))
    return moderation.receive_edit(initiative, _wanted(texts), by=by)


@transaction.atomic
def archive(initiative: Initiative, *, by: Member) -> None:
    """Its author puts it to sleep: its team alone is told, and it wakes when they wish. Raises LifeRefused."""
    initiative = _locked(initiative.pk)
    demand(Verb.ARCHIVE, initiative, by=by)
    _archive(initiative, timezone.now(), but=by)


@transaction.atomic
def still_alive(initiative: Initiative, *, by: Member) -> None:
    """Its team says that it does not sleep: the ninety days begin anew. Raises LifeRefused."""
    initiative = _locked(initiative.pk)
    demand(Verb.ORGANISE, initiative, by=by)
    initiative.active_at = timezone.now()
    initiative.asked_if_asleep = 0
    initiative.save(update_fields=["active_at", "asked_if_asleep"])


@transaction.atomic
def wake(initiative: Initiative, *, by: Member) -> Initiative:
    """What slept goes on, where it was: public, or gathering its first five; its actions to come go on with it, and who
    had been told that they were suspended is told so. Raises LifeRefused."""
    initiative = _locked(initiative.pk)
    demand(Verb.WAKE, initiative, by=by)
    if initiative.merged_into_id:
        raise LifeRefused(_("Cette initiative en a rejoint une autre : c’est là qu’elle continue."))
    was_public = initiative.published_at is not None
    if not initiative.end_to_tell:
        _tell_resumed(initiative)
    initiative.state = Initiative.State.PUBLISHED if was_public else Initiative.State.PREPARING
    initiative.ended_at = None
    initiative.end_to_tell = False
    initiative.active_at = timezone.now()
    initiative.launched_at = initiative.launched_at if was_public else timezone.now()
    initiative.asked_if_asleep = 0
    # What was passed while it slept is reached now: a task tells of it.
    reached = initiative.milestones.exclude(reached_at=None).values_list("threshold", flat=True)
    steps = initiative.steps if was_public else [FIRST_STEP]
    initiative.next_step = next((step for step in steps if step not in set(reached)), None)
    initiative.save(
        update_fields=[
            "state",
            "ended_at",
            "end_to_tell",
            "active_at",
            "launched_at",
            "asked_if_asleep",
            "next_step",
        ]
    )
    record(initiative, TimelineEntry.Kind.WOKEN)
    return initiative


# --- Who is told, after ----------------------------------------------------------------------------------------------


def tell_ends() -> int:
    """Tell supporters what came of it, and who had taken an action that it will not be done, or that it is suspended
    while the initiative sleeps; needs go. For a task."""
    now = timezone.now()
    readable = ~Q(state__in=_KIND_OF) | ~Q(outcome="") | Q(ended_at__lt=now - WAIT_FOR_THE_TEXT)
    due = Initiative.objects.filter(readable, end_to_tell=True, withheld_at=None).order_by("pk")
    return each(due, _tell_end, most=_BATCH)


def _tell_end(pk: int) -> bool:
    initiative = Initiative.objects.filter(pk=pk, end_to_tell=True).first()
    if initiative is None:
        return False
    if initiative.is_asleep:
        return _suspend_actions(pk)
    # Apart, so that actions and initiative are never held together: whoever acts on an action may write both.
    if not _stop_actions(initiative):
        return False
    if initiative.state != Initiative.State.ARCHIVED:
        # What joined another keeps what it lacked to be read.
        initiative.needs.filter(met_at=None, dropped_at=None).update(dropped_at=timezone.now())
    return _tell_supporters(initiative)


@transaction.atomic
def _tell_supporters(initiative: Initiative) -> bool:
    if kind := _KIND_OF.get(initiative.state):
        supporters = initiative.supports.confirmed().exclude(member__in=_team(initiative))
        tell_many(
            supporters.values_list("member_id", flat=True),
            kind=kind,
            key=f"{kind}-{initiative.pk}-{initiative.ended_at:%Y%m%d}",
            context=_about(initiative),
            about=initiative,
        )
    return bool(Initiative.objects.filter(pk=initiative.pk, end_to_tell=True).update(end_to_tell=False))


@transaction.atomic
def _stop_actions(initiative: Initiative) -> bool:
    """What was still to be done is given up; who had taken a place is told, once for each action.

    False when another task has seen to it.
    """
    open_ones = initiative.actions.filter(closed_at=None).order_by("pk")
    actions = list(open_ones.select_related("initiative").select_for_update(of=("self",), no_key=True))
    if not Initiative.objects.filter(pk=initiative.pk, end_to_tell=True).exists():
        return False
    numbers = [action.pk for action in actions]
    Action.objects.filter(pk__in=numbers).update(closed_at=timezone.now(), changed_at=None)
    for action in actions:
        if action.is_past or not action.is_public:
            # Nobody is told not to come to what is over, nor of what nobody may read.
            continue
        tell_many(
            action.commitments.order_by().values_list("member_id", flat=True),
            kind="action_given_up",
            key=f"action-closed-{action.pk}",
            context=action.message_context | {"report": ""},
            about=action.initiative,
        )
    return True


@transaction.atomic
def _suspend_actions(pk: int) -> bool:
    """Who had taken a place in what is still to come is told that it waits until the initiative wakes.

    Nothing is written on the actions: what is not under way is not joined. False when it woke meanwhile.
    """
    actions = list(_to_come(pk).select_for_update(of=("self",), no_key=True))
    # After its actions, as whoever takes a place does. Held until the end: waking waits, and knows that they were told.
    initiative = _locked(pk)
    if not (initiative.is_asleep and initiative.end_to_tell):
        return False
    for action in actions:
        _tell_those_who_come(action, "action_suspended", initiative.ended_at)
    initiative.end_to_tell = False
    initiative.save(update_fields=["end_to_tell"])
    return True


def _tell_resumed(initiative: Initiative) -> None:
    for action in _to_come(initiative.pk):
        _tell_those_who_come(action, "action_resumed", initiative.ended_at)


def _to_come(pk: int) -> QuerySet[Action]:
    last = Coalesce("ends_at", "starts_at")
    coming = Action.objects.open().alias(last=last).filter(Q(last=None) | Q(last__gte=timezone.now()), initiative=pk)
    return coming.select_related("initiative").order_by("pk")


def _tell_those_who_come(action: Action, kind: str, asleep_since: datetime) -> None:
    tell_many(
        action.commitments.order_by().values_list("member_id", flat=True),
        kind=kind,
        key=f"{kind.replace('_', '-')}-{action.pk}-{asleep_since:%Y%m%d%H%M%S%f}",
        context=action.message_context,
        about=action.initiative,
    )


# --- Sleep -----------------------------------------------------------------------------------------------------------


def look_after_sleepers() -> int:
    """Ask those whose initiative sleeps, archive those that slept too long. Returns how many moved. For a task."""
    now = timezone.now()
    moved = 0
    while True:
        done = each(_due(now).order_by("active_at"), _look_after, now, most=_BATCH)
        moved += done
        if done < _BATCH:
            # All of them, or somebody holds one: the next hour sees it.
            return moved


def _due(now: datetime) -> QuerySet[Initiative]:
    """What is to be asked, or archived; each has had a week since it was last asked."""
    answered = Q(asked_if_asleep_at=None) | Q(asked_if_asleep_at__lte=now - ANSWER_WITHIN)
    due = Q(asked_if_asleep=0, active_at__lte=now - ASK_AFTER[0])
    due |= answered & Q(asked_if_asleep=1, active_at__lte=now - ASK_AFTER[1])
    due |= answered & Q(asked_if_asleep__gte=2, active_at__lte=now - ASLEEP_AFTER)
    return Initiative.objects.filter(due, state=Initiative.State.PUBLISHED, withheld_at=None)


@transaction.atomic
def _look_after(pk: int, now: datetime) -> bool:
    # Asked again: another task may have seen to it.
    initiative = _due(now).select_for_update(of=("self",), skip_locked=True, no_key=True).filter(pk=pk).first()
    if initiative is None:
        return False
    if (lived_until := _last_life(initiative, now)) > initiative.active_at:
        # Its team said nothing, but people came: that is life too.
        initiative.active_at = lived_until
        initiative.asked_if_asleep = 0
        initiative.save(update_fields=["active_at", "asked_if_asleep"])
        return True
    asked = initiative.asked_if_asleep
    if asked >= len(ASK_AFTER):
        _archive(initiative, now)
        return True
    initiative.asked_if_asleep = asked + 1
    initiative.asked_if_asleep_at = now
    initiative.save(update_fields=["asked_if_asleep", "asked_if_asleep_at"])
    ends_at = max(initiative.active_at + ASLEEP_AFTER, now + ANSWER_WITHIN * (len(ASK_AFTER) - asked))
    key = f"initiative_sleeps-{pk}-{initiative.active_at:%Y%m%d}-{asked}"
    context = {"ends_at": ends_at.isoformat(), "url": reverse("initiative_alive", args=[initiative.slug])}
    _tell_team(initiative, "initiative_sleeps", key, context=context)
    return True


def _last_life(initiative: Initiative, now: datetime) -> datetime:
    """When somebody last came to it: the newest support, the latest event; one that is still to come is life now."""
    newest = initiative.supports.confirmed().order_by("-created_at").values_list("confirmed_at", flat=True)[:1]
    events = initiative.events.public().filter(cancelled_at=None)
    latest = events.order_by("-ends_at").values_list("ends_at", flat=True)[:1]
    return max([initiative.active_at, *newest, *(min(ends_at, now) for ends_at in latest)])


def _archive(initiative: Initiative, now: datetime, *, but: Member | None = None) -> None:
    initiative.state = Initiative.State.ARCHIVED
    _write_end(initiative, now)
    record(initiative, TimelineEntry.Kind.ARCHIVED)
    key = f"initiative_archived-{initiative.pk}-{now:%Y%m%d%H%M%S%f}"
    _tell_team(initiative, "initiative_archived", key, but=but, context={"by": but.display_name if but else ""})
    if initiative.published_at is None:
        tell_not_gathered(initiative)


# --- Below -----------------------------------------------------------------------------------------------------------


def _locked(pk: int) -> Initiative:
    return Initiative.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)


def _write_end(initiative: Initiative, now: datetime) -> None:
    initiative.ended_at = now
    initiative.next_step = None
    initiative.end_to_tell = True
    initiative.save(update_fields=["state", "ended_at", "next_step", "end_to_tell"])


def _wanted(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if name in TEXTS}


def _team(initiative: Initiative) -> list[int]:
    members = [initiative.author_id, *initiative.co_organisers.values_list("member_id", flat=True)]
    return [member_id for member_id in members if member_id]


def _tell_team(
    initiative: Initiative, kind: str, key: str, *, but: Member | None = None, context: dict | None = None
) -> None:
    why = _("vous portez l’initiative « %(title)s »") % {"title": initiative.title}
    told = _about(initiative) | {"why": why} | (context or {})
    for member_id in _team(initiative):
        if but is None or member_id != but.pk:
            tell(member_id, kind=kind, key=key, context=told, about=initiative, by=but)


def _about(initiative: Initiative) -> dict:
    return {"title": initiative.title, "url": initiative.get_absolute_url(), "count": initiative.support_count}
