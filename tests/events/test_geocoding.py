"""The streets of events are looked for at an address service: a real one, of this test alone, that answers as told."""

import json
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from cast import database_url, new_event, new_member
from django.core import mail
from django.core.checks import run_checks
from django.urls import reverse
from django.utils import timezone

from core.limits import is_held
from events import geocoding, tasks
from events.models import Event
from events.services import posting
from events.services.geocoding import A_SECOND, WAITS
from moderation import services as moderation
from moderation.models import Case
from notifications.models import Notification
from territories.models import Commune

#: 12 rue de Paris, in Vitré.
THERE = (48.12178, -1.20834)


def found(point=THERE, **properties) -> dict:
    latitude, longitude = point
    said = {"type": "housenumber", "score": 0.96, "citycode": "35360"} | properties
    geometry = {"type": "Point", "coordinates": [longitude, latitude]}
    return {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": geometry, "properties": said}]}


class Service:
    """`answer` is what it says next: JSON, bytes, or a function that writes to the handler itself."""

    def __init__(self, address: str):
        self.address = address
        self.status, self.headers, self.answer = 200, {}, found()
        self.asked: list[tuple[float, str, dict]] = []

    @property
    def questions(self) -> list[dict]:
        return [query for _at, _path, query in self.asked]


@pytest.fixture
def service(settings):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            service.asked.append((time.monotonic(), parts.path, query))
            answer = service.answer(self) if callable(service.answer) else service.answer
            if answer is None:
                return
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(service.status)
            for name, value in service.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service = Service(f"http://127.0.0.1:{server.server_port}")
    settings.GEOCODER_URL = service.address
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield service
    server.shutdown()
    server.server_close()


@pytest.fixture
def posted(service, as_bob, answers):
    """`posted(address="…")`: Bob posts an event at this address."""

    def post(**changes) -> Event:
        as_bob.post("/evenements/nouveau/", answers(**{"address": "12 rue de Paris"} | changes))
        return Event.objects.latest("pk")

    return post


def told() -> list[Notification]:
    return list(Notification.objects.filter(kind="event_not_found_on_map"))


def is_at_centre(event: Event) -> bool:
    event.refresh_from_db()
    at_centre = (event.latitude, event.longitude) == (event.commune.latitude, event.commune.longitude)
    return at_centre and event.precision == Event.Precision.COMMUNE


# --- What is asked, and what is believed -----------------------------------------------------------------------------


def test_a_street_is_looked_for_and_its_point_stored_with_its_precision(posted, service, vitre):
    event = posted()
    assert is_at_centre(event) and not service.asked
    assert tasks.locate_addresses() == 1
    event.refresh_from_db()
    assert (event.latitude, event.longitude, event.precision) == (*THERE, "number")
    assert event.sequence == 1 and event.geocode_after is None
    [(_at, path, query)] = service.asked
    assert path == "/search/" and query == {"q": "12 rue de Paris", "citycode": "35360", "limit": "1"}
    assert tasks.locate_addresses() == 0 and len(service.asked) == 1 and not told()


@pytest.mark.parametrize(("sort", "precision"), [("street", "street"), ("locality", "street")])
def test_a_street_without_its_number_is_less_precise(posted, service, sort, precision):
    service.answer = found(type=sort)
    event = posted()
    tasks.locate_addresses()
    event.refresh_from_db()
    assert event.precision == precision


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", None),
        ("https://data.geopf.fr/geocodage", None),
        ("https://adresses.exemple.fr:8443", None),
        ("http://localhost:7878", None),
        ("http://127.0.0.1:7878/geocodage", None),
        ("http://[::1]:7878", None),
        ("http://data.geopf.fr/geocodage", "https"),
        ("http://127.0.0.1.exemple.fr", "https"),
        ("ftp://127.0.0.1", "https://"),
        ("data.geopf.fr/geocodage", "https://"),
        ("https://", "https://"),
        ("https://nom:secret@data.geopf.fr", "password"),
        ("https://jeton@data.geopf.fr", "password"),
        ("https://data.geopf.fr/?cle=secret", "question"),
        ("https://data.geopf.fr/#ici", "question"),
        ("https://data.geopf.fr:port", "address"),
        ("https://[::1", "address"),
    ],
)
def test_an_address_service_that_cannot_be_meant_is_refused_before_the_site_starts(settings, address, why):
    settings.GEOCODER_URL = address
    said = [error.msg for error in run_checks() if error.id == "events.E001"]
    assert [why in each and "secret" not in each for each in said] == ([True] if why else [])


