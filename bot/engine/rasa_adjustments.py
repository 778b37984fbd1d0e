"""Three places in Rasa 3.6.21 that cost a turn more than all the rest, done the same but quicker; and nothing else.

Each replaces something private, which the pinned version allows: `rasa==3.6.21` is final, and a test compares results.
"""

from types import SimpleNamespace
from typing import Any

import jsonschema
import rasa.core.actions.action
import rasa.core.actions.forms
import rasa.core.policies.memoization
import rasa.core.policies.rule_policy
from rasa.core.actions.action import RemoteAction
from rasa.shared.utils.schemas.events import EVENTS_SCHEMA

# These modules use `copy` for nothing but to copy what they hand to debug logging, which is off.
COPY_TO_LOG_ONLY = (
    rasa.core.actions.forms,
    rasa.core.policies.memoization,
    rasa.core.policies.rule_policy,
)


def adjust_rasa() -> None:
    """Puts the replacements in place; doing it twice changes nothing."""
    _check_answers_without_checking_the_schema()
    _do_not_copy_what_is_not_logged()


def _check_answers_without_checking_the_schema() -> None:
    """`jsonschema.validate` checks the schema before the answer, every time: 20 ms for each action called.

    And it tries every event against every kind of event; but one that names its kind can only be of that kind.
    """
    whole = jsonschema.Draft202012Validator(RemoteAction.action_response_format_spec())
    kinds = {
        schema["properties"]["event"]["const"]: jsonschema.Draft202012Validator(schema)
        for schema in EVENTS_SCHEMA["items"]["oneOf"]
    }

    def is_surely_valid(result: Any) -> bool:
        if not isinstance(result, dict):
            return False
        events, responses = result.get("events", []), result.get("responses", [])
        if not isinstance(events, list) or not isinstance(responses, list):
            return False
        for event in events:
            kind = event.get("event") if isinstance(event, dict) else None
            if not isinstance(kind, str) or kind not in kinds or not kinds[kind].is_valid(event):
                return False
        return all(isinstance(response, dict) for response in responses)

    def validate(self: Any, result: Any) -> bool:
        if not is_surely_valid(result):
            whole.validate(result)  # says what is wrong
        return True

    RemoteAction._validate_action_result = validate


def _do_not_copy_what_is_not_logged() -> None:
    """The states of the whole conversation are copied deeply for a debug line, several times a prediction."""
    for module in COPY_TO_LOG_ONLY:
        module.copy = SimpleNamespace(deepcopy=lambda value: value)
