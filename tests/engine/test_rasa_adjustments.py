"""What is done in Rasa's place gives Rasa's results."""

from typing import Any

import jsonschema
import pytest
from rasa.core.actions.action import RemoteAction

from bot.engine.rasa_adjustments import adjust_rasa

ANSWERS: dict[str, Any] = {
    "nothing": {},
    "a slot": {"events": [{"event": "slot", "name": "x", "value": 1}], "responses": []},
    "a response": {"events": [], "responses": [{"text": "x"}]},
    "a slot without a name": {"events": [{"event": "slot", "value": 1}], "responses": []},
    "an unknown event": {"events": [{"event": "nothing"}], "responses": []},
    "a response that is a text": {"events": [], "responses": ["x"]},
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_passes_if_and_only_if_it_passes_the_schema(answer: Any) -> None:
    adjust_rasa()
    action = RemoteAction("action_x", None)
    try:
        jsonschema.validate(answer, RemoteAction.action_response_format_spec())
    except jsonschema.ValidationError:
        with pytest.raises(jsonschema.ValidationError):
            action._validate_action_result(answer)
    else:
        assert action._validate_action_result(answer)
