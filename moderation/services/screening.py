"""What the filter says of texts."""

from collections.abc import Collection, Mapping
from itertools import chain

from moderation.filter import Verdict, examine, worst
from moderation.services.rulebook import disarmed, note


def screen_texts(
    texts: Mapping[str, str], *, own_contacts: Collection[str] = (), is_new: bool = False
) -> dict[str, Verdict]:
    """What the filter says of each text, by field name; `is_new`: somebody has just written them, and it is counted."""
    if not texts:
        return {}
    soft = disarmed()
    found = {name: examine(text, field=name, own_contacts=own_contacts, disarmed=soft) for name, text in texts.items()}
    if is_new:
        note(chain.from_iterable(found.values()))
    return {name: worst(verdicts) for name, verdicts in found.items()}


def passes(texts: Mapping[str, str], own_contacts: Collection[str]) -> bool:
    return worst(screen_texts(texts, own_contacts=own_contacts).values()).passes
