"""What the bot made of a message, in words."""

from __future__ import annotations

from typing import Any

import pytest

from bot.desk.understood import Heard, Ran, in_words, understood_of


def ran(name: str) -> dict[str, Any]:
    return {"event": "action", "name": name}


def test_an_intent_is_told_in_words_with_how_sure_it_is() -> None:
    understood = understood_of({"intent": {"name": "change_order_address", "confidence": 0.876}}, [])
    assert understood is not None
    assert (understood.intent, understood.percent) == ("Change order address", 88)


def test_what_was_recognised_is_told_once_and_codes_not_at_all() -> None:
    entities = [
        {"entity": "order_number", "value": "W1"},
        {"entity": "order_number", "value": "W1"},
        {"entity": "one_time_code", "value": "661939"},
    ]
    understood = understood_of({"intent": {"name": "inform", "confidence": 1}, "entities": entities}, [])
    assert understood is not None
    assert understood.heard == (Heard("Order number", "W1"), Heard("One time code", "•••"))


def test_actions_are_told_in_order_and_rasas_own_are_not() -> None:
    events = [ran("action_listen"), ran("action_track_order"), ran("utter_greet"), ran("request_form")]
    understood = understood_of({"intent": {"name": "x", "confidence": 1}}, events)
    assert understood is not None
    assert understood.ran == (Ran("Track order"), Ran("Request form"))


def test_an_action_that_failed_is_told_apart() -> None:
    events = [ran("action_track_order"), {"event": "bot", "metadata": {"utter_action": "utter_action_failed"}}]
    understood = understood_of({"intent": {"name": "x", "confidence": 1}}, events)
    assert understood is not None
    assert understood.ran == (Ran("Track order", failed=True),)


def test_a_turn_that_came_to_nothing_says_so() -> None:
    understood = understood_of({"error": "engine_unavailable"}, [])
    assert understood is not None
    assert understood.failed == "Engine unavailable"


def test_several_wishes_are_all_told() -> None:
    wishes = [
        {"text": "yes", "intent": "affirm", "confidence": 1.0},
        {"text": "send it back", "intent": "return_items"},
    ]
    understood = understood_of({"intent": {"name": "affirm", "confidence": 1}, "wishes": wishes}, [])
    assert understood is not None
    assert understood.wishes == ("Affirm", "Return items")


@pytest.mark.parametrize("broken", [None, {}, {"intent": None}, {"intent": {"name": None, "confidence": "much"}}])
def test_what_is_not_there_is_not_told(broken: dict[str, Any] | None) -> None:
    understood = understood_of(broken, [])
    assert understood is None or understood.intent is None


def test_names_become_words() -> None:
    assert in_words("faq/opening_hours") == "Faq opening hours"


def test_the_same_in_other_letters_is_told_once_under_a_name_that_says_something() -> None:
    entities = [{"entity": "option", "value": value} for value in ("walnut", "Walnut", " walnut", "large")]
    entities.append({"entity": "chosen", "value": "1:remedy:refund"})
    understood = understood_of({"intent": {"name": "inform", "confidence": 1}, "entities": entities}, [])
    assert understood is not None
    assert understood.heard == (Heard("Variant", "walnut"), Heard("Variant", "large"))
