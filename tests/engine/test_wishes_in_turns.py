"""Several wishes in one message, with a real Rasa: each is answered, in order, and nothing is lost on the way."""

import dataclasses
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_process import Conversation
from fake_actions import FakeActions
from rasa.shared.exceptions import InvalidConfigException
from test_folding_with_rasa import Dialogue, whole

from bot.engine.model import Model, load_model
from bot.engine.nlu.wishes import WishSplitter

BOTH = "when are you open, and also tell me a joke"
PIZZA_AND_HOURS = "I want a pizza. And also when are you open?"


@pytest.fixture(scope="module")
def model(model_file: Path) -> Model:
    return load_model(model_file)


def heard(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """What the dialogue heard: text and intent of each utterance."""
    users = (event for event in answer["events"] if event["event"] == "user")
    return [(event["text"], event["parse_data"]["intent"]["name"]) for event in users]


def waiting(answer: dict[str, Any]) -> list[Any]:
    """The last value of the slot that keeps wishes."""
    return [event["value"] for event in answer["events"] if event.get("name") == "waiting_wishes"][-1:]


def test_both_wishes_are_answered_in_order(conversation: Conversation) -> None:
    answer = conversation.answer_to(BOTH)
    assert [reply["text"] for reply in answer["replies"]] == ["Nine to five.", "Joke 1."]
    assert heard(answer) == [("when are you open", "ask_hours"), ("tell me a joke", "tell_joke")]
    understood = answer["understanding"]
    assert understood["intent"]["name"] == "ask_hours"
    assert understood["text"] == BOTH
    assert [wish["intent"] for wish in understood["wishes"]] == ["ask_hours", "tell_joke"]
    assert all(0.5 <= wish["confidence"] <= 1 for wish in understood["wishes"])
    assert conversation.say("tell me a joke") == ["Joke 2."]


def test_one_wish_is_understood_as_ever(conversation: Conversation) -> None:
    answer = conversation.answer_to("when are you open")
    assert "wishes" not in answer["understanding"]
    assert len(heard(answer)) == 1


def test_a_greeting_before_a_wish_is_answered_as_the_wish(conversation: Conversation) -> None:
    for text in ("hello! when are you open?", "hello\nwhen are you open", "when are you open? see you later"):
        answer = conversation.answer_to(text)
        assert [reply["text"] for reply in answer["replies"]] == ["Nine to five."], text
        assert heard(answer) == [(text, "ask_hours")]


def test_lines_of_a_burst_are_understood_together(conversation: Conversation) -> None:
    answer = conversation.answer_to("hello\ntell me a joke\nwhat does it cost")
    assert [intent for _, intent in heard(answer)] == ["tell_joke", "ask_price"]


def test_of_mere_chatter_the_last_counts(conversation: Conversation) -> None:
    assert conversation.say("hello. goodbye") == ["Bye."]


def test_the_same_wish_twice_is_one(conversation: Conversation) -> None:
    answer = conversation.answer_to("when are you open? what time do you close?")
    assert [reply["text"] for reply in answer["replies"]] == ["Nine to five."]
    assert len(heard(answer)) == 1


def test_two_questions_of_one_kind_are_both_answered(conversation: Conversation) -> None:
    answer = conversation.answer_to("what does it cost? how much is the price?")
    assert heard(answer)[0] == ("what does it cost?", "ask_price")
    assert [intent for _, intent in heard(answer)] == ["ask_price", "ask_price"]


def test_six_questions_are_six_answers(conversation: Conversation) -> None:
    hours, joke, price = "when are you open?", "tell me a joke?", "what does it cost?"
    answer = conversation.answer_to(f"{hours} {joke} {price} {joke} {hours} {price}")
    kinds = ["ask_hours", "tell_joke", "ask_price", "tell_joke", "ask_hours", "ask_price"]
    assert [intent for _, intent in heard(answer)] == kinds


def test_a_wish_waits_for_the_form_of_the_one_before_it(conversation: Conversation) -> None:
    first = conversation.answer_to(PIZZA_AND_HOURS)
    assert [reply["text"] for reply in first["replies"]] == ["Which size?"]
    ((kept,),) = waiting(first)
    assert (kept["text"], kept["intent"]["name"]) == ("when are you open?", "ask_hours")
    assert conversation.say("large") == ["How many?"]
    assert conversation.say("2") == ["Where to?"]
    last = conversation.answer_to("Main Street 1")
    texts = [reply["text"] for reply in last["replies"]]
    assert texts == ["2 large to Main Street 1.", "Now to the rest.", "Nine to five."]
    assert waiting(last) == [None]
    assert "Nine to five." not in conversation.say("tell me a joke")


def test_a_waiting_wish_that_is_said_again_is_answered_once(conversation: Conversation) -> None:
    conversation.say(PIZZA_AND_HOURS)
    assert conversation.say("when are you open") == ["Nine to five.", "Which size?"]
    for text in ("large", "2"):
        conversation.say(text)
    assert conversation.say("Main Street 1") == ["2 large to Main Street 1."]


def test_waiting_wishes_are_forgotten_with_the_whole_matter(conversation: Conversation) -> None:
    conversation.say(PIZZA_AND_HOURS)
    assert conversation.say("no thanks") == ["Dropped."]


def test_entities_stay_with_their_wish(conversation: Conversation) -> None:
    answer = conversation.answer_to("tell me a joke, and I want a large pizza please")
    assert [reply["text"] for reply in answer["replies"]] == ["Joke 1.", "How many?"]
    users = [event for event in answer["events"] if event["event"] == "user"]
    assert users[0]["parse_data"]["entities"] == []
    (size,) = users[1]["parse_data"]["entities"]
    assert users[1]["text"][size["start"] : size["end"]] == "large"


def test_an_answer_and_a_wish_in_one_are_both_heard_while_a_form_waits(conversation: Conversation) -> None:
    conversation.say("book a table")
    answer = conversation.answer_to("3 of them. And when are you open?")
    texts = [reply["text"] for reply in answer["replies"]]
    assert texts == ["A table for 3.", "Shall I?", "Nine to five."]
    assert [intent for _, intent in heard(answer)] == ["give_number", "ask_hours"]


def test_a_wish_beside_an_answer_waits_while_the_form_asks_on(conversation: Conversation) -> None:
    conversation.say("I want a pizza")
    conversation.say("large")
    answer = conversation.answer_to("3 of them, and when are you open?")
    assert [reply["text"] for reply in answer["replies"]] == ["Where to?"]
    assert conversation.say("Main Street 1") == ["3 large to Main Street 1.", "Now to the rest.", "Nine to five."]


def test_what_has_waited_longer_comes_first_and_is_introduced_once(conversation: Conversation) -> None:
    conversation.say("I want a pizza. And also tell me a joke")
    conversation.say("large")
    assert conversation.say("3 of them, and when are you open?") == ["Where to?"]
    texts = conversation.say("Main Street 1")
    assert texts == ["3 large to Main Street 1.", "Now to the rest.", "Joke 1.", "Nine to five."]


def test_the_wish_that_began_the_form_does_not_begin_it_again(conversation: Conversation) -> None:
    conversation.say("book a table")
    assert conversation.say("3 of them. book a table") == ["A table for 3.", "Shall I?"]


def test_a_wish_alone_interrupts_a_form_as_ever(conversation: Conversation) -> None:
    conversation.say("I want a pizza")
    assert conversation.say("hello! when are you open?") == ["Nine to five.", "Which size?"]


def test_who_wants_a_person_gets_one_and_nothing_else(conversation: Conversation) -> None:
    answer = conversation.answer_to("when are you open? talk to a person")
    assert [reply["text"] for reply in answer["replies"]] == ["Done."]
    assert heard(answer) == [("when are you open? talk to a person", "hand_over")]
    assert [wish["intent"] for wish in answer["understanding"]["wishes"]] == ["ask_hours", "hand_over"]


@pytest.mark.parametrize("effect", ["end", "request_callback", "request_handoff"])
def test_after_an_end_no_other_wish_is_answered(conversation: Conversation, actions: FakeActions, effect: str) -> None:
    said = {"text": "Ha.", "custom": {"effects": [{"type": effect}]}}
    actions.answers["action_joke"] = 200, {"events": [], "responses": [said]}
    assert conversation.say("tell me a joke. when are you open?") == ["Ha."]


def test_each_wish_has_an_id_of_its_own_and_the_first_that_of_the_message(
    conversation: Conversation, actions: FakeActions
) -> None:
    conversation.answer_to("tell me a joke. make it fail", metadata={"message_id": "m-7"}, id="m-7")
    ids = [call["tracker"]["latest_message"]["metadata"]["message_id"] for call in actions.calls]
    assert ids == ["m-7", "m-7:2"]


def test_a_button_is_never_divided(conversation: Conversation) -> None:
    answer = conversation.answer_to("Yes. And when are you open?", payload="tell me a joke. when are you open?")
    assert len(heard(answer)) == 1


@pytest.mark.parametrize("piece", ["x. ", "also ", "\n", " ", "and i ", ".,;"])
def test_a_long_message_of_many_parts_is_answered_in_time(conversation: Conversation, piece: str) -> None:
    assert conversation.answer_to(piece * (4000 // len(piece)))["timing"]["total_ms"] < 1000


SAYINGS = (
    BOTH,
    PIZZA_AND_HOURS,
    "hello! tell me a joke. what does it cost?",
    "book a table. And also when are you open?",
    *("large", "2", "3 of them, and when are you open?", "Main Street 1", "yes", "no", "bye", "price please"),
)


def script(seed: int, turns: int) -> Iterator[str]:
    chance = random.Random(seed)
    return (chance.choice(SAYINGS) for _ in range(turns))


@pytest.mark.parametrize("seed", range(4))
def test_a_dialogue_of_several_wishes_goes_the_same_way_folded_and_whole(model: Model, seed: int) -> None:
    folded, unfolded = Dialogue(model), Dialogue(whole(model))
    for position, text in enumerate(script(seed, turns=40)):
        assert folded.say(text) == unfolded.say(text), f"at {position}: {text}"


@pytest.mark.parametrize("seed", range(2))
def test_the_history_of_a_dialogue_of_several_wishes_does_not_grow(model: Model, seed: int) -> None:
    dialogue = Dialogue(model)
    sizes = []
    for text in script(seed, turns=120):
        dialogue.say(text)
        sizes.append(len(json.dumps(dialogue.history, default=str)))
    assert max(sizes[60:]) <= max(sizes[:60]) * 1.2


def test_without_the_component_nothing_is_divided(model: Model) -> None:
    nodes = {name: node for name, node in model.graph.nodes.items() if not isinstance(node._component, WishSplitter)}
    graph: Any = type("Graph", (), {})()
    graph.components = lambda: (node._component for node in nodes.values())
    graph.run = model.graph.run
    dialogue = Dialogue(dataclasses.replace(model, graph=graph))
    assert [event[0] for event in dialogue.say(BOTH)].count("user") == 1


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"chatters": []}, "has no setting chatters"),
        ({"chatter": "greet"}, "chatter must be a list of texts"),
        ({"least_confidence": 2}, "least_confidence must be a number from 0 to 1"),
        ({"least_confidence": 0}, "above 0"),
        ({"most_parts": 1}, "most_parts must be a whole number"),
        ({"questions": "ask_hours"}, "questions must be a list of texts"),
        ({"words": ["and"]}, "words must name languages"),
        ({"words": {"it": {"joins": ["e"]}}}, "for it something else than"),
        ({"words": {"it": {"connectives": "inoltre"}}}, "for it connectives that must be a list"),
    ],
)
def test_a_setting_that_cannot_be_is_told_by_its_name(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidConfigException, match=problem):
        WishSplitter.validate_config(settings)


def test_an_action_sees_the_whole_message_of_which_a_wish_is_part(
    conversation: Conversation, actions: FakeActions
) -> None:
    conversation.answer_to("tell me a joke. make it fail", metadata={"message_id": "m-7"}, id="m-7")
    wholes = [call["tracker"]["latest_message"]["metadata"]["whole_text"] for call in actions.calls]
    assert set(wholes) == {"tell me a joke. make it fail"}
