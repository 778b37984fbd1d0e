"""Frames are parsed strictly: this client is a measuring instrument."""

import json
from typing import Any

import pytest

from tests.client.frames import (
    Ack,
    Attached,
    Badge,
    Edited,
    Message,
    Ready,
    Refusal,
    UnreadableFrame,
    parse_frame,
)

MESSAGE: dict[str, Any] = {
    "type": "message",
    "seq": 4,
    "id": None,
    "at": "2026-01-01T00:00:00Z",
    "author": {"kind": "bot", "name": "Bell"},
    "text": "Here it is.",
    "choices": [{"id": "k1", "title": "Five", "value": "5"}, {"id": "k2", "title": "Later"}],
    "cards": [
        {
            "kind": "order",
            "title": "Order #W1234567",
            "subtitle": None,
            "badge": {"text": "Shipped", "tone": "good"},
            "fields": [{"label": "Carrier", "value": "DHL", "href": "https://example.com/1"}],
            "items": [{"title": "Lamp", "detail": None, "price": "$4.00", "image": None}],
            "total": "$4.00",
        }
    ],
    "expects": "rating",
    "in_reply_to": "m1",
}


def test_a_message_keeps_its_choices_cards_and_what_it_expects() -> None:
    message = parse_frame(json.dumps(MESSAGE))
    assert isinstance(message, Message)
    assert [(c.title, c.value) for c in message.choices] == [("Five", "5"), ("Later", None)]
    assert message.cards[0].badge == Badge("Shipped", "good")
    assert message.cards[0].fields[0].href == "https://example.com/1"
    assert message.cards[0].items[0].price == "$4.00"
    assert (message.seq, message.expects, message.in_reply_to) == (4, "rating", "m1")


def test_a_message_from_another_channel_keeps_where_it_was_said_and_what_came_with_it() -> None:
    files = [{"kind": "photo", "name": None}, {"kind": "document", "name": "invoice.pdf"}]
    message = parse_frame(json.dumps({**MESSAGE, "via": "telegram", "edited": True, "attachments": files}))
    assert isinstance(message, Message)
    assert (message.via, message.edited) == ("telegram", True)
    assert message.attachments == (Attached("photo", None), Attached("document", "invoice.pdf"))


@pytest.mark.parametrize(
    ("body", "frame"),
    [
        (
            {"type": "ready", "conversation": None, "status": "none", "last_seq": 0},
            Ready(None, "none", 0),
        ),
        (
            {"type": "ready", "conversation": "c1", "status": "open", "last_seq": 3, "continue": ["telegram"]},
            Ready("c1", "open", 3, ("telegram",)),
        ),
        ({"type": "edited", "seq": 3, "text": "The green one."}, Edited(3, "The green one.")),
        ({"type": "ack", "id": "m1", "seq": 1}, Ack("m1", 1)),
        (
            {"type": "error", "code": "empty", "message": "Say something.", "retryable": False},
            Refusal("empty", "Say something.", None, False),
        ),
        ({"type": "ack", "id": "m1", "seq": 1, "added later": True}, Ack("m1", 1)),
    ],
)
def test_short_frames(body: dict[str, Any], frame: object) -> None:
    assert parse_frame(json.dumps(body)) == frame


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        "",
        "[]",
        "null",
        "{}",
        '{"type":"news"}',
        '{"type":"ack","id":"m1"}',
        '{"type":"ack","id":"m1","seq":"1"}',
        '{"type":"ack","id":"m1","seq":true}',
        '{"type":"error","code":"x","message":"y"}',
        '{"type":"edited","seq":3}',
        json.dumps({**MESSAGE, "attachments": [{"name": "a kind is missing"}]}),
        json.dumps({**MESSAGE, "choices": ["Five"]}),
        json.dumps({**MESSAGE, "author": None}),
        json.dumps({**MESSAGE, "choices": [{"id": "k1", "title": "Five", "value": 5}]}),
        "[" * 100_000,
    ],
)
def test_anything_else_is_unreadable(raw: str | bytes) -> None:
    with pytest.raises(UnreadableFrame):
        parse_frame(raw)
