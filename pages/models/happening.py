from collections.abc import Collection
from typing import Any

from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.french import when
from events.models import Event
from initiatives.models import Action, Initiative
from notifications.subjects import Subject

#: What is said of one is read at once.
_READ = ("initiative", "action__initiative", "event__commune__department", "event__initiative", "event__report")
#: Words of a text.
_EXCERPT = 30


class Happening(Subject):
    """Something that moved, and where: what digests choose from (pages.digests.happenings keeps them).

    It is a reference and a place; what is said of it is read as a message leaves. `key` names it for good, so that its
    number stands for it in what was shown to each member: the dates of a series are one.
    """

    class Kind(models.TextChoices):
        INITIATIVE = "initiative", _("nouvelle initiative")
        SUCCESS = "success", _("initiative aboutie")
        ACTION = "action", _("action")
        EVENT = "event", _("événement")
        REPORT = "report", _("compte rendu")

    kind = models.CharField(_("sorte"), max_length=10, choices=Kind)
    key = models.CharField(max_length=40, unique=True, editable=False)
    initiative = models.ForeignKey(Initiative, null=True, on_delete=models.CASCADE, related_name="+")
    event = models.ForeignKey(Event, null=True, on_delete=models.CASCADE, related_name="+")
    action = models.ForeignKey(Action, null=True, on_delete=models.CASCADE, related_name="+")
    # A point, or the whole département or région.
    latitude = models.FloatField(_("latitude"), null=True)
    longitude = models.FloatField(_("longitude"), null=True)
    department = models.CharField(_("département"), max_length=3, blank=True)
    region = models.CharField(_("région"), max_length=2, blank=True)
    moved_at = models.DateTimeField(_("date"))
    #: Of what was read in a partner's calendar: after what was made here.
    is_partners = models.BooleanField(_("d’un agenda partenaire"), default=False)
    #: Whether it may be told; once it is not any more it is kept for a while, for it may come back.
    is_shown = models.BooleanField(_("à dire"), default=True)
    hidden_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("ce qui s’est passé quelque part")
        verbose_name_plural = _("ce qui s’est passé quelque part")
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__isnull=False, longitude__isnull=False) | ~Q(department="", region=""),
                name="a_happening_has_a_place",
            ),
            models.CheckConstraint(
                condition=Q(is_shown=True, hidden_at=None) | Q(is_shown=False, hidden_at__isnull=False),
                name="a_hidden_happening_has_its_date",
            ),
        ]
        indexes = [
            GistIndex(
                Func(F("longitude"), F("latitude"), function="point"),
                condition=Q(is_shown=True, latitude__isnull=False),
                name="happening_point",
            ),
            models.Index(
                fields=["department", "-moved_at"],
                condition=Q(is_shown=True, latitude=None) & ~Q(department=""),
                name="happening_department",
            ),
            models.Index(
                fields=["region", "-moved_at"],
                condition=Q(is_shown=True, latitude=None, department=""),
                name="happening_region",
            ),
            # What whoever follows a département or a région hears of.
            models.Index(
                fields=["department", "is_partners", "-moved_at", "-id"],
                condition=Q(is_shown=True) & ~Q(department=""),
                name="happening_followed",
            ),
            models.Index(fields=["hidden_at"], condition=Q(is_shown=False), name="happening_to_forget"),
        ]

    def __str__(self) -> str:
        return self.key

    @classmethod
    def as_told_many(cls, pks: Collection[int]) -> "dict[int, Happening]":
        return cls.objects.select_related(*_READ).in_bulk(pks)

    def still_said(self, kind: str, said: dict[str, Any]) -> dict[str, Any] | None:
        """What a digest says of it: `sort`, `title`, `details` and `url`; `act`, what can be done, and `rank`, the
        least of which is asked for first. None when nobody may read it any more, or it is over."""
        now = self._said
        return None if now is None else said | now

    @cached_property
    def _said(self) -> dict[str, Any] | None:
        match self.kind:
            case self.Kind.EVENT:
                return self._coming
            case self.Kind.ACTION:
                return self._to_do
            case self.Kind.REPORT:
                return self._told
            case self.Kind.SUCCESS:
                return self._succeeded
        return self._opened

    @property
    def _coming(self) -> dict[str, Any] | None:
        event = self.event
        if not event.is_public or event.cancelled_at or event.starts_at <= timezone.now():
            return None
        where = [when(event.starts_at, event.tz), event.clock and f"({event.clock})"]
        said = {
            "sort": event.get_kind_display(),
            "title": event.title,
            "details": ", ".join([" ".join(filter(None, where)), event.place_line]),
            "url": event.get_absolute_url(),
        }
        is_joined_here = event.is_open and event.has_free_place
        return said | {"act": gettext("Je viens"), "rank": 1} if is_joined_here else said

    @property
    def _to_do(self) -> dict[str, Any] | None:
        action = self.action
        if not action.is_open or action.left < 1:
            return None
        return {
            "sort": gettext("à plusieurs"),
            "title": action.title,
            "details": ", ".join(filter(None, [action.when, action.place, f"« {action.initiative.title} »"])),
            "url": action.get_absolute_url(),
            "act": gettext("Je m’engage"),
            "rank": 2,
        }

    @property
    def _opened(self) -> dict[str, Any] | None:
        initiative = self.initiative
        if not initiative.is_live:
            return None
        return {
            "sort": initiative.get_kind_display(),
            "title": initiative.title,
            "details": initiative.summary,
            "url": initiative.get_absolute_url(),
            "act": gettext("Je soutiens"),
            "rank": 3,
        }

    @property
    def _succeeded(self) -> dict[str, Any] | None:
        initiative = self.initiative
        if not initiative.is_public or initiative.state != Initiative.State.SUCCEEDED:
            return None
        return {
            "sort": gettext("ça a marché"),
            "title": initiative.title,
            "details": _excerpt(initiative.outcome),
            "url": initiative.get_absolute_url(),
        }

    @property
    def _told(self) -> dict[str, Any] | None:
        event = self.event
        report = getattr(event, "report", None)
        if report is None or not report.is_public or not event.is_public:
            return None
        return {
            "sort": gettext("compte rendu"),
            "title": event.title,
            "details": _excerpt(report.text),
            "url": report.get_absolute_url(),
        }


def _excerpt(text: str) -> str:
    return Truncator(" ".join(text.split())).words(_EXCERPT)
