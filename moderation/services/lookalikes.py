"""What was decided upon texts that look alike: the same things are decided in the same way."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from moderation.likeness import keys, resemblance, signature
from moderation.models import Case, Decision, Likeness, LikenessKey

#: The latest texts that are compared for each key; those that are read again, and those that are shown.
_FOR_EACH_KEY = 40
_READ = 40
SHOWN = 5
#: The share of its pieces from which a text looks like another.
_ALIKE = 0.25

# Bounded for each key: of a message that was copied ten thousand times, the latest forty are enough.
_NEAR = """
SELECT DISTINCT near.likeness_id, likeness.signature
FROM unnest(%s::int[]) AS wanted(key)
CROSS JOIN LATERAL (
    SELECT likeness_id FROM moderation_likenesskey
    WHERE key = wanted.key ORDER BY likeness_id DESC LIMIT %s::int
) AS near
JOIN moderation_likeness AS likeness ON likeness.decision_id = near.likeness_id
"""


@dataclass(frozen=True)
class LookAlike:
    decision: Decision
    #: 0 to 100: how much of the text is the same; None for a text that fell under the same rule, or ground.
    likeness: int | None


def remember(decision: Decision) -> None:
    """Keep what the texts of a decision look like, for those who will decide on others."""
    numbers = signature(decision.texts.values())
    if not numbers:
        return
    likeness = Likeness.objects.create(decision=decision, signature=numbers, rule=decision.rule, ground=decision.ground)
    LikenessKey.objects.bulk_create(LikenessKey(key=key, likeness=likeness) for key in set(keys(numbers)))


def look_alikes(case: Case) -> list[LookAlike]:
    """Decisions of moderators on other texts that resemble this one, the nearest first; then the latest under the
    same rule or, without a rule, on the same ground. Three queries, of a bounded number of rows."""
    content = case.content
    texts = (case.proposed or content.texts()) if content else {}
    shares = {pk: share for share, pk in _near(signature(texts.values()))}
    found: dict[int, int | None] = {pk: round(100 * share) for pk, share in shares.items()}
    for pk in _of_same_rule(case):
        found.setdefault(pk, None)
    decisions = Decision.objects.select_related("by", "content_type").filter(pk__in=found)
    others = decisions.exclude(content_type=case.content_type_id, object_id=case.object_id).in_bulk()
    return [LookAlike(others[pk], likeness) for pk, likeness in found.items() if pk in others][:SHOWN]


def _near(numbers: list[int]) -> list[tuple[float, int]]:
    """How much, and which decisions; the nearest first, the latest among equals."""
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, [keys(numbers) if numbers else [], _FOR_EACH_KEY])
        near = sorted(((resemblance(numbers, other), pk) for pk, other in cursor), reverse=True)
    return [(share, pk) for share, pk in near[:_READ] if share >= _ALIKE]


def _of_same_rule(case: Case) -> list[int]:
    same = Q(rule=case.rule) if case.rule else Q(ground=case.ground)
    if not (case.rule or case.ground):
        return []
    return list(Likeness.objects.filter(same).order_by("-decision_id").values_list("pk", flat=True)[: 2 * SHOWN])
