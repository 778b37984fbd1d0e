"""Which typed texts are ratings, which say that there is nothing to add, and which ask for something."""

from __future__ import annotations

import pytest

from bot.conversations.rating_words import asks_for_something, declines_comment, parse_rating
from bot.languages.languages import shipped_languages

HEARD = shipped_languages().heard


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
        ("five stars", 5),
        ("★★★", 3),
        ("⭐⭐⭐⭐⭐", 5),
        ("⭐️ ⭐️", 2),
        ("3.", 3),
        ("4.5", 5),
        ("3,4", 3),
        ("4.5/5", 5),
        ("10/10", 5),
        ("8 out of 10", 4),
        ("5/10", 3),
        ("0/10", 1),
        ("👍", 5),
        ("👍🏽", 5),
        ("👍👍", 5),
        ("❤️", 5),
        ("👎", 1),
    ],
)
def test_a_bare_score_is_a_rating(text: str, score: int) -> None:
    assert parse_rating(text, HEARD) == score


@pytest.mark.parametrize(
    "text",
    [
        *("0", "6", "10", "44", "11/10", "6/5", "5.5", "-1", "½", "", "★★★★★★"),
        *("4 items are missing", "I have 5", "one more thing", "👍👎", "📦", "4 👍"),
    ],
)
def test_anything_else_is_not(text: str) -> None:
    assert parse_rating(text, HEARD) is None


@pytest.mark.parametrize("text", ["no", "Nope!", "no/nope", "nope, all good", "No. Thanks.", "nein, danke", "rien"])
def test_a_no_in_any_words_is_no_comment(text: str) -> None:
    assert declines_comment(text.replace("/", ", "), HEARD)


@pytest.mark.parametrize("text", ["no idea why it took so long", "nothing worked", "all good, but slow", "", "..."])
def test_a_comment_that_begins_with_no_is_one(text: str) -> None:
    assert not declines_comment(text, HEARD)


@pytest.mark.parametrize(
    "text", ["I still need my refund", "where is my parcel", "can you help me?", "ich brauche noch eine Rechnung"]
)
def test_what_asks_for_something_is_no_comment(text: str) -> None:
    assert asks_for_something(text, HEARD)


@pytest.mark.parametrize("text", ["very helpful", "I want to say thanks", "it took too long", "needs work"])
def test_what_says_how_it_was_is_one(text: str) -> None:
    assert not asks_for_something(text, HEARD)
