"""A message as it would be read."""

from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from core import mail
from members.models import Member
from notifications.kinds import KINDS


@dataclass(frozen=True)
class Preview:
    """A message as its recipient will read it."""

    subject: str
    text: str


def preview(recipient: Member, *, kind: str, context: dict) -> Preview:
    """The message this member would get, without writing or sending anything."""
    kind = KINDS[kind]
    with translation.override(settings.LANGUAGE_CODE):
        filled = mail.site() | kind.fill(context, recipient)
        return Preview(subject=kind.headline(filled), text=render_to_string(f"{kind.template}.txt", filled).strip())
