"""The figures of `bench.map`, asked of the database that it filled (DATABASE_URL)."""

import json
import statistics
import sys
import time

import django

django.setup()

from django.core.cache import caches  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from events import mapping  # noqa: E402
from events.agenda import coming  # noqa: E402

#: Zoom, then the box that a wide screen asks: the world, the country, a region, a département, a city.
VIEWS = {
    3: "-180,-67.5,180,90",
    6: "-11.25,39.375,14.0625,53.4375",
    8: "-4.921875,46.40625,0,49.21875",
    10: "-2.109375,47.8125,-0.703125,48.515625",
    13: "2.263184,48.801270,2.438965,48.911133",
}
ROUNDS = 60

ROUNDS = 60


def measure(*, plans: bool) -> dict:
    client, figures = Client(HTTP_HOST="127.0.0.1"), {}
    for zoom, bbox in VIEWS.items():
        query = {"bbox": bbox, "zoom": zoom}
        caches["local"].clear()
        with CaptureQueriesContext(connection) as bill:
            answer = client.get("/evenements/carte.json", query)
        queries = len(bill)
        times = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            client.get("/evenements/carte.json", query)
            times.append((time.perf_counter() - start) * 1000)
        box = mapping.Box.parse(bbox)
        rows = mapping.cells(coming(), box, mapping.Grid.over(box, zoom))
        explained = [rows.explain(analyze=True, buffers=True) for _ in range(9)]
        spent = [float(text.rsplit("Execution Time: ", 1)[1].split()[0]) for text in explained]
        if plans:
            print(f"\n-- zoom {zoom}, {bbox}\n{explained[-1]}")
        figures[zoom] = {
            "p50_ms": round(statistics.median(times), 1),
            "p99_ms": round(statistics.quantiles(times, n=100)[98], 1),
            "sql_ms": round(statistics.median(spent), 1),
            "bytes": len(answer.content),
            "markers": len(answer.json()["markers"]),
            "events": sum(marker["count"] for marker in answer.json()["markers"]),
            "queries": queries,
        }
    return figures


if __name__ == "__main__":
    figures = measure(plans="--plans" in sys.argv)
    for zoom, figure in figures.items():
        print(f"zoom {zoom:>2}  " + "  ".join(f"{name} {value}" for name, value in figure.items()))
    print(json.dumps(figures))
