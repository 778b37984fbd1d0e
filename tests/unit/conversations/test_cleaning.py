"""Customers' texts without what no database or screen can take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.cleaning import clean_text


def test_right_to_left_and_emoji_stay_as_they_are() -> None:
    assert clean_text("مرحبا 👩‍👩‍👧 ‏x") == "مرحبا 👩‍👩‍👧 ‏x"


@given(st.text())
def test_cleaned_text_can_always_be_stored(text: str) -> None:
    cleaned = clean_text(text)
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")
    assert clean_text(cleaned) == cleaned


@pytest.mark.parametrize("text", ["   \u200b ", "\u2060\ufeff", "\u200e\u200f", "\u3164", "\u2800\ufe0f"])
def test_what_nobody_sees_is_no_text(text: str) -> None:
    assert clean_text(text) == ""


@pytest.mark.parametrize("text", ["👩\u200d🚀", "می\u200cخواهم", "a\u200b", "❤\ufe0f", "."])
def test_joiners_stay_where_there_is_something_to_join(text: str) -> None:
    assert clean_text(text) == text
