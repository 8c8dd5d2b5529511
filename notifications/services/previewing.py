"""A message as it would be read."""

from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from core import mail
from members.models import Member
from notifications.kinds import KINDS, Kind


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
        return Preview(subject=kind.headline(filled), text=_text(kind, filled))


@dataclass(frozen=True)
class WholePreview(Preview):
    """… in both its parts."""

    html: str


def preview_filled(kind: Kind, filled: dict) -> WholePreview:
    """The message that says what is already filled."""
    with translation.override(settings.LANGUAGE_CODE):
        filled = mail.site() | filled
        html = render_to_string(f"{kind.template}.html", filled)
        return WholePreview(subject=kind.headline(filled), text=_text(kind, filled), html=html)


def _text(kind: Kind, filled: dict) -> str:
    return render_to_string(f"{kind.template}.txt", filled).strip()