def test_nobody_is_asked_where_the_operator_names_no_service(service, as_bob, answers, settings):
    settings.GEOCODER_URL = ""
    as_bob.post("/evenements/nouveau/", answers(address="12 rue de Paris"))
    event = Event.objects.get()
    assert event.geocode_after is None and tasks.locate_addresses() == 0
    assert is_at_centre(event) and not service.asked


def test_nobody_is_asked_without_a_street_nor_for_what_is_online(posted, service):
    posted(address="")
    posted(kind="online", commune="", title="Rencontre en ligne", online_url="https://visio.exemple.fr/a")
    assert tasks.locate_addresses() == 0 and not service.asked


def test_an_address_of_paris_is_asked_for_by_its_name(posted, service):
    service.answer = found((48.8566, 2.3522))
    posted(commune=Commune.objects.select_related("department").get(code="75056"))
    assert tasks.locate_addresses() == 1
    assert service.questions == [{"q": "12 rue de Paris Paris", "limit": "1"}]


@pytest.mark.parametrize("state", [{"published_at": None}, {"withheld_at": timezone.now()}])
def test_what_is_not_public_is_not_sent_to_anybody(posted, service, state):
    posted()
    Event.objects.update(**state)
    assert tasks.locate_addresses() == 0 and not service.asked


@pytest.mark.parametrize(
    "answer",
    [
        {"type": "FeatureCollection", "features": []},
        found(type="municipality"),
        found(score=0.2),
        found((43.2965, 5.3698)),  # Marseille
        found((48.12178, 358.79)),
        found(type=["housenumber"]),
    ],
)
def test_what_is_not_found_leaves_the_centre_and_tells_the_organiser_once(posted, service, answer):
    service.answer = answer
    event = posted()
    assert tasks.locate_addresses() == 0
    assert is_at_centre(event) and event.geocode_after is None
    assert tasks.locate_addresses() == 0 and len(service.asked) == 1
    [row] = told()
    assert row.recipient_id == event.author_id and row.context["address"] == "12 rue de Paris"


def test_the_message_of_what_is_not_found_says_what_to_do(posted, service, django_capture_on_commit_callbacks):
    service.answer = {"features": []}
    posted()
    with django_capture_on_commit_callbacks(execute=True):
        tasks.locate_addresses()
    text = mail.outbox[-1].body
    assert "12 rue de Paris" in text and "Vitré" in text and "placez le point vous-même" in text


@pytest.mark.parametrize("status", [400, 404, 422])
def test_an_address_that_the_service_cannot_read_is_not_found(posted, service, status):
    service.status, service.answer = status, {"code": status}
    posted()
    tasks.locate_addresses()
    assert len(told()) == 1


# --- Who wins --------------------------------------------------------------------------------------------------------


def test_a_point_set_by_hand_is_not_looked_for(posted, service):
    event = posted(latitude="48.11001", longitude="-1.20002")
    assert event.precision == "hand" and event.geocode_after is None
    assert tasks.locate_addresses() == 0 and not service.asked


@pytest.fixture
def meanwhile(monkeypatch):
    """`meanwhile(change)`: this happens while the service looks for its first answer."""

    def arrange(change):
        changes = [change]

        def ask(address, commune):
            answer = geocoding.find(address, commune)
            if changes:
                changes.pop()()
            return answer

        monkeypatch.setattr("events.services.geocoding.find", ask)

    return arrange


def test_a_point_set_by_hand_meanwhile_wins(posted, service, bob, meanwhile):
    event = posted()
    by_hand = {"latitude": 48.11001, "longitude": -1.20002, "precision": "hand"}
    meanwhile(lambda: posting.edit(event, {}, by_hand, by=bob))
    assert tasks.locate_addresses() == 0 and len(service.asked) == 1
    event.refresh_from_db()
    assert (event.latitude, event.longitude, event.precision) == (48.11001, -1.20002, "hand")


@pytest.mark.parametrize("first", [found(), {"features": []}])
def test_an_address_changed_meanwhile_is_not_overwritten_and_is_looked_for(posted, service, bob, meanwhile, first):
    event = posted()
    meanwhile(lambda: posting.edit(event, {"address": "3 place du Château"}, {}, by=bob))
    service.answer = first
    assert tasks.locate_addresses() == 0
    assert is_at_centre(event) and not told()
    service.answer = found((48.1239, -1.2145))
    assert tasks.locate_addresses() == 1
    event.refresh_from_db()
    assert event.latitude == 48.1239
    assert [query["q"] for query in service.questions] == ["12 rue de Paris", "3 place du Château"]


