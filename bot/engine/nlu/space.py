"""All that is learned in one encoder's space: intents, how sure to be of them, and what is none of our business.

Knows nothing of Rasa. Texts come with the vectors that the encoder gave them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bot.engine.nlu.linear_model import Array, LinearModel, softmax
from bot.engine.nlu.neighbours import Neighbours
from bot.engine.nlu.scope import ScopeModel, signs_of
from bot.engine.nlu.text_features import Counts, Shape, Vocabulary, count_features, tokens_of

FOREIGN = "out_of_scope"
WHOLE_WORDS = Shape(word_ngrams=1, min_piece=1, max_piece=0)
MOST_TOKENS = 60  # at either end of a long text


@dataclass(frozen=True)
class Reading:
    """What a text may mean: each of our intents by its share among them, and how likely it is none of them."""

    shares: Array
    foreign: float


@dataclass(frozen=True)
class Space:
    """What was learned; `bot.engine.nlu.learning` makes it."""

    intents: Sequence[str]
    shape: Shape
    vocabulary: Vocabulary
    words_weight: float
    linear: LinearModel
    temperature: float
    known_words: Vocabulary
    neighbours: Neighbours | None = None
    scope: ScopeModel | None = None
    ours: Array = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ours", np.array([intent != FOREIGN for intent in self.intents]))

    def read(self, text: str, vector: Array) -> Reading:
        """What `text` may mean, given its vector."""
        text = ends_of(text)
        counts = count_features(text, self.shape, {}) if self.words_weight else {}
        places, values = self.vocabulary.vector_of(counts)
        scores = self.linear.scores(vector, (places, [value * self.words_weight for value in values]))
        shares = softmax(scores[self.ours] / self.temperature)
        if self.scope is None or self.neighbours is None:
            return Reading(shares, 0.0)
        foreign_share = 1.0 - softmax(scores / self.temperature)[self.ours].sum()
        near = self.neighbours.near(vector, self.known_words.vector_of(whole_words(text)))
        words = np.array([len(tokens_of(text))])
        signs = signs_of(shares[None], np.array([foreign_share]), near, words)
        return Reading(shares, float(self.scope.probability(signs)[0]))

    def write(self, directory: Path, name: str) -> None:
        """Into `<name>.json` and `<name>.npz`."""
        facts = {
            "intents": list(self.intents),
            "shape": [self.shape.word_ngrams, self.shape.min_piece, self.shape.max_piece],
            "words_weight": self.words_weight,
            "temperature": self.temperature,
            "features": list(self.vocabulary.features),
            "unknown": self.vocabulary.weight_of_unknown,
            "words": list(self.known_words.features),
            "unknown_word": self.known_words.weight_of_unknown,
            "scope_constant": self.scope.constant if self.scope else None,
        }
        (directory / f"{name}.json").write_text(json.dumps(facts), encoding="utf-8")
        arrays = {
            "of_vector": self.linear.of_vector,
            "of_words": self.linear.of_words,
            "of_features": np.asarray(self.vocabulary.weights, dtype=np.float32),
            "of_known_words": np.asarray(self.known_words.weights, dtype=np.float32),
        }
        if self.scope is not None and self.neighbours is not None:
            arrays |= {f"near_{key}": value for key, value in self.neighbours.arrays().items()}
            arrays |= {
                "scope_means": self.scope.means,
                "scope_deviations": self.scope.deviations,
                "scope_weights": self.scope.weights,
            }
        np.savez(directory / f"{name}.npz", **arrays)


def read_space(directory: Path, name: str) -> Space:
    """What `Space.write` has written."""
    facts = json.loads((directory / f"{name}.json").read_text(encoding="utf-8"))
    with np.load(directory / f"{name}.npz", allow_pickle=False) as stored:
        arrays = {key: stored[key] for key in stored.files}
    scope = None
    if facts["scope_constant"] is not None:
        parts = (arrays[f"scope_{part}"] for part in ("means", "deviations", "weights"))
        scope = ScopeModel(*parts, facts["scope_constant"])
    near = {key[len("near_") :]: value for key, value in arrays.items() if key.startswith("near_")}
    return Space(
        intents=facts["intents"],
        shape=Shape(*facts["shape"]),
        vocabulary=Vocabulary(facts["features"], arrays["of_features"].tolist(), facts["unknown"]),
        words_weight=facts["words_weight"],
        linear=LinearModel(arrays["of_vector"], arrays["of_words"]),
        temperature=facts["temperature"],
        known_words=Vocabulary(facts["words"], arrays["of_known_words"].tolist(), facts["unknown_word"]),
        neighbours=Neighbours(**near) if near else None,
        scope=scope,
    )


def ends_of(text: str) -> str:
    """`text` without its middle if it has very many words: what is wanted stands at the beginning or the end."""
    words = text[:20_000].split()
    if len(words) <= 2 * MOST_TOKENS:
        return text[:2_000]
    return " ".join([*words[:MOST_TOKENS], *words[-MOST_TOKENS:]])[:2_000]


def whole_words(text: str) -> Counts:
    """How often each word occurs in `text`."""
    return count_features(text, WHOLE_WORDS, {})
