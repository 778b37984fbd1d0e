"""What a bot's history becomes when it gets a conversation back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.handoff.bot_history import Words, after_people
from bot.orders.numbers import OrderNumbers

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NUMBERS = OrderNumbers(r"#?\s*[Ww]\s*\d{7}", "#W")
FORM = {"event": "active_loop", "name": "request_form"}


def slot(name: str, value: Any) -> dict[str, Any]:
    return {"event": "slot", "name": name, "value": value}


def customer(text: str, id: str = "c") -> Words:
    return Words(id, by_customer=True, text=text, at=NOW)


def agent(text: str, id: str = "a") -> Words:
    return Words(id, by_customer=False, text=text, at=NOW)


def handed_back(*said: Words, history: tuple[dict[str, Any], ...] = (slot("language", "de"),)) -> list[dict[str, Any]]:
    now = NOW + timedelta(minutes=1)
    return after_people(history, said, numbers=NUMBERS, now=now, closing="utter_app_handed_back")


def slots(history: list[dict[str, Any]]) -> dict[str, Any]:
    return {event["name"]: event["value"] for event in history if event["event"] == "slot"}


@pytest.mark.parametrize(
    "said",
    [
        (customer("it is about W4827310"), agent("I'll look")),
        (customer("my lamp order"), agent("That's #W4827310, I see.")),
        (customer("W1111111"), agent("That was W2222222, and the new one is W4827310")),
    ],
)
def test_the_order_named_last_is_the_one_at_hand(said: tuple[Words, ...]) -> None:
    assert slots(handed_back(*said))["current_order"] == "#W4827310"


def test_the_order_at_hand_stays_where_none_is_named() -> None:
    after = handed_back(customer("hello?"), history=(slot("current_order", "#W1000001"),))
    assert slots(after)["current_order"] == "#W1000001"


def test_what_was_being_changed_is_laid_aside() -> None:
    begun = [{"id": "m1:0"}]
    after = handed_back(history=(FORM, slot("requests", begun), slot("requested_slot", "answer"), slot("misses", {})))
    found = slots(after)
    assert [event for event in after if event["event"] == "active_loop"][-1]["name"] is None
    assert (found["requests"], found["requested_slot"], found["misses"]) == (None, None, None)
    assert found["laid_aside"] == begun


def test_slots_that_hold_nothing_are_left_alone() -> None:
    after = handed_back(history=(slot("order_number", None),))
    assert not any(event["event"] == "slot" and event["name"] == "requests" for event in after)


def test_the_customers_own_address_is_known_and_one_the_agent_wrote_is_not() -> None:
    after = handed_back(customer("I'm jo@mail.example"), agent("Not robin@shop.example? And N1 5QT?"))
    assert slots(after)["contact"] == {"email": "jo@mail.example", "postcode": None}
    assert "contact" not in slots(handed_back(agent("Is it robin@shop.example?")))


def test_a_greeting_counts_as_said_once() -> None:
    assert slots(handed_back(history=(slot("said", ["utter_help"]),)))["said"] == ["utter_help", "utter_greet"]
    assert slots(handed_back(history=(slot("said", ["utter_greet"]),)))["said"] == ["utter_greet"]


def test_the_words_of_both_sides_are_heard_in_order() -> None:
    after = handed_back(customer("where is it", "1"), agent("On its way.", "2"), customer("ok", "3"))
    heard = [(event["event"], event["text"]) for event in after if event.get("text")]
    assert heard == [("user", "where is it"), ("bot", "On its way."), ("user", "ok")]


def test_what_was_said_is_heard_once_however_often_it_changes_hands() -> None:
    said = (customer("where is it", "1"), agent("On its way.", "2"))
    again = handed_back(*said, history=tuple(handed_back(*said)))
    assert len([event for event in again if event.get("text")]) == len(said)


def test_long_talk_is_remembered_by_its_end() -> None:
    said = tuple(customer(f"line {place} " + "x" * 2000, str(place)) for place in range(30))
    texts = [event["text"] for event in handed_back(*said) if event.get("text")]
    assert len(texts) <= 10
    assert texts[-1].startswith("line 29 ")
    assert max(map(len, texts)) <= 1000


def test_what_comes_next_answers_nothing_the_bot_said_before() -> None:
    after = handed_back(customer("thanks"), history=(slot("language", "de"),))
    assert after[-1]["name"] == "action_listen"
    assert after[-2]["metadata"] == {"utter_action": "utter_app_handed_back"}


def test_a_conversation_without_a_turn_of_the_bots_begins_like_any() -> None:
    after = handed_back(agent("Hello, Robin here."), history=())
    assert [event.get("name") for event in after[:3]] == ["action_session_start", None, "action_listen"]
