"""`python -m bench.readers <plan>`: so many readers a second open a page, whether the site keeps up or not.

The plan is JSON, and so is the file of the seconds that each waited.
"""

import json
import sys
import time
from pathlib import Path

from bench.site import HOST
from bench.wire import Script, drive

#: Connections; each reads once a second.
LINES = 50


def reader(place: int, plan: dict, seconds: list[float], errors: list[int]) -> Script:
    request = (
        f"GET {plan['path']} HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: https\r\n"
        "Accept: text/html\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\r\n"
    ).encode()
    due = plan["begins"] + place / plan["per_s"]
    free_at = 0.0
    while due < plan["begins"] + plan["seconds"]:
        while time.monotonic() < due:
            yield None
        answer = yield request
        # Late because the answer before was: counted from when they came. The first second warms what is kept.
        if due >= plan["begins"] + 1:
            seconds.append(answer.seconds + max(0.0, free_at - due))
        free_at = time.monotonic()
        if answer.status != 200:
            errors.append(answer.status)
        due += LINES / plan["per_s"]


def main() -> None:
    plan = json.loads(sys.argv[1])
    seconds, errors = [], []
    drive(plan["port"], [reader(place, plan, seconds, errors) for place in range(LINES)])
    Path(plan["seen"]).write_text(json.dumps({"seconds": seconds, "errors": len(errors)}))


if __name__ == "__main__":
    main()
