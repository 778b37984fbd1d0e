"""Rasa component: an intent classifier that reads words and pieces of words itself and sums up their weights.

It takes the place of a tokenizer, featurizers and LogisticRegressionClassifier, and predicts the same way: multinomial
logistic regression. As there are no feature objects and no sparse matrices between, a message costs a tenth of a
millisecond or two, and serving needs no scikit-learn.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.nlu.text_features import Shape, Vocabulary, count_features

# name: (type, least, most)
SETTINGS: dict[str, tuple[type, float, float]] = {
    "word_ngrams": (int, 1, 4),
    "min_piece": (int, 1, 8),
    "max_piece": (int, 1, 8),
    "C": (float, 1e-4, 1e6),
    "max_iter": (int, 1, 100_000),
    "ranking_length": (int, 1, 1000),
}
TOLERANCE = 1e-3  # of the optimiser; a finer one moves confidences in the third digit
SEED = 42


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent, IntentClassifier):  # type: ignore[misc]  # Rasa has no types
    """See the module, and docs/engine.md for what each setting does."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"word_ngrams": 2, "min_piece": 1, "max_piece": 4, "C": 50.0, "max_iter": 300, "ranking_length": 10}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Checks the settings of `config.yml`.

        Raises:
            InvalidConfigException: one of them is unknown or out of its range.
        """
        for name, value in config.items():
            if name not in SETTINGS:
                if name in ("name", "model"):
                    continue
                raise InvalidConfigException(f"{cls.__name__} has no setting {name}; it has {', '.join(SETTINGS)}")
            kind, least, most = SETTINGS[name]
            fits = isinstance(value, (int, float) if kind is float else int) and not isinstance(value, bool)
            if not fits or not least <= value <= most:
                what = "a whole number" if kind is int else "a number"
                raise InvalidConfigException(f"{cls.__name__}: {name} must be {what} from {least:g} to {most:g}")
        merged = {**cls.get_default_config(), **config}
        if merged["min_piece"] > merged["max_piece"]:
            raise InvalidConfigException(f"{cls.__name__}: min_piece must not be above max_piece")

    @staticmethod
    def required_packages() -> list[str]:
        return ["numpy"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        cls.validate_config(config)
        return cls(config, model_storage, resource)

    def __init__(self, config: Mapping[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._ranking_length: int = config["ranking_length"]
        self._C, self._max_iter = float(config["C"]), int(config["max_iter"])
        self._shape = Shape(config["word_ngrams"], config["min_piece"], config["max_piece"])
        self._storage, self._resource = model_storage, resource
        self._patterns: dict[str, re.Pattern[str]] = {}
        self._vocabulary = Vocabulary([], [], 1.0)
        self._intents: list[str] = []
        self._weights = np.zeros((0, 0), dtype=np.float32)  # a row for each feature, a column for each intent

    def train(self, training_data: TrainingData) -> Resource:
        """Learns from the examples of all intents and from the names of the regexes that match them.

        Raises:
            InvalidConfigException: there are examples of fewer than two intents, or a regex is none.
        """
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        labels = [example.get(INTENT) for example in examples]
        if len(set(labels)) < 2:
            raise InvalidConfigException("an intent classifier needs examples of at least two intents")
        self._patterns = _compiled({regex["name"]: regex["pattern"] for regex in training_data.regex_features})
        counted = [count_features(example.get(TEXT), self._shape, self._patterns) for example in examples]
        self._vocabulary = Vocabulary.of(counted)
        self._fit([self._vocabulary.vector_of(counts) for counts in counted], labels)
        self._persist()
        return self._resource

    def _fit(self, vectors: Sequence[tuple[list[int], list[float]]], labels: Sequence[str]) -> None:
        from scipy.sparse import csr_matrix  # both are for training alone, and take seconds to import
        from sklearn.linear_model import LogisticRegression

        ends = np.cumsum([0, *(len(places) for places, _ in vectors)])
        places = np.fromiter((place for places, _ in vectors for place in places), dtype=np.int32)
        values = np.fromiter((value for _, values in vectors for value in values), dtype=np.float64)
        matrix = csr_matrix((values, places, ends), shape=(len(vectors), len(self._vocabulary.features)))
        regression = LogisticRegression(
            C=self._C,
            max_iter=self._max_iter,
            tol=TOLERANCE,
            class_weight="balanced",  # how many examples an intent has says nothing of how often it is meant
            random_state=SEED,
            fit_intercept=False,  # so that where little is known no intent is likelier than another from the start
        ).fit(matrix, labels)
        weights = regression.coef_
        if len(regression.classes_) == 2:  # scikit-learn then keeps one row for both
            weights = np.vstack([-weights / 2, weights / 2])
        self._intents = [str(intent) for intent in regression.classes_]
        self._weights = np.ascontiguousarray(weights.T, dtype=np.float32)

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets `intent` and `intent_ranking`."""
        for message in messages:
            ranking = self.rank(message.get(TEXT) or "")
            message.set("intent", dict(ranking[0]), add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def rank(self, text: str) -> list[dict[str, Any]]:
        """The likeliest intents first; where nothing of `text` is known, all are equally likely."""
        places, values = self._vocabulary.vector_of(count_features(text, self._shape, self._patterns))
        scores = np.asarray(values, dtype=np.float32) @ self._weights[places]
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        order = np.argsort(-shares, kind="stable")[: self._ranking_length]
        return [{"name": self._intents[place], "confidence": float(shares[place])} for place in order]

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def _persist(self) -> None:
        with self._storage.write_to(self._resource) as directory:
            np.savez(
                directory / "weights.npz",
                weights=self._weights,
                of_features=np.asarray(self._vocabulary.weights),
            )
            words = {
                "intents": self._intents,
                "features": self._vocabulary.features,
                "unknown": self._vocabulary.weight_of_unknown,
                "patterns": {name: pattern.pattern for name, pattern in self._patterns.items()},
            }
            (directory / "words.json").write_text(json.dumps(words), encoding="utf-8")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> LinearIntentClassifier:
        classifier = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as directory:
            words = json.loads((directory / "words.json").read_text(encoding="utf-8"))
            with np.load(directory / "weights.npz", allow_pickle=False) as arrays:
                classifier._weights = arrays["weights"]
                classifier._vocabulary = Vocabulary(words["features"], arrays["of_features"].tolist(), words["unknown"])
        classifier._intents = words["intents"]
        classifier._patterns = _compiled(words["patterns"])
        return classifier


def _compiled(patterns: Mapping[str, str]) -> dict[str, re.Pattern[str]]:
    compiled = {}
    for name, pattern in patterns.items():
        try:
            compiled[name] = re.compile(pattern, re.IGNORECASE)
        except re.error as error:
            raise InvalidConfigException(f"the regex {name} of the training data is none: {error}") from None
    return compiled
