"""Frames parsed at the door."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.models import Message, Status
from channels.web import frames

ID = "0b0e2a54-7f3c-4a7b-9a53-6a2c5c1f0a11"


def test_a_message_is_cleaned_of_what_no_screen_can_take() -> None:
    raw = json.dumps({"type": "message", "id": ID, "text": "  a\x00b\x07c\r\nd\te\ud83d \x7f "})
    assert frames.parse(raw, longest_text=100) == frames.Said(ID, "abc\nd\te?")


def test_the_longest_text_is_counted_after_cleaning() -> None:
    said = frames.parse(json.dumps({"type": "message", "id": ID, "text": " " * 50 + "x" * 100}), longest_text=100)
    assert said == frames.Said(ID, "x" * 100)
    with pytest.raises(frames.BadFrame) as refused:
        frames.parse(json.dumps({"type": "message", "id": ID, "text": "x" * 101}), longest_text=100)
    assert (refused.value.code, refused.value.frame_id) == ("too_long", ID)


def is_taken_or_refused(raw: str) -> bool:
    """Anything but a frame or a refusal in words is an exception, and fails the test."""
    try:
        return isinstance(frames.parse(raw, longest_text=100), frames.Frame)
    except frames.BadFrame as refused:
        return bool(refused.response)


@given(st.text())
def test_no_text_whatever_crashes_the_parser(raw: str) -> None:
    assert is_taken_or_refused(raw)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_no_json_whatever_crashes_the_parser(content: object) -> None:
    for body in (content, {"type": "message", "id": ID, "text": content}, {"type": "hello", "token": content}):
        assert is_taken_or_refused(json.dumps(body))


def test_a_clients_id_survives_the_way_through_the_channel() -> None:
    visitor = uuid.uuid4().hex
    assert frames.client_id(frames.external_id(visitor, ID)) == ID
    assert frames.client_id(None) is None


def theirs(**fields: object) -> Message:
    """A message that a customer wrote on the web, but for what is said otherwise."""
    at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    written = Message(
        "m", "c", 3, at, "web", "customer", None, "text", "the blue one", (), (), None, f"visitor:{ID}", None
    )
    return replace(written, **fields)  # type: ignore[arg-type]  # of the test's choosing


def shown(message: Message) -> dict[str, object]:
    frame: dict[str, object] = json.loads(frames.message(message))
    return frame


def test_a_message_of_this_channel_says_nothing_of_channels() -> None:
    frame = shown(theirs())
    assert frame["id"] == ID
    assert not {"via", "edited", "attachments"} & set(frame)


@pytest.mark.parametrize("external", ["77:4:12", "77:choice:0b0e2a547f3c4a7b9a536a2c5c1f0a11", "77:tap:998", None])
def test_an_id_of_another_channel_is_no_clients(external: str | None) -> None:
    assert frames.client_id(external) is None
    assert "id" not in shown(theirs(channel="telegram", external_id=external))
    assert shown(theirs(author_kind="bot", external_id=None, in_reply_to=external))["in_reply_to"] is None


def test_a_message_tells_where_it_was_said_what_came_with_it_and_that_it_was_changed() -> None:
    photo = {"kind": "photo", "size": 3, "id": "inside only"}
    frame = shown(theirs(channel="telegram", attachments=(photo,), edited_text="the green one"))
    assert (frame["via"], frame["text"], frame["edited"]) == ("telegram", "the green one", True)
    assert frame["attachments"] == [{"kind": "photo", "name": None}]


def test_what_was_edited_away_is_edited_all_the_same() -> None:
    assert json.loads(frames.edited(theirs(edited_text=""))) == {"type": "edited", "seq": 3, "text": ""}
    assert shown(theirs(edited_text=""))["text"] == ""


def test_ready_names_the_channels_a_conversation_can_be_continued_on() -> None:
    assert json.loads(frames.ready(Status("c", "open", "bot", 3)))["continue"] == []
    assert json.loads(frames.ready(Status("c", "open", "bot", 3), {"telegram": print}))["continue"] == ["telegram"]
