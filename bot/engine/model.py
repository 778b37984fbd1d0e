"""A trained model, unpacked and ready to be asked; knows Rasa's graph, nothing of conversations or HTTP."""

import json
import re
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rasa.core.policies.memoization import AugmentedMemoizationPolicy, MemoizationPolicy
from rasa.core.policies.policy import Policy
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.graph import ExecutionContext, GraphNode, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelStorage
from rasa.exceptions import RasaException
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.training_data.message import Message

from bot.engine.errors import BadRequest, StartError
from bot.engine.folding import Lookback
from bot.engine.language import Languages, load_languages
from bot.engine.nlu.pattern_extractor import PatternEntityExtractor
from bot.engine.nlu.patterns import WrongPattern
from bot.engine.nlu.sentence_featurizer import SentenceFeaturizer


class Graph:
    """Runs the nodes of a model one after another.

    Rasa's own runner hands them to dask, which sorts the graph anew for every call and is the slowest part of a short
    turn; the order of the nodes never changes.
    """

    def __init__(self, schema: GraphSchema, storage: ModelStorage, model_id: str) -> None:
        context = ExecutionContext(graph_schema=schema, model_id=model_id)
        self.schema = schema
        self.nodes = {
            name: GraphNode.from_schema_node(name, node, storage, context) for name, node in schema.nodes.items()
        }
        self._orders: dict[str, Sequence[str]] = {}

    def components(self) -> Iterable[Any]:
        """The instantiated components of the model."""
        return (node._component for node in self.nodes.values())

    def run(self, target: str, inputs: Mapping[str, Any]) -> Any:
        """What the node `target` answers to `inputs`."""
        outputs = dict(inputs)
        for name in self._order_for(target):
            needs = self.schema.nodes[name].needs.values()
            outputs[name] = self.nodes[name](*((need, outputs[need]) for need in needs))[1]
        return outputs[target]

    def _order_for(self, target: str) -> Sequence[str]:
        if target not in self._orders:
            order: list[str] = []
            self._visit(target, order)
            self._orders[target] = order
        return self._orders[target]

    def _visit(self, name: str, order: list[str]) -> None:
        if name in order or name not in self.schema.nodes:  # the latter: an input from outside
            return
        for need in self.schema.nodes[name].needs.values():
            self._visit(need, order)
        order.append(name)


@dataclass(frozen=True)
class Model:
    """What a turn needs of a trained model."""

    fingerprint: str
    domain: Domain
    graph: Graph
    text_target: str  # the last node of the pipeline proper, before the one that obeys commands in text
    policy_target: str
    lookback: Lookback | None
    actions_that_may_not_reject: frozenset[str]
    languages: Languages
    encoders: frozenset[str] = frozenset()  # that the pipeline reads messages with

    def use_order_number_pattern(self, pattern: str) -> None:
        """From now on order numbers look like `pattern`, to every component that reads them.

        Raises:
            StartError: it is no regular expression.
        """
        try:
            for component in self.graph.components():
                if isinstance(component, (PatternEntityExtractor, SentenceFeaturizer)):
                    component.use_order_number(pattern)
        except WrongPattern as error:
            raise StartError(f"setting `order_number_pattern`: {error}") from None

    def understand_text(self, message: Any, tracker: Any) -> dict[str, Any]:
        """What the pipeline makes of a text, whatever the text begins with."""
        if not message.text.strip():
            # Without a single token Rasa's classifiers raise instead of being unsure.
            return {"intent": {"name": "nlu_fallback", "confidence": 1.0}, "intent_ranking": [], "entities": []}
        inputs = {PLACEHOLDER_MESSAGE: [message], PLACEHOLDER_TRACKER: tracker}
        parsed = self.graph.run(self.text_target, inputs)[0].as_dict(only_output_properties=True)
        parsed.setdefault("intent", {"name": None, "confidence": 0.0})
        parsed.setdefault("entities", [])
        return dict(parsed)

    def understand_payload(self, payload: str) -> dict[str, Any]:
        """What a button's payload (`/intent{"entity": "value"}`) stands for.

        Raises:
            BadRequest: it is malformed, or names an intent that the domain does not have.
        """
        message = Message({"text": payload})
        try:
            unpacked = YAMLStoryReader.unpack_regex_message(
                message, self.domain, entity_extractor_name=RegexMessageHandler.__name__
            )
        except (RasaException, ValueError, TypeError, RecursionError):
            raise BadRequest("message.payload is not of the form /intent{…}") from None
        if unpacked is message:
            raise BadRequest("message.payload is not of the form /intent{…}, or not for this model's intents")
        parsed = unpacked.as_dict(only_output_properties=True)
        parsed.setdefault("entities", [])
        return dict(parsed)

    def predict(self, tracker: Any) -> Any:
        """The policies' joint prediction of the next action."""
        return self.graph.run(self.policy_target, {PLACEHOLDER_TRACKER: tracker})


