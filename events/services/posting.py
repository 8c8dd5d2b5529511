"""An event is posted, alone or with those of its series; it changes; it is cancelled."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.french import day
from core.jobs import enqueue
from events import tasks
from events.models import Attendance, Event, Series
from events.models.event import new_uid
from events.series import hours
from events.services.limits import current_event_limits
from events.services.refusals import BadDate, EventClosed, NotOpenYet, TooFewPlaces, TooManyPosted
from members.models import Member
from moderation import services as moderation
from moderation.filter import Outcome
from moderation.models import Case
from territories.models import Commune
from territories.openings import why_not_yet

_DAY = timedelta(days=1)
#: What a date has of its own, when those that follow it change with it.
_OF_ITS_DATE = frozenset(["starts_at", "ends_at", "time_zone", "checklist"])


@transaction.atomic
def post(
    event: Event, *, by: Member, series: Series | None = None, also: Sequence[tuple[datetime, datetime]] = ()
) -> Event:
    """Save a new event: the filter publishes it at once, or queues it for a moderator.

    `also`: when the others of its `series` begin and end; their texts, which are the same, are read once. Once
    published its initiative's supporters are told, by a task. Returns the event, or the same one when the person just
    posted it: a double click makes one. Raises TooManyPosted, NotOpenYet.
    """
    Member.objects.select_for_update(no_key=True).get(pk=by.pk)
    posted = Event.objects.filter(
        author=by, title=event.title, starts_at=event.starts_at, commune=event.commune, cancelled_at=None
    ).first()
    if posted is not None:
        return posted
    _refuse_too_many(by)
    _refuse_before_opening(event.commune, by)
    event.author = by
    event.department = event.commune.department if event.commune else None
    if event.precision == Event.Precision.COMMUNE:
        event.look_for_address()
    if series is not None:
        series.save()
        event.series = series
    event.save()
    Event.objects.bulk_create([_another(event, *times) for times in also])
    if moderation.receive(event, by=by) is Outcome.PUBLISH:
        enqueue(tasks.announce_events)
    return event


def _refuse_too_many(member: Member) -> None:
    """Their row is locked: those that are posted at once are counted one after another. A series counts as one."""
    lately = Event.objects.filter(author=member, created_at__gt=timezone.now() - _DAY).order_by()
    most = current_event_limits().posted_a_day
    if lately.filter(series=None).count() + lately.values("series").exclude(series=None).distinct().count() >= most:
        raise TooManyPosted(
            ngettext(
                "Vous avez déjà publié %(count)d événement depuis hier à la même heure. Publiez celui-ci demain.",
                "Vous avez déjà publié %(count)d événements depuis hier à la même heure. Publiez celui-ci demain.",
                most,
            )
            % {"count": most}
        )


def _refuse_before_opening(commune: Commune | None, member: Member) -> None:
    if commune and (why := why_not_yet(commune.department_id, is_staff=member.is_staff)):
        raise NotOpenYet(why)


def _another(event: Event, starts_at: datetime, ends_at: datetime) -> Event:
    values = {field.attname: getattr(event, field.attname) for field in Event._meta.concrete_fields}
    own = {"id": None, "uid": new_uid(), "starts_at": starts_at, "ends_at": ends_at}
    return Event(**values | own)


@transaction.atomic
def edit(event: Event, texts: dict[str, str], facts: dict, *, by: Member, following: bool = False) -> Outcome:
    """Change an event. `facts` (when, where, how many) hold at once; `texts` are screened and may wait for a moderator.

    `following`: what changes, changes for those after it in its series too; a new day moves them by as many days.
    Whoever comes is told of a new hour or place, by a task. Raises EventClosed once it is over or cancelled,
    TooFewPlaces when more people come, BadDate when one that follows would be in the past, NotOpenYet when it moves
    where the site is not open yet.
    """
    content = Event.objects.get(pk=event.pk)
    commune = facts.get("commune")
    if commune and commune.department_id != content.department_id:
        _refuse_before_opening(commune, by)
    after = _followers_held(content) if following else []
    before = content.texts()
    content.edited_by = by.pk
    content.spreads_edit = following
    outcome = moderation.receive_edit(content, texts, by=by)
    rows = Event.objects.filter(pk__in=[event.pk, *after]).select_related("commune__department").order_by("pk")
    held = {row.pk: row for row in rows.select_for_update(no_key=True, of=("self",))}
    event = held.pop(content.pk)
    if event.cancelled_at is not None or event.is_over:
        raise EventClosed(_("Cet événement ne peut plus changer."))
    if event.is_public and outcome is Outcome.QUEUE:
        Event.objects.filter(pk=event.pk).update(spreads_edit=following)
    elif _left_its_series(event, before):
        outcome = moderation.receive(event, by=by)
    changed = {name: value for name, value in facts.items() if getattr(event, name) != value}
    for follower in held.values():
        _give(follower, _as_follows(follower, event, changed), by=by)
    _give(event, changed, by=by)
    if "capacity" in changed:
        # Places that were added are for those who wait.
        enqueue(tasks.move_waiting_lists)
    if following and outcome is Outcome.PUBLISH:
        for case in _cases(event).filter(object_id__in=held):
            moderation.receive_edit(case.content, texts, by=by)
    return outcome


def _followers_held(event: Event) -> list[int]:
    """Lock the whole series as a moderator does who decides on one of them: the cases, then the rows. Who follows."""
    list(_cases(event).order_by("pk").select_for_update())
    event.hold()
    return list(event.followers.values_list("pk", flat=True))


def _cases(event: Event) -> QuerySet[Case]:
    """Those that are open about its series, itself included."""
    dates = Event.objects.filter(series=event.series_id, series__isnull=False).order_by()
    kind = ContentType.objects.get_for_model(Event)
    return Case.objects.open().filter(content_type=kind, object_id__in=dates.values("pk"))


def _left_its_series(event: Event, before: dict[str, str]) -> bool:
    """It waited without a case, the texts of its series being read elsewhere, and says something else from now on."""
    waits = event.series_id is not None and event.published_at is None and event.withheld_at is None
    return waits and event.texts() != before and not Case.objects.open().of(event).exists()


def _give(event: Event, facts: dict, *, by: Member) -> None:
    capacity = facts.get("capacity")
    taken = event.attendee_count + event.held_count
    if capacity is not None and capacity < taken:
        raise TooFewPlaces(
            ngettext(
                "%(count)d personne vient déjà le %(day)s : le nombre de places ne peut pas être plus petit.",
                "%(count)d personnes viennent déjà le %(day)s : le nombre de places ne peut pas être plus petit.",
                taken,
            )
            % {"count": taken, "day": _day_of(event)}
        )
    if fields := event.change(facts, by=by.pk):
        event.save(update_fields=fields)


def _as_follows(follower: Event, event: Event, changed: dict) -> dict:
    """What changes of one that follows `event`, which has not changed yet. A new hour is that of its own day."""
    same = {name: value for name, value in changed.items() if name not in _OF_ITS_DATE}
    if not changed.keys() & {"starts_at", "ends_at", "time_zone"}:
        return same
    moved = Event(
        starts_at=changed.get("starts_at", event.starts_at),
        ends_at=changed.get("ends_at", event.ends_at),
        time_zone=changed.get("time_zone", event.time_zone),
    )
    shift = moved.local_start.date() - event.local_start.date()
    starts, ends = (
        (follower if getattr(moved, name).time() == getattr(event, name).time() else moved, name)
        for name in ("local_start", "local_end")
    )
    starts_at, ends_at = hours(
        follower.local_start.date() + shift, getattr(*starts).time(), getattr(*ends).time(), moved.tz
    )
    if starts_at <= timezone.now():
        raise BadDate(_("L’événement du %(day)s tomberait dans le passé.") % {"day": _day_of(follower)})
    return same | {"starts_at": starts_at, "ends_at": ends_at, "time_zone": moved.time_zone}


def _day_of(event: Event) -> str:
    return day(event.local_start.date())


def people_to_tell(event: Event, *, by: Member, following: bool = False) -> int:
    """How many are told when it is cancelled: those who come or wait, each once, but whoever cancels."""
    dates = [event.pk, *(event.followers.values_list("pk", flat=True) if following else ())]
    people = Attendance.objects.given().filter(event__in=dates).exclude(member=by)
    return people.values("member").distinct().count()


@transaction.atomic
def cancel(event: Event, *, by: Member, following: bool = False) -> int:
    """It will not take place, nor those after it in its series when `following`: a task tells those who come.

    Returns how many events it cancelled: none when it already was cancelled or over.
    """
    event = Event.objects.get(pk=event.pk)
    event.hold()
    pks = [event.pk, *(event.followers.values_list("pk", flat=True) if following else ())]
    cancelled = Event.objects.filter(pk__in=pks, cancelled_at=None, ends_at__gt=timezone.now()).update(
        cancelled_at=timezone.now(),
        updated_at=timezone.now(),
        sequence=F("sequence") + 1,
        # A change that was still to be told no longer matters.
        told_sequence=F("sequence") + 1,
        told_facts={"by": by.pk},
        geocode_after=None,
    )
    if cancelled:
        enqueue(tasks.tell_cancellations)
    return cancelled
