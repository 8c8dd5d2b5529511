"""What was decided upon texts that look alike: the same things are decided in the same way."""

from dataclasses import dataclass

from django.db.models import QuerySet

from moderation.likeness import keys, resemblance, signature
from moderation.models import Case, Decision, Likeness

#: Candidates that are compared; shown; and the share of its pieces from which a text looks like another.
_COMPARED = 200
SHOWN = 5
_ALIKE = 0.25


@dataclass(frozen=True)
class LookAlike:
    decision: Decision
    #: 0 to 100: how much of the text is the same; None for a text that fell under the same rule, or ground.
    likeness: int | None


def remember(decision: Decision) -> None:
    """Keep what the texts of a decision look like, for those who will decide on others."""
    numbers = signature(decision.texts.values())
    if numbers:
        Likeness.objects.create(
            decision=decision, signature=numbers, keys=keys(numbers), rule=decision.rule, ground=decision.ground
        )


def look_alikes(case: Case) -> list[LookAlike]:
    """Decisions of moderators on other texts that resemble this one, the nearest first; then the latest under the
    same rule or, without a rule, on the same ground. Three queries at most, of a bounded number of rows."""
    content = case.content
    texts = (case.proposed or content.texts()) if content else {}
    numbers = signature(texts.values())
    others = Likeness.objects.exclude(decision__content_type=case.content_type_id, decision__object_id=case.object_id)
    found = others.filter(keys__overlap=keys(numbers)).values_list("pk", "signature")[:_COMPARED] if numbers else ()
    near = sorted(((resemblance(numbers, other), pk) for pk, other in found), reverse=True)
    likeness = {pk: round(100 * share) for share, pk in near[:SHOWN] if share >= _ALIKE}
    if len(likeness) < SHOWN and (case.rule or case.ground):
        same = others.filter(rule=case.rule) if case.rule else others.filter(ground=case.ground)
        for pk in same.order_by("-decision").values_list("pk", flat=True)[:SHOWN]:
            if len(likeness) < SHOWN:
                likeness.setdefault(pk, None)
    decisions = _read(likeness)
    return [LookAlike(decisions[pk], share) for pk, share in likeness.items() if pk in decisions]


def _read(pks) -> dict[int, Decision]:
    found: QuerySet[Decision] = Decision.objects.select_related("by", "content_type")
    return found.in_bulk(list(pks))
