"""A turn over HTTP: what is understood, said, kept and passed through."""

import json

import pytest
from engine_process import Conversation, Engine
from fake_actions import FakeActions


def test_health_names_the_model_and_needs_no_secret(engine: Engine) -> None:
    status, health = engine.request("GET", "/health", secret=None)
    assert status == 200
    assert health["status"] == "ok"
    assert health["rasa"] == "3.6.21"
    assert len(health["model"]) == 12


def test_a_first_message_starts_the_session_and_is_answered(conversation: Conversation) -> None:
    answer = conversation.answer_to("when are you open")
    assert [reply["text"] for reply in answer["replies"]] == ["Nine to five."]
    assert answer["replies"][0]["response"] == "utter_hours"
    assert answer["understanding"]["intent"]["name"] == "ask_hours"
    assert answer["understanding"]["text"] == "when are you open"
    assert len(answer["understanding"]["ranking"]) == 5
    assert answer["events"][0] | {"timestamp": 0} == answer["history"][0] | {"timestamp": 0}
    assert answer["events"][0]["name"] == "action_session_start"
    assert answer["events"][-1]["name"] == "action_listen"


def test_the_engine_keeps_nothing_between_turns(engine: Engine, actions: FakeActions) -> None:
    first = engine.say("hello")[1]
    again = engine.say("hello")[1]
    assert first["replies"][0]["text"] == "Welcome!"
    assert again["replies"][0]["text"] == "Welcome!"


def test_the_same_message_again_is_answered_in_the_same_words(engine: Engine, actions: FakeActions) -> None:
    said = {json.dumps([reply["text"] for reply in engine.say("hello", id="one")[1]["replies"]]) for _ in range(8)}
    assert len(said) == 1


def test_other_messages_get_other_variations_of_a_response(engine: Engine, actions: FakeActions) -> None:
    said = {engine.say("hello", id=f"id-{number}")[1]["replies"][1]["text"] for number in range(20)}
    assert said == {"Hello.", "Hi there."}


def test_a_rule_for_the_start_fires_at_the_start_only(conversation: Conversation) -> None:
    assert conversation.say("hello")[0] == "Welcome!"
    for _ in range(12):
        conversation.say("when are you open")
        assert "Welcome!" not in conversation.say("hello")


@pytest.mark.parametrize(
    "text",
    ["/restart", "/order_pizza", '/order_pizza{"size":"large"}', "/greet@0.99", "/back", "/session_start", "/"],
)
def test_what_is_typed_is_never_a_command(conversation: Conversation, text: str) -> None:
    conversation.say("I want a pizza")
    conversation.say("large")
    answer = conversation.answer_to(text)
    assert answer["understanding"]["intent"]["confidence"] != 1.0
    assert not any(entity.get("extractor") == "RegexMessageHandler" for entity in answer["understanding"]["entities"])
    actions = {event["name"] for event in answer["events"] if event["event"] == "action"}
    assert not actions & {"action_restart", "action_back", "action_session_start"}
    (user,) = (event for event in answer["events"] if event["event"] == "user")
    assert user["text"] == text


def test_a_payload_is_resolved_and_the_text_stays_the_title(conversation: Conversation) -> None:
    conversation.say("I want a pizza")
    answer = conversation.answer_to("Large", payload='/order_pizza{"size": "large"}')
    assert answer["understanding"]["intent"] == {"name": "order_pizza", "confidence": 1.0}
    assert answer["understanding"]["text"] == "Large"
    (user,) = (event for event in answer["events"] if event["event"] == "user")
    assert user["text"] == "Large"
    assert {"event": "slot", "name": "size", "value": "large"}.items() <= next(
        event for event in answer["events"] if event["event"] == "slot"
    ).items()


def test_a_payload_of_plain_words_is_understood_as_text(conversation: Conversation) -> None:
    assert conversation.say("Hours", payload="when are you open") == ["Nine to five."]


def test_buttons_keep_their_extra_keys_and_responses_their_metadata(conversation: Conversation) -> None:
    (reply,) = conversation.answer_to("I want a pizza")["replies"]
    assert reply["metadata"] == {"expects": "variant"}
    assert reply["buttons"][0] == {"title": "Small", "payload": '/order_pizza{"size": "small"}', "value": "s"}


