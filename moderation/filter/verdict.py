"""What the filter answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .grounds import Ground


class Outcome(StrEnum):
    """What becomes of a text, in order of gravity: published, read first by a moderator, or not accepted."""

    PUBLISH = "publish"
    QUEUE = "queue"
    REFUSE = "refuse"

    @property
    def gravity(self) -> int:
        return _GRAVITY[self]

    def __lt__(self, other: str) -> bool:
        return self.gravity < Outcome(other).gravity

    def __le__(self, other: str) -> bool:
        return self.gravity <= Outcome(other).gravity

    def __gt__(self, other: str) -> bool:
        return self.gravity > Outcome(other).gravity

    def __ge__(self, other: str) -> bool:
        return self.gravity >= Outcome(other).gravity


_GRAVITY = {Outcome.PUBLISH: 0, Outcome.QUEUE: 1, Outcome.REFUSE: 2}


@dataclass(frozen=True)
class Verdict:
    """The outcome for one text, and all that a statement of reasons needs (DSA art. 17).

    `ground` is None for a text that passes, and for one that was too long or too slow to be judged. `rule` names the
    rule that spoke and `rule_version` the version of its file. `severity` goes from 0 to 100 and orders the queue.
    `spans` are pairs of offsets into the text as it was written. `reason` is a French sentence for the writer.
    """

    outcome: Outcome
    ground: Ground | None = None
    rule: str = ""
    rule_version: str = ""
    severity: int = 0
    spans: tuple[tuple[int, int], ...] = ()
    reason: str = ""
    #: What a rule would have said that is only tried (`stage: shadow`): nothing follows from it.
    in_shadow: bool = False

    @property
    def passes(self) -> bool:
        return self.outcome is Outcome.PUBLISH


PUBLISH = Verdict(Outcome.PUBLISH)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The gravest of several verdicts: by outcome, then severity, the first among equals. Of none, publish."""
    told = [verdict for verdict in verdicts if not verdict.in_shadow]
    return max(told, key=lambda verdict: (verdict.outcome.gravity, verdict.severity), default=PUBLISH)
