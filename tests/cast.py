"""What tests make by hand: people, initiatives, events, processes."""

import socket
import subprocess
import time
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from events.models import Event
from initiatives.models import Initiative
from members.models import Member
from territories.models import Commune


def new_member(name: str, **fields) -> Member:
    return Member.objects.create_user(f"{name}@exemple.fr", display_name=name.capitalize(), **fields)


def client_of(member: Member) -> Client:
    client = Client()
    client.force_login(member)
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
    }
    return Initiative.objects.create(author=author, **(defaults | place | fields))


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