def test_an_edit_of_the_address_looks_for_it_again_and_of_the_title_does_not(posted, service, as_bob, answers):
    event = posted()
    tasks.locate_addresses()
    event.refresh_from_db()
    page = reverse("event_edit", args=[event.slug])
    point = {"latitude": str(event.latitude), "longitude": str(event.longitude)}
    as_bob.post(page, answers(address="12 rue de Paris", title="Matinée de taille", **point))
    assert tasks.locate_addresses() == 0
    event.refresh_from_db()
    assert (event.latitude, event.precision, event.title) == (THERE[0], "number", "Matinée de taille")
    as_bob.post(reverse("event_edit", args=[event.slug]), answers(address="3 rue Neuve", **point))
    assert is_at_centre(event)
    tasks.locate_addresses()
    assert [query["q"] for query in service.questions] == ["12 rue de Paris", "3 rue Neuve"]


def test_moving_the_point_by_hand_on_the_form_is_known_as_such(posted, service, as_bob, answers):
    event = posted()
    tasks.locate_addresses()
    moved = {"latitude": "48.11001", "longitude": "-1.20002", "address": "12 rue de Paris"}
    as_bob.post(reverse("event_edit", args=[event.slug]), answers(**moved))
    event.refresh_from_db()
    assert (event.latitude, event.precision) == (48.11001, "hand")
    # And stays, whatever the address becomes.
    as_bob.post(reverse("event_edit", args=[event.slug]), answers(**moved | {"address": "3 rue Neuve"}))
    assert tasks.locate_addresses() == 0
    event.refresh_from_db()
    assert (event.latitude, event.address) == (48.11001, "3 rue Neuve")


def test_an_address_that_a_moderator_lets_through_is_looked_for_then(posted, service, as_bob, answers, chloe):
    event = posted()
    tasks.locate_addresses()
    event.refresh_from_db()
    point = {"latitude": str(event.latitude), "longitude": str(event.longitude)}
    address = "3 rue Neuve, tu es un connard"
    as_bob.post(reverse("event_edit", args=[event.slug]), answers(address=address, **point))
    event.refresh_from_db()
    assert event.latitude == THERE[0] and tasks.locate_addresses() == 0
    moderation.publish(Case.objects.open().get(), by=chloe, reason="C’est le numéro de la mairie.")
    assert is_at_centre(event) and event.geocode_after is not None


def test_one_question_serves_the_dates_of_a_series(posted, service, soon):
    until = soon + timedelta(days=60)
    posted(repeats="weekly", until=until.isoformat())
    assert Event.objects.count() == 9
    assert tasks.locate_addresses() > 0 and len(service.asked) == 1
    assert set(Event.objects.values_list("latitude", "precision")) == {(THERE[0], "number")}


def test_the_organiser_of_a_series_is_told_once(posted, service, soon):
    service.answer = {"features": []}
    posted(repeats="weekly", until=(soon + timedelta(days=60)).isoformat())
    tasks.locate_addresses()
    assert len(service.asked) == 1 and len(told()) == 1


# --- A service that is down, slow or hostile -------------------------------------------------------------------------


