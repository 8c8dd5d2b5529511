"""An initiative of the demonstration as it was opened, supported, merged: before anything else happens to it."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from pages.demo.people import Person, Place
from pages.demo.texts import InitiativeText
from territories.models import Region

PARIS = ZoneInfo("Europe/Paris")
#: Supports that make an initiative public.
FIRST = 5


@dataclass(eq=False)
class Opened:
    """An initiative to be. `ended` is None while it lives, `frozen` as long as somebody carries it.

    `launched` and `submitted` are when it was sent round and when five people were behind it, `age` when it was
    published.
    """

    text: InitiativeText
    place: Place
    author: Person
    state: str
    age: float
    ended: float | None
    supporters: list[tuple[Person, float]] = field(default_factory=list)
    launched: float = 0
    submitted: float = 0
    frozen: float | None = None
    #: It joins another, or would; others joined it.
    merger_out: "Merger | None" = None
    mergers_in: list["Merger"] = field(default_factory=list)

    @property
    def is_public(self) -> bool:
        return self.state in ("published", "succeeded", "closed", "archived")

    @property
    def is_joined(self) -> bool:
        """It became one with another, where its supports are."""
        return self.merger_out is not None and self.merger_out.done is not None

    @property
    def until(self) -> float:
        """The age at which things cease to happen to it; 0 while it lives."""
        return self.ended or self.frozen or 0.0

    @property
    def arrivals(self) -> list[float]:
        """The ages at which its number of supports grew, the oldest first: those who were carried over came later."""
        if self.is_joined:
            return sorted([*self.merger_out.carried.values(), *(age for _, age in self.supporters)], reverse=True)
        carried = {person: each.done for each in self.mergers_in if each.done is not None for person in each.carried}
        return sorted((carried.get(person, age) for person, age in self.supporters), reverse=True)

    @property
    def zone(self) -> ZoneInfo:
        """The clocks of its place."""
        return PARIS if self.place is None or isinstance(self.place, Region) else self.place.zone


@dataclass(eq=False)
class Merger:
    """One initiative that joins another. Agreed and done are None when it is only proposed."""

    source: Opened
    target: Opened
    proposed: float
    #: The other author says yes on the day of the loading (acts).
    is_accepted: bool = False
    agreed: float | None = None
    done: float | None = None
    source_count: int = 0
    carried: dict[Person, float] = field(default_factory=dict)
