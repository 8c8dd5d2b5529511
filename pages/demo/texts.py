"""What the people of the demonstration wrote, read from the YAML files beside this module."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

HERE = Path(__file__).parent


@dataclass(frozen=True)
class EventText:
    """An event: of an initiative, or, with placeholders for the place, on its own."""

    kind: str
    title: str
    description: str
    place: str


@dataclass(frozen=True)
class CoverText:
    """A picture to be drawn: which landscape, and what is said to those who do not see it."""

    scene: str
    alternative: str


@dataclass(frozen=True)
class UpdateText:
    """`at` is a share of the life of the initiative so far; None lets it be drawn."""

    title: str
    text: str
    at: float | None = None


@dataclass(frozen=True)
class ActionText:
    """Something to do. `begins` is in days from now, `by` too for what is to be done by a day; neither is at any time.

    `done` and `given_up` are what was said when it was closed.
    """

    title: str
    description: str = ""
    begins: float | None = None
    by: float | None = None
    hours: tuple[str, ...] = ()
    place: str = ""
    places: int = 1
    taken: int = 0
    skills: str = ""
    done: str = ""
    given_up: str = ""


@dataclass(frozen=True)
class OfferText:
    """What a member offers; `accepted` is None while it waits for an answer."""

    message: str
    accepted: bool | None = None
    answer: str = ""


@dataclass(frozen=True)
class NeedText:
    sort: str
    words: str
    met: bool = False
    offers: tuple[OfferText, ...] = ()


@dataclass(frozen=True)
class VersionText:
    """An edit: in this field, `now` was `then` before."""

    at: float
    field: str
    now: str
    then: str


@dataclass(frozen=True)
class ContributionText:
    stance: str
    text: str = ""
    useful: int = 0
    useless: int = 0
    pinned: bool = False
    erased: bool = False
    replies: tuple[str, ...] = ()


@dataclass(frozen=True)
class LetterText:
    """What somebody wrote to the team; an empty answer is still to come."""

    text: str
    answer: str = ""


@dataclass(frozen=True)
class StoryText:
    """What happened to one initiative. `crowd` is how many more contributions are composed; `orphan` when it lost its
    author, as a share of its life; `result` a picture of what came of it."""

    title: str
    team: int = 0
    appeal: float = 2.0
    crowd: int = 0
    orphan: float | None = None
    cover: CoverText | None = None
    result: CoverText | None = None
    proof: str = ""
    lessons: str = ""
    updates: tuple[UpdateText, ...] = ()
    actions: tuple[ActionText, ...] = ()
    needs: tuple[NeedText, ...] = ()
    versions: tuple[VersionText, ...] = ()
    discussion: tuple[ContributionText, ...] = ()
    letters: tuple[LetterText, ...] = ()
    adoptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class UsualAction:
    """An action that fits any initiative; the lists are what is drawn from."""

    title: str
    description: str
    days: list[int]
    hours: tuple[str, ...]
    places: list[int]
    skills: str
    report: str


@dataclass(frozen=True)
class Voices:
    """What is said and done around any initiative. `answers` are those of the site, by rank of the step."""

    answers: dict[int, list[str]]
    contributions: dict[str, dict[str, list[str]]]
    replies: list[str]
    updates: list[UpdateText]
    actions: list[UsualAction]
    needs: list[NeedText]
    crowd: dict[str, list[list[str]]]


@dataclass(frozen=True)
class InitiativeText:
    """An initiative. `{a}`, `{de}` and `{name}` in its texts stand for its place.

    `setting` says what the place must be like (city, village, coast…), `level` how large it is, `state` what became of
    it when the text says so. `beside` is the title of one that has the same place and author, `joins` of one that it
    was merged into, or would be when `is_proposed`; `is_accepted` once the other author says yes.
    """

    kind: str
    title: str
    summary: str
    problem: str
    proposal: str
    means: str
    themes: tuple[str, ...]
    tags: tuple[str, ...]
    setting: str
    level: str
    events: tuple[EventText, ...]
    state: str = ""
    outcome: str = ""
    beside: str = ""
    joins: str = ""
    is_proposed: bool = False
    is_accepted: bool = False
    story: StoryText | None = None


@dataclass(frozen=True)
class QueuedText:
    """A text that the filter holds for a moderator. An event's summary is its description."""

    kind_of: str
    title: str
    summary: str
    problem: str
    proposal: str
    means: str
    themes: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Texts:
    initiatives: list[InitiativeText]
    events: list[EventText]
    queue: list[QueuedText]
    #: What organisers tell of an event that is over, by its kind.
    reports: dict[str, list[str]] = field(repr=False)
    voices: Voices = field(repr=False)
    first_names: list[str] = field(repr=False)
    initials: list[str] = field(repr=False)


