from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from core.french import when
from events.agenda import around
from events.models import Attendance, Event
from initiatives.models import Contribution, CoOrganiser, Initiative, Support
from members.models import Member
from notifications.subjects import Subject
from pages import near

#: Around somebody's home, among which the first that is open to them is named.
_NEAR = 5


def _not_done(kind: str) -> Q:
    """Who has not done what this message is about."""
    supports = Support.objects.given().filter(member=OuterRef("pk"))
    opened = Initiative.objects.filter(author=OuterRef("pk")).exclude(state=Initiative.State.DRAFT)
    helped = CoOrganiser.objects.filter(member=OuterRef("pk"))
    held = Event.objects.filter(author=OuterRef("pk"))
    comes = Attendance.objects.given().filter(member=OuterRef("pk"))
    spoke = Contribution.objects.filter(author=OuterRef("pk"))
    if kind == "welcome_share":
        return ~(Exists(supports) | Exists(opened) | Exists(helped) | Exists(held) | Exists(spoke))
    if kind == "welcome_come":
        return ~(Exists(comes) | Exists(held))
    home = OuterRef("home_commune__department")
    follows = (
        Exists(supports.filter(initiative__department=home))
        | Exists(opened.filter(department=home))
        | Exists(helped.filter(initiative__department=home))
    )
    # Whoever did not say where they live follows nothing near.
    return Q(home_commune__isnull=False) & ~follows


class NewcomerQuerySet(models.QuerySet):
    def to_tell(self, kind: str):
        """… who have not done what this message is about."""
        return self.filter(_not_done(kind))


class Newcomer(Subject, Member):
    """A member of a few days, as the messages that welcome them ask: what they have not done yet.

    Sharing with friends leaves no trace here, and none is looked for: what somebody shared is what they gave on the
    site, a support, a word, a meeting, an initiative. What they follow is what they support or carry.
    """

    objects = NewcomerQuerySet.as_manager()

    class Meta:
        proxy = True
        default_permissions = ()

    @classmethod
    def as_told(cls, pk: int) -> "Newcomer | None":
        return cls.objects.select_related("home_commune__department__region").filter(pk=pk).first()

    def still_said(self, kind: str, said: dict[str, Any]) -> dict[str, Any] | None:
        """Asked as it leaves: None once the thing is done, or when there is nothing near to name."""
        if not Newcomer.objects.to_tell(kind).filter(pk=self.pk).exists():
            return None
        named = {
            "welcome_share": self._place, "welcome_come": self._meeting, "welcome_follow": self._initiative
        }[kind]()  # fmt: skip
        return None if named is None else said | named

    @property
    def home_address(self) -> str:
        return self.home_commune.get_absolute_url() if self.home_commune else reverse("home")

    def _place(self) -> dict[str, str]:
        return {"place": self.home_commune.said_in if self.home_commune else "", "url": self.home_address}

    def _meeting(self) -> dict[str, str] | None:
        """The next one near home where a place is left."""
        events = around(self.home_commune, wanted=_NEAR) if self.home_commune else []
        event = next((event for event in events if event.is_open and event.has_free_place), None)
        if event is None:
            return None
        return {
            "event_title": event.title,
            "when": " ".join(filter(None, [when(event.starts_at, event.tz), event.clock and f"({event.clock})"])),
            "place": event.place_line,
            "url": event.get_absolute_url(),
        }

    def _initiative(self) -> dict[str, str] | None:
        """The newest around home that they may support."""
        circles = near.initiatives(self.home_commune, wanted=_NEAR) if self.home_commune else []
        initiative = next((each for circle in circles for each in circle.initiatives if each.is_open), None)
        if initiative is None:
            return None
        return {"title": initiative.title, "summary": initiative.summary, "url": initiative.get_absolute_url()}
