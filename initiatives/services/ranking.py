"""The rank of each initiative follows what people do: a task folds the acts by day, and computes scores from them.

`initiatives.ranking` says the formula. Nothing here asks who acted, nor who looks.
"""

from collections import Counter
from datetime import datetime, timedelta
from itertools import chain

from django.db import connection, transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from initiatives.models import Initiative, RankingState
from initiatives.ranking import (
    EPOCH,
    HALF_LIFE,
    HORIZON,
    LATELY,
    MOST_OF_ONE,
    NEW_EVERY,
    NEW_FOR,
    NEW_ON_A_PAGE,
    OPENING,
    PAGE,
    PAGES,
    RECIPE,
    TURN,
    WEIGHTS,
)

#: Held while acts are folded, so that two foldings never overlap; and how long an initiative that somebody holds is
#: waited for.
_FOLDING_LOCK = 20100118
_PATIENCE = "2s"
#: Initiatives ranked by one transaction, and marked by one for a new formula.
_SLICE = 500
_MARKED = 5000
#: One run does no more: the next one goes on.
_MOST_SLICES = 100

_FOLD = """
WITH taken AS (
    DELETE FROM initiatives_actdelta RETURNING initiative_id, kind, day, change
), changes AS (
    SELECT taken.initiative_id, taken.kind, taken.day, sum(taken.change) AS change
    FROM taken JOIN initiatives_initiative ON initiatives_initiative.id = taken.initiative_id
    GROUP BY 1, 2, 3 HAVING sum(taken.change) <> 0
), days AS (
    INSERT INTO initiatives_actday (initiative_id, kind, day, count)
    SELECT initiative_id, kind, day, change FROM changes
    ON CONFLICT (initiative_id, kind, day) DO UPDATE SET count = initiatives_actday.count + excluded.count
), held AS (
    -- In the order in which a merger takes them: nobody waits in a circle.
    SELECT id FROM initiatives_initiative WHERE id IN (SELECT initiative_id FROM changes)
    ORDER BY id FOR NO KEY UPDATE
)
UPDATE initiatives_initiative SET rank_due_on = initiatives_today()
FROM held WHERE initiatives_initiative.id = held.id
"""

# Locked first, read after: what is folded meanwhile waits, and marks its initiative again.
_CLAIM = """
SELECT id FROM initiatives_initiative WHERE rank_due_on <= initiatives_today()
ORDER BY rank_due_on, id LIMIT %(most)s::int FOR NO KEY UPDATE SKIP LOCKED
"""

# Days are counted from the newest of each initiative, so that no power of two is too large for a number; the score is
# then brought back to the epoch. A frozen initiative, which nobody carries, has none.
_RANK = """
WITH opened AS (
    SELECT id, extract(epoch FROM published_at - %(epoch)s::date) / 86400 AS at
    FROM initiatives_initiative WHERE id = ANY(%(ids)s::bigint[]) AND published_at IS NOT NULL AND frozen_at IS NULL
), acts AS (
    SELECT act.initiative_id AS id, act.kind, act.day, act.count, act.day - %(epoch)s::date + 0.5 AS at,
        weights.weight * ln(1 + act.count) / ln(2) AS points,
        max(act.day) OVER (PARTITION BY act.initiative_id) AS newest
    FROM initiatives_actday act
    JOIN unnest(%(kinds)s::text[], %(weights)s::float[]) AS weights (kind, weight) ON weights.kind = act.kind
    WHERE act.initiative_id = ANY(%(ids)s::bigint[]) AND act.count > 0
), points AS (
    SELECT id, at, points FROM acts WHERE day > newest - %(horizon)s::int
    UNION ALL
    SELECT id, at, %(opening)s::float FROM opened
), latest AS (
    SELECT id, max(at) AS at FROM points GROUP BY id
), scores AS (
    SELECT points.id, latest.at / %(half_life)s::float
        + ln(sum(points.points * power(2.0, (points.at - latest.at) / %(half_life)s::float))) / ln(2) AS score
    FROM points JOIN latest ON latest.id = points.id JOIN opened ON opened.id = points.id
    GROUP BY points.id, latest.at
), lately AS (
    SELECT id, kind, sum(count) AS count, min(day) AS oldest
    FROM acts WHERE day > initiatives_today() - %(lately)s::int GROUP BY id, kind
), parts AS (
    SELECT id, jsonb_object_agg(kind, count) AS parts, min(oldest) + %(lately)s::int AS due_on FROM lately GROUP BY id
)
UPDATE initiatives_initiative
SET rank_score = coalesce(scores.score, 0), rank_parts = coalesce(parts.parts, '{}'::jsonb),
    rank_due_on = CASE WHEN scores.id IS NOT NULL THEN parts.due_on END
FROM unnest(%(ids)s::bigint[]) AS ranked (id)
LEFT JOIN scores ON scores.id = ranked.id
LEFT JOIN parts ON parts.id = ranked.id
WHERE initiatives_initiative.id = ranked.id
"""

