"""How likely a text is none of our business: from how sure the intents are and how far the nearest examples are.

The top probability alone separates badly: a model that has to choose among our wishes is often sure of one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.engine.nlu.linear_model import Array
from bot.engine.nlu.neighbours import Nearness

SIGNS = (
    "top",
    "margin",
    "foreign_score",
    "nearest",
    "several",
    "shared_words",
    "unlike",
    "unlike_words",
    "length",
)
C = 1.0
SEED = 42


@dataclass(frozen=True)
class ScopeModel:
    """Logistic regression over `SIGNS`, each brought to mean 0 and deviation 1."""

    means: Array
    deviations: Array
    weights: Array
    constant: float

    def probability(self, signs: Array) -> Array:
        """For each row of `signs`, how likely that text is none of our business."""
        scores = ((signs - self.means) / self.deviations) @ self.weights + self.constant
        return 1.0 / (1.0 + np.exp(-scores))


def signs_of(shares: Array, foreign_shares: Array, nearness: Nearness, words: Array) -> Array:
    """The signs of texts, a row each.

    Args:
        shares: of our intents, among themselves (a row for each text).
        foreign_shares: that of what is none of our business, among all.
        words: how many words the texts have.
    """
    ordered = -np.partition(-shares, min(1, shares.shape[1] - 1), axis=1)
    second = ordered[:, 1] if shares.shape[1] > 1 else np.zeros(len(shares))
    return np.column_stack(
        [
            ordered[:, 0],
            ordered[:, 0] - second,
            _log_odds(foreign_shares),
            nearness.nearest,
            nearness.several,
            nearness.shared_words,
            nearness.unlike,
            nearness.unlike_words,
            np.log1p(words),
        ]
    )


def fit_scope(signs: Array, foreign: Array) -> ScopeModel:
    """From texts that were not seen when their signs were measured; ours and not ours count the same altogether."""
    from sklearn.linear_model import LogisticRegression

    means, deviations = signs.mean(axis=0), np.maximum(signs.std(axis=0), 1e-6)
    regression: Any = LogisticRegression(C=C, class_weight="balanced", random_state=SEED, max_iter=500)
    regression.fit((signs - means) / deviations, foreign)
    return ScopeModel(means, deviations, regression.coef_[0], float(regression.intercept_[0]))


def _log_odds(shares: Array) -> Array:
    clipped = np.clip(shares, 1e-4, 1 - 1e-4)
    return np.log(clipped / (1 - clipped))
