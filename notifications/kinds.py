"""The one table of what people may be told: which message, and why this person gets it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models import Member


@dataclass(frozen=True)
class Kind:
    """A kind of message.

    `why` ends the sentence "Vous recevez ce message parce que …"; `{names}` are taken from the context. `group` names
    what a person will turn on or off together. `days` are the entries of the context that hold a day in ISO form, and
    that the templates get as dates; `varying` those that are each reader's own (`core.mail.send`). The templates are
    `templates/notifications/<name>_subject.txt`, `.txt` and `.html`.
    """

    name: str
    group: str
    why: str | Promise
    days: tuple[str, ...] = ()
    varying: tuple[str, ...] = ("recipient",)

    @property
    def template(self) -> str:
        return f"notifications/{self.name}"

    def because(self, context: dict) -> str:
        """The reason, about this very object; a context may hold its own, as `why`."""
        return context.get("why") or str(self.why).format_map(_Blank(context))

    def fill(self, context: dict, recipient: Member | None) -> dict:
        """What the templates of this kind may name, besides the site. Whoever has no account has no name."""
        return (
            context
            | {name: _day(context[name]) for name in self.days if name in context}
            | {"why": self.because(context), "recipient": recipient.display_name if recipient else ""}
        )


def _day(written: str) -> date:
    """2026-12-01, or the day here of a moment that says its zone."""
    moment = datetime.fromisoformat(written)
    return (timezone.localtime(moment) if timezone.is_aware(moment) else moment).date()


class _Blank(dict):
    def __missing__(self, name: str) -> str:
        return "…"


DECISIONS = "decisions"
ORGANISED = "organised"
SUPPORTED = "supported"
ATTENDED = "attended"
#: What somebody has just asked for, by typing an address that may have no account.
DOOR = "door"

_AUTHOR = _("vous avez écrit « {title} »")
_JOINED = _("vous avez dit « je viens » à « {event_title} »")
_TYPED = _("cette adresse a été donnée pour soutenir « {title} »")
_ASKED = _("cette adresse a été donnée pour retrouver des soutiens")

KINDS = {
    kind.name: kind
    for kind in [
        Kind("content_published", DECISIONS, _AUTHOR),
        Kind("content_withheld", DECISIONS, _AUTHOR),
        Kind("content_restored", DECISIONS, _AUTHOR),
        Kind("edit_published", DECISIONS, _AUTHOR),
        Kind("edit_rejected", DECISIONS, _AUTHOR),
        Kind("initiative_supported", ORGANISED, _("vous avez ouvert l’initiative « {title} »")),
        Kind("event_attended", ORGANISED, _("vous organisez « {event_title} »")),
        Kind("event_announced", SUPPORTED, _("vous soutenez « {initiative_title} »")),
        Kind("event_joined", ATTENDED, _JOINED),
        Kind("event_cancelled", ATTENDED, _JOINED),
        Kind("support_link", DOOR, _TYPED, days=("until",), varying=("url",)),
        Kind("support_reminder", DOOR, _TYPED, days=("until",), varying=("url",)),
        Kind("support_already", DOOR, _TYPED, days=("until",), varying=("recipient", "mine_url")),
        Kind("supports_list", DOOR, _ASKED, days=("until",)),
        Kind("supports_none", DOOR, _ASKED),
    ]
}
