"""The queue: who waits, for how long, and what comes next."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from statistics import median

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from psycopg.types.json import Jsonb

from members.models import Member
from moderation.filter import Verdict, worst
from moderation.models import Case, Decision, LearnedModel, ModeratedContent
from moderation.services import notices, redress

#: How many of the latest decisions tell how long people wait.
RECENT_DECISIONS = 50


def waiting_time() -> timedelta | None:
    """How long authors usually wait for a moderator: the median of the latest decisions, None when there is none."""
    waits = (
        Decision.objects.filter(case__isnull=False, automated=False)
        .order_by("-made_at", "-id")
        .values_list(F("made_at") - F("case__opened_at"), flat=True)[:RECENT_DECISIONS]
    )
    return median(waits) if (waits := list(waits)) else None


def fingerprint(case: Case) -> str:
    """What a moderator read, in short: a decision that carries it is refused once the texts have changed."""
    content = case.content
    seen = [case.proposed, content.texts() if content else {}]
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:32]


def following(*, by: Member, after: Case | None = None) -> QuerySet[Case]:
    """Open cases that nobody else is reading, the gravest first, the oldest among equals; those that follow `after`."""
    cases = Case.objects.open().free_for(by).order_by("-priority", "opened_at", "pk")
    if after is not None:
        older = Q(opened_at__gt=after.opened_at) | Q(opened_at=after.opened_at, pk__gt=after.pk)
        cases = cases.filter(Q(priority__lt=after.priority) | Q(priority=after.priority) & older)
    return cases


# One open case per content is a partial unique index, which Django's bulk_create cannot name.
_OPEN_CASE = """
INSERT INTO moderation_case AS already
    (content_type_id, object_id, proposed, gravity, ground, rule, rule_version, reason, spans, opened_at)
VALUES (%s::int, %s::bigint, %s::jsonb, %s::smallint, %s, %s, %s, %s, %s::jsonb, %s::timestamptz)
ON CONFLICT (content_type_id, object_id) WHERE closed_at IS NULL DO UPDATE SET
    proposed = EXCLUDED.proposed, gravity = greatest(EXCLUDED.gravity, already.noticed),
    ground = coalesce(nullif(EXCLUDED.ground, ''), already.ground), rule = EXCLUDED.rule,
    rule_version = EXCLUDED.rule_version, reason = EXCLUDED.reason, spans = EXCLUDED.spans, weighed_by_id = NULL
"""


def queue(
    content: ModeratedContent,
    verdicts: Mapping[str, Verdict],
    *,
    proposed: dict[str, str] | None = None,
    reason: str = "",
) -> None:
    """Open the content's case, or bring the open one up to date: its age stays, nobody queues twice."""
    gravest = worst(verdicts.values())
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN_CASE,
            [
                ContentType.objects.get_for_model(content).pk,
                content.pk,
                Jsonb(proposed or {}),
                gravest.severity,
                gravest.ground or "",
                gravest.rule,
                gravest.rule_version,
                (gravest.reason or str(reason))[:300],
                Jsonb({name: verdict.spans for name, verdict in verdicts.items() if verdict.spans}),
                timezone.now(),
            ],
        )


def drop_open_case(content: ModeratedContent, reason: str) -> None:
    case = Case.objects.open().of(content).select_for_update().first()
    # An edit that waits is judged by itself, also of what becomes public meanwhile.
    if case is not None and not case.proposed:
        let_go(case, content, reason)


def let_go(case: Case, content: ModeratedContent, reason: str) -> None:
    """Nothing of what was written waits any more: the case is closed, unless somebody reported the content."""
    if case.noticed:
        notices.leave_to_notices(case)
    else:
        close_automatically(case, content, reason)


def close_automatically(case: Case, content: ModeratedContent, reason: str) -> None:
    texts = case.proposed
    close(case)
    decision = Decision.objects.create(
        case=case,
        content_type=case.content_type,
        object_id=case.object_id,
        verb=Decision.Verb.CLOSE,
        reason=str(reason),
        texts=texts,
        automated=True,
        author_id=content.author_id,
    )
    notices.answer(decision)
    redress.settle(decision)


def close(case: Case) -> None:
    case.closed_at = timezone.now()
    case.save(update_fields=["closed_at"])


def is_weighing_due() -> bool:
    """Whether the model in use has not weighed some open case."""
    live = LearnedModel.objects.filter(state=LearnedModel.State.LIVE).values_list("pk", flat=True).first()
    return live is not None and Case.objects.open().filter(~Q(weighed_by=live) | Q(weighed_by=None)).exists()
