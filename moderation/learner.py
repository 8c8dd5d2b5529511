"""Learns from what moderators decided how likely a text is to be held back. It orders their queue and decides nothing.

A linear model over hashed character n-grams: nothing of a text can be read back from it, and what each n-gram weighs in
a verdict can be said. No database here. Only the commands import this module: scikit-learn weighs a hundred megabytes,
and no other process is to carry them.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss

#: Columns of the hashed n-grams: one megabyte of weights.
FEATURES = 2**18
NGRAMS = (2, 5)
#: Fewer of either kind teach nothing.
FEWEST = 20
#: The same decisions give the same model.
_SEED = 20100119
#: Characters of a text that are read.
_LONGEST = 5000


class TooFew(Exception):
    """Not enough was decided to learn anything."""


def _vectorizer(**given) -> HashingVectorizer:
    return HashingVectorizer(n_features=FEATURES, alternate_sign=False, norm="l2", dtype=np.float32, **given)


_TEXTS = _vectorizer(analyzer="char_wb", ngram_range=NGRAMS, lowercase=True, strip_accents="unicode")
_PIECES = _vectorizer(analyzer=lambda piece: [piece])
_PIECES_OF = _TEXTS.build_analyzer()


@dataclass(frozen=True)
class Learned:
    """What was learned: a weight for each column, and the two numbers that make a probability of their sum (Platt)."""

    weights: np.ndarray
    intercept: float
    slope: float
    offset: float

    def risks(self, texts: Sequence[str]) -> np.ndarray:
        """How likely each text is to be held back, from 0 to 1."""
        if not texts:
            return np.zeros(0)
        sums = _TEXTS.transform([text[:_LONGEST] for text in texts]) @ self.weights + self.intercept
        return 1 / (1 + np.exp(np.clip(self.slope * sums + self.offset, -30, 30)))

    def why(self, text: str, *, most: int = 8) -> list[tuple[str, float]]:
        """The pieces of a text that weigh most in its risk, and how much; those that lower it weigh below zero."""
        row = _TEXTS.transform([text[:_LONGEST]]).tocsr()
        worth = dict(zip(row.indices, row.data, strict=True))
        pieces = sorted(set(_PIECES_OF(text[:_LONGEST])))
        if not pieces:
            return []
        columns = _PIECES.transform(pieces).tocsr().indices
        # The slope of Platt's curve is negative: more is riskier.
        weighed = [
            (piece, float(-self.slope * self.weights[column] * worth.get(column, 0)))
            for piece, column in zip(pieces, columns, strict=True)
        ]
        weighed.sort(key=lambda pair: (-abs(pair[1]), pair[0]))
        return [(piece, round(weight, 3)) for piece, weight in weighed[:most] if weight]

    def to_bytes(self) -> bytes:
        """Numbers alone: nothing that is executed when it is read back."""
        out = io.BytesIO()
        np.savez_compressed(
            out, weights=self.weights.astype(np.float32), numbers=np.array([self.intercept, self.slope, self.offset])
        )
        return out.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Learned":
        """Raises ValueError for what is not such a model."""
        with np.load(io.BytesIO(content), allow_pickle=False) as kept:
            weights, numbers = kept["weights"], kept["numbers"]
        if weights.shape != (FEATURES,) or numbers.shape != (3,):
            raise ValueError("This model is not of this version of the learner.")
        return cls(weights, *(float(number) for number in numbers))


def learn(texts: Sequence[str], held_back: Sequence[bool]) -> Learned:
    """Learn from texts and whether each was held back. Raises TooFew."""
    if min(sum(held_back), len(held_back) - sum(held_back)) < FEWEST:
        raise TooFew
    linear = SGDClassifier(loss="log_loss", alpha=1e-5, class_weight="balanced", random_state=_SEED)
    calibrated = CalibratedClassifierCV(linear, method="sigmoid", cv=5, ensemble=False)
    calibrated.fit(_TEXTS.transform([text[:_LONGEST] for text in texts]), np.array(held_back, dtype=bool))
    [fitted] = calibrated.calibrated_classifiers_
    [curve] = fitted.calibrators
    return Learned(
        fitted.estimator.coef_[0].astype(np.float32), float(fitted.estimator.intercept_[0]), curve.a_, curve.b_
    )


def loss(risks: Sequence[float], held_back: Sequence[bool]) -> float:
    """How far the risks were from what was decided (logarithmic loss): the lower, the better."""
    return float(log_loss(np.array(held_back, dtype=int), np.clip(risks, 1e-6, 1 - 1e-6), labels=[0, 1]))
