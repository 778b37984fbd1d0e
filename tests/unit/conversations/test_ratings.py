"""Which typed texts are ratings, and which are not."""

from __future__ import annotations

import pytest

from bot.conversations.ending import parse_rating


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("4", 4),
        (" 5 ", 5),
        ("5/5", 5),
        ("3 / 5", 3),
        ("4 out of 5", 4),
        ("Four out of five", 4),
        ("two", 2),
        ("1 star", 1),
        ("5 stars!", 5),
        ("★★★", 3),
        ("⭐⭐⭐⭐⭐", 5),
        ("⭐️ ⭐️", 2),
        ("3.", 3),
    ],
)
def test_a_bare_score_is_a_rating(text: str, score: int) -> None:
    assert parse_rating(text) == score


@pytest.mark.parametrize(
    "text",
    ["0", "6", "10/10", "44", "4 items are missing", "I have 5", "", "one more thing", "★★★★★★", "5/10", "-1", "½"],
)
def test_anything_else_is_not(text: str) -> None:
    assert parse_rating(text) is None
