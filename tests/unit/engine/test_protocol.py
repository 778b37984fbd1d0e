"""The door of the engine: what comes in is a typed value or refused, what goes out has the protocol's shape."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.engine.errors import BadHistory, BadRequest, StartError
from bot.engine.protocol import parse_encode, parse_launch, parse_turn, reply_from_event, understanding_from

MESSAGE = {"id": "m", "text": "hello", "payload": None, "metadata": {"channel": "web"}}
TURN: dict[str, Any] = {"conversation": "c", "history": [{"event": "action"}], "context": {"a": 1}, "message": MESSAGE}
LAUNCH = {
    "port": 0,
    "secret": "s",
    "model": "models/m.tar.gz",
    "actions_url": "http://127.0.0.1:1/actions",
    "actions_secret": "a",
}


def body(**changes: Any) -> bytes:
    return json.dumps({**TURN, **changes}).encode()


def test_a_turn_is_parsed() -> None:
    turn = parse_turn(body())
    assert turn.conversation == "c"
    assert turn.history == [{"event": "action"}]
    assert turn.context == {"a": 1}
    assert (turn.message.id, turn.message.text, turn.message.payload) == ("m", "hello", None)
    assert turn.message.channel == "web"


def test_context_and_metadata_may_be_left_out() -> None:
    turn = parse_turn(json.dumps({"conversation": "c", "history": [], "message": {"id": "m", "text": ""}}).encode())
    assert turn.context == {}
    assert turn.message.metadata == {}
    assert turn.message.channel is None


BAD = {
    "no message": {"message": None},
    "a message that is a text": {"message": "hello"},
    "no id": {"message": {**MESSAGE, "id": ""}},
    "a text too long": {"message": {**MESSAGE, "text": "x" * 20_001}},
    "an empty payload": {"message": {**MESSAGE, "payload": ""}},
    "metadata that are a list": {"message": {**MESSAGE, "metadata": []}},
    "a conversation that is a number": {"conversation": 5},
    "context that is a text": {"context": "x"},
}


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD)
def test_what_is_not_a_turn_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        parse_turn(body(**changes))


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"\xff", b'{"a":' * 100_000], ids=["empty", "cut", "list", "binary", "deep"]
)
def test_what_is_not_an_object_is_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest):
        parse_turn(raw)


@pytest.mark.parametrize("history", [None, {}, ["x"], [{}], [{"event": 5}]], ids=str)
def test_what_is_not_a_history_is_refused(history: Any) -> None:
    with pytest.raises(BadHistory):
        parse_turn(body(history=history))


def test_a_reply_keeps_what_the_domain_or_an_action_put_in() -> None:
    button = {"title": "Yes", "payload": "/affirm", "value": "yes"}
    event = {
        "event": "bot",
        "text": "Sure?",
        "data": {"buttons": [button], "image": None, "attachment": None, "custom": {"cards": []}, "elements": None},
        "metadata": {"utter_action": "utter_sure", "metadata": {"expects": "confirmation"}},
    }
    assert reply_from_event(event) == {
        "text": "Sure?",
        "buttons": [button],
        "image": None,
        "attachment": None,
        "custom": {"cards": []},
        "response": "utter_sure",
        "metadata": {"expects": "confirmation"},
    }


def test_an_image_is_not_repeated_as_attachment() -> None:
    reply = reply_from_event({"event": "bot", "text": None, "data": {"image": "u", "attachment": "u"}, "metadata": {}})
    assert (reply["image"], reply["attachment"]) == ("u", None)


def test_the_understanding_has_the_five_best() -> None:
    ranking = [{"name": str(number), "confidence": 0.1, "id": 1} for number in range(9)]
    understood = understanding_from({"intent": ranking[0], "intent_ranking": ranking, "entities": []}, "hello")
    assert understood["intent"] == {"name": "0", "confidence": 0.1}
    assert [candidate["name"] for candidate in understood["ranking"]] == ["0", "1", "2", "3", "4"]


def test_launch_settings_are_parsed() -> None:
    settings = parse_launch(json.dumps(LAUNCH))
    assert settings.model == Path("models/m.tar.gz")
    assert settings.action_timeout == 8.0


@pytest.mark.parametrize("name", LAUNCH)
def test_a_launch_setting_that_is_missing_is_named(name: str) -> None:
    settings = {key: value for key, value in LAUNCH.items() if key != name}
    with pytest.raises(StartError, match=f"`{name}`"):
        parse_launch(json.dumps(settings))


def test_a_refused_secret_is_not_repeated() -> None:
    with pytest.raises(StartError) as refusal:
        parse_launch(json.dumps({**LAUNCH, "secret": 12345}))
    assert "12345" not in str(refusal.value)


def test_texts_to_encode_are_parsed() -> None:
    asked = parse_encode(b'{"texts": ["a", ""], "encoder": "english"}')
    assert (asked.texts, asked.encoder) == (["a", ""], "english")


@pytest.mark.parametrize(
    "asked",
    [
        {"texts": "a", "encoder": "english"},
        {"texts": [1], "encoder": "english"},
        {"texts": ["a"] * 65, "encoder": "english"},
        {"texts": ["x" * 20_001], "encoder": "english"},
        {"texts": ["a"]},
    ],
)
def test_what_cannot_be_encoded_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        parse_encode(json.dumps(asked).encode())


def test_the_form_of_order_numbers_comes_with_the_settings() -> None:
    assert parse_launch(json.dumps(LAUNCH)).order_number_pattern is None
    assert parse_launch(json.dumps({**LAUNCH, "order_number_pattern": "X.*"})).order_number_pattern == "X.*"
    with pytest.raises(StartError, match="order_number_pattern"):
        parse_launch(json.dumps({**LAUNCH, "order_number_pattern": 5}))
