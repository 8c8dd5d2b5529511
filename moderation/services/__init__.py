"""What can happen to a text that others will read: screened, queued, published, withheld, restored; always logged."""

from moderation.services.allowing import why_not
from moderation.services.claiming import claim, release, take_next
from moderation.services.contacts import agree_to_show, contacts_of, own_contacts_of
from moderation.services.deciding import (
    accept_rejected,
    close_empty,
    decision_context,
    label,
    label_decision,
    links_to_come,
    publish,
    reject_edit,
    remove,
    restore,
    standing_decision,
    stands,
    waiting_appeal,
    withhold,
)
from moderation.services.lifting import lift_due
from moderation.services.locks import lock
from moderation.services.lookalikes import LookAlike, look_alikes
from moderation.services.notes import leave_note
from moderation.services.parts import part_of
from moderation.services.queue import fingerprint, is_weighing_due, waiting_time
from moderation.services.receiving import hold_refused, receive, receive_edit, record_refusal, take_back
from moderation.services.redress import may_ask_to_reread, refusal_of
from moderation.services.refusals import (
    AlreadyDecided,
    ContentChanged,
    ContentGone,
    Contested,
    DecisionRefused,
    HeldByAnother,
    NoLabel,
    OwnContent,
    ReasonMissing,
    SeniorNeeded,
)
from moderation.services.reminding import remind
from moderation.services.screening import screen_texts

__all__ = [
    "AlreadyDecided",
    "ContentChanged",
    "ContentGone",
    "Contested",
    "DecisionRefused",
    "HeldByAnother",
    "LookAlike",
    "NoLabel",
    "OwnContent",
    "ReasonMissing",
    "SeniorNeeded",
    "accept_rejected",
    "agree_to_show",
    "claim",
    "close_empty",
    "contacts_of",
    "decision_context",
    "fingerprint",
    "hold_refused",
    "is_weighing_due",
    "label",
    "label_decision",
    "leave_note",
    "lift_due",
    "links_to_come",
    "lock",
    "look_alikes",
    "may_ask_to_reread",
    "own_contacts_of",
    "part_of",
    "publish",
    "receive",
    "receive_edit",
    "record_refusal",
    "refusal_of",
    "reject_edit",
    "release",
    "remind",
    "remove",
    "restore",
    "screen_texts",
    "standing_decision",
    "stands",
    "take_back",
    "take_next",
    "waiting_appeal",
    "waiting_time",
    "why_not",
    "withhold",
]
