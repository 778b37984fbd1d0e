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
    """`jsonschema.validate` checks the schema before the answer, every time: 20 ms for each action called."""
    validator = jsonschema.Draft202012Validator(RemoteAction.action_response_format_spec())

    def validate(self: Any, result: Any) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate


def _do_not_copy_what_is_not_logged() -> None:
    """The states of the whole conversation are copied deeply for a debug line, several times a prediction."""
    for module in COPY_TO_LOG_ONLY:
        module.copy = SimpleNamespace(deepcopy=lambda value: value)
