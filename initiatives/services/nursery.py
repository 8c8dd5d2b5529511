"""The nursery: five people within a month, else its team is asked, has a week to say that it goes on, and it sleeps."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from core.jobs import each
from initiatives.life import Verb, demand, stands
from initiatives.models import Initiative, TimelineEntry
from initiatives.services.life import record
from initiatives.steps import FIRST_STEP
from members.models import Member
from notifications.services import tell, tell_many

#: From its launch, or since its team said that it goes on, until the team is asked.
GATHERS = timedelta(days=30)
#: From that question, whenever it was asked, until it is archived.
ANSWER_WITHIN = timedelta(days=7)
_BATCH = 200


def ends_at(initiative: Initiative) -> datetime | None:
    """When it will be archived; None while its team has nothing to answer."""
    return initiative.nursery_asked_at + ANSWER_WITHIN if _waits(initiative) else None


def _waits(initiative: Initiative) -> bool:
    """Whether its team was asked, and has not answered. Launched again since, it has its month anew."""
    if initiative.state != Initiative.State.PREPARING or initiative.nursery_asked_at is None:
        return False
    return initiative.nursery_asked_at >= initiative.launched_at


@transaction.atomic
def carry_on(initiative: Initiative, *, by: Member) -> Initiative:
    """The team still gathers its first five people: thirty more days from now. Raises LifeRefused."""
    initiative = _locked(Initiative.objects.filter(pk=initiative.pk)).get()
    demand(Verb.CARRY_ON, initiative, by=by)
    initiative.launched_at = initiative.active_at = timezone.now()
    initiative.nursery_asked_at = None
    initiative.save(update_fields=["launched_at", "active_at", "nursery_asked_at"])
    return initiative


def look_after_nurseries() -> int:
    """Ask those who gather slowly, archive what nobody answered for. Returns how many. For a task."""
    now = timezone.now()
    launched = Q(launched_at__lte=now - GATHERS)
    to_ask = launched & (Q(nursery_asked_at=None) | Q(nursery_asked_at__lt=F("launched_at")))
    to_archive = launched & Q(nursery_asked_at__lte=now - ANSWER_WITHIN)
    preparing = Initiative.objects.filter(to_ask | to_archive, state=Initiative.State.PREPARING, withheld_at=None)
    # Those that five people support are about to leave: the task of the steps sees to them.
    due = preparing.filter(support_count__lt=FIRST_STEP).order_by("launched_at")
    return each(due, _look_after, now, most=_BATCH)


@transaction.atomic
def _look_after(pk: int, now: datetime) -> bool:
    initiative = _locked(Initiative.objects.filter(pk=pk), skip_locked=True).first()
    if initiative is None or not stands(Verb.ARCHIVE, initiative):
        return False
    # Read again under the lock: somebody may have answered, or the fifth person come, a moment ago.
    if initiative.state != Initiative.State.PREPARING or initiative.supports.confirmed().count() >= FIRST_STEP:
        return False
    if not _waits(initiative):
        return initiative.launched_at <= now - GATHERS and _ask(initiative, now)
    return initiative.nursery_asked_at <= now - ANSWER_WITHIN and _archive(initiative, now)


def _ask(initiative: Initiative, now: datetime) -> bool:
    initiative.nursery_asked_at = now
    initiative.save(update_fields=["nursery_asked_at"])
    context = _about(initiative) | {
        "url": reverse("initiative_first_five", args=[initiative.slug]),
        "ends_at": ends_at(initiative).isoformat(),
    }
    _tell_team(initiative, "initiative_gathers_slowly", f"gathers-slowly-{initiative.pk}-{now:%Y%m%d%H%M}", context)
    return True


def _archive(initiative: Initiative, now: datetime) -> bool:
    initiative.state = Initiative.State.ARCHIVED
    initiative.ended_at = now
    initiative.next_step = None
    initiative.save(update_fields=["state", "ended_at", "next_step"])
    record(initiative, TimelineEntry.Kind.ARCHIVED, count=initiative.support_count)
    context = _about(initiative) | {"gathering": True}
    _tell_team(initiative, "initiative_archived", f"archived-{initiative.pk}-{now:%Y%m%d%H%M}", context)
    tell_not_gathered(initiative)
    return True


def tell_not_gathered(initiative: Initiative) -> None:
    """The first who came hear once that it stops there: their link then leads to a page that says so."""
    first_ones = initiative.supports.confirmed().exclude(member__in=_team(initiative))
    tell_many(
        first_ones.values_list("member_id", flat=True),
        kind="initiative_not_gathered",
        key=f"not-gathered-{initiative.pk}",
        context=_about(initiative),
        about=initiative,
    )


def _locked(initiatives, **how):
    return initiatives.select_for_update(of=("self",), no_key=True, **how)


def _tell_team(initiative: Initiative, kind: str, key: str, context: dict) -> None:
    for member_id in _team(initiative):
        tell(member_id, kind=kind, key=key, context=context, about=initiative)


def _team(initiative: Initiative) -> list[int]:
    members = [initiative.author_id, *initiative.co_organisers.values_list("member_id", flat=True)]
    return [member_id for member_id in members if member_id]


def _about(initiative: Initiative) -> dict:
    return {"title": initiative.title, "url": initiative.get_absolute_url(), "count": initiative.support_count}
