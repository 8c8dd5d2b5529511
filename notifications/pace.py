"""When, and how often: nobody is woken up by us, nor written to more than three times a day.

It is decided as a message is about to leave, in the transaction that claims it: by then it is known what hour it is
where its reader lives, what they chose, and what they were sent that day. What falls in somebody's quiet hours is due
at their end. Of what is counted, the fourth message of a day becomes a line of the next digest; and a digest for which
no place is left is the first message of the next day. So nobody ever gets more than `MOST`, and nothing is lost.

What is essential leaves at any hour and takes no place; what comes of what one organises or attends takes none.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F, Func, Value
from django.db.models.functions import Coalesce, NullIf

from members.models import Member
from notifications import digests
from notifications.kinds import KEYS, KINDS
from notifications.models import Mail, MailDay, MailSettings, Notification
from notifications.subjects import Known, subject_of
from territories.clocks import MAINLAND, moment

#: The hours here at which nobody is written to, unless they chose others.
QUIET_FROM, QUIET_UNTIL = time(22), time(7)
#: Messages a day, digest included.
MOST = 3
#: How long it is kept how many were sent on a day: it may be yesterday somewhere, or tomorrow.
KEPT = timedelta(days=3)

#: What more than so many are told leaves over a while: so many messages a minute, for three hours at most. What others
#: are told meanwhile does not wait behind them, and no mail server takes us for a flood.
LARGE, A_MINUTE = 5_000, 3_000
LONGEST_WAVE = timedelta(hours=3)

#: The places that are taken, each row locked until the claim is committed; by member, so that two claims at once wait
#: for each other in turn.
_COUNTS = """
INSERT INTO notifications_mailday (member_id, day, count)
SELECT member_id, day, 0 FROM unnest(%(members)s::bigint[], %(days)s::date[]) AS asked (member_id, day)
ORDER BY member_id, day
ON CONFLICT (member_id, day) DO UPDATE SET count = notifications_mailday.count
RETURNING member_id, day, count
"""
_TAKE = """
UPDATE notifications_mailday taken SET count = taken.count + asked.places
FROM unnest(%(members)s::bigint[], %(days)s::date[], %(places)s::int[]) AS asked (member_id, day, places)
WHERE taken.member_id = asked.member_id AND taken.day = asked.day
"""


@dataclass(frozen=True)
class Hours:
    """The clocks by which a member lives, and when they want silence: never, where both hours are the same."""

    zone: ZoneInfo
    quiet_from: time = QUIET_FROM
    quiet_until: time = QUIET_UNTIL

    def day(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()

    def quiet_until_when(self, now: datetime) -> datetime | None:
        """When the silence ends in which this moment falls; None outside."""
        here = now.astimezone(self.zone)
        begins, ends, hour = self.quiet_from, self.quiet_until, here.time()
        if begins < ends:
            return moment(here.date(), ends, self.zone) if begins <= hour < ends else None
        if begins > ends and hour >= begins:
            return moment(here.date() + timedelta(days=1), ends, self.zone)
        return moment(here.date(), ends, self.zone) if begins > ends and hour < ends else None

    def next_morning(self, now: datetime) -> datetime:
        """The first moment of the next day at which they may be written to."""
        midnight = moment(self.day(now) + timedelta(days=1), time(0), self.zone)
        return self.quiet_until_when(midnight) or midnight


def hours_of(members: Iterable[int]) -> dict[int, Hours]:
    """By member; one reading. Who gave no commune lives by the clocks of the mainland."""
    home = "home_commune__"
    rows = Member.objects.filter(pk__in=set(members)).values_list(
        "pk",
        Coalesce(
            NullIf(f"{home}time_zone", Value("")), NullIf(f"{home}department__time_zone", Value("")), Value(MAINLAND)
        ),
        Coalesce("mail_settings__quiet_from", Value(QUIET_FROM)),
        Coalesce("mail_settings__quiet_until", Value(QUIET_UNTIL)),
    )
    return {pk: Hours(ZoneInfo(zone), begins, ends) for pk, zone, begins, ends in rows}


def quiet_until(members: Iterable[int], now: datetime) -> dict[int, datetime]:
    """When each may be told again, of those whose quiet hours these are."""
    until = {member: hours.quiet_until_when(now) for member, hours in hours_of(members).items()}
    return {member: moment for member, moment in until.items() if moment}


def wave(recipients: int) -> timedelta:
    """Over how long the messages leave that tell so many people the same thing."""
    return min(timedelta(minutes=recipients / A_MINUTE), LONGEST_WAVE) if recipients > LARGE else timedelta(0)


def may_leave(rows: Collection[Notification], now: datetime) -> list[Notification]:
    """Of these rows, which the caller's transaction holds, those that leave now; the others are put off.

    Twice the same row takes one place a day, whatever becomes of its attempts.
    """
    paced = [row for row in rows if row.recipient_id and row.kind in KINDS and not KINDS[row.kind].essential]
    if not paced:
        return list(rows)
    hours = hours_of(row.recipient_id for row in paced)
    stay = _put_off_to_the_morning(paced, hours, now)
    counted = [row for row in paced if KINDS[row.kind].is_counted and row.pk not in stay]
    stay |= _keep_to_the_most(counted, hours, now)
    return [row for row in rows if row.pk not in stay]


def forget(now: datetime) -> int:
    """Erase the counts of days that are over everywhere. Returns how many."""
    count, _models = MailDay.objects.filter(day__lt=(now - KEPT).date()).delete()
    return count


def _put_off_to_the_morning(rows: list[Notification], hours: dict[int, Hours], now: datetime) -> set[int]:
    """What would wake its reader up; but not what is about an event that is about to begin."""
    known: Known = {}
    stay = []
    for row in rows:
        morning = hours[row.recipient_id].quiet_until_when(now)
        if morning and not _is_pressing(row, known, now):
            row.due_at = morning + _place_in_its_wave(row)
            stay.append(row)
    Notification.objects.bulk_update(stay, ["due_at"])
    return {row.pk for row in stay}


def _place_in_its_wave(row: Notification) -> timedelta:
    """How long after the first ones it was to leave: a large send is as slow in the morning."""
    since = row.due_at - row.created_at
    return since if since <= LONGEST_WAVE else timedelta(0)


def _is_pressing(row: Notification, known: Known, now: datetime) -> bool:
    subject = subject_of(row.context, known)
    return subject is not None and subject.is_pressing(now)


def _keep_to_the_most(rows: list[Notification], hours: dict[int, Hours], now: datetime) -> set[int]:
    """Each takes a place of its reader's day; those for which none is left do not leave."""
    asked = [row for row in rows if row.counted_on != hours[row.recipient_id].day(now)]
    refused = _take_places({row: hours[row.recipient_id].day(now) for row in asked})
    if refused:
        _put_off_to_another_day(refused, hours, now)
    return {row.pk for row in refused}


