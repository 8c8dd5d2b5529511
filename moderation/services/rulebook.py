"""How rules are watched once they are live: one that suddenly speaks of too many texts refuses no more by itself."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from members.models import Member
from moderation.access import MAY_OVERSEE
from moderation.filter import Outcome, Verdict, all_rules
from moderation.models import Reading, RuleAlert
from moderation.services.reminding import who_may
from notifications.services import tell_many

#: A rule is right to speak of few texts: beyond this share of those of the last hour, it is mistaken, or attacked.
TOO_MANY = 0.05
WATCHED = timedelta(hours=1)
#: Fewer texts, or fewer hits, say nothing.
FEWEST_TEXTS = 100
FEWEST_HITS = 10
#: What it did before says whether it is sudden: so many times its usual share, over this time.
SUDDEN = 2
USUAL = timedelta(days=7)
KEPT = timedelta(days=30)

_COUNT = """
SELECT rule,
    count(*) FILTER (WHERE at > %(lately)s::timestamptz AND refused) AS refused,
    count(*) FILTER (WHERE at > %(lately)s::timestamptz AND NOT refused) AS queued,
    count(*) FILTER (WHERE at <= %(lately)s::timestamptz) AS before
FROM (
    SELECT at, unnest(refused) AS rule, TRUE AS refused FROM moderation_reading WHERE at > %(since)s::timestamptz
    UNION ALL
    SELECT at, unnest(queued), FALSE FROM moderation_reading WHERE at > %(since)s::timestamptz
) AS spoken
GROUP BY rule
"""


def disarmed() -> frozenset[str]:
    """The rules of today's versions that refuse nothing for now: one short query."""
    versions = dict(RuleAlert.objects.filter(settled_at=None, is_disarmed=True).values_list("rule", "rule_version"))
    if not versions:
        return frozenset()
    return frozenset(rule.id for rule in all_rules() if versions.get(rule.id) == rule.version)


def note(verdicts: Iterable[Verdict]) -> None:
    """Remember which rules spoke of what somebody just wrote."""
    refused, queued, shadow = set(), set(), set()
    for verdict in verdicts:
        if verdict.in_shadow:
            shadow.add(verdict.rule)
        elif verdict.outcome is Outcome.REFUSE:
            refused.add(verdict.rule)
        elif verdict.outcome is Outcome.QUEUE:
            queued.add(verdict.rule)
    Reading.objects.create(refused=sorted(refused), queued=sorted(queued - refused), shadow=sorted(shadow))


@transaction.atomic
def watch() -> int:
    """For a task: disarm what speaks of too many texts; senior moderators are told once. Returns how many rules."""
    now = timezone.now()
    lately, since = now - WATCHED, now - WATCHED - USUAL
    texts = Reading.objects.filter(at__gt=lately).count()
    if texts < FEWEST_TEXTS:
        return 0
    before = Reading.objects.filter(at__gt=since, at__lte=lately).count()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"lately": lately, "since": since})
        spoken = cursor.fetchall()
    versions = {rule.id: rule.version for rule in all_rules()}
    raised = 0
    for rule, refused, queued, usual in spoken:
        hits = refused + queued
        is_usual = before >= FEWEST_TEXTS and hits / texts <= SUDDEN * usual / before
        if rule in versions and hits >= FEWEST_HITS and hits > TOO_MANY * texts and not is_usual:
            raised += _raise(rule, versions[rule], hits=hits, texts=texts, is_disarmed=refused > 0)
    return raised


def settle(alert: RuleAlert, *, by: Member) -> bool:
    """Somebody says that the rule is right: it is left alone for an hour. False when it was done before."""
    found = RuleAlert.objects.filter(pk=alert.pk, settled_at=None)
    return bool(found.update(settled_at=timezone.now(), settled_by=by))


def forget() -> int:
    """For a task: erase the readings that are over a month old. Returns how many."""
    return Reading.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]


def spoken_lately() -> list[tuple[str, int, int, int]]:
    """For staff: each rule that spoke in the last day, how often it refused, queued, or would have."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT rule, count(*) FILTER (WHERE way = 'refused'), count(*) FILTER (WHERE way = 'queued'),
                count(*) FILTER (WHERE way = 'shadow')
            FROM moderation_reading,
                LATERAL (
                    SELECT unnest(refused) AS rule, 'refused' AS way UNION ALL SELECT unnest(queued), 'queued'
                    UNION ALL SELECT unnest(shadow), 'shadow'
                ) AS spoken
            WHERE at > %s GROUP BY rule ORDER BY count(*) DESC, rule
            """,
            [timezone.now() - timedelta(days=1)],
        )
        return cursor.fetchall()


def _raise(rule: str, version: str, *, hits: int, texts: int, is_disarmed: bool) -> bool:
    lately = timezone.now() - WATCHED
    # What it was settled about is counted for an hour.
    known = RuleAlert.objects.filter(rule=rule, rule_version=version)
    if known.filter(settled_at__gt=lately).exists() or known.filter(settled_at=None).exists():
        return False
    # Two tasks at once: the unique index lets one of them tell.
    alert, is_new = RuleAlert.objects.get_or_create(
        rule=rule,
        rule_version=version,
        is_disarmed=is_disarmed,
        settled_at=None,
        defaults={"hits": hits, "texts": texts},
    )
    if not is_new:
        return False
    context = {
        "rule": rule,
        "hits": hits,
        "texts": texts,
        "is_disarmed": is_disarmed,
        "url": reverse("admin:moderation_rulealert_changelist"),
    }
    tell_many(who_may(MAY_OVERSEE), kind="rule_alert", key=f"rule-alert-{alert.pk}", context=context)
    return True
