"""Rasa component: tells intents by a sentence's vector together with its words, and what is none of our business.

English is told in the space of one encoder, other languages in that of the multilingual one (`SentenceFeaturizer` says
which). How it works and what the settings do is in docs/engine.md.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.nlu.configuration import Number, Setting, check
from bot.engine.nlu.encoders import ENGLISH, MULTILINGUAL
from bot.engine.nlu.patterns import Patterns, masked
from bot.engine.nlu.sentence_featurizer import SentenceFeaturizer, vector_of
from bot.engine.nlu.space import FOREIGN, Reading, Space, read_space
from bot.engine.nlu.text_features import Shape
from bot.engine.nlu.typos import with_typos
from bot.engine.nlu.vector_cache import encode_all

if TYPE_CHECKING:
    from bot.engine.nlu.learning import Examples

SETTINGS: dict[str, Setting] = {
    "C": Number(1e-4, 1e6),
    "words_weight": Number(0.0, 100.0),
    "multilingual_words_weight": Number(0.0, 100.0),
    "word_ngrams": Number(1, 4, whole=True),
    "min_piece": Number(1, 8, whole=True),
    "max_piece": Number(1, 8, whole=True),
    "misspelt_copies": Number(0.0, 1.0),
    "misspelt_words": Number(0.0, 1.0),
    "steps": Number(1, 10_000, whole=True),
    "folds": Number(0, 20, whole=True),
    "refuse_above": Number(0.0, 1.0),
    "ranking_length": Number(1, 1000, whole=True),
}
SEED = 42
_WORD = re.compile(r"[^\W\d_]{2,}")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SentenceIntentClassifier(GraphComponent, IntentClassifier):  # type: ignore[misc]  # Rasa has no types
    """See the module."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [SentenceFeaturizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "C": 20.0,
            "words_weight": 0.5,
            "multilingual_words_weight": 0.0,
            "word_ngrams": 2,
            "min_piece": 3,
            "max_piece": 4,
            "misspelt_copies": 0.3,
            "misspelt_words": 0.2,
            "steps": 50,
            "folds": 3,
            "refuse_above": 0.5,
            "ranking_length": 10,
        }

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        check(cls.__name__, SETTINGS, config)
        merged = {**cls.get_default_config(), **config}
        if merged["min_piece"] > merged["max_piece"]:
            raise InvalidConfigException(f"{cls.__name__}: min_piece must not be above max_piece")
        if merged["folds"] == 1:
            raise InvalidConfigException(f"{cls.__name__}: folds must be 0 (measure nothing) or at least 2")

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
    ) -> SentenceIntentClassifier:
        cls.validate_config(config)
        return cls(config, model_storage, resource, {})

    def __init__(
        self,
        config: Mapping[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        spaces: Mapping[str, Space],
    ) -> None:
        self._config = config
        self._storage, self._resource = model_storage, resource
        self.spaces = dict(spaces)

    def train(self, training_data: TrainingData) -> Resource:
        """Learns a space for each encoder that has read examples.

        Raises:
            InvalidConfigException: there are examples of fewer than two intents, or none has a sentence's vector.
        """
        from bot.engine.nlu.learning import learn  # SciPy and scikit-learn take seconds to import

        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        if len({example.get(INTENT) for example in examples} - {FOREIGN}) < 2:
            raise InvalidConfigException("an intent classifier needs examples of at least two intents")
        for name in (ENGLISH, MULTILINGUAL):
            read = [example for example in examples if vector_of(example, name) is not None]
            if len({example.get(INTENT) for example in read} - {FOREIGN}) >= 2:
                self.spaces[name] = learn(self._with_copies(read, name), self._recipe(name))
        if not self.spaces:
            raise InvalidConfigException(f"{type(self).__name__} needs a SentenceFeaturizer before it in the pipeline")
        with self._storage.write_to(self._resource) as directory:
            for name, space in self.spaces.items():
                space.write(directory, name)
        return self._resource

    def _recipe(self, name: str) -> Any:
        from bot.engine.nlu.learning import Recipe

        config = self._config
        return Recipe(
            shape=Shape(config["word_ngrams"], config["min_piece"], config["max_piece"]),
            C=float(config["C"]),
            words_weight=float(config["words_weight" if name == ENGLISH else "multilingual_words_weight"]),
            steps=config["steps"],
            folds=config["folds"],
        )

    def _with_copies(self, read: Sequence[Message], name: str) -> Examples:
        """The examples, and after them a misspelt copy of some."""
        from bot.engine.nlu.learning import Examples, slips

        texts = [example.get(TEXT) for example in read]
        intents = [example.get(INTENT) for example in read]
        vectors = np.stack([vector_of(example, name) for example in read])
        patterns, chance = Patterns(), random.Random(SEED)
        # In English alone, where pieces of words make up for what a slip does to the vector.
        copied = slips(len(texts), self._config["misspelt_copies"] if name == ENGLISH else 0.0)
        copies = [with_typos(texts[place], self._config["misspelt_words"], chance) for place in copied]
        kept = [number for number, place in enumerate(copied) if copies[number] != texts[place]]
        misspelt = [copies[number] for number in kept]
        of = [copied[number] for number in kept]
        more = encode_all(name, [masked(text, patterns) for text in misspelt])
        return Examples(
            texts=[*texts, *misspelt],
            intents=[*intents, *(intents[place] for place in of)],
            vectors=np.concatenate([vectors, more]),
            copy_of=np.array([-1] * len(texts) + of),
        )

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> SentenceIntentClassifier:
        with model_storage.read_from(resource) as directory:
            names = [name for name in (ENGLISH, MULTILINGUAL) if (Path(directory) / f"{name}.json").is_file()]
            spaces = {name: read_space(directory, name) for name in names}
        return cls(config, model_storage, resource, spaces)

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets `intent` and `intent_ranking`."""
        for message in messages:
            # Empty if there were no examples for the encoder that read it.
            ranking = self.rank(message)
            intent = dict(ranking[0]) if ranking else {"name": None, "confidence": 0.0}
            message.set("intent", intent, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def rank(self, message: Message) -> list[dict[str, Any]]:
        """What the message may mean, the likeliest first; `out_of_scope` first only above `refuse_above`."""
        text = message.get(TEXT) or ""
        for name, space in self.spaces.items():
            vector = vector_of(message, name)
            if vector is not None:
                reading = space.read(text, vector)
                foreign = 0.0 if holds_facts_alone(text, message.get(ENTITIES) or []) else reading.foreign
                return self._ranking(space, Reading(reading.shares, foreign))
        return []

    def _ranking(self, space: Space, reading: Reading) -> list[dict[str, Any]]:
        ours = [intent for intent in space.intents if intent != FOREIGN]
        shares = reading.shares * (1.0 - reading.foreign)
        ranking = [
            {"name": ours[place], "confidence": float(shares[place])} for place in np.argsort(-shares, kind="stable")
        ]
        if space.scope is None:
            return ranking[: self._config["ranking_length"]]
        foreign = {"name": FOREIGN, "confidence": reading.foreign}
        if reading.foreign >= self._config["refuse_above"]:
            return [foreign, *ranking][: self._config["ranking_length"]]
        # Not refused, so what is likeliest of ours comes first, be it less likely than that.
        place = max(1, sum(guess["confidence"] > reading.foreign for guess in ranking))
        return [*ranking[:place], foreign, *ranking[place:]][: self._config["ranking_length"]]

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data


def holds_facts_alone(text: str, entities: Sequence[Mapping[str, Any]]) -> bool:
    """Whether there is no word in `text` but what was recognised as an e-mail address, a number and the like.

    That answers a question, and is never out of scope.
    """
    if len(text) > 200:
        return False
    plain = list(text)
    for entity in entities:
        for place in range(entity.get("start") or 0, min(entity.get("end") or 0, len(plain))):
            plain[place] = " "
    rest = "".join(plain)
    found_any = bool(entities) or any(character.isdigit() for character in text)
    return found_any and not any(
        _WORD.search(word) and not any(character.isdigit() for character in word) for word in rest.split()
    )
