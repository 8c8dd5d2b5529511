"""The queue learns its order from final decisions; it can be made to forget. Never imported but by its commands."""

from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from core.jobs import is_alone
from moderation import learner
from moderation.models import Case, Decision, LearnedModel
from moderation.sorts import moderated

#: Decisions from which it is worth learning, and the newest ones that are read.
ENOUGH = 200
_MOST = 50_000
#: Texts that everybody reads, of each sort.
_PUBLIC = 200
#: Cases weighed at a time, and rounds of them.
_BATCH = 200
#: From this risk on, a text that everybody reads is a false alarm.
_ALARM = 0.5

_HELD_BACK = (Decision.Verb.WITHHOLD, Decision.Verb.REMOVE, Decision.Verb.REJECT)


@dataclass(frozen=True)
class Lesson:
    text: str
    held_back: bool


def lessons() -> list[Lesson]:
    """What humans decided for good, the oldest first: what was gone back on is read in its last decision alone."""
    later = Decision.objects.filter(
        content_type=OuterRef("content_type"), object_id=OuterRef("object_id"), pk__gt=OuterRef("pk"), automated=False
    )
    final = (
        Decision.objects.filter(automated=False, verb__in=[*_HELD_BACK, Decision.Verb.PUBLISH, Decision.Verb.RESTORE])
        .exclude(texts={})
        .exclude(Exists(later))
        .order_by("-pk")
        .values_list("verb", "texts")[:_MOST]
    )
    return [Lesson(_joined(texts), verb in _HELD_BACK) for verb, texts in final][::-1]


def train() -> LearnedModel | None:
    """Learn again. The new model takes the place of the one in use only if it is better on the newest fifth of the
    decisions, none of which either has learned from, and raises no more false alarms on what everybody reads.

    None when too little was decided, or when another is learning.
    """
    known = lessons()
    if len(known) < ENOUGH:
        return None
    cut = len(known) * 4 // 5
    old, new = known[:cut], known[cut:]
    try:
        model = learner.learn([lesson.text for lesson in old], [lesson.held_back for lesson in old])
    except learner.TooFew:
        return None
    with transaction.atomic():
        if not is_alone("learn", 0):
            return None
        before = LearnedModel.objects.filter(state=LearnedModel.State.LIVE).first()
        read = public_texts()
        known_rate = sum(lesson.held_back for lesson in old) / len(old)
        loss, alarms = _tried(model, new, read)
        loss_before, alarms_before = (
            _tried(learner.Learned.from_bytes(bytes(before.numbers)), new, read)
            if before
            else (learner.loss([known_rate] * len(new), [lesson.held_back for lesson in new]), _share_of_alarms([]))
        )
        # Without one before there are no alarms to compare: a tenth of what everybody reads is too many anyway.
        is_better = loss < loss_before and alarms <= (alarms_before if before else 0.1)
        if is_better and before:
            before.state, before.numbers = LearnedModel.State.RETIRED, b""
            before.save(update_fields=["state", "numbers"])
        return LearnedModel.objects.create(
            state=LearnedModel.State.LIVE if is_better else LearnedModel.State.REJECTED,
            learned_from=len(old),
            tested_on=len(new),
            loss=loss,
            loss_before=loss_before,
            alarms=alarms,
            alarms_before=alarms_before,
            numbers=model.to_bytes() if is_better else b"",
        )


def weigh() -> int:
    """Give their risk to the open cases that the model in use has not weighed. Returns how many."""
    row = LearnedModel.objects.filter(state=LearnedModel.State.LIVE).first()
    if row is None:
        return 0
    model = learner.Learned.from_bytes(bytes(row.numbers))
    weighed = 0
    while batch := list(
        Case.objects.open()
        .filter(~Q(weighed_by=row) | Q(weighed_by=None))
        .prefetch_related("content")
        .order_by("pk")[:_BATCH]
    ):
        texts = [_joined(case.proposed or (case.content.texts() if case.content else {})) for case in batch]
        for case, text, risk in zip(batch, texts, model.risks(texts), strict=True):
            # Not saved: what moderators do meanwhile stays.
            Case.objects.filter(pk=case.pk).update(risk=float(risk), risk_pieces=model.why(text), weighed_by=row)
        weighed += len(batch)
    return weighed


@transaction.atomic
def reset() -> bool:
    """Forget what was learned: the queue is ordered as on the first day. Returns whether there was anything."""
    forgotten = LearnedModel.objects.filter(state=LearnedModel.State.LIVE).update(
        state=LearnedModel.State.RESET, numbers=b""
    )
    Case.objects.open().exclude(weighed_by=None).update(risk=None, risk_pieces=[], weighed_by=None)
    return bool(forgotten)


def public_texts() -> list[str]:
    """The newest texts that everybody reads and against which nothing was ever decided."""
    found = []
    for sort in moderated():
        if sort.is_private:
            continue
        contested = Decision.objects.filter(
            content_type=ContentType.objects.get_for_model(sort), object_id=OuterRef("pk"), verb__in=_HELD_BACK
        )
        newest = sort._base_manager.order_by("-pk")[: _PUBLIC * 5].values("pk")
        public = sort._base_manager.filter(pk__in=newest, published_at__isnull=False, withheld_at=None)
        found += [_joined(content.texts()) for content in public.exclude(Exists(contested))[:_PUBLIC]]
    return found


def _tried(model: learner.Learned, new: list[Lesson], read: list[str]) -> tuple[float, float]:
    risks = model.risks([lesson.text for lesson in new])
    return learner.loss(risks, [lesson.held_back for lesson in new]), _share_of_alarms(model.risks(read))


def _share_of_alarms(risks) -> float:
    return float(sum(risk >= _ALARM for risk in risks) / len(risks)) if len(risks) else 0.0


def _joined(texts: dict[str, str]) -> str:
    return "\n".join(str(text) for text in texts.values() if text)