def read() -> Texts:
    """All of it, in an order that never changes."""
    names = _load(HERE / "names.yaml")
    return Texts(
        initiatives=list(_initiatives(stories())),
        events=[_event(entry) for entry in _load(HERE / "events.yaml")],
        queue=[QueuedText(**(entry | {"themes": tuple(entry["themes"])})) for entry in _load(HERE / "queue.yaml")],
        reports=_load(HERE / "reports.yaml"),
        voices=_voices(_load(HERE / "voices.yaml")),
        first_names=names["first_names"],
        initials=names["initials"],
    )


def _initiatives(stories: dict[str, StoryText]) -> Iterator[InitiativeText]:
    for path in sorted((HERE / "initiatives").glob("*.yaml")):
        kind, _underscore, _number = path.stem.rpartition("_")
        for entry in _load(path):
            yield InitiativeText(
                kind=kind,
                title=entry["title"],
                summary=entry["summary"],
                problem=entry["problem"].strip(),
                proposal=entry["proposal"].strip(),
                means=entry["means"].strip(),
                themes=tuple(entry["themes"]),
                tags=tuple(str(tag) for tag in entry["tags"]),
                setting=entry["setting"],
                level=entry["level"],
                events=tuple(_event(event) for event in entry["events"]),
                state=entry.get("state_hint", ""),
                outcome=entry.get("outcome", "").strip(),
                beside=entry.get("beside", ""),
                joins=entry.get("joins", ""),
                is_proposed=entry.get("merge") in ("proposed", "accepted"),
                is_accepted=entry.get("merge") == "accepted",
                story=stories.get(entry["title"]),
            )


def stories() -> dict[str, StoryText]:
    """By title of their initiative."""
    return {entry["title"]: _story(entry) for entry in _load(HERE / "stories.yaml")}


def _story(entry: dict) -> StoryText:
    parts = {
        "cover": CoverText(**entry["cover"]) if "cover" in entry else None,
        "result": CoverText(**entry["result"]) if "result" in entry else None,
        "updates": tuple(_update(each) for each in entry.get("updates", [])),
        "actions": tuple(_action(each) for each in entry.get("actions", [])),
        "needs": tuple(_need(each) for each in entry.get("needs", [])),
        "versions": tuple(VersionText(**each) for each in entry.get("versions", [])),
        "discussion": tuple(_contribution(each) for each in entry.get("discussion", [])),
        "letters": tuple(LetterText(**each) for each in entry.get("letters", [])),
        "adoptions": tuple(entry.get("adoptions", [])),
    }
    return StoryText(**(entry | parts))


def _update(entry: dict) -> UpdateText:
    return UpdateText(**(entry | {"text": entry["text"].strip()}))


def _action(entry: dict) -> ActionText:
    entry = entry | {"hours": tuple(entry.get("hours", ()))}
    return ActionText(begins=entry.pop("in", None), **entry)


def _need(entry: dict) -> NeedText:
    return NeedText(**(entry | {"offers": tuple(OfferText(**offer) for offer in entry.get("offers", []))}))


def _contribution(entry: dict) -> ContributionText:
    return ContributionText(**(entry | {"replies": tuple(entry.get("replies", ()))}))


def _voices(entry: dict) -> Voices:
    return Voices(
        answers=entry["answers"],
        contributions=entry["contributions"],
        replies=entry["replies"],
        updates=[_update(each) for each in entry["updates"]],
        actions=[UsualAction(**(each | {"hours": tuple(each["hours"])})) for each in entry["actions"]],
        needs=[_need(each) for each in entry["needs"]],
        crowd=entry["crowd"],
    )


def _event(entry: dict[str, str]) -> EventText:
    return EventText(entry["kind"], entry["title"], entry["description"], entry["place"])


def _load(path: Path):
    # libyaml, when it is there, reads the 600 kB in a third of a second instead of four.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with path.open(encoding="utf-8") as file:
        return yaml.load(file, loader)  # noqa: S506 (both are safe loaders)
