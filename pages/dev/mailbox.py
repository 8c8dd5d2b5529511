"""The messages that development keeps as files instead of sending them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings

#: Between two messages of a file: django.core.mail.backends.console writes it so.
SEPARATOR = b"\n" + b"-" * 79 + b"\n"
#: How many of the newest messages are listed.
SHOWN = 100

_CODE = re.compile(r"^ *(\d{4} ?\d{4}|\d{6}) *$", re.MULTILINE)
_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")


@dataclass(frozen=True)
class Letter:
    """One message, and where it lies: the `number`-th, from 0, of the file `name`."""

    name: str
    number: int
    subject: str
    recipient: str
    sent_at: datetime
    text: str
    html: str

    @property
    def code(self) -> str:
        """The code to type, alone on its line; "" when there is none."""
        found = _CODE.search(self.text)
        return found[1] if found else ""

    @property
    def links(self) -> list[str]:
        """The addresses in the text, once each."""
        return list(dict.fromkeys(_ADDRESS.findall(self.text)))


def newest() -> list[Letter]:
    """The last messages, newest first."""
    letters = []
    for path in sorted(_folder().glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True):
        letters += reversed(_read(path))
        if len(letters) >= SHOWN:
            break
    return sorted(letters[:SHOWN], key=lambda letter: letter.sent_at, reverse=True)


def find(name: str, number: int) -> Letter | None:
    """The message at this place; None when there is none, or when `name` is no file of the mailbox."""
    path = next((path for path in _folder().glob("*.log") if path.name == name), None)
    letters = _read(path) if path else []
    return letters[number] if number < len(letters) else None


def _folder() -> Path:
    return Path(settings.EMAIL_FILE_PATH)


def _read(path: Path) -> list[Letter]:
    parts = [part for part in path.read_bytes().split(SEPARATOR) if part.strip()]
    return [_letter(path.name, number, part) for number, part in enumerate(parts)]


def _letter(name: str, number: int, raw: bytes) -> Letter:
    message = message_from_bytes(raw.lstrip(), policy=policy.default)
    return Letter(
        name=name,
        number=number,
        subject=message["Subject"] or "",
        recipient=message["To"] or "",
        # Django writes the zone as -0000, which says UTC without saying where.
        sent_at=parsedate_to_datetime(message["Date"]).replace(tzinfo=UTC),
        text=_content(message, "plain"),
        html=_content(message, "html"),
    )


def _content(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part else ""
