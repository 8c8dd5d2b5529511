"""How much hatred is held back, kind of phrasing by kind of phrasing, and how much of the rest is let through.

The sentences are composed in `hateful_phrasings.py`. Half of them were written before the rules and kept away from
them: a rule that only knows its examples fails here.
"""

from collections import defaultdict

import pytest

from moderation.filter import Outcome, screen
from tests.moderation import hateful_phrasings as phrasings

LEAST_RECALL = 0.75
MOST_QUEUED = 0.03
HALVES = ["seen", "held_out"]


def outcomes(sentences) -> dict[str, list[tuple[Outcome, str]]]:
    found = defaultdict(list)
    for kind, sentence in sentences:
        found[kind].append((screen(sentence).outcome, sentence))
    return found


def held_back(judged: list[tuple[Outcome, str]]) -> float:
    return sum(outcome > Outcome.PUBLISH for outcome, _ in judged) / len(judged)


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("sentences", [phrasings.hateful, phrasings.disguised])
def test_hatred_is_held_back_in_every_kind_of_phrasing(half, sentences):
    recall = {kind: held_back(judged) for kind, judged in outcomes(sentences(half)).items()}
    print(half, {kind: round(share, 2) for kind, share in recall.items()})
    assert not {kind: share for kind, share in recall.items() if share < LEAST_RECALL}


@pytest.mark.parametrize("half", HALVES)
def test_what_resembles_hatred_without_being_any_is_published(half):
    found = outcomes(phrasings.innocent(half))
    judged = [one for kind in found.values() for one in kind]
    queued = [sentence for outcome, sentence in judged if outcome > Outcome.PUBLISH]
    print(half, len(judged), queued)
    assert not [sentence for outcome, sentence in judged if outcome == Outcome.REFUSE]
    assert len(queued) <= MOST_QUEUED * len(judged)


def test_each_group_is_protected_alike():
    """What is said of one group is held back when it is said of another."""
    by_group = defaultdict(list)
    for half in HALVES:
        for family in phrasings.HATEFUL.values():
            for template in getattr(family, half):
                for name, group in phrasings.GROUPS.items():
                    by_group[name].append((screen(phrasings.fill(template, group)).outcome, template))
    recall = {name: held_back(judged) for name, judged in by_group.items()}
    assert min(recall.values()) > max(recall.values()) - 0.12, recall
