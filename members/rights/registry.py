"""What each room holds about a person, declared by that room in its `personal.py`; loaded when the site starts.

Imports go down: this module knows the declarations, and none of the rooms. A copy of someone's data, their departure
and the table of the page on privacy read the same declarations; tests walk every model of the site and refuse one that
is in none (tests/members/test_every_model.py).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from members.addresses import address_key, box_key
from members.models import Member

#: A text, or one of gettext_lazy.
Text = Any

# Why a copy does not give something.
MACHINERY = _("Repères de fonctionnement : ils ne disent de vous rien de plus que le reste.")
FINGERPRINT = _("Empreintes dont rien ne se relit : elles servent à comparer, et à rien d’autre.")
SECRET = _("Secrets : qui les lirait pourrait entrer ou agir à votre place.")
OTHERS = _("Ce que d’autres que vous ont fait.")
COUNTED = _("Nombres publics, comptés de ce que font tous les autres.")
STAFF = _("Ce que vous avez fait pour l’équipe du site, et non pour vous : ces registres sont les siens.")


class Fate(Enum):
    """What becomes of a row when the person leaves."""

    #: Deleted at once; coming back does not give it back.
    AT_ONCE = "at once"
    #: Deleted with the account, once nothing can be undone any more.
    WITH_ACCOUNT = "with the account"
    #: It stays, shown as a former member's at once; nothing leads to the person once nothing can be undone.
    NAMELESS = "nameless"
    #: Hidden at once then erased, or nameless, as they chose.
    CHOSEN = "chosen"
    #: Its own room sees to it: handed over, cancelled.
    PASSED_ON = "passed on"
    #: It stays as it is for a while, for the reason that is told.
    KEPT = "kept"


@dataclass(frozen=True)
class Person:
    """Somebody, and the address by which rows that name no member are theirs."""

    member: Member
    email: str

    @cached_property
    def address_key(self) -> bytes:
        return address_key(self.email)

    @cached_property
    def box_key(self) -> bytes:
        return box_key(self.email)


@dataclass(frozen=True)
class Holding:
    """One way in which rows of one table are about a person: by `path`, a foreign key to them or one through others.

    `fields` are lookups that the copy gives, in its order; `left_out` says of each other field why it does not. The
    number of the row and the foreign key itself, which is the person, go without saying.
    """

    model: type[Model]
    path: str
    #: The file in the archive; only ASCII letters, digits and dashes.
    name: str
    title: Text
    fate: Fate
    fields: Sequence[str] = ()
    left_out: Mapping[str, Text] = field(default_factory=dict)
    #: Why none of it is in the copy; then `fields` is empty.
    nothing_because: Text = ""
    #: Why it is kept, when it is.
    why: Text = ""
    #: Which rows, when the path alone does not say.
    which: Callable[[Person], Q] | None = None
    #: Those of these rows that the copy gives, when it does not give all: what a moderator hid from them stays hidden.
    copied: Q | None = None
    #: Of `Fate.CHOSEN`: what its fields become while it is hidden; what they said is sealed, and comes back.
    hidden: Callable[[Model], dict[str, Any]] | None = None
    #: Of `Fate.CHOSEN`: how its rows are erased for good, when it is not by deleting them.
    erase: Callable[[QuerySet], None] | None = None
    #: Deleting a row moves a number on another, which others lock: one at a time, nobody waits in a circle.
    one_by_one: bool = False
    #: Names of fields whose verbose name does not say enough.
    labels: Mapping[str, Text] = field(default_factory=dict)
    #: What the values of a field mean, where its choices do not say it.
    words: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    #: Files that a row of `model` stands for: pairs of a name in the archive and their content.
    files: Callable[[Model], Iterable[tuple[str, bytes]]] | None = None

    @property
    def label(self) -> str:
        return self.model._meta.label

    def of(self, person: Person) -> QuerySet:
        """Their rows, in the order of their numbers."""
        which = self.which(person) if self.which else Q(**{self.path: person.member})
        return self.model._base_manager.filter(which).order_by("pk")

    def copied_of(self, person: Person) -> QuerySet:
        """Those of their rows that a copy of their data gives."""
        rows = self.of(person)
        return rows if self.copied is None else rows.filter(self.copied)


@dataclass(frozen=True)
class Retention:
    """A class of data: what, why, and for how long. `kept` is the very constant that the task which erases it reads."""

    what: Text
    why: Text
    #: None: as long as `until` says.
    kept: timedelta | None
    #: From when it is counted, or until when it is kept.
    until: Text = ""
    #: The task of the schedule that erases it; empty when the act itself does.
    task: str = ""


@dataclass(frozen=True)
class Room:
    """What one room declares."""

    name: str
    holdings: Sequence[Holding] = ()
    #: Models that hold nothing of a person though a foreign key leads from them to one, and why.
    not_about: Mapping[type[Model], str] = field(default_factory=dict)
    retentions: Sequence[Retention] = ()
    #: Tasks of the schedule that erase what is about nobody, and why.
    tasks_about_nobody: Mapping[str, str] = field(default_factory=dict)
    #: What the room does as soon as somebody leaves, besides what the fates say; it may be done twice.
    on_leaving: Callable[[Person], None] | None = None
    #: Those of these rows that may be deleted now: what is left out is deleted once nothing is open any more.
    spares: Callable[[QuerySet], QuerySet] | None = None
    #: What the room does when somebody takes their account back from who had taken it: secret addresses of theirs that
    #: were shown there open nothing any more.
    on_taking_back: Callable[[Member], Any] | None = None
    #: Whether something is open that keeps an erasure from ending, in words; "" when nothing is.
    keeps_open: Callable[[Person], Text] | None = None
    #: What others may have read of theirs, as "initiatives.contribution" → numbers.
    published: Callable[[Person], Mapping[str, list[int]]] | None = None


_rooms: list[Room] = []


def declare(room: Room) -> None:
    """Add a room; `personal.py` of an app calls it, once."""
    if any(known.name == room.name for known in _rooms):
        raise ValueError(f"{room.name} declares what it holds twice")
    _rooms.append(room)


def rooms() -> tuple[Room, ...]:
    """From the bottom of the house up: what is passed on is passed on before what stands on it."""
    names = [config.name for config in apps.get_app_configs()]
    return tuple(sorted(_rooms, key=lambda room: names.index(room.name), reverse=True))


def holdings() -> list[Holding]:
    return [holding for room in rooms() for holding in room.holdings]


def holding_of(model: type[Model]) -> list[Holding]:
    return [holding for holding in holdings() if holding.model is model]


def retentions() -> list[Retention]:
    return [each for room in rooms() for each in room.retentions]
