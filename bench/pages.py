"""`make bench-pages`: what a public page costs, against a static file from the same server, in one run.

Starts the embedded PostgreSQL that `make run` filled (it must not be running), then the production server twice: with
the page cache and without. Each address is asked by a few clients for a few seconds; the last line is one JSON object.
"""

import http.client
import json
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from deploy.postgres import VAR, Cluster

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 4
CLIENTS = 4
ADDRESSES = {"list": "/initiatives/", "home": "/", "agenda": "/evenements/", "noop": "/sante/"}


@contextmanager
def serving(env: dict[str, str]):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [Path(sys.executable).parent / "granian", "--interface", "wsgi", "possibles.wsgi:application"]
    command += ["--port", str(port), "--workers", "2", "--blocking-threads", "1", "--no-ws"]
    process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                get(http.client.HTTPConnection("127.0.0.1", port), "/sante/")
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


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
    with Cluster(VAR / "postgres") as cluster:
        env = os.environ | {
            "ADDRESS_KEY": "bench" * 12,
            "ALLOWED_HOSTS": "127.0.0.1",
            "DATABASE_URL": cluster.url(),
            "DEVELOPMENT": "0",
            "DJANGO_SETTINGS_MODULE": "possibles.settings",
            "EMAIL_URL": "consolemail://",
            "HTTPS": "0",
            "SECRET_KEY": "bench" * 12,
            "VAR_DIR": str(VAR / "bench"),
        }
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
        subprocess.run(collect, env=env, cwd=ROOT, check=True)
        figures = {}
        with serving(env | {"PAGE_CACHE_MB": "32"}) as port:
            figures["static"] = measure(port, "/static/css/site.css")
            for name in ("list", "home", "agenda"):
                figures[f"{name}_kept"] = measure(port, ADDRESSES[name])
        with serving(env | {"PAGE_CACHE_MB": "0"}) as port:
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
