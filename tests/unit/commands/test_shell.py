"""The chat in the terminal: which button a typed line means, and how choices are shown."""

from __future__ import annotations

import pytest

from bot.commands.shell import Frame, as_text, chosen


def buttons(*titles: str) -> list[Frame]:
    return [{"id": f"id of {title}", "title": title} for title in titles]


WISHES = buttons("Track it", "Return it", "Something else")
RATING = buttons(*map(str, range(1, 6)))
RECOMMENDATION = buttons(*map(str, range(11)))
EFFORT = buttons(*map(str, range(1, 8)))


@pytest.mark.parametrize(
    ("typed", "choices", "title"),
    [
        ("2", WISHES, "Return it"),
        (" 3 ", WISHES, "Something else"),
        ("4", RATING, "4"),
        ("0", RECOMMENDATION, "0"),
        ("9", RECOMMENDATION, "9"),
        ("10", RECOMMENDATION, "10"),
        ("7", EFFORT, "7"),
    ],
)
def test_a_number_means_the_button_that_it_names(typed: str, choices: list[Frame], title: str) -> None:
    assert chosen(typed, choices) == {"id": f"id of {title}", "title": title}


@pytest.mark.parametrize(
    ("typed", "choices"),
    [
        ("0", WISHES),
        ("4", WISHES),
        ("11", RECOMMENDATION),
        ("0", RATING),
        ("where is it", WISHES),
        ("1", []),
        ("²", WISHES),
    ],
)
def test_anything_else_is_said_as_it_is(typed: str, choices: list[Frame]) -> None:
    assert chosen(typed, choices) is None


def test_choices_are_numbered_and_a_scale_is_shown_as_it_is() -> None:
    assert as_text({"text": "What?", "choices": WISHES}).splitlines()[1:] == [
        "  1) Track it",
        "  2) Return it",
        "  3) Something else",
    ]
    assert as_text({"text": "How?", "choices": RATING}).splitlines()[1:] == ["  [1] [2] [3] [4] [5]"]
