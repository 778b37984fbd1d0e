"""What goes wrong: each failure has its status and code, and nothing is answered as if it had gone right."""

import json
import socket
from typing import Any

import pytest
from engine_process import Conversation, Engine, settings_for
from fake_actions import FakeActions

MESSAGE = {"id": "m", "text": "when are you open", "payload": None, "metadata": {}}
TURN: dict[str, Any] = {"conversation": "c", "history": [], "context": {}, "message": MESSAGE}


def error_of(answer: tuple[int, dict[str, Any]]) -> tuple[int, str, bool]:
    status, body = answer
    return status, body["error"]["code"], body["error"]["retryable"]


@pytest.mark.parametrize("secret", [None, "", "wrong", "engine-secret ", "engine-secrets"])
def test_a_wrong_secret_is_refused(engine: Engine, secret: str | None) -> None:
    answer = engine.request("POST", "/turn", json.dumps(TURN).encode(), secret=secret)
    assert error_of(answer) == (401, "unauthorized", False)


BAD_BODIES = {
    "no JSON": b"{",
    "not UTF-8": b'{"conversation": "\xff"}',
    "a list": b"[]",
    "deep JSON": b'{"a":' * 100_000,
    "no message": json.dumps({**TURN, "message": None}).encode(),
    "no conversation": json.dumps({**TURN, "conversation": ""}).encode(),
    "a text that is a number": json.dumps({**TURN, "message": {**MESSAGE, "text": 5}}).encode(),
    "context that is a list": json.dumps({**TURN, "context": []}).encode(),
    "a payload for no intent": json.dumps({**TURN, "message": {**MESSAGE, "payload": "/no_such_intent"}}).encode(),
    "a payload nested too deep": json.dumps(
        {**TURN, "message": {**MESSAGE, "payload": "/greet" + '{"a":' * 3000 + "1" + "}" * 3000}}
    ).encode(),
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_bad_request_is_refused(engine: Engine, actions: FakeActions, body: bytes) -> None:
    assert error_of(engine.request("POST", "/turn", body)) == (400, "bad_request", False)


BAD_HISTORIES = {
    "no list": {},
    "no events": ["hello"],
    "an unknown event": [{"event": "no_such_event"}],
    "an event that makes no sense": [{"event": "user", "text": "x", "parse_data": 5}],
    "too long": [{"event": "action", "name": "action_listen"}] * 6000,
}


@pytest.mark.parametrize("history", BAD_HISTORIES.values(), ids=BAD_HISTORIES)
def test_a_bad_history_is_refused(engine: Engine, actions: FakeActions, history: Any) -> None:
    assert error_of(engine.post_turn(**{**TURN, "history": history})) == (422, "bad_history", False)


def test_a_body_that_is_too_large_is_refused(engine: Engine) -> None:
    body = json.dumps({**TURN, "context": {"x": "y" * 3_000_000}}).encode()
    assert error_of(engine.request("POST", "/turn", body)) == (413, "too_large", False)


FAILURES: dict[str, tuple[int, Any]] = {
    "it raised": (500, {"error": "boom"}),
    "there is no such action": (404, {"error": "No registered action found", "action_name": "action_fail"}),
    "the secret is refused": (401, {}),
    "it answered no JSON": (200, b"<html>"),
    "it answered a list": (200, []),
    "its events are no list": (200, {"events": {"event": "slot"}, "responses": []}),
    "it answered an unknown event": (200, {"events": [{"event": "no_such_event"}], "responses": []}),
    "it answered a slot without a name": (200, {"events": [{"event": "slot", "value": 1}], "responses": []}),
    "its rejection is garbage": (400, b"no"),
    "its follow-up does not exist": (200, {"events": [{"event": "followup", "name": "action_x"}], "responses": []}),
}


@pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES)
def test_a_failing_action_fails_the_turn(conversation: Conversation, actions: FakeActions, answer: Any) -> None:
    actions.answers["action_fail"] = answer
    status, body = conversation.engine.say("break it")
    assert status in (500, 502), body
    assert "replies" not in body
    if "follow-up" not in str(body):
        assert "action_" in body["error"]["message"]


def test_an_action_that_is_not_available_may_be_tried_again(conversation: Conversation, actions: FakeActions) -> None:
    actions.answers["action_fail"] = 503, {}
    assert error_of(conversation.engine.say("break it")) == (503, "action_unavailable", True)


def test_an_action_that_takes_too_long_may_be_tried_again(conversation: Conversation, actions: FakeActions) -> None:
    actions.delay = 1.3
    assert error_of(conversation.engine.say("be slow")) == (504, "action_timeout", True)


@pytest.mark.parametrize("answer", [(500, {}), (400, {"action_name": "validate_pizza_form", "error": ""})], ids=str)
def test_a_failing_validation_is_not_taken_for_consent(
    conversation: Conversation, actions: FakeActions, answer: Any
) -> None:
    conversation.say("I want a pizza")
    actions.answers["validate_pizza_form"] = answer
    status, body = conversation.engine.say("large", conversation.history)
    if answer[0] == 500:
        assert error_of((status, body)) == (502, "action_failed", False)
    else:  # a form's own rejection: another policy answers, and the form stays where it was
        assert "2 large" not in json.dumps(body["replies"])


def test_a_rejected_action_leaves_the_answer_to_another_policy(
    conversation: Conversation, actions: FakeActions
) -> None:
    actions.answers["action_fail"] = 400, {"action_name": "action_fail", "error": "not now"}
    answer = conversation.answer_to("break it")
    assert "action_execution_rejected" in [event["event"] for event in answer["events"]]
    assert answer["replies"]


def test_actions_going_round_in_circles_fail_the_turn(conversation: Conversation, actions: FakeActions) -> None:
    again = {"events": [{"event": "followup", "name": "action_fail"}], "responses": [{"text": "again"}]}
    actions.answers["action_fail"] = 200, again
    assert error_of(conversation.engine.say("break it")) == (500, "turn_failed", False)


def test_nobody_at_the_actions_url_may_be_tried_again(model_file: Any) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/actions"
        engine = Engine(settings_for(model_file, url))
        try:
            assert error_of(engine.say("break it")) == (503, "action_unavailable", True)
            assert engine.say("when are you open")[0] == 200
        finally:
            engine.stop()
    assert [line["code"] for line in engine.log if line["event"] == "turn_failed"] == ["action_unavailable"]


def test_no_word_of_a_customer_is_in_the_log(model_file: Any, running_actions: FakeActions) -> None:
    running_actions.reset()
    running_actions.answers["action_fail"] = 500, {"error": "my card is 4111 1111"}
    engine = Engine(settings_for(model_file, running_actions.url))
    try:
        conversation = Conversation(engine)
        conversation.say("my card is 4111 1111")
        conversation.say("/restart my card is 4111 1111")
        conversation.say("Button", payload="my card is 4111 1111")
        engine.say("card", payload="/greet my card is 4111 1111")
        engine.say("card", payload='/greet{"card": "4111 1111"}')
        engine.say("break it 4111", conversation.history)
        engine.post_turn(**{**TURN, "history": [{"event": "user", "text": "4111", "parse_data": {"entities": 4111}}]})
    finally:
        engine.stop()
    assert [line["event"] for line in engine.log][-1] == "engine_stopped"
    assert "4111" not in json.dumps(engine.log)
