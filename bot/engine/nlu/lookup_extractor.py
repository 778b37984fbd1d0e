"""Rasa component: entities whose names stand in `lookup:` tables of the training data (`bot.engine.nlu.lookups`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.nlu.configuration import Number, Setting, Texts, check
from bot.engine.nlu.lookups import Lookup, lookups_of

SETTINGS: dict[str, Setting] = {
    "entities": Texts(at_least=1),
    "least_fit": Number(0.1, 1.0),
    "least_likeness": Number(0.5, 1.0),
}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LookupEntityExtractor(GraphComponent, EntityExtractorMixin):  # type: ignore[misc]  # Rasa has no types
    """See docs/engine.md for what each setting does."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"entities": ["product", "option"], "least_fit": 0.45, "least_likeness": 0.8}

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
    ) -> LookupEntityExtractor:
        cls.validate_config(config)
        return cls(config, model_storage, resource, {})

    def __init__(
        self,
        config: Mapping[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        names: Mapping[str, list[str]],
    ) -> None:
        self._entities: list[str] = list(config["entities"])
        self._storage, self._resource = model_storage, resource
        self._lookups = [
            Lookup(entity, names[entity], config["least_fit"], config["least_likeness"])
            for entity in self._entities
            if names.get(entity)
        ]

    def train(self, training_data: TrainingData) -> Resource:
        """Takes over the tables of the entities; there may be none."""
        names = lookups_of(training_data.lookup_tables, self._entities)
        with self._storage.write_to(self._resource) as directory:
            (directory / "names.json").write_text(json.dumps(names), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> LookupEntityExtractor:
        with model_storage.read_from(resource) as directory:
            names = json.loads((directory / "names.json").read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, names)

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the names found, except where another entity already is."""
        for message in messages:
            entities = list(message.get(ENTITIES, []))
            for lookup in self._lookups:
                for named in lookup.find(message.get(TEXT) or ""):
                    if all(named.end <= entity["start"] or named.start >= entity["end"] for entity in entities):
                        entities.append(
                            {
                                "entity": named.entity,
                                "start": named.start,
                                "end": named.end,
                                "value": named.value,
                                "confidence_entity": round(named.fit, 3),
                                "extractor": type(self).__name__,
                            }
                        )
            message.set(ENTITIES, entities, add_to_output=True)
        return messages
