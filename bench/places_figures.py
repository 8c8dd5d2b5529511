"""What `bench.places` asks of the database that it filled (DATABASE_URL): the last line is one JSON object."""

import json
import random
import statistics
from collections.abc import Iterable

import django

django.setup()

from django.db import connection  # noqa: E402

from bench.figures import percentile  # noqa: E402
from pages.places.living import statement  # noqa: E402
from territories.models import Commune, Department, Place, Region  # noqa: E402

_SEED = 8


def timed(places: Iterable[Place]) -> dict[str, float]:
    """The statement that the page of each place executes, as EXPLAIN ANALYZE times it."""
    spent = []
    for place in places:
        asked, told = statement([place])
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {asked}", told)
            (plan,) = cursor.fetchone()
        spent.append((json.loads(plan) if isinstance(plan, str) else plan)[0]["Execution Time"])
    figures = {"p50_ms": statistics.median(spent), "p99_ms": percentile(spent, 99), "worst_ms": max(spent)}
    return {name: round(value, 2) for name, value in figures.items()}


def main() -> None:
    communes = list(Commune.objects.current().select_related("department").order_by("code"))
    departments = list(Department.objects.order_by("code"))
    # Warm, as a site that is read.
    timed(departments)
    figures = {
        "communes": timed(random.Random(_SEED).sample(communes, 500)),
        "cities": timed(sorted(communes, key=lambda commune: -commune.population)[:50]),
        "departments": timed(departments),
        "regions": timed(Region.objects.order_by("code")),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
