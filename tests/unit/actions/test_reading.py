"""What is read from the tracker."""

from __future__ import annotations

from typing import Any

import pytest

from actions.reading import answers_form, previous_turn, question_of, read_facts


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


@pytest.mark.parametrize("text", ["my zip is 19122", "W1000001, 19122"])
def test_digits_are_a_postcode_where_the_message_says_so(stage: Any, text: str) -> None:
    assert read_facts(stage.tracker(text, "inform"), stage.services.order_numbers).contact.postcode == "19122"


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
