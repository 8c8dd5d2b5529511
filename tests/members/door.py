"""The door, as a person uses it: an address, a message, a code."""

import re

from django.core import mail
from django.test import Client

from members import services
from members.models import Member

CODE = re.compile(r"^ +(\d{4} \d{4})$", re.MULTILINE)


def last_code(to: str | None = None) -> str:
    """The code of the last message, with its space."""
    message = mail.outbox[-1]
    assert to is None or message.to == [to]
    return CODE.search(message.body).group(1)


def ask(client: Client, email: str, *, next: str = ""):
    return client.post("/compte/connexion/", {"email": email, "next": next})


def sign_in(client: Client, email: str, *, next: str = ""):
    """Through the door; the answer to the code."""
    ask(client, email, next=next)
    return client.post("/compte/code/", {"code": last_code(email.lower())})


def sign_in_staff(client: Client, member: Member, *, next: str = ""):
    """Through the door and the second factor; the answer to the application's code."""
    services.give_totp(member)
    answer = sign_in(client, member.email, next=next)
    assert answer.url == "/compte/second-facteur/"
    return client.post(answer.url, {"code": services.current_totp(member)})


ANSWERS = {"email": "dora@exemple.fr", "display_name": "Dora", "consent": "on"}


def sign_up(client: Client, **changes):
    """The form of sign-up; the answer to it."""
    return client.post("/compte/inscription/", ANSWERS | changes)
