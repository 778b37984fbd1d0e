"""Rasa component: entities that have a form of their own (`bot.engine.nlu.patterns`), instead of RegexEntityExtractor.

A `regex:` of the training data that is named after an entity adds its patterns to those built in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.nlu.configuration import Choices, Setting, Text, check
from bot.engine.nlu.patterns import DEFAULT_ORDER_NUMBER, PRIORITY, Patterns, WrongPattern

SETTINGS: dict[str, Setting] = {"order_number": Text(), "entities": Choices(PRIORITY)}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class PatternEntityExtractor(GraphComponent, EntityExtractorMixin):  # type: ignore[misc]  # Rasa has no types
    """See docs/engine.md for what each setting does."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"order_number": DEFAULT_ORDER_NUMBER, "entities": list(PRIORITY)}

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
    ) -> PatternEntityExtractor:
        cls.validate_config(config)
        return cls(config, model_storage, resource, {})

    def __init__(
        self,
        config: Mapping[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        more: Mapping[str, list[str]],
    ) -> None:
        self._entities = frozenset(config["entities"])
        self._storage, self._resource = model_storage, resource
        try:
            self.patterns = Patterns(config["order_number"], more)
        except WrongPattern as error:
            raise InvalidConfigException(f"{type(self).__name__}: {error}") from None

    def use_order_number(self, pattern: str) -> None:
        """From now on order numbers look like `pattern`, whatever `config.yml` said: the shop's setting.

        Raises:
            WrongPattern: it is no regular expression.
        """
        self.patterns = self.patterns.with_order_number(pattern)

    def train(self, training_data: TrainingData) -> Resource:
        """Takes over the regexes of the training data that are named after one of the entities."""
        more: dict[str, list[str]] = {}
        for regex in training_data.regex_features:
            if regex["name"] in self._entities:
                more.setdefault(regex["name"], []).append(regex["pattern"])
        try:
            Patterns(more=more)
        except WrongPattern as error:
            raise InvalidConfigException(f"training data: {error}") from None
        with self._storage.write_to(self._resource) as directory:
            (directory / "patterns.json").write_text(json.dumps(more), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> PatternEntityExtractor:
        with model_storage.read_from(resource) as directory:
            more = json.loads((directory / "patterns.json").read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, more)

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the entities found to those there are."""
        for message in messages:
            found = [
                {
                    "entity": one.entity,
                    "start": one.start,
                    "end": one.end,
                    "value": one.value,
                    "extractor": type(self).__name__,
                }
                for one in self.patterns.find(message.get(TEXT) or "")
                if one.entity in self._entities
            ]
            message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        return messages
