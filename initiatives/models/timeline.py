from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import french
from moderation.filter import Ground
from territories.clocks import MAINLAND, clock_name

#: By the name of their model, which the lines hold.
_HIDDEN = {
    "contribution": _("Une contribution retirée par la modération."),
    "action": _("Une action retirée par la modération."),
    "need": _("Un besoin retiré par la modération."),
    "update": _("Une nouvelle retirée par la modération."),
    "photo": _("Une image retirée par la modération."),
    "event": _("Un événement retiré par la modération."),
    "eventreport": _("Le compte rendu d’un événement retiré par la modération."),
    "": _("Un texte retiré par la modération."),
}
_SHOWN_AGAIN = {
    "contribution": _("Une contribution rétablie par la modération."),
    "action": _("Une action rétablie par la modération."),
    "need": _("Un besoin rétabli par la modération."),
    "update": _("Une nouvelle rétablie par la modération."),
    "photo": _("Une image rétablie par la modération."),
    "event": _("Un événement rétabli par la modération."),
    "eventreport": _("Le compte rendu d’un événement rétabli par la modération."),
    "": _("Un texte rétabli par la modération."),
}


class TimelineEntry(models.Model):
    """One line of the public account of an initiative: what happened, when. It names no supporter.

    Written once: the database refuses that a line be changed, or erased while its initiative is there. So it holds no
    words of citizens, which a moderator may have to withhold, but their numbers, and the page reads them as they are.
    """

    class Kind(models.TextChoices):
        OPENED = "opened", _("ouverte")
        LAUNCHED = "launched", _("lancée auprès de premiers soutiens")
        SUBMITTED = "submitted", _("réunit ses premiers soutiens")
        PUBLISHED = "published", _("publiée")
        STEP = "step", _("palier atteint")
        ANSWERED = "answered", _("promesse tenue")
        EDITED = "edited", _("texte modifié")
        UPDATE = "update", _("nouvelle")
        ACTION = "action", _("action menée")
        EVENT = "event", _("événement")
        REPORT = "report", _("compte rendu d’un événement")
        JOINED = "joined", _("quelqu’un rejoint l’équipe")
        HANDED_OVER = "handed_over", _("transmise")
        FROZEN = "frozen", _("sans personne pour la porter")
        ADOPTED = "adopted", _("reprise")
        MERGED = "merged", _("réunie à une autre")
        ABSORBED = "absorbed", _("une autre lui est réunie")
        WITHHELD = "withheld", _("retirée par un modérateur")
        RESTORED = "restored", _("rétablie par un modérateur")
        HIDDEN = "hidden", _("contenu retiré par un modérateur")
        SHOWN_AGAIN = "shown_again", _("contenu rétabli par un modérateur")
        SUPPORTS_REMOVED = "supports_removed", _("soutiens écartés")
        SUPPORTS_COUNTED = "supports_counted", _("soutiens comptés")
        SUCCEEDED = "succeeded", _("aboutie")
        CLOSED = "closed", _("close")
        ARCHIVED = "archived", _("archivée")
        WOKEN = "woken", _("reprend")

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="timeline", db_index=False
    )
    kind = models.CharField(_("quoi"), max_length=20, choices=Kind)
    happened_at = models.DateTimeField(_("quand"), default=timezone.now)
    #: What the line says besides: a number, a date, what the site itself wrote. Never a person who supports.
    details = models.JSONField(default=dict, blank=True)

    #: As far as anyone may read them now, when they were asked for (initiatives.story): the titles of the update or
    #: of the action that a line tells of, the ground on which it, or what it tells of, was withheld, and what was
    #: stated of that, by its identifier.
    update_title: str | None = None
    action_title: str | None = None
    ground: str | None = None
    statement: str | None = None

    class Meta:
        verbose_name = _("fait")
        verbose_name_plural = _("histoire")
        ordering = ["-happened_at", "-id"]
        indexes = [models.Index(fields=["initiative", "-happened_at", "-id"], name="timeline_of_initiative")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.initiative_id})"

    @property
    def waited(self) -> timedelta | None:
        """How long it was in the queue before it was published; None when it did not have to wait."""
        seconds = self.details.get("waited_seconds", 0)
        return timedelta(seconds=seconds) if seconds >= 60 else None

    @property
    def template(self) -> str:
        """The sentence that says it."""
        return f"initiatives/history/{self.kind}.html"

    @property
    def starts(self) -> str:
        """When the event that it tells of begins, at the clocks of its place: "sam. 5 décembre, 18 h 30 (heure de
        Nouméa)"."""
        zone = self.details.get("time_zone", MAINLAND)
        said = french.when(datetime.fromisoformat(self.details["starts_at"]), ZoneInfo(zone))
        clock = clock_name(zone)
        return f"{said} ({clock})" if clock else said

    @property
    def said_of_sort(self) -> str:
        """What was hidden, or is shown again: "Une contribution retirée par la modération."."""
        said = _HIDDEN if self.kind == self.Kind.HIDDEN else _SHOWN_AGAIN
        return str(said.get(self.details.get("sort"), said[""]))

    @property
    def edited_fields(self) -> list[str]:
        """What an edit changed, in words."""
        edited = self._meta.get_field("initiative").related_model._meta
        return [str(edited.get_field(name).verbose_name) for name in self.details.get("fields", [])]

    @property
    def ground_label(self) -> str:
        return Ground(self.ground).label if self.ground else ""
