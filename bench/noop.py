"""`python -m bench.noop <plan>`: as many clients as the visitors ask for one page, for a few seconds.

The plan is JSON, and so is the file that says how many answers there were a second.
"""

import json
import sys
import time
from pathlib import Path

from bench.site import BROWSER, HOST
from bench.wire import Script, drive


def client(plan: dict, counts: list[int]) -> Script:
    request = f"GET {plan['path']} HTTP/1.1\r\nHost: {HOST}\r\n{BROWSER}HX-Request: true\r\n\r\n".encode()
    while time.monotonic() < plan["until"]:
        answer = yield request
        if answer.status != 200:
            raise RuntimeError(f"{plan['path']}: {answer.status}")
        counts[0] += 1


def main() -> None:
    plan, counts = json.loads(sys.argv[1]), [0]
    plan["until"] = time.monotonic() + plan["seconds"]
    drive(plan["port"], [client(plan, counts) for _ in range(plan["clients"])])
    Path(plan["seen"]).write_text(json.dumps({"per_s": counts[0] / plan["seconds"]}))


if __name__ == "__main__":
    main()