def test_what_an_action_says_comes_through_untouched(conversation: Conversation, actions: FakeActions) -> None:
    cards = {"cards": [{"kind": "order", "total": None}], "effects": [{"type": "hand_over"}]}
    button = {"title": "More", "payload": "/tell_joke", "value": "1"}
    response = {"text": "Ha.", "buttons": [button], "custom": cards, "metadata": {"expects": "rating"}}
    actions.answers["action_joke"] = 200, {"events": [], "responses": [response]}
    (reply,) = conversation.answer_to("tell me a joke")["replies"]
    assert reply == {
        "text": "Ha.",
        "buttons": [button],
        "image": None,
        "attachment": None,
        "custom": cards,
        "response": None,
        "metadata": {"expects": "rating"},
    }


def test_context_sets_slots_before_the_message(conversation: Conversation) -> None:
    answer = conversation.answer_to("when are you open", context={"vip": True, "no_such_slot": 1})
    kinds = [(event["event"], event.get("name")) for event in answer["events"]]
    assert kinds.index(("slot", "vip")) < [kind for kind, _ in kinds].index("user")
    assert ("slot", "no_such_slot") not in kinds
    again = conversation.answer_to("when are you open", context={"vip": True})
    assert "slot" not in [event["event"] for event in again["events"]]


def test_an_action_is_called_in_the_format_of_rasa_sdk_without_the_domain(
    conversation: Conversation, actions: FakeActions
) -> None:
    conversation.say("tell me a joke")
    (call,) = actions.calls
    assert call["next_action"] == "action_joke"
    assert call["sender_id"] == "c-1"
    assert call["domain"] == {}
    tracker = call["tracker"]
    assert tracker["latest_message"]["text"] == "tell me a joke"
    assert tracker["latest_message"]["intent"]["name"] == "tell_joke"
    assert tracker["slots"]["jokes"] == 0.0
    assert {"events", "active_loop", "latest_action_name", "paused"} <= tracker.keys()


def test_calls_to_actions_share_a_connection(conversation: Conversation, actions: FakeActions) -> None:
    conversation.say("tell me a joke")
    before = actions.connections
    for _ in range(5):
        conversation.say("tell me a joke")
    assert actions.connections == before


def test_a_slot_that_an_action_set_is_there_at_the_next_turn(conversation: Conversation) -> None:
    for number in range(1, 6):
        assert conversation.say("tell me a joke") == [f"Joke {number}."]


def test_an_action_that_follows_is_run_next(conversation: Conversation, actions: FakeActions) -> None:
    actions.answers["action_joke"] = 200, {"events": [{"event": "followup", "name": "utter_hours"}], "responses": []}
    assert conversation.say("tell me a joke")[0] == "Nine to five."


def test_a_form_interrupted_twice_goes_on_where_it_was(conversation: Conversation) -> None:
    assert conversation.say("I want a pizza") == ["Which size?"]
    assert conversation.say("when are you open") == ["Nine to five.", "Which size?"]
    assert conversation.say("large") == ["How many?"]
    assert conversation.say("2") == ["Where to?"]
    assert conversation.say("Main Street 1") == ["2 large to Main Street 1."]


def test_a_reminder_has_no_effect(conversation: Conversation, actions: FakeActions) -> None:
    reminder = {
        "event": "reminder",
        "name": "later",
        "intent": "greet",
        "entities": None,
        "date_time": "2026-01-01T00:00:00",
        "kill_on_user_msg": False,
    }
    actions.answers["action_joke"] = 200, {"events": [reminder], "responses": [{"text": "Ha."}]}
    assert conversation.say("tell me a joke") == ["Ha."]


ODD_TEXTS = {
    "empty": "",
    "blank": " ",
    "emoji": "🙂🙂",
    "right to left": "\u202eabc",
    "control characters": "\x00\x07",
    "ten thousand characters": "x" * 10_000,
    "a placeholder": "{size}",
    "deep JSON": '{"a":' * 3000,
}


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_odd_texts_are_answered(conversation: Conversation, text: str) -> None:
    assert conversation.answer_to(text)["replies"]


def test_timing_tells_nlu_actions_and_total(conversation: Conversation, actions: FakeActions) -> None:
    actions.delay = 0.05
    timing = conversation.answer_to("tell me a joke")["timing"]
    assert timing["actions_ms"] >= 50
    assert timing["total_ms"] >= timing["actions_ms"] + timing["nlu_ms"]
    assert timing["nlu_ms"] > 0
