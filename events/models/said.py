"""What messages that wait still say of an event, as each leaves."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications.subjects import NotNow, Subject, Topic

#: Of no use to anybody once it is cancelled, or over.
_AHEAD = frozenset(
    [
        "attend_already",
        "attend_link",
        "event_announced",
        "event_inherited",
        "event_joined",
        "event_last_places",
        "event_moved",
        "event_not_found_on_map",
        "event_offer_ended",
        "event_offered",
        "event_team_moved",
        "event_tomorrow",
        "event_waiting",
    ]
)
#: When and where are still what they say, which stands in their context.
_AGREES = frozenset(["event_moved", "event_team_moved", "event_tomorrow"])
#: When and where as they are when it leaves: nobody was told of them before.
_AS_IT_IS = _AHEAD - _AGREES - {"event_not_found_on_map"}
_FACTS = ("event_title", "when", "place", "initiative_title")
#: So long before it begins, what is told of it waits for no morning.
_PRESSING = timedelta(hours=24)
_CANCELLED = frozenset(["event_cancelled", "event_team_cancelled"])


class Said(Subject, Topic):
    """What is said of an event; its fields are the event's own."""

    class Meta:
        abstract = True

    @classmethod
    def as_told(cls, pk: int) -> models.Model | None:
        return cls.objects.for_cards().filter(pk=pk).first()

    @property
    def stands(self) -> str:
        """When and where it is held, whatever the words: a day of next year is written otherwise from January on."""
        return f"{self.starts_at.isoformat()} {self.ends_at.isoformat()} {self.place_with_address}"

    @property
    def said_without_texts(self) -> dict[str, str]:
        """A moderator withheld what somebody wrote: when and in which commune is enough to know which one it is."""
        return self.as_subject | {
            "when": self.span,
            "place": self.commune.label if self.commune else _("en ligne"),
            "url": reverse("my_events"),
            "why": _("vous avez dit « je viens » à ce rendez-vous"),
        }

    def is_pressing(self, now: datetime) -> bool:
        """It begins within a day: whoever sleeps on it might miss it, or come for nothing."""
        return self.ends_at > now and self.starts_at <= now + _PRESSING

    def still_said(self, kind: str, said: dict[str, Any]) -> dict[str, Any] | None:
        if kind == "event_withheld":
            return said if self.withheld_at else None
        if not self.is_public:
            return self._said_while_hidden(kind, said)
        if not self._is_true(kind, said):
            return None
        return said | self._facts(kind, said) if kind in _AS_IT_IS else said

    def _is_true(self, kind: str, said: dict[str, Any]) -> bool:
        if kind == "event_back":
            return self.cancelled_at is None
        if kind in _AHEAD and (self.cancelled_at is not None or self.is_over):
            return False
        if kind == "event_offered" and datetime.fromisoformat(said["offer_ends_at"]) <= timezone.now():
            return False
        # What changed since is told by another message.
        return kind not in _AGREES or said["stands"] == self.stands

    def _facts(self, kind: str, said: dict[str, Any]) -> dict[str, Any]:
        """As they are now. Raises NotNow when a moderator withheld the initiative in whose name it leaves."""
        now = self.message_context
        if kind == "event_announced" and said["initiative_title"] and not now["initiative_title"]:
            raise NotNow
        return {name: now[name] for name in _FACTS}

    def _said_while_hidden(self, kind: str, said: dict[str, Any]) -> dict[str, Any] | None:
        """Its words are withheld; that it will not take place is told without them. Raises NotNow."""
        if kind == "event_back":
            return None
        if kind not in _CANCELLED:
            raise NotNow
        named = _("Rendez-vous du %(when)s") % {"when": said["when"]}
        own = self.said_without_texts | {"when": said["when"], "event_title": named}
        # Without its page there is no calendar to take up.
        return said | own | {"dates": said["dates"] or [said["when"]]}
