"""What the page of an initiative shows of what there is to do, was done and lacks, by one statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Model, QuerySet
from django.db.models.functions import JSONObject

from initiatives.models import Action, Initiative, Need

#: Actions to do, and done, that the page shows; the others have a page of their own.
TO_DO_SHOWN = 6
DONE_SHOWN = 3
#: Needs, those sought first: services.needs bounds their number.
NEEDS_SHOWN = 25

_CONTENT = ("id", "published_at", "withheld_at", "label")
_ACTION = (*_CONTENT, "title", "starts_at", "ends_at", "time_zone", "place", "places", "taken", "report")
_ACTION_STATE = ("is_done", "closed_at", "is_joined")
_NEED = (*_CONTENT, "sort", "words", "met_at", "offered_at", "was_accepted", "waiting")
#: Not columns: what the row is to this person.
_THEIRS = {"is_joined", "offered_at", "was_accepted", "waiting"}


@dataclass(frozen=True)
class Work:
    """Models of the rows, unsaved, with `is_joined` of the actions and `for_page` of the needs."""

    to_do: list[Action]
    done: list[Action]
    sought: list[Need]
    met: list[Need]
    #: Actions that the page does not show.
    has_more: bool


def work_of(initiative: Initiative, *, member, moderating: bool) -> Work:
    """One query, whatever the number of rows; only what this member (or AnonymousUser) may read."""
    actions = initiative.actions.shown_to(member, moderating=moderating).kept().for_page(member)
    needs = initiative.needs.shown_to(member, moderating=moderating).filter(dropped_at=None).for_page(member)
    needs = needs.order_by(F("met_at").desc(nulls_first=True), "-id")[:NEEDS_SHOWN]
    found = Initiative.objects.filter(pk=initiative.pk).values(
        actions_told=_rows(actions.first_of_each(TO_DO_SHOWN + 1, DONE_SHOWN + 1), (*_ACTION, *_ACTION_STATE)),
        needs_told=_rows(needs, _NEED),
    )
    row = found.get()
    told = [_made(Action, told, initiative) for told in row["actions_told"]]
    to_do = [action for action in told if action.closed_at is None]
    done = [action for action in told if action.closed_at]
    needs = [_made(Need, told, initiative) for told in row["needs_told"]]
    return Work(
        to_do=to_do[:TO_DO_SHOWN],
        done=done[:DONE_SHOWN],
        sought=[need for need in needs if need.met_at is None],
        met=[need for need in needs if need.met_at],
        has_more=len(to_do) > TO_DO_SHOWN or len(done) > DONE_SHOWN,
    )


def _rows(queryset: QuerySet, names: tuple[str, ...]) -> ArraySubquery:
    return ArraySubquery(queryset.values(row=JSONObject(**{name: F(name) for name in names})))


def _made(model: type[Model], told: dict[str, Any], initiative: Initiative) -> Model:
    """JSON has no moments: theirs are texts in ISO form."""
    told = {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value else value for name, value in told.items()
    }
    made = model(initiative=initiative, **{name: value for name, value in told.items() if name not in _THEIRS})
    for name in _THEIRS & told.keys():
        setattr(made, name, told[name])
    return made