# Of each territory no more than could have a place: each is one short reading of an index. A territory is here a
# département, a région for what is of the whole of it, or France.
_CANDIDATES = """
SELECT id, code FROM (
    SELECT best.id, place.code, best.rank_score
    FROM territories_department place CROSS JOIN LATERAL (
        SELECT id, rank_score FROM initiatives_initiative
        WHERE department_id = place.code AND state = 'published' AND withheld_at IS NULL
        ORDER BY rank_score DESC, id DESC LIMIT %(most)s::int
    ) AS best
    UNION ALL (
        SELECT id, coalesce('r' || region_id, ''), rank_score FROM initiatives_initiative
        WHERE department_id IS NULL AND state = 'published' AND withheld_at IS NULL
        ORDER BY rank_score DESC, id DESC LIMIT %(most)s::int
    )
) AS candidates
WHERE rank_score > 0 ORDER BY rank_score DESC, id DESC
"""

# An initiative that somebody holds at this moment keeps the place it had: the next turn sees to it.
_PLACE = """
WITH places AS (
    SELECT id, place FROM unnest(%(placed)s::bigint[]) WITH ORDINALITY AS places (id, place)
), free AS (
    SELECT id FROM initiatives_initiative
    WHERE id = ANY(ARRAY(
        SELECT id FROM initiatives_initiative WHERE rank_place IS NOT NULL UNION SELECT id FROM places
    ))
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE initiatives_initiative
SET rank_place = places.place,
    rank_shown_at = CASE WHEN free.id = ANY(%(shown)s::bigint[]) THEN %(now)s::timestamptz ELSE rank_shown_at END
FROM free LEFT JOIN places ON places.id = free.id
WHERE initiatives_initiative.id = free.id
    AND (rank_place IS DISTINCT FROM places.place OR free.id = ANY(%(shown)s::bigint[]))
"""


def rank() -> int:
    """Fold what people did, and compute again the score of each initiative to which it happened. Returns how many."""
    _follow_the_recipe()
    fold_acts()
    ranked = 0
    for _slice in range(_MOST_SLICES):
        done = _rank_some()
        ranked += done
        if done < _SLICE:
            break
    return ranked


