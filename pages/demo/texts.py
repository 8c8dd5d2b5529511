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
class InitiativeText:
    """An initiative. `{a}`, `{de}` and `{name}` in its texts stand for its place.

    `setting` says what the place must be like (city, village, coast…), `level` how large it is, `state` what became of
    it when the text says so.
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
    first_names: list[str] = field(repr=False)
    initials: list[str] = field(repr=False)


def read() -> Texts:
    """All of it, in an order that never changes."""
    names = _load(HERE / "names.yaml")
    return Texts(
        initiatives=list(_initiatives()),
        events=[_event(entry) for entry in _load(HERE / "events.yaml")],
        queue=[QueuedText(**(entry | {"themes": tuple(entry["themes"])})) for entry in _load(HERE / "queue.yaml")],
        first_names=names["first_names"],
        initials=names["initials"],
    )


def _initiatives() -> Iterator[InitiativeText]:
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
            )


def _event(entry: dict[str, str]) -> EventText:
    return EventText(entry["kind"], entry["title"], entry["description"], entry["place"])


def _load(path: Path):
    # libyaml, when it is there, reads the 600 kB in a third of a second instead of four.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with path.open(encoding="utf-8") as file:
        return yaml.load(file, loader)  # noqa: S506 (both are safe loaders)
