import re
import threading
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import yaml
from django.conf import settings
from django.urls import reverse

from deploy import beat, health
from deploy.postgres import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
CADDYFILE = (ROOT / "deploy" / "Caddyfile").read_text()
MANUAL = (ROOT / "docs" / "production.md").read_text()
EXAMPLE = dict(
    line.split("=", 1) for line in (ROOT / "deploy" / "env.example").read_text().splitlines() if line and line[0] != "#"
)


def typed_by_hand(command: str) -> str:
    """A command of the compose file as the manual gives it: with its defaults, and open to this machine alone."""
    return re.sub(r"\$\{\w+:-(\w+)\}", r"\1", command).replace("0.0.0.0", "127.0.0.1").strip()


def proxied_to_pages(path: str) -> bool:
    """Whether the proxy lets `pages` answer this address, read without a session."""
    left_out = re.findall(r"^\t\tnot path (.+)$", CADDYFILE, re.MULTILINE)
    return not any(fnmatch(path, pattern) for line in left_out for pattern in line.split())


@pytest.mark.parametrize("service", ["web", "worker", "urgent", "beat"])
def test_without_docker_one_types_the_same_commands(service):
    assert f"    {typed_by_hand(SERVICES[service]['command'])}\n" in MANUAL


def test_without_docker_the_pages_have_a_port_of_their_own():
    command = typed_by_hand(SERVICES["pages"]["command"]).replace("--port 8000", "--port 8001")
    assert f"    {command}\n" in MANUAL


def test_pages_and_forms_are_served_apart():
    slug = "le-four-du-village-12"
    read = ["/", f"/initiatives/{slug}/", f"/initiatives/{slug}/soutiens.json", "/evenements/", "/static/css/site.css"]
    typed = [
        reverse("initiative_support", args=[slug]),
        reverse("support_sent", args=[slug]),
        reverse("support_link", args=[slug, "12.abc"]),
        reverse("support_link_again", args=[slug, "12.abc"]),
        reverse("support_link_withdraw", args=[slug, "12.abc"]),
        reverse("communes_of_postcode"),
        reverse("my_supports"),
        reverse("my_initiatives"),
        reverse("my_events"),
        reverse("account_login"),
        reverse("settings"),
        reverse("admin:index"),
    ]
    assert [path for path in read if not proxied_to_pages(path)] == []
    assert [path for path in typed if proxied_to_pages(path)] == []


@pytest.mark.parametrize(
    ("cookies", "is_theirs"),
    [("sessionid=a", True), ("csrftoken=a; sessionid=b", True), ("csrftoken=a", False), ("notsessionid=a", False)],
)
def test_whoever_has_a_session_is_not_sent_to_the_pages_of_all(cookies, is_theirs):
    pattern = re.search(r"not header_regexp Cookie (\S+)", CADDYFILE)[1]
    assert pattern.endswith(f"{settings.SESSION_COOKIE_NAME}=")
    assert bool(re.search(pattern, cookies)) == is_theirs
    assert "\t\tmethod GET HEAD\n" in CADDYFILE


def test_the_forms_answer_for_the_pages_when_those_do_not():
    block = re.search(r"reverse_proxy @pages pages:8000 web:8000 \{\n(.*?)\n\t\}", CADDYFILE, re.DOTALL)[1]
    # Without the third, `first` would choose again the one that has just failed.
    assert {"lb_policy first", "lb_try_duration 5s", "fail_duration 2s", "health_uri /sante/"} <= {
        line.strip() for line in block.splitlines()
    }


def test_every_queue_has_its_worker():
    """And each of them one that serves nothing else: what is urgent waits for no announcement."""
    served = re.findall(r"celery -A possibles worker --queues (\S+)", COMPOSE)
    assert sorted(served) == sorted(queue.name for queue in settings.CELERY_TASK_QUEUES)


def test_every_part_says_whether_it_is_well():
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == {"migrate"}


def test_every_variable_of_the_compose_file_is_in_the_example_and_in_the_manual():
    asked = set(re.findall(r"\$\{(\w+)", COMPOSE)) - {"VERSION"}
    assert asked == set(EXAMPLE)
    assert not [name for name in asked if f"`{name}`" not in MANUAL]


def test_no_secret_has_a_default():
    secrets = ["POSTGRES_PASSWORD", "SECRET_KEY", "ADDRESS_KEY"]
    assert [name for name, value in EXAMPLE.items() if not value][:3] == secrets
    for name in (*secrets, "EMAIL_URL", "SITE_DOMAIN"):
        assert f"${{{name}:?" in COMPOSE


def test_the_site_runs_as_nobody_in_particular_and_writes_nowhere():
    for name in ("pages", "web", "worker", "urgent", "beat", "migrate"):
        assert SERVICES[name]["read_only"]
        assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert "\nUSER possibles\n" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (500, 1), (301, 1)])
def test_health_asks_under_a_name_of_the_site(status, code, monkeypatch):
    monkeypatch.setenv("ALLOWED_HOSTS", "possibles.example, www.possibles.example")
    asked = {}

    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.update(path=self.path, host=self.headers["Host"], scheme=self.headers["X-Forwarded-Proto"])
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert health.main(port=server.server_port) == code
        thread.join()
    assert asked == {"path": "/sante/", "host": "possibles.example", "scheme": "https"}


def test_health_is_bad_when_nothing_listens(monkeypatch):
    monkeypatch.setenv("ALLOWED_HOSTS", "possibles.example")
    assert health.main(port=1) == 1


def test_the_schedule_shows_that_it_turns(tmp_path, monkeypatch):
    monkeypatch.setattr(beat.PersistentScheduler, "tick", lambda self: 5.0)
    scheduler = beat.Scheduler.__new__(beat.Scheduler)
    scheduler.schedule_filename = str(tmp_path / "schedule")
    assert scheduler.tick() == 5.0
    assert (tmp_path / "schedule.alive").exists()
