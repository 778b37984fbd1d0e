"""What agents read in Chatwoot, and what is left of their editor's marks when customers read them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.helpdesk.chatwoot import words
from bot.helpdesk.chatwoot.words import Line

AT = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Hello **Wanda**, it is __on its way__.", "Hello Wanda, it is on its way."),
        ("See [your order](https://shop.example/o/7).", "See your order (https://shop.example/o/7)."),
        ("[https://shop.example](https://shop.example)", "https://shop.example"),
        ("two\\\nlines", "two\nlines"),
        ("order \\#W1 costs 5\\*", "order #W1 costs 5*"),
        ("2 * 3 * 4 and snake_case_name and a ** b", "2 * 3 * 4 and snake_case_name and a ** b"),
        ("[not](javascript:alert(1)) a link", "[not](javascript:alert(1)) a link"),
        ("", ""),
    ],
)
def test_marks_of_the_editor_are_taken_off(written: str, read: str) -> None:
    assert words.plain(written) == read


def test_the_packet_says_why_and_what_was_tried() -> None:
    packet = {
        "reason": "not_understood",
        "language": "en",
        "channels": ["telegram", "web"],
        "level": "matched",
        "slots": {"order_number": "#W1", "requests": [{"task": "cancel"}]},
        "understood": [
            {"said": "gimme", "intent": "cancel_order", "confidence": 0.41, "answered": ["utter_not_understood"]},
            {"said": "huh", "intent": None, "answered": [], "failed": "engine_timeout"},
        ],
        "promises": [{"kind": "call_back", "order": None, "words": "x" * 300, "due": "2026-03-02"}],
        "earlier": [{"began": "2026-02-01T00:00:00", "how": "done", "score": 2, "comment": "meh"}],
    }
    told = words.packet_words(packet, "https://shop.example/desk/c/1")
    assert "the assistant did not understand, twice in a row" in told
    assert "telegram, web" in told
    assert "- order number: #W1" in told
    assert "cancel'" not in told
    assert "“gimme” taken for cancel order (41 %) → not understood" in told
    assert "“huh” taken for nothing → no answer; failed: engine timeout" in told
    assert "2026-02-01, done, rated 2 of 5: “meh”" in told
    assert told.endswith("https://shop.example/desk/c/1")
    assert max(map(len, told.splitlines())) < 300


@pytest.mark.parametrize("packet", [{}, {"slots": [1], "understood": "x", "earlier": [None], "promises": {}}])
def test_a_packet_of_another_shape_is_still_read(packet) -> None:
    assert "Handed over by the assistant" in words.packet_words(packet, "x")


def test_a_long_conversation_becomes_several_notes() -> None:
    lines = [Line(AT, "customer", None, f"{number} " + "x" * 900) for number in range(40)]
    notes = words.transcript([*lines, Line(AT, "agent", "Robin", "bye", ("cup.png",))], ZoneInfo("Europe/London"))
    assert len(notes) == 3
    assert all(len(note) <= words.LONGEST_NOTE for note in notes)
    assert "02 Mar 09:05 **Customer:** 0 x" in notes[0]
    assert notes[-1].endswith("**Robin:** bye [cup.png]")
    assert words.transcript([], ZoneInfo("UTC")) == []
