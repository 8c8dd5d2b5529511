"""What `bench.ranking` asks of the site's own code, in its database: prints one JSON object."""

import json
import time
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402

from initiatives.models import Initiative  # noqa: E402
from initiatives.nearby import nearest_first  # noqa: E402
from initiatives.ranking import TURN  # noqa: E402
from initiatives.services import ranking  # noqa: E402
from territories.models import Commune  # noqa: E402


def seconds(act) -> tuple[float, int]:
    start = time.perf_counter()
    done = act()
    return time.perf_counter() - start, done


def main() -> None:
    # As on a site that runs: the formula is the one of yesterday.
    ranking._follow_the_recipe()
    ranking.RankingState.objects.update(recipe=ranking.RECIPE, marked_up_to=None)
    spent, ranked = seconds(ranking.rank)
    total = ranked
    while done := ranking.rank():
        total += done
    idle, _none = seconds(ranking.rank)
    now = timezone.now()
    first, placed = seconds(lambda: ranking.compose(now=now))
    again, _placed = seconds(lambda: ranking.compose(now=now + TURN + timedelta(seconds=1)))
    found, order = nearest_first(Initiative.objects.listed(), Commune.objects.get(code="35360"))
    statement, told = found.order_by(*order).values("pk")[:21].query.sql_with_params()
    figures = {
        "ranked": total,
        "ranked_per_s": round(ranked / spent),
        "rank_idle_ms": round(idle * 1000, 1),
        "placed": placed,
        "compose_ms": round(first * 1000),
        "compose_again_ms": round(again * 1000),
        "nearest": [statement, list(told)],
    }
    print(json.dumps(figures))


main()
