"""`make bench-pages`: what a public page costs, against a static file from the same server, in one run.

Starts the embedded PostgreSQL that `make run` filled (it must not be running), then the production server twice: with
the page cache and without. Each address is asked by a few clients for a few seconds; the last line is one JSON object.
"""

import http.client
import json
import multiprocessing
import statistics
import time

from bench.site import environment, folder_of, manage, serving
from deploy.postgres import VAR, Cluster

SECONDS = 4
CLIENTS = 4
ADDRESSES = {"list": "/initiatives/", "home": "/", "agenda": "/evenements/", "noop": "/sante/"}


def get(connection: http.client.HTTPConnection, path: str) -> int:
    connection.request("GET", path, headers={"Accept-Encoding": "gzip", "Host": "127.0.0.1"})
    answer = connection.getresponse()
    size = len(answer.read())
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return size


def client(port: int, path: str, results) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times, deadline = [], time.perf_counter() + SECONDS
    while (start := time.perf_counter()) < deadline:
        get(connection, path)
        times.append(time.perf_counter() - start)
    results.put(times)


def measure(port: int, path: str) -> dict:
    """Requests a second, and milliseconds at the median and the 99th percentile."""
    get(http.client.HTTPConnection("127.0.0.1", port), path)
    results = multiprocessing.Queue()
    clients = [multiprocessing.Process(target=client, args=(port, path, results)) for _ in range(CLIENTS)]
    for each in clients:
        each.start()
    times = [moment for _ in clients for moment in results.get()]
    for each in clients:
        each.join()
    return {
        "per_s": round(len(times) / SECONDS),
        "p50_ms": round(statistics.median(times) * 1000, 2),
        "p99_ms": round(statistics.quantiles(times, n=100)[98] * 1000, 2),
    }


def main() -> None:
    with Cluster(VAR / "postgres") as cluster, folder_of(VAR / "bench-pages") as folder:
        env = environment(cluster.url(), folder, HTTPS="0")
        manage("collectstatic", "--noinput", "--verbosity=0", env=env)
        figures = {}
        with serving(env | {"PAGE_CACHE_MB": "32"}, folder) as port:
            figures["static"] = measure(port, "/static/css/site.css")
            for name in ("list", "home", "agenda"):
                figures[f"{name}_kept"] = measure(port, ADDRESSES[name])
        with serving(env | {"PAGE_CACHE_MB": "0"}, folder) as port:
            for name, path in ADDRESSES.items():
                figures[name] = measure(port, path)
    for name, figure in figures.items():
        figure["ratio_static"] = round(figure["per_s"] / figures["static"]["per_s"], 4)
        print(
            f"{name:12} {figure['per_s']:>7} a second   p50 {figure['p50_ms']:>8} ms   p99 {figure['p99_ms']:>8} ms"
            f"   static × {figure['ratio_static']}"
        )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
