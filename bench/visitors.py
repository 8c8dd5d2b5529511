"""`python -m bench.visitors <plan>`: visitors who support one initiative over real HTTP, to « C’est compté ».

Each has a first name, an address and a network of its own, and lives in France as the French do. The link of the
message is made here as the message makes it, once the site has written to the address: its delivery is measured apart.
The plan is JSON, and so is the file to which what was seen is written.
"""

import json
import random
import re
import sys
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import django

django.setup()

import psycopg  # noqa: E402

from bench.site import BROWSER, HOST  # noqa: E402
from bench.wire import Answer, Script, drive  # noqa: E402
from initiatives.services.supports import token_of  # noqa: E402
from members.addresses import address_key  # noqa: E402

# What each answer must say.
FORM_SAYS = "csrfmiddlewaretoken"
SENT_SAYS = "Regardez votre boîte"
LINK_SAYS = "Confirmer mon soutien"
COUNTED_SAYS = "C’est compté"

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
COOKIE = re.compile(rb"csrftoken=(\w+)")
CHOICE = re.compile(r'value="(\w{5})"')

#: Visitors who have asked and whose link is not there yet; beyond, those who come wait.
MOST_WAITING = 3000
#: Seconds between two looks at the links that the site has sent.
ROUND = 0.2
NAMES = ["Jean", "Marie", "Léa", "Manon", "Hugo", "Zoé", "Inès", "Mehdi", "Aïcha", "Yann", "Maël", "Loïc", "Étienne"]
DOMAINS = [f"{name}.example" for name in ("orange", "free", "laposte", "mairie", "ecole", "asso", "bourg", "atelier")]

#: A postcode weighs as many people as live there. A city of arrondissements leaves them their postcodes.
POSTCODES = """
SELECT postcode.code, sum(commune.population)
FROM territories_postcode postcode JOIN territories_commune commune ON commune.code = postcode.commune_id
WHERE NOT EXISTS (SELECT FROM territories_commune part WHERE part.parent_id = commune.code)
GROUP BY postcode.code HAVING sum(commune.population) > 0
"""

#: The links that have left: the rows written to.
WRITTEN = """
SELECT id, address_key FROM initiatives_support
WHERE state = 'pending' AND written_at IS NOT NULL AND address_key = ANY(%s)
"""


@dataclass(slots=True)
class Visitor:
    """One person: what they type, from where, and the seconds each of their requests took."""

    first_name: str
    email: str
    postcode: str
    address: str
    cookie: str = ""
    key: bytes = b""
    asked_at: float = 0.0
    seconds: float = 0.0