def _take_places(asked: dict[Notification, date]) -> list[Notification]:
    """A place for each on that day, in this order; returns those that found none."""
    if not asked:
        return []
    days = sorted({(row.recipient_id, day) for row, day in asked.items()})
    members = [member for member, _day in days]
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"members": members, "days": [day for _member, day in days]})
        count = {(member, day): taken for member, day, taken in cursor.fetchall()}
        before = dict(count)
        refused, granted = [], {}
        for row, day in asked.items():
            if count[row.recipient_id, day] < MOST:
                count[row.recipient_id, day] += 1
                granted.setdefault(day, []).append(row.pk)
            else:
                refused.append(row)
        cursor.execute(
            _TAKE,
            {
                "members": members,
                "days": [day for _member, day in days],
                "places": [count[each] - before[each] for each in days],
            },
        )
    for day, pks in granted.items():
        Notification.objects.filter(pk__in=pks).update(counted_on=day)
    return refused


def _put_off_to_another_day(rows: list[Notification], hours: dict[int, Hours], now: datetime) -> None:
    """A digest is the first message of the next day, where its place is kept; the others join the next digest.

    Whoever gets no digest at all gets them the next day.
    """
    without = MailSettings.objects.filter(
        member__in={row.recipient_id for row in rows}, digest=MailSettings.Digest.NEVER
    )
    without = set(without.values_list("member", flat=True))
    _take_places({row: hours[row.recipient_id].day(now) + timedelta(days=1) for row in rows if digests.is_digest(row)})
    mornings: dict[datetime, list[int]] = {}
    lines = []
    for row in rows:
        if digests.is_digest(row) or row.recipient_id in without:
            mornings.setdefault(hours[row.recipient_id].next_morning(now), []).append(row.pk)
        else:
            lines.append(row.pk)
    for morning, pks in mornings.items():
        Notification.objects.filter(pk__in=pks).update(due_at=morning)
    if lines:
        Notification.objects.filter(pk__in=lines).update(
            mail=Mail.DIGEST,
            due_at=digests.next_hour(now),
            context=Func(F("context"), Value(KEYS), template="(%(expressions)s)", arg_joiner=" - "),
        )
