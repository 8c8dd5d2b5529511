"""What happens to an event as it changes: calendars count, those who come are told, its series follows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import ngettext

#: What calendars show of it; and what whoever comes must hear of, when it changes.
_PLACE = frozenset(["commune", "place_name", "address", "online_url"])
HEARD = _PLACE | {"starts_at", "ends_at"}
SHOWN = HEARD | {"title", "description", "time_zone", "latitude", "longitude", "cancelled_at"}
#: Other dates that the page of one names.
NEXT_DATES = 6
_POINT = ("latitude", "longitude", "precision", "geocode_after", "geocode_tries")
_KNOWN_WHEN_EDITED = [*SHOWN, *_POINT, "published_at", "sequence", "told_facts"]


class Changing(models.Model):
    """How an event changes; its fields are the event's own."""

    #: The id of the member whose edit `apply_edit` applies, when it is known.
    edited_by: int | None = None
    #: The id of the member who is not told of what happened to it.
    silent_for: int | None = None

    class Meta:
        abstract = True

    def change(self, values: Mapping[str, Any], *, by: int | None = None) -> set[str]:
        """Give it these values. Returns the fields to save; nothing is saved here.

        Of a public one, calendars are given the next number, and what those who come were told before is kept until
        they hear of the change: all but its only maker, the member `by`. An address that changes waits to be looked
        for, unless a hand set the point. The row must be locked, and read since.
        """
        changed = {name: value for name, value in values.items() if getattr(self, name) != value}
        if not changed:
            return set()
        heard = HEARD if self.online_url else HEARD - {"online_url"}
        if self.published_at and changed.keys() & heard:
            if self.told_facts is None:
                self.told_facts = self.facts_to_hear | {"since": timezone.now().isoformat(), "by": by}
            elif self.told_facts["by"] != by:
                self.told_facts["by"] = None
        for name, value in changed.items():
            setattr(self, name, value)
        if "commune" in changed:
            self.department = self.commune.department if self.commune else None
        if changed.keys() & {"address", "commune", "precision"}:
            self.look_for_address()
        if self.published_at and changed.keys() & SHOWN:
            self.sequence += 1
        self.updated_at = timezone.now()
        return {*changed, "department", "told_facts", "sequence", "updated_at", *_POINT}

    def look_for_address(self) -> None:
        self.geocode_after, self.geocode_tries = None, 0
        if self.commune is None:
            self.latitude = self.longitude = None
            self.precision = self.Precision.COMMUNE
        elif self.precision != self.Precision.HAND:
            self.latitude, self.longitude = self.commune.latitude, self.commune.longitude
            self.precision = self.Precision.COMMUNE
            if self.address and settings.GEOCODER_URL:
                self.geocode_after = timezone.now()

    @property
    def facts_to_hear(self) -> dict[str, Any]:
        """What whoever comes has to know, as JSON values that can be compared; and how it is said to them."""
        return {
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "commune": self.commune_id,
            "place_name": self.place_name,
            "address": self.address,
            "online_url": self.online_url,
            "when": self.span,
            "place": self.place_with_address,
        }

    @property
    def followers(self) -> models.QuerySet:
        """Those that come after it in its series, and may still change."""
        later = self._of_series.filter(starts_at__gt=self.starts_at, ends_at__gt=timezone.now())
        return later.filter(cancelled_at=None, withheld_at=None)

    @property
    def next_dates(self) -> models.QuerySet:
        """A few dates of its series that are still to come, but itself; with those that are cancelled."""
        coming = self._of_series.filter(published_at__isnull=False, withheld_at=None, ends_at__gt=timezone.now())
        return coming.exclude(pk=self.pk).order_by("starts_at", "id")[:NEXT_DATES]

    @property
    def _of_series(self) -> models.QuerySet:
        events = type(self).objects
        return events.filter(series=self.series_id) if self.series_id else events.none()

    # A moderator reads the texts of a series once: what is decided of one holds for those that say the same.

    def hold(self) -> None:
        super().hold()
        if self.series_id:
            rows = self._of_series.order_by("pk").select_for_update(no_key=True, of=("self",))
            list(rows.values_list("pk", flat=True))

    def publish(self) -> None:
        super().publish()
        self._alike.filter(published_at=None, withheld_at=None).update(published_at=self.published_at)

    def withhold(self) -> None:
        super().withhold()
        for event in self._alike.filter(withheld_at=None):
            event.veil(self.withheld_at)

    def remove(self) -> None:
        super().remove()
        self._alike.filter(withheld_at=self.withheld_at).update(removed_at=self.removed_at)

    def say_above(self, label: str) -> None:
        super().say_above(label)
        self._alike.update(label=label)

    def restore(self) -> None:
        withheld_at = self.withheld_at
        super().restore()
        for event in self._alike.filter(withheld_at=withheld_at):
            event.veil(None)

    def veil(self, withheld_at: datetime | None) -> None:
        """Withhold it from that moment, or give it back, alone."""
        self.withheld_at = withheld_at
        self.removed_at = self.removed_at if withheld_at else None
        self.save(update_fields=["withheld_at", "removed_at"])

    @property
    def verdict_scope(self) -> str:
        if not self.series_id:
            return ""
        dates = 1 + self._alike.filter(withheld_at=self.withheld_at).count()
        return ngettext(
            "C’est une date d’une série, et la seule qui dise cela : la décision vaut pour elle.",
            "La décision vaut pour les %(count)d dates de la série qui disent la même chose.",
            dates,
        ) % {"count": dates}

    @property
    def edit_scope(self) -> str:
        if not self.series_id:
            return ""
        dates = 1 + (self.followers.count() if self.spreads_edit else 0)
        return ngettext(
            "C’est une date d’une série : acceptée, la modification vaut pour elle seule.",
            "Acceptée, la modification vaut pour cette date et celles qui la suivent : %(count)d en tout.",
            dates,
        ) % {"count": dates}

    @property
    def _alike(self) -> models.QuerySet:
        return self._of_series.filter(**self.texts()).exclude(pk=self.pk)

    def apply_edit(self, changes: dict[str, str]) -> None:
        """Here, and on those that follow when the edit is meant for them too. Its row, and theirs, are locked."""
        self.refresh_from_db(fields=_KNOWN_WHEN_EDITED)
        followers = self.followers.select_related("commune__department").order_by("pk") if self.spreads_edit else ()
        for event in [self, *followers]:
            if fields := event.change(changes, by=self.edited_by):
                event.save(update_fields=fields)
        if self.spreads_edit:
            self.spreads_edit = False
            self.save(update_fields=["spreads_edit"])
