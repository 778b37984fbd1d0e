"""Rasa component: a dense sentence feature from a sentence encoder that ships with the engine.

English is read by MiniLM, other languages by the multilingual encoder; which are loaded follows from `languages`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.nlu.configuration import Choice, Languages, Setting, check
from bot.engine.nlu.encoders import ENGLISH, MULTILINGUAL, Vectors, encoder, encoder_for
from bot.engine.nlu.language_detector import READING
from bot.engine.nlu.patterns import Patterns, masked
from bot.engine.nlu.vector_cache import encode_all

BY_LANGUAGE = "by_language"
SHORT, MOST_KEPT = 40, 2_000  # characters of a text whose vector is kept, and how many are
SETTINGS: dict[str, Setting] = {
    "languages": Languages(),
    "encoder": Choice((BY_LANGUAGE, ENGLISH, MULTILINGUAL)),
}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceFeaturizer(GraphComponent):  # type: ignore[misc]  # Rasa has no types
    """See docs/engine.md for what each setting does."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"languages": ["en"], "encoder": BY_LANGUAGE}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        check(cls.__name__, SETTINGS, config)

    @staticmethod
    def required_packages() -> list[str]:
        return ["onnxruntime", "tokenizers", "numpy"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        cls.validate_config(config)
        return cls(config)

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._languages: tuple[str, ...] = tuple(config["languages"])
        self._encoder: str = config["encoder"]
        self.patterns = Patterns()  # what is masked before it is read
        self._kept: dict[bytes, Vectors] = {}
        for name in self.encoders:
            encoder(name)  # loaded now, so that weights that cannot be are told at the start

    @property
    def encoders(self) -> Sequence[str]:
        """The names of the encoders this uses."""
        if self._encoder != BY_LANGUAGE:
            return (self._encoder,)
        return sorted({encoder_for(language) for language in self._languages})

    def use_order_number(self, pattern: str) -> None:
        """From now on order numbers look like `pattern`: the shop's setting."""
        self.patterns = self.patterns.with_order_number(pattern)

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the feature of the encoder that reads the message's language; its origin is that encoder's name."""
        for message in messages:
            name = self._encoder if self._encoder != BY_LANGUAGE else encoder_for(self._language_of(message))
            _add(message, name, self._vector(name, masked(message.get(TEXT) or "", self.patterns)))
        return messages

    def _vector(self, name: str, text: str) -> Vectors:
        """The row of one text. Short ones ("hello", "yes", "where is my order") come again and again, and are kept."""
        if len(text) > SHORT:
            return encoder(name).encode([text])
        key = hashlib.blake2b(f"{name}\0{text}".encode(), digest_size=16).digest()  # the words themselves are not kept
        row = self._kept.get(key)
        if row is None:
            row = encoder(name).encode([text])
            if len(self._kept) >= MOST_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = row
        return row

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Adds features to all examples; with several encoders English has one of each, for it teaches both."""
        for name in self.encoders:
            examples = [
                example
                for example in training_data.training_examples
                if example.get(TEXT) and (name != ENGLISH or self._reads_english(example))
            ]
            vectors = encode_all(name, [masked(example.get(TEXT), self.patterns) for example in examples])
            for place, example in enumerate(examples):
                _add(example, name, vectors[place : place + 1])
        return training_data

    def _reads_english(self, example: Message) -> bool:
        return self._encoder == ENGLISH or self._language_of(example) == "en"

    def _language_of(self, message: Message) -> str:
        language = message.get(READING)
        return language if language in self._languages else self._languages[0]


def _add(message: Message, name: str, vector: Vectors) -> None:
    message.add_features(Features(vector, FEATURE_TYPE_SENTENCE, TEXT, name))


def vector_of(message: Message, name: str) -> Vectors | None:
    """The row that the encoder `name` gave `message`; None if it did not read it."""
    for features in message.features:
        if features.origin == name and features.attribute == TEXT and features.type == FEATURE_TYPE_SENTENCE:
            return features.features[0]
    return None
