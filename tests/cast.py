"""What tests make by hand: people, initiatives, events, processes."""

import email
import email.policy
import fcntl
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.text import slugify

from deploy import postgres
from events.models import Event
from initiatives.models import Action, Initiative, Need
from members.models import Member
from members.sessions import SEEN
from territories.models import Commune

ROOT = Path(__file__).resolve().parent.parent


def new_member(name: str, **fields) -> Member:
    return Member.objects.create_user(f"{slugify(name)}@exemple.fr", display_name=name.capitalize(), **fields)


def client_of(member: Member) -> Client:
    """In the middle of a visit: the first page of a day would write the session down."""
    client = Client()
    client.force_login(member)
    session = client.session
    session[SEEN] = [session.session_key, timezone.localdate().isoformat()]
    session.save()
    return client


def new_initiative(author: Member, commune: Commune | None = None, **fields) -> Initiative:
    """A published local project of this commune, or a national one; saved without the filter."""
    place = (
        {
            "commune": commune,
            "department": commune.department,
            "region": commune.department.region,
            "place_label": commune.label,
        }
        if commune
        else {}
    )
    defaults = {
        "kind": "local_project" if commune else "national_project",
        "title": "Un verger partagé derrière la gare",
        "summary": "Planter trente fruitiers sur la friche communale et les entretenir ensemble.",
        "problem": "La friche de la gare est vide depuis dix ans.",
        "proposal": "Y planter des **pommiers** et des poiriers.",
        "means": "Une matinée par mois et des plants offerts par la pépinière.",
        "state": Initiative.State.PUBLISHED,
        "published_at": timezone.now(),
        "steps": [5, 25, 100, 500],
        "next_step": 5,
    }
    given = defaults | place | fields
    if given["state"] in ("succeeded", "closed", "archived"):
        given.setdefault("ended_at", timezone.now())
    return Initiative.objects.create(author=author, **given)


def new_event(author: Member, commune: Commune | None, **fields) -> Event:
    """A coming event, published; online when there is no commune."""
    starts_at = fields.pop("starts_at", timezone.now() + timedelta(days=7))
    place = (
        {
            "commune": commune,
            "department": commune.department,
            "latitude": commune.latitude,
            "longitude": commune.longitude,
            "place_name": "Salle des fêtes",
            "kind": "meeting",
        }
        if commune
        else {"kind": "online"}
    )
    defaults = {
        "title": "Réunion publique autour du verger",
        "description": "On choisit les arbres et les jours d’entretien.",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "published_at": timezone.now(),
    }
    return Event.objects.create(author=author, **(defaults | place | fields))


def new_action(initiative: Initiative, **fields) -> Action:
    """Something to do for it, published, with three places; saved without the filter."""
    defaults = {"title": "Planter les haies", "places": 3, "author": initiative.author, "published_at": timezone.now()}
    return Action.objects.create(initiative=initiative, **(defaults | fields))


def new_need(initiative: Initiative, **fields) -> Need:
    """What it lacks, published; saved without the filter."""
    defaults = {"sort": "material", "words": "Une remorque pour un samedi de mars"}
    defaults |= {"author": initiative.author, "published_at": timezone.now()}
    return Need.objects.create(initiative=initiative, **(defaults | fields))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port: int, process: subprocess.Popen, *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"{process.args[0]} does not listen on {port}")


# --- The site itself, served as in production ------------------------------------------------------------------------


@dataclass
class Site:
    """A granian of production, on this worker's test database: its address, its mailbox, its schedule."""

    url: str
    mailbox: Path
    environment: dict[str, str]
    schedule: subprocess.Popen | None = None

    def messages(self, address: str) -> list[str]:
        """Texts of the messages sent to this address, oldest first."""
        found = []
        for file in sorted(self.mailbox.glob("*.log")):
            for raw in file.read_bytes().split(b"-" * 79 + b"\n"):
                message = email.message_from_bytes(raw.strip(), policy=email.policy.default)
                if address in str(message["To"]):
                    found.append(f"{message['Subject']}\n{message.get_body(('plain',)).get_content()}")
        return found

    def code(self, address: str) -> str:
        """The latest code sent to this address."""
        for text in reversed(self.messages(address)):
            if found := re.search(r"^ *(\d{4} \d{4})\s*$", text, re.MULTILINE):
                return found[1]
        raise AssertionError(f"No code was sent to {address}")

    def run_schedule(self) -> None:
        """What beat does every few seconds, done once now, by a process that lives as long as the site."""
        if self.schedule is None:
            command = [sys.executable, "-c", SCHEDULE]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            self.schedule = subprocess.Popen(command, env=self.environment, cwd=ROOT, **pipes)
        print(file=self.schedule.stdin, flush=True)
        assert "done\n" in self.schedule.stdout, "a task failed"

    def stop_schedule(self) -> None:
        if self.schedule is not None:
            self.schedule.communicate()


#: Every task of the schedule, each time that it reads a line.
SCHEDULE = """
import sys
import django
django.setup()
from django.conf import settings
from possibles.celery import app
app.loader.import_default_modules()
app.conf.task_eager_propagates = True
for _line in sys.stdin:
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        app.tasks[entry["task"]].apply(throw=True)
    print("done", flush=True)
"""


def collect_static(folder: Path) -> Path:
    """The static files as production has them, compressed: made in this folder by the first process that asks."""
    made, partly = folder / "static", folder / "partly"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            manage = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
            subprocess.run(manage, env=_production(partly), cwd=ROOT, check=True)
            (partly / "static").rename(made)
    return made


def _production(folder: Path) -> dict[str, str]:
    """Of a site that production runs on this worker's test database, and that writes in this folder."""
    return os.environ | {
        "ADDRESS_KEY": settings.ADDRESS_KEY,
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": database_url(),
        "DEVELOPMENT": "0",
        "DJANGO_SETTINGS_MODULE": "possibles.settings",
        "EMAIL_URL": f"filemail:///{folder / 'mail'}",
        # Tables are emptied between tests and their numbers begin again: what is kept would be of the test before.
        "HOT_SECONDS": "0",
        "HTTPS": "0",
        "PAGE_CACHE_MB": "0",
        "PYTHONPATH": str(ROOT),
        "SECRET_KEY": settings.SECRET_KEY,
        "VAPID_PRIVATE_KEY": settings.VAPID_PRIVATE_KEY,
        "VAR_DIR": str(folder),
    }


@contextmanager
def serve(folder: Path, *, static: Path, **environment: str) -> Iterator[Site]:
    """Serve the site from this worker's test database, with these static files (`collect_static`)."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = _production(folder) | {"SITE_ADDRESS": url, **environment}
    (folder / "static").symlink_to(static)
    command = [str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "possibles.wsgi:application"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
    site = Site(url, folder / "mail", env)
    log = (folder / "granian.log").open("wb")
    process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for_port(port, process)
        yield site
    finally:
        site.stop_schedule()
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def database_url() -> str:
    """The address of this worker's database, as another process finds it; its path begins with that of a socket."""
    parts = urlsplit(os.environ.get("DATABASE_URL") or postgres.url())
    socket_folder = parts.path.rpartition("/")[0]
    return urlunsplit(parts._replace(path=f"{socket_folder}/{connection.settings_dict['NAME']}"))
