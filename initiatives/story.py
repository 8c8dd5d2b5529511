"""What the page of an initiative tells of its life, by one statement: its steps, its latest updates, its account, and
what is public of its supports."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, Case, F, OuterRef, QuerySet, Subquery, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, JSONObject
from django.utils import timezone

from initiatives.models import Action, Initiative, Milestone, SupportReview, SupportTally, TimelineEntry, Update
from initiatives.places import shown
from moderation.models import Decision
from territories.models import Department

#: Updates and lines of the account on the page; each has a page of its own for the others.
UPDATES_SHOWN = 3
LINES_SHOWN = 3

_MILESTONE = ("threshold", "promise", "days", "reached_at", "due_at", "answer", "kept_at")
_UPDATE = ("id", "title", "text", "label", "published_at")
_LINE = ("kind", "happened_at", "details")
#: What a line says of others' words.
_WORDS = ("update_title", "action_title", "ground", "statement")
_REVIEW = ("count", "reason", "created_at")
_TALLY = ("department_id", "department__name", "department__name_in", "department__slug", "count")
_MOMENTS = {"reached_at", "due_at", "kept_at", "published_at", "happened_at", "created_at"}


@dataclass(frozen=True)
class Story:
    """Models of the rows, unsaved: the steps in their order, the rest the newest first."""

    milestones: list[Milestone]
    updates: list[Update]
    lines: list[TimelineEntry]
    #: Reviews that put supports aside and still stand.
    removals: list[SupportReview]
    #: Where its supports are, the most first, as far as it may be said (initiatives.places).
    tallies: list[SupportTally]

    @property
    def reached(self) -> list[Milestone]:
        return [milestone for milestone in self.milestones if milestone.reached_at]

    @property
    def next(self) -> Milestone | None:
        """The next step only: nobody is shown a number out of reach."""
        return next((milestone for milestone in self.milestones if not milestone.reached_at), None)


def story_of(initiative: Initiative) -> Story:
    """One query, whatever the number of rows."""
    removals = SupportReview.objects.filter(act=SupportReview.Act.REMOVE, undone_at=None)
    tallies = SupportTally.objects.filter(commune=None, count__gt=0)
    parts = {
        "steps_told": _rows(Milestone.objects.order_by("threshold"), _MILESTONE),
        "updates_told": _rows(Update.objects.public().order_by("-id"), _UPDATE, most=UPDATES_SHOWN),
        "lines_told": _rows(_first_lines(initiative), (*_LINE, *_WORDS), most=LINES_SHOWN),
        "removals_told": _rows(removals.order_by("-id"), _REVIEW),
        "tallies_told": _rows(tallies.order_by("-count", "department_id"), _TALLY),
    }
    found = Initiative.objects.filter(pk=initiative.pk).values("support_count", **parts).get()
    return Story(
        [Milestone(**_moments(row)) for row in found["steps_told"]],
        [Update(initiative=initiative, **_moments(row)) for row in found["updates_told"]],
        [_line(_moments(row)) for row in found["lines_told"]],
        [SupportReview(**_moments(row)) for row in found["removals_told"]],
        _told_of_places(found["tallies_told"], total=found["support_count"]),
    )


def _first_lines(initiative: Initiative) -> QuerySet[TimelineEntry]:
    """Those of the page: what a moderator does in a long discussion does not hide the rest of its life."""
    moderated = [TimelineEntry.Kind.HIDDEN, TimelineEntry.Kind.SHOWN_AGAIN]
    shown = account_of(initiative).exclude(kind__in=moderated, details__sort="contribution")
    return shown.order_by("-happened_at", "-id")


def account_of(initiative: Initiative) -> QuerySet[TimelineEntry]:
    """The whole account, with what its lines say of others' words as far as anyone may read them now."""
    return with_words(initiative.timeline.all())


def with_words(lines: QuerySet[TimelineEntry]) -> QuerySet[TimelineEntry]:
    """… with what they say of others' words, as far as anyone may read them now."""
    update = Update.objects.public().filter(pk=_number("update"))
    action = Action.objects.public().filter(pk=_number("action"))
    withheld = Decision.objects.filter(
        verb__in=[Decision.Verb.WITHHOLD, Decision.Verb.REMOVE], made_at__gte=OuterRef("happened_at")
    )
    itself = withheld.filter(
        content_type=ContentType.objects.get_for_model(Initiative), object_id=OuterRef("initiative_id")
    )
    # The line holds which sort of content it was, and its number.
    part = withheld.filter(
        content_type__model=KeyTextTransform("sort", OuterRef("details")), object_id=_number("content")
    )
    return lines.annotate(
        update_title=Case(When(kind=TimelineEntry.Kind.UPDATE, then=Subquery(update.values("title")))),
        action_title=Case(When(kind=TimelineEntry.Kind.ACTION, then=Subquery(action.values("title")))),
        ground=Case(
            When(kind=TimelineEntry.Kind.WITHHELD, then=_first(itself, "ground")),
            When(kind=TimelineEntry.Kind.HIDDEN, then=_first(part, "ground")),
        ),
        statement=Case(
            When(kind=TimelineEntry.Kind.WITHHELD, then=_first(itself, "statement__puid")),
            When(kind=TimelineEntry.Kind.HIDDEN, then=_first(part, "statement__puid")),
        ),
    )


def _first(decisions: QuerySet[Decision], name: str) -> Subquery:
    return Subquery(decisions.order_by("made_at", "id").values(name)[:1])


def _number(name: str) -> Cast:
    """What a line tells of, by its number."""
    return Cast(KeyTextTransform(name, OuterRef("details")), BigIntegerField())


def _told_of_places(rows: list[dict[str, Any]], *, total: int) -> list[SupportTally]:
    said = shown(total, {row["department_id"]: row["count"] for row in rows}).departments
    return [_tally(row) for row in rows if row["department_id"] in said]


def _tally(row: dict[str, Any]) -> SupportTally:
    place = {name: row[f"department__{name}"] for name in ("name", "name_in", "slug")}
    return SupportTally(department=Department(code=row["department_id"], **place), count=row["count"])


def _line(row: dict[str, Any]) -> TimelineEntry:
    line = TimelineEntry(**{name: row[name] for name in _LINE})
    for name in _WORDS:
        setattr(line, name, row[name])
    return line


def _rows(queryset: QuerySet, names: tuple[str, ...], *, most: int | None = None) -> ArraySubquery:
    rows = queryset.filter(initiative=OuterRef("pk")).values(row=JSONObject(**{name: F(name) for name in names}))
    return ArraySubquery(rows[:most] if most else rows)


def _moments(row: dict[str, Any]) -> dict[str, Any]:
    """JSON has no moments: theirs are texts in ISO form. Days are read from them as they are here."""
    return {
        name: timezone.localtime(datetime.fromisoformat(value)) if name in _MOMENTS and value else value
        for name, value in row.items()
    }
