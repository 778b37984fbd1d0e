"""Canned replies: which fit, and what is filled in."""

from __future__ import annotations

from bot.desk.canned import CannedReply, fill, matching, unfilled

REPLIES = [
    CannedReply("hello", "Greeting", "Hello {customer_name}", None, None),
    CannedReply("late", "Late parcel", "Sorry that it is late", "en", None),
    CannedReply("spaet", "Später Versand", "Es tut uns leid", "de", None),
    CannedReply("refund", "Money back", "Your refund is on its way", None, None),
]


def found(typed: str, language: str = "en") -> list[str]:
    return [reply.shortcut for reply in matching(REPLIES, typed, language)]


def test_nothing_typed_finds_all_of_the_own_language_first() -> None:
    assert found("") == ["hello", "late", "refund", "spaet"]
    assert found("", "de")[0] == "hello"
    assert found("", "de")[-1] == "late"


def test_shortcut_then_title_then_words() -> None:
    assert found("la") == ["late"]
    assert found("parcel") == ["late"]
    assert found("on its") == ["refund"]
    assert found("zzz") == []


def test_what_is_known_is_filled_in_and_the_rest_stays_visible() -> None:
    text = fill("{customer_name}, {order_number}, {other}, {agent_name}", {"customer_name": "Jo", "agent_name": ""})
    assert text == "Jo, {order_number}, {other}, {agent_name}"
    assert unfilled(text + " {order_number}") == ["{order_number}", "{agent_name}"]


def test_what_is_filled_in_is_not_filled_again() -> None:
    assert fill("{customer_name}", {"customer_name": "{agent_name}", "agent_name": "Robin"}) == "{agent_name}"