@transaction.atomic
def fold_acts() -> None:
    """Add the waiting deltas to the numbers by day, unless another is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [_FOLDING_LOCK])
        if cursor.fetchone()[0]:
            cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
            cursor.execute(_FOLD)


@transaction.atomic
def _rank_some() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"most": _SLICE})
        ids = [pk for (pk,) in cursor.fetchall()]
        if ids:
            cursor.execute(_RANK, _formula() | {"ids": ids})
    return len(ids)


def _formula() -> dict:
    """The constants as the statement reads them: lengths in days."""
    return {
        "kinds": [str(kind) for kind in WEIGHTS],
        "weights": list(WEIGHTS.values()),
        "opening": OPENING,
        "epoch": EPOCH,
        "half_life": HALF_LIFE / timedelta(days=1),
        "horizon": HORIZON.days,
        "lately": LATELY.days,
    }


@transaction.atomic
def _follow_the_recipe() -> None:
    """When a constant of the formula changed, every initiative is to be ranked again: so many at each run."""
    RankingState.objects.get_or_create(pk=1)
    state = RankingState.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if state is None:
        return
    if state.recipe != RECIPE:
        state.recipe, state.marked_up_to = RECIPE, 0
    elif state.marked_up_to is None:
        return
    numbers = Initiative.objects.filter(pk__gt=state.marked_up_to).order_by("pk").values("pk")[:_MARKED]
    last = numbers.aggregate(last=Max("pk"))["last"]
    if last is not None:
        to_mark = Initiative.objects.filter(pk__gt=state.marked_up_to, pk__lte=last, published_at__isnull=False)
        to_mark.update(rank_due_on=timezone.localdate())
    state.marked_up_to = last
    state.save(update_fields=["recipe", "marked_up_to"])


@transaction.atomic
def compose(*, now: datetime | None = None) -> int:
    """Compose the first pages over all of France, once in a turn. Returns how many initiatives have a place there."""
    now = now or timezone.now()
    RankingState.objects.get_or_create(pk=1)
    state = RankingState.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if state is None or (state.composed_at and state.composed_at > now - TURN):
        return 0
    placed, shown = arrange(_candidates(), list(_new(now)))
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, {"placed": placed, "shown": sorted(shown), "now": now})
    state.composed_at = now
    state.save(update_fields=["composed_at"])
    return len(placed)


def _candidates() -> list[tuple[int, str]]:
    """(number, code of its territory), the highest score first."""
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, {"most": PAGES * PAGE})
        return cursor.fetchall()


def _new(now: datetime) -> QuerySet:
    """Those that opened lately, the one that waited longest for its turn first."""
    lately = Initiative.objects.listed().filter(frozen_at=None, published_at__gt=now - NEW_FOR)
    in_turn = lately.order_by(F("rank_shown_at").asc(nulls_first=True), "published_at", "pk")
    return in_turn.values_list("pk", flat=True)[: PAGES * PAGE]


def arrange(candidates: list[tuple[int, str]], new: list[int]) -> tuple[list[int], set[int]]:
    """The initiatives of the first pages in their order, and those of the new ones that are on the first of them.

    `candidates` are (number, code of the territory), the highest score first; `new`, in their turn.
    """
    waiting, turns = list(candidates), list(new)
    placed: list[int] = []
    for _page in range(PAGES):
        scored = _best(waiting, PAGE - NEW_ON_A_PAGE)
        in_turn = [number for number in turns if number not in scored][:NEW_ON_A_PAGE]
        # Where nobody new is left, the place is for the others.
        scored = _best([each for each in waiting if each[0] not in in_turn], PAGE - len(in_turn))
        placed += _woven(scored, in_turn)
        seen = {*scored, *in_turn}
        waiting = [each for each in waiting if each[0] not in seen]
        turns = [number for number in turns if number not in seen]
    return placed, set(placed[:PAGE]) & set(new)


def _best(candidates: list[tuple[int, str]], size: int) -> list[int]:
    """The first so many, at most MOST_OF_ONE of each territory; more of one when there are no others.

    The first of each territory comes before the second of any: who looks at the first row sees several places.
    """
    counts: Counter[str] = Counter()
    chosen: dict[int, int] = {}
    for most in (MOST_OF_ONE, len(candidates)):
        for number, code in candidates:
            if len(chosen) == size:
                break
            if number not in chosen and counts[code] < most:
                chosen[number] = counts[code]
                counts[code] += 1
    return sorted(chosen, key=chosen.__getitem__)


def _woven(scored: list[int], in_turn: list[int]) -> list[int]:
    """One page: each NEW_EVERY-th place is for those whose turn it is, as long as there are."""
    scored, in_turn = iter(scored), iter(in_turn)
    row = []
    for place in range(1, PAGE + 1):
        sides = (in_turn, scored) if place % NEW_EVERY == 0 else (scored, in_turn)
        number = next(chain(*sides), None)
        if number is None:
            break
        row.append(number)
    return row
