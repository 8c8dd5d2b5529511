"""What other rooms call: telling people, what each wants to hear, the bell."""

from notifications.services.absence import ask_the_absent
from notifications.services.previewing import Preview, preview
from notifications.services.telling import (
    forget_told,
    retry,
    take_back,
    tell,
    tell_each,
    tell_many,
    write_to,
    write_to_many,
)

__all__ = [
    "Preview",
    "ask_the_absent",
    "forget_told",
    "preview",
    "retry",
    "take_back",
    "tell",
    "tell_each",
    "tell_many",
    "write_to",
    "write_to_many",
]
