"""What can happen to a text that others will read: screened, queued, published, withheld, restored; always logged."""

from moderation.services.deciding import close_empty, decision_context, publish, reject_edit, restore, withhold
from moderation.services.queue import fingerprint, next_case, waiting_time
from moderation.services.receiving import receive, receive_edit, record_refusal, take_back
from moderation.services.refusals import (
    AlreadyDecided,
    ContentChanged,
    ContentGone,
    DecisionRefused,
    OwnContent,
    ReasonMissing,
)
from moderation.services.screening import screen_texts

__all__ = [
    "AlreadyDecided",
    "ContentChanged",
    "ContentGone",
    "DecisionRefused",
    "OwnContent",
    "ReasonMissing",
    "close_empty",
    "decision_context",
    "fingerprint",
    "next_case",
    "publish",
    "receive",
    "receive_edit",
    "record_refusal",
    "reject_edit",
    "restore",
    "screen_texts",
    "take_back",
    "waiting_time",
    "withhold",
]
