"""What came of the events that are over: who arrived, and what organisers tell of it, with drawn pictures."""

from datetime import datetime, timedelta
from functools import cache
from random import Random

from django.utils import timezone

from core import images
from core.images import Picture
from events.models import Event, EventPhoto, EventReport
from pages.demo.country import SEED, Country, Held
from pages.demo.drawing import draw

#: Of those that are over, how many are told; the others are still to be.
TOLD_SHARE = 0.7
#: The latest ones have a picture.
PICTURED = 24
#: Nobody tells it sooner: the organiser finds something to do.
_UNTOLD = timedelta(days=2)
#: Of whoever said so, how many come; of an event, whether they were ticked off; who brings somebody.
_ARRIVED, _TICKED, _BRINGS = 0.8, 0.5, 0.12
_BATCH = 500
_SCENES = {
    "town": "Illustration\u202f: des toits au soleil couchant, des collines derrière.",
    "street": "Illustration\u202f: une rue bordée de maisons claires et d’arbres ronds.",
    "orchard": "Illustration\u202f: un verger en rangs sur une colline, sous un grand ciel.",
    "village": "Illustration\u202f: un village et son clocher entre deux collines.",
    "city": "Illustration\u202f: des immeubles de couleurs au bord d’un canal bordé d’arbres.",
    "pond": "Illustration\u202f: un étang au milieu des prés, bordé de roseaux.",
    "river": "Illustration\u202f: une rivière entre des collines vertes.",
}


class Door:
    """Who brings somebody, and who is ticked off at the door: drawn in the order in which it is asked."""

    def __init__(self) -> None:
        self.rng = Random(f"{SEED} door")  # noqa: S311 (nothing secret is drawn)
        self.is_ticked: dict[Event, bool] = {}

    def guests(self, row: Event) -> int:
        """Only where there is room for everybody."""
        brings = self.rng.random() < _BRINGS
        return self.rng.choice((1, 1, 2)) if brings and row.capacity is None else 0

    def arrival(self, row: Event, *, now: datetime) -> datetime | None:
        """When they were ticked off; None when they were not, or it is still to come."""
        if row.ends_at > now or row.cancelled_at is not None:
            return None
        if row not in self.is_ticked:
            self.is_ticked[row] = self.rng.random() < _TICKED
        came = self.rng.random() < _ARRIVED
        return row.starts_at + timedelta(minutes=self.rng.randrange(-10, 15)) if self.is_ticked[row] and came else None


def write_reports(
    country: Country, events: dict[Held, Event], texts: dict[str, list[str]], *, untold: set[Event]
) -> dict[Held, EventReport]:
    """The reports, by event, with the pictures of the latest. `untold` are left to their organisers."""
    rng = Random(f"{SEED} reports")  # noqa: S311 (nothing secret is drawn)
    over = [
        (held, row)
        for held, row in events.items()
        if row.ends_at < country.now and row.cancelled_at is None and rng.random() < TOLD_SHARE
    ]
    reports = {}
    for held, row in sorted(over, key=lambda pair: pair[1].ends_at):
        told = _told_at(row, rng)
        text, factor = rng.choice(texts[row.kind]), rng.uniform(0.8, 1.3)
        if row in untold or told > country.now - _UNTOLD:
            continue
        reports[held] = EventReport(
            event=row,
            author=row.author,
            turnout=max(3, round(len(held.attendees) * factor)),
            text=text,
            created_at=told,
            updated_at=told,
            published_at=told,
            told_at=told,
        )
    EventReport.objects.bulk_create(reports.values(), batch_size=_BATCH)
    _write_pictures(list(reports.values())[-PICTURED:], rng)
    return reports


def _told_at(row: Event, rng: Random) -> datetime:
    """The same evening or one of the next days, never at night."""
    told = row.ends_at + timedelta(hours=rng.uniform(1, 50))
    hour = timezone.localtime(told).hour
    return told + timedelta(hours=8 - hour) if hour < 8 else told


def _write_pictures(reports: list[EventReport], rng: Random) -> None:
    @cache
    def drawn(scene: str) -> Picture:
        return draw(scene, seed=f"report: {scene}")

    rows = []
    for report in reports:
        scene = rng.choice(sorted(_SCENES))
        picture = drawn(scene)
        rows.append(
            EventPhoto(
                report=report,
                author=report.author,
                name=images.keep(picture, folder=EventPhoto.FOLDER),
                width=picture.width,
                height=picture.height,
                alternative=_SCENES[scene],
                created_at=report.published_at,
                updated_at=report.published_at,
                published_at=report.published_at,
            )
        )
    EventPhoto.objects.bulk_create(rows)
    for photo in rows:
        # Where anyone reads it, once it is sure that it is there.
        photo.move_files_after_commit()
