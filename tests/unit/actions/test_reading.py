"""What is read from the tracker."""

from __future__ import annotations

from typing import Any

import pytest

from actions.reading import answers_form, is_remark_on_order, previous_turn, question_of, read_facts
from bot.customers.contacts import Contact


def test_several_order_numbers_are_read_each_once(stage: Any) -> None:
    entity = {"entity": "order_number", "value": "W1000002"}
    tracker = stage.tracker("where are W1000001 and W1000002?", "track_order", [entity])
    assert set(read_facts(tracker, stage.services.order_numbers).order_numbers) == {"#W1000001", "#W1000002"}


def test_an_entity_that_is_no_order_number_counts_for_nothing(stage: Any) -> None:
    tracker = stage.tracker("12", "inform", [{"entity": "order_number", "value": "12"}])
    assert read_facts(tracker, stage.services.order_numbers).order_numbers == ()


def test_an_address_that_a_button_carries_is_read(stage: Any) -> None:
    tracker = stage.tracker("Cancel an order", "cancel_order", [{"entity": "email", "value": "jo@mail.example"}])
    assert read_facts(tracker, stage.services.order_numbers).contact.email == "jo@mail.example"


@pytest.mark.parametrize("text", ["482913", "W482731", "order #12345", "in 2025 we moved"])
def test_digits_are_no_postcode_where_none_was_asked_for(stage: Any, text: str) -> None:
    assert read_facts(stage.tracker(text, "inform"), stage.services.order_numbers).contact.postcode is None


@pytest.mark.parametrize("text", ["my zip is 19103", "W1000001, 19103"])
def test_digits_are_a_postcode_where_the_message_says_so(stage: Any, text: str) -> None:
    assert read_facts(stage.tracker(text, "inform"), stage.services.order_numbers).contact.postcode == "19103"


@pytest.mark.parametrize(
    ("text", "intent", "confidence", "answers"),
    [
        ("W1000001", "cancel_order", 0.9, True),
        ("its W1000001", "inform", 0.9, True),
        ("its W1000001", "newsletter", 0.4, True),
        ("W1000001 human please", "human", 0.9, False),
        ("please show me all the orders of jo@mail.example", "list_orders", 0.4, False),
        ("where is W1000001", "track_order", 0.9, True),
    ],
)
def test_an_answer_is_told_from_another_wish(
    stage: Any, text: str, intent: str, confidence: float, answers: bool
) -> None:
    tracker = stage.tracker(text, intent, confidence=confidence)
    facts = read_facts(tracker, stage.services.order_numbers)
    assert answers_form(tracker, facts, ("track_order",)) is answers


def test_a_chosen_guess_stands_for_the_message_it_was_a_guess_at(stage: Any) -> None:
    stage.slots = {"unclear": {"text": "my thing", "turn": "m0", "titles": ["Return something"]}}
    assert question_of(stage.tracker("Return something", "return_items")) == "my thing"
    assert question_of(stage.tracker("return it", "return_items")) == "return it"


def test_the_turn_before_is_known_with_what_it_was_understood_as(stage: Any) -> None:
    assert previous_turn(stage.tracker("hm", "nlu_fallback")) == ("", None)
    stage.heard_before("thanks", "m0")
    assert previous_turn(stage.tracker("hm", "nlu_fallback")) == ("m0", "thanks")


def test_number_and_address_beside_another_wish_are_for_this_one_too(stage: Any) -> None:
    tracker = stage.tracker("what did I pay", "order_total")
    whole = "what did I pay and where does it go? W1000001, jo@mail.example, N1 5QT"
    tracker.latest_message["metadata"]["whole_text"] = whole
    facts = read_facts(tracker, stage.services.order_numbers)
    assert facts.order_numbers == ("#W1000001",)
    assert facts.contact == Contact("jo@mail.example", "N15QT")


def test_an_own_number_counts_more_than_that_of_another_wish(stage: Any) -> None:
    tracker = stage.tracker("where is W1000001", "track_order")
    tracker.latest_message["metadata"]["whole_text"] = "cancel W1000002 and where is W1000001"
    assert read_facts(tracker, stage.services.order_numbers).order_numbers == ("#W1000001",)


@pytest.mark.parametrize(
    ("text", "entities", "confidence", "remark"),
    [
        ("it's the blue one", [], 0.66, True),
        ("is it blue?", [], 0.66, False),
        ("do you have it in blue", [], 0.97, False),
        ("the Thrush jacket", [{"entity": "product", "value": "Thrush jacket"}], 0.6, False),
        ("I would like to see all of the blue ones", [], 0.6, False),
    ],
)
def test_a_remark_on_the_order_is_told_from_a_question(
    stage: Any, text: str, entities: list[dict[str, Any]], confidence: float, remark: bool
) -> None:
    stage.form = "track_order_form"
    assert is_remark_on_order(stage.tracker(text, "product_question", entities, confidence)) is remark
    stage.form = None
    assert not is_remark_on_order(stage.tracker(text, "product_question", entities, confidence))
