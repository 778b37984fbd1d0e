"""What came beside text in a message of Telegram's."""

from __future__ import annotations

from typing import Any

import pytest

from bot.conversations.models import Attachment
from channels.telegram.media import attachment_of
from tests.support.telegram_updates import message

FILE = {"file_id": "F", "file_unique_id": "u", "file_size": 1000}


@pytest.mark.parametrize(
    ("content", "attachment"),
    [
        (
            {"photo": [{**FILE, "width": 9, "height": 9}, {**FILE, "file_id": "B", "width": 90, "height": 90}]},
            Attachment("photo", {}, "B", size=1000),
        ),
        (
            {"document": {**FILE, "file_name": "a.pdf", "mime_type": "application/pdf"}},
            Attachment("document", {}, "F", "a.pdf", "application/pdf", 1000),
        ),
        ({"voice": {**FILE, "duration": 3}}, Attachment("voice", {"seconds": 3}, "F", size=1000)),
        ({"audio": {**FILE, "duration": 3}}, Attachment("audio", {"seconds": 3}, "F", size=1000)),
        ({"video": FILE}, Attachment("video", {}, "F", size=1000)),
        ({"video_note": FILE}, Attachment("video", {}, "F", size=1000)),
        ({"document": FILE, "animation": FILE}, Attachment("video", {}, "F", size=1000)),
        ({"sticker": {**FILE, "emoji": "👍"}}, Attachment("sticker", {"emoji": "👍"}, "F", size=1000)),
        (
            {"location": {"latitude": 1.5, "longitude": -2}},
            Attachment("location", {"latitude": 1.5, "longitude": -2.0}),
        ),
        (
            {"venue": {"location": {"latitude": 1, "longitude": 2}, "title": "T", "address": "A"}, "location": {}},
            Attachment("location", {"latitude": 1.0, "longitude": 2.0, "title": "T", "address": "A"}),
        ),
        (
            {"contact": {"phone_number": "491", "first_name": "B", "last_name": "C"}},
            Attachment("contact", {"own": False, "phone": "491", "name": "B C"}),
        ),
        ({"poll": {}}, Attachment("other", {"what": "poll"})),
        ({"dice": {"emoji": "🎲"}}, Attachment("other", {"what": "dice"})),
        ({"text": "hello"}, None),
        ({"new_chat_title": "x"}, None),
    ],
)
def test_each_kind_is_told_apart(content: dict[str, Any], attachment: Attachment | None) -> None:
    assert attachment_of(message(**content)) == attachment


@pytest.mark.parametrize(
    "content",
    [
        {"document": {"file_id": "F" * 301}},
        {"document": {"file_id": ""}},
        {"document": {"file_id": 7, "file_size": "big", "file_name": 3, "mime_type": []}},
        {"document": {}},
    ],
)
def test_a_file_that_cannot_be_fetched_is_none(content: dict[str, Any]) -> None:
    assert attachment_of(content) == Attachment("document", {})


@pytest.mark.parametrize("photo", [[], "x", [1], {}, None, 5])
def test_a_picture_without_sizes_is_none(photo: object) -> None:
    assert attachment_of({"photo": photo}) is None


def test_names_are_cut_to_what_their_columns_hold() -> None:
    found = attachment_of({"document": {"file_id": "F", "file_name": "n" * 999, "mime_type": "m" * 999}})
    assert found is not None
    assert (len(found.name or ""), len(found.media_type or "")) == (200, 100)


@pytest.mark.parametrize(
    "place", [{}, {"latitude": "1"}, {"latitude": True}, {"latitude": float("nan")}, {"latitude": 1e99}]
)
def test_a_place_that_is_nowhere_has_no_coordinates(place: dict[str, object]) -> None:
    assert attachment_of({"location": place}) == Attachment("location", {})
