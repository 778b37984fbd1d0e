"""A handoff's packet in plain values; whatever it holds."""

from __future__ import annotations

from typing import Any

import pytest

from bot.desk.packet_words import LONGEST_FACT, Fact, packet_shown
from bot.orders.models import Address
from bot.self_service.request import Request, Task


def turn(**fields: Any) -> dict[str, Any]:
    return {"seq": 1, "said": "where is it", "intent": "track_order", "confidence": 0.934, "answered": []} | fields


def test_a_try_says_what_it_was_taken_for_and_how_sure() -> None:
    (one,) = packet_shown({"understood": [turn(entities=[{"entity": "order_number", "value": "#W1"}])]}).tries
    assert (one.intent, one.percent, one.went_wrong) == ("Track order", 93, False)
    assert one.heard == (Fact("order_number", "#W1"),)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"answered": ["utter_not_understood"]}, ""),
        ({"answered": ["utter_out_of_scope_again"]}, ""),
        ({"answered": ["utter_action_failed"]}, ""),
        ({"answered": ["utter_request_refused_too_late"]}, ""),
        ({"failed": "engine_timeout"}, "Engine timeout"),
    ],
)
def test_what_did_not_work_stands_out(fields: dict[str, Any], why: str) -> None:
    shown = packet_shown({"understood": [turn(), turn(**fields)]})
    assert [one.why for one in shown.went_wrong] == [why]


def test_answers_are_told_in_words_and_not_by_where_they_led() -> None:
    answered = ["utter_handoff_not_understood", "utter_app_handoff_queued", "utter_show_order"]
    (one,) = packet_shown({"understood": [turn(intent="nlu_fallback", answered=answered)]}).tries
    assert (one.intent, one.answered) == ("Nothing certain", ("Not understood", "Handoff queued", "Show order"))


def test_slots_are_facts_and_the_assistants_own_are_left_out() -> None:
    slots = {"current_order": "#W1", "contact": {"email": "a@b.example", "postcode": None}, "misses": {"count": 2}}
    assert packet_shown({"slots": slots, "contact": "07700 900115"}).facts == (
        Fact("current_order", "#W1"),
        Fact("contact", "a@b.example"),
        Fact("call_back_contact", "07700 900115"),
    )


def test_a_request_is_told_as_what_the_customer_wants() -> None:
    address = Address("9 Mill Lane", "", "Leeds", "", "LS2 9JT", "GB")
    request = Request("r1", Task.ADDRESS, number="#W1", address=address, sent=True)
    (wanted,) = packet_shown({"slots": {"requests": [request.to_json()]}}).wanted
    assert (wanted.task, wanted.number, wanted.sent) == ("Change order address", "#W1", True)
    assert wanted.details == (Fact("address", "9 Mill Lane, Leeds, LS2 9JT, GB"),)


@pytest.mark.parametrize(
    "packet",
    [
        None,
        {},
        {"understood": None, "slots": None},
        {"understood": [None, 7, "x"], "slots": ["a"]},
        {"understood": [{}], "slots": {"requests": [{"task": "nonsense"}], "x": object()}},
        {"understood": [{"seq": None, "confidence": "high", "entities": [1], "wishes": {"a": 1}, "answered": 5}]},
    ],
)
def test_a_packet_of_another_shape_is_shown_as_far_as_it_goes(packet: Any) -> None:
    assert packet_shown(packet).wanted == ()


def test_long_values_are_cut() -> None:
    (fact,) = packet_shown({"slots": {"article": "x" * 999}}).facts
    assert len(fact.value) == LONGEST_FACT


def test_in_a_packet_too_each_thing_is_told_once_and_no_code() -> None:
    entities = [{"entity": "option", "value": "walnut"}] * 5 + [{"entity": "one_time_code", "value": "661939"}]
    (one,) = packet_shown({"understood": [{"seq": 1, "said": "walnut", "entities": entities}]}).tries
    assert one.heard == (Fact("option", "walnut"), Fact("one_time_code", "•••"))
