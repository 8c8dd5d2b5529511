"""What the filter says of texts."""

from collections.abc import Collection, Mapping

from members.models import Member
from moderation.filter import Verdict, screen, worst


def screen_texts(texts: Mapping[str, str], *, own_contacts: Collection[str] = ()) -> dict[str, Verdict]:
    """What the filter says of each text, by field name."""
    return {name: screen(text, field=name, own_contacts=own_contacts) for name, text in texts.items()}


def passes(texts: Mapping[str, str], own_contacts: Collection[str]) -> bool:
    return worst(screen_texts(texts, own_contacts=own_contacts).values()).passes


def own_contacts_of(by: Member | None) -> tuple[str, ...]:
    return (by.email,) if by and by.email else ()