def endless(handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(10_000):
            handler.wfile.write(b" " * 1024)
    except OSError:
        pass
    handler.close_connection = True


def slow(handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(50):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass
    handler.close_connection = True


def cut(handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.close_connection = True


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe\x00",
        b"[" * 60_000,
        b'{"features": {"0": 1}}',
        b'{"features": [{"geometry": {"coordinates": ["48", "1"]}, "properties": {"type": "street", "score": 1}}]}',
        b'{"features": [{"geometry": {"coordinates": [NaN, 1]}, "properties": {"type": "street", "score": 1}}]}',
        b'{"features": [{"geometry": {"coordinates": [true, 1]}, "properties": {"type": "street", "score": 1}}]}',
        b'{"features": [{"geometry": {"coordinates": []}, "properties": {"type": "street", "score": 1}}]}',
        b"<html>Wifi de la gare</html>",
        endless,
        slow,
        cut,
    ],
)
def test_an_answer_without_sense_is_asked_for_again_later(posted, service, monkeypatch, answer):
    monkeypatch.setattr(geocoding, "WHOLE", 0.5)
    service.answer = answer
    event = posted()
    assert tasks.locate_addresses() == 0
    assert is_at_centre(event) and not told()
    assert event.geocode_tries == 1
    assert timedelta(0) < event.geocode_after - timezone.now() <= timedelta(minutes=WAITS[0])


@pytest.mark.parametrize("status", [301, 302, 401, 403, 500, 502, 504])
def test_a_service_that_fails_is_asked_again_later_and_later(posted, service, status):
    service.status, service.headers = status, {"Location": f"{service.address}/ailleurs"}
    event = posted()
    waits = []
    for _ in range(20):
        tasks.locate_addresses()
        event.refresh_from_db()
        if event.geocode_after is None:
            break
        waits.append(round((event.geocode_after - timezone.now()).total_seconds() / 60))
        Event.objects.update(geocode_after=timezone.now())
    assert waits == list(WAITS)
    assert len(service.asked) == len(WAITS) + 1
    # The centre stays; nobody is told that their address is wrong, which nobody knows.
    assert is_at_centre(event) and not told()


def test_a_service_that_nobody_answers_at_is_asked_again_later(posted, service, settings):
    settings.GEOCODER_URL = "http://127.0.0.1:9"
    event = posted()
    assert tasks.locate_addresses() == 0
    event.refresh_from_db()
    assert event.geocode_tries == 1 and event.geocode_after > timezone.now()


@pytest.mark.parametrize(("status", "headers"), [(429, {"Retry-After": "120"}), (503, {}), (429, {"Retry-After": "²"})])
def test_a_service_that_asks_for_patience_is_left_alone(posted, service, status, headers):
    service.status, service.headers = status, headers
    posted()
    second = posted(title="Un autre rendez-vous")
    assert tasks.locate_addresses() == 0
    assert len(service.asked) == 1 and is_held("geocoder")
    service.status, service.headers = 200, {}
    Event.objects.update(geocode_after=timezone.now())
    assert tasks.locate_addresses() == 0 and len(service.asked) == 1
    assert is_at_centre(second) and second.geocode_tries == 0


def test_a_service_that_fails_holds_a_worker_for_one_request_and_costs_the_others_no_try(posted, service):
    service.status = 500
    first, second = posted(), posted(title="Un autre rendez-vous")
    assert tasks.locate_addresses() == 0
    assert len(service.asked) == 1
    for event, tries in ((first, 1), (second, 0)):
        event.refresh_from_db()
        assert event.geocode_tries == tries
    # The next round begins with whoever was not asked for.
    service.status = 200
    assert tasks.locate_addresses() == 1
    assert not is_at_centre(second)


def test_a_worker_killed_while_it_asks_leaves_the_address_to_another(posted, service):
    event = posted()
    # What the claim of a worker that died leaves.
    Event.objects.filter(pk=event.pk).update(geocode_after=timezone.now() + timedelta(minutes=5), geocode_tries=1)
    assert tasks.locate_addresses() == 0 and not service.asked
    Event.objects.filter(pk=event.pk).update(geocode_after=timezone.now())
    assert tasks.locate_addresses() == 1


def test_ten_workers_ask_for_an_address_once(at_once, vitre_committed, service):
    event = new_event(new_member("bob"), vitre_committed, address="12 rue de Paris", geocode_after=timezone.now())
    assert sum(at_once(lambda _worker: tasks.locate_addresses(), range(10))) == 1
    assert len(service.asked) == 1
    event.refresh_from_db()
    assert event.precision == "number"


def test_several_workers_never_ask_more_than_fifty_times_in_a_second(vitre_committed, service):
    """Real processes, as workers are: the fifty are of all of them together."""
    bob = new_member("bob")
    for n in range(90):
        new_event(
            bob, vitre_committed, title=f"Rencontre n° {n}", address=f"{n} rue de Paris", geocode_after=timezone.now()
        )
    script = "import django; django.setup(); from events import tasks; tasks.locate_addresses()"
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "GEOCODER_URL": service.address,
        "DJANGO_SETTINGS_MODULE": "possibles.settings",
    }
    workers = [subprocess.Popen([sys.executable, "-c", script], env=environment) for _ in range(3)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0, 0]
    at = sorted(moment for moment, _path, _query in service.asked)
    assert len(at) == 90 and len({query["q"] for query in service.questions}) == 90
    busiest = max(sum(1 for other in at if 0 <= other - moment < 1) for moment in at)
    assert A_SECOND / 2 < busiest <= 50
    assert not Event.objects.exclude(precision="number").exists()


# --- What a reader is told -------------------------------------------------------------------------------------------


def test_the_page_says_that_the_point_is_only_that_of_the_commune(posted, service, visitor):
    event = posted()
    said = "Le point indique le centre de la commune"
    assert said in visitor.get(event.get_absolute_url()).content.decode()
    tasks.locate_addresses()
    assert said not in visitor.get(event.get_absolute_url()).content.decode()


def test_posting_waits_for_no_service(posted, service):
    posted()
    assert not service.asked
