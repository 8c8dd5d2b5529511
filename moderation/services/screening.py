"""What the filter says of texts."""

from collections.abc import Collection, Mapping
from itertools import chain

from moderation.filter import Verdict, examine, worst
from moderation.filter.writer import UNKNOWN, Writer
from moderation.services.rulebook import disarmed, note


def screen_texts(
    texts: Mapping[str, str],
    *,
    own_contacts: Collection[str] = (),
    is_new: bool = False,
    writer: Writer = UNKNOWN,
) -> dict[str, Verdict]:
    """What the filter says of each text, by field name; `is_new`: somebody has just written them, and it is counted.

    `writer`: what the texts do not say (`habits`).
    """
    if not texts:
        return {}
    soft = disarmed()
    found = {
        name: examine(text, field=name, own_contacts=own_contacts, disarmed=soft, writer=writer)
        for name, text in texts.items()
    }
    if is_new:
        note(chain.from_iterable(found.values()))
    return {name: worst(verdicts) for name, verdicts in found.items()}


def passes(texts: Mapping[str, str], own_contacts: Collection[str], writer: Writer = UNKNOWN) -> bool:
    return worst(screen_texts(texts, own_contacts=own_contacts, writer=writer).values()).passes