def load_model(path: Path, languages: Path | None = None) -> Model:
    """Unpacks and loads the model at `path`, with the languages in the folder `languages`.

    Raises:
        StartError: it is unreadable, of another Rasa, or holds no dialogue part; a language's file is broken.
    """
    try:
        # Components read their files while they are built; nothing needs the directory afterwards.
        with tempfile.TemporaryDirectory(prefix="bellhop-engine-") as directory:
            storage, metadata = LocalModelStorage.from_model_archive(Path(directory), path)
            graph = Graph(metadata.predict_schema, storage, metadata.model_id)
    except (tarfile.TarError, EOFError, OSError, KeyError, ValueError) as error:
        kind = type(error).__name__
        raise StartError(f"the model {path} cannot be read ({kind}): train it anew with `bellhop train`") from error
    except Exception as error:  # whatever a component raises while it is loaded
        raise StartError(f"the model {path} cannot be loaded: {_first_line(error)}") from error
    if metadata.core_target is None or metadata.nlu_target is None:
        raise StartError(f"the model {path} is only half of one: train it with both a pipeline and policies")
    return Model(
        fingerprint=_fingerprint_of(path, metadata.model_id),
        domain=metadata.domain,
        graph=graph,
        text_target=_text_target(graph.schema, metadata.nlu_target),
        policy_target=metadata.core_target,
        lookback=lookback_of(component for component in graph.components() if isinstance(component, Policy)),
        actions_that_may_not_reject=_actions_that_may_not_reject(metadata.domain),
        languages=load_languages(languages, metadata.domain.responses),
        encoders=frozenset(
            name
            for component in graph.components()
            if isinstance(component, SentenceFeaturizer)
            for name in component.encoders
        ),
    )


def load_pipeline(path: Path) -> Callable[[str, Mapping[str, Any]], dict[str, Any]]:
    """What understands a text, given its metadata, with the pipeline of the model at `path`, and no more than that."""
    with tempfile.TemporaryDirectory(prefix="bellhop-engine-") as directory:
        storage, metadata = LocalModelStorage.from_model_archive(Path(directory), path)
        graph = Graph(metadata.predict_schema, storage, metadata.model_id)
    target = _text_target(graph.schema, metadata.nlu_target)

    def understand(text: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
        message = SimpleNamespace(text=text, metadata=metadata, message_id=None)
        parsed = graph.run(target, {PLACEHOLDER_MESSAGE: [message], PLACEHOLDER_TRACKER: None})[0]
        return dict(parsed.as_dict(only_output_properties=True))

    return understand


def _first_line(error: BaseException) -> str:
    cause = error.__cause__ or error
    return (str(cause).strip() or type(cause).__name__).splitlines()[0]


def _fingerprint_of(path: Path, model_id: str) -> str:
    """Of what the model was trained from, which `bot.engine.train` puts into its name; else Rasa's own id."""
    named = re.fullmatch(r"bellhop-([0-9a-f]{12})\.tar\.gz", path.name)
    return named.group(1) if named else model_id


def _text_target(schema: GraphSchema, nlu_target: str) -> str:
    if not issubclass(schema.nodes[nlu_target].uses, RegexMessageHandler):
        raise StartError(f"the model's pipeline ends in {nlu_target}, not in what Rasa 3.6 puts there")
    return str(schema.nodes[nlu_target].needs["messages"])


def _actions_that_may_not_reject(domain: Domain) -> frozenset[str]:
    mapped = {mapping["action"] for slot in domain.slots for mapping in slot.mappings or [] if mapping.get("action")}
    return frozenset({"action_validate_slot_mappings", *mapped})


def lookback_of(policies: Iterable[Policy]) -> Lookback | None:
    """How far the policies look back; None if one of them does so without limit, and nothing may be folded."""
    actions, story_actions = 1, 0
    for policy in policies:
        if isinstance(policy, RulePolicy):
            keys = [*policy.lookup.get(RULES, {}), *policy.lookup.get(RULES_FOR_LOOP_UNHAPPY_PATH, {})]
            actions = max([actions, *(len(json.loads(key)) for key in keys)])
            continue
        max_history = policy.config.get("max_history")
        if not isinstance(max_history, int):
            return None
        story_actions = max(story_actions, max_history)
        # The augmented one cuts the tracker after so many actions before it hides those made by rules.
        if not isinstance(policy, MemoizationPolicy) or isinstance(policy, AugmentedMemoizationPolicy):
            actions = max(actions, max_history + 1)
    return Lookback(actions=actions, story_actions=story_actions)