@dataclass
class Crowd:
    """All visitors: who waits for a link, whose link has come, and what was seen."""

    database: str
    path: str
    until: float
    postcodes: tuple[list[str], list[int]] = ((), ())
    waiting: deque = field(default_factory=deque)
    awaited: int = 0
    links: deque = field(default_factory=deque)
    #: (when, step, seconds) of each request, (when, seconds of all its requests) of each support; monotonic clock.
    requests: list = field(default_factory=list)
    supports: list = field(default_factory=list)
    errors: Counter = field(default_factory=Counter)
    born: int = 0

    # Who they are

    def read_postcodes(self) -> None:
        with psycopg.connect(self.database) as connection:
            rows = connection.execute(POSTCODES).fetchall()
        weights, total = [], 0
        for _code, people in rows:
            total += people
            weights.append(total)
        self.postcodes = ([code for code, _people in rows], weights)

    def new_visitor(self) -> Visitor:
        self.born += 1
        name = random.choice(NAMES)
        (postcode,) = random.choices(self.postcodes[0], cum_weights=self.postcodes[1])
        number = random.getrandbits(32)
        address = ".".join(str(part) for part in (1 + number % 223, *number.to_bytes(4)[1:]))
        return Visitor(name, f"visiteur.{self.born}@{random.choice(DOMAINS)}", postcode, address)

    # What they do

    def script(self) -> Script:
        while time.monotonic() < self.until:
            if self.links:
                yield from self.follow_link(*self.links.popleft())
            elif self.awaited < MOST_WAITING:
                yield from self.ask(self.new_visitor())
            else:
                yield None

    def ask(self, visitor: Visitor) -> Script:
        self.awaited += 1
        answer = yield from self.step("form", visitor, self.request("GET", "soutenir/", visitor), FORM_SAYS)
        token = TOKEN.search(answer.text) if answer else None
        cookie = COOKIE.search(answer.head) if answer else None
        if not (token and cookie):
            self.awaited -= 1
            return
        visitor.cookie = cookie[1].decode()
        typed = {
            "csrfmiddlewaretoken": token[1],
            "first_name": visitor.first_name,
            "email": visitor.email,
            "postcode": visitor.postcode,
        }
        # As the page does once five digits are typed.
        request = self.request("GET", f"/initiatives/communes/?postcode={visitor.postcode}", visitor)
        answer = yield from self.step("communes", visitor, request)
        if answer and (choices := CHOICE.findall(answer.text)):
            typed["commune"] = random.choice(choices)
        request = self.request("POST", "soutenir/", visitor, typed | {"consent": "on"})
        if (yield from self.step("ask", visitor, request, SENT_SAYS)):
            visitor.key = address_key(visitor.email)
            visitor.asked_at = time.monotonic()
            self.waiting.append(visitor)
        else:
            self.awaited -= 1

    def follow_link(self, visitor: Visitor, token: str) -> Script:
        self.awaited -= 1
        path = f"soutien/{token}/"
        visitor.cookie = ""
        if not (yield from self.step("link", visitor, self.request("GET", path, visitor, htmx=False), LINK_SAYS)):
            return
        if (yield from self.step("confirm", visitor, self.request("POST", path, visitor, {}), COUNTED_SAYS)):
            self.supports.append((time.monotonic(), visitor.seconds))

    def step(self, name: str, visitor: Visitor, request: bytes, says: str = "") -> Script:
        """One request and its answer; None, and an error counted, when it is not what it must be."""
        answer: Answer = yield request
        visitor.seconds += answer.seconds
        self.requests.append((time.monotonic(), name, answer.seconds))
        if answer.status == 200 and says in answer.text:
            return answer
        self.errors[f"{name} {answer.status}"] += 1
        return None

    def request(self, method: str, path: str, visitor: Visitor, data: dict | None = None, htmx: bool = True) -> bytes:
        """As a browser writes it, and as the proxy hands it over."""
        if not path.startswith("/"):
            path = self.path + path
        head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\n{BROWSER}X-Forwarded-For: {visitor.address}\r\n"
        if htmx:
            head += f"Accept: */*\r\nHX-Request: true\r\nHX-Current-URL: https://{HOST}{quote(self.path)}\r\n"
            head += f"Referer: https://{HOST}{self.path}\r\n"
        else:
            head += "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
        if visitor.cookie:
            head += f"Cookie: csrftoken={visitor.cookie}\r\n"
        if data is None:
            return f"{head}\r\n".encode()
        body = urlencode(data)
        head += f"Origin: https://{HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    # The messages

    def watch_links(self) -> None:
        """Give their link to those whom the site has written to."""
        known: dict[bytes, Visitor] = {}
        with psycopg.connect(self.database, autocommit=True, prepare_threshold=1) as connection:
            while time.monotonic() < self.until:
                time.sleep(ROUND)
                while self.waiting:
                    visitor = self.waiting.popleft()
                    known[visitor.key] = visitor
                # The site writes once a second: whoever has just asked has no link yet.
                before = time.monotonic() - ROUND
                keys = [key for key, visitor in known.items() if visitor.asked_at < before]
                if keys:
                    rows = connection.execute(WRITTEN, [keys]).fetchall()
                    self.links.extend((known.pop(bytes(key)), token_of(pk)) for pk, key in rows)


def main() -> None:
    plan = json.loads(sys.argv[1])
    crowd = Crowd(plan["database"], plan["path"], time.monotonic() + plan["seconds"])
    crowd.read_postcodes()
    # A failure of the thread must end the run, not leave everybody waiting.
    failed: list[BaseException] = []

    def watch() -> None:
        try:
            crowd.watch_links()
        except BaseException as error:
            failed.append(error)
            crowd.until = 0

    postman = threading.Thread(target=watch)
    postman.start()
    drive(plan["port"], [crowd.script() for _ in range(plan["clients"])])
    postman.join()
    if failed:
        raise failed[0]
    seen = {
        "requests": crowd.requests,
        "supports": crowd.supports,
        "errors": crowd.errors,
        "unconfirmed": crowd.awaited,
    }
    Path(plan["seen"]).write_text(json.dumps(seen))


if __name__ == "__main__":
    main()
