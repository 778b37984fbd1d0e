"""Order numbers as customers type them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.orders.numbers import OrderNumbers

NUMBERS = OrderNumbers(r"#?\s*[Ww]\s*\d{7}", "#W")


@pytest.mark.parametrize(
    "text",
    [
        "#W2507194",
        "W2507194",
        "w2507194",
        "#w 2507194",
        "w-2507194",
        "W 250 7194",
        "W250.7194",
        "2507194",
        "#2507194",
        "(W2507194)",
        "order number:W2507194.",
        "its W2507194, thanks",
    ],
)
def test_a_number_is_read_however_it_is_written(text: str) -> None:
    assert NUMBERS.find(text) == ("#W2507194",)


@pytest.mark.parametrize(
    ("text", "number"), [("W250719O", "#W2507190"), ("w25071l4", "#W2507114"), ("WO507194", "#W0507194")]
)
def test_letters_that_look_like_digits_are_read_as_digits(text: str, number: str) -> None:
    assert NUMBERS.find(text) == (number,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "W250719",
        "W25071947",
        "250719",
        "25071947",
        "normanb6,normanb6@email.com,1406989672",
        "a1234567@b.example",
        "x@W1234567.com",
        "call 555-1234567",
        "+441234567",
        "SW1A 1AA",
        "19103-1234",
        "123 456",
    ],
)
def test_what_is_no_number_is_not_taken_for_one(text: str) -> None:
    assert NUMBERS.find(text) == ()


def test_several_numbers_come_in_order_and_once_each() -> None:
    assert NUMBERS.find("W1234567 and 7654321, so #w1234567") == ("#W1234567", "#W7654321")


def test_a_text_with_two_numbers_stands_for_none() -> None:
    assert NUMBERS.read("W1234567 or W7654321") is None


def test_the_pattern_and_the_prefix_are_the_shops_own() -> None:
    numbers = OrderNumbers(r"ORD-\d{4,6}-[A-Z]", "ORD-")
    assert numbers.find("where is ORD-12345-A?") == ("ORD-12345-A",)


def test_the_example_has_the_right_form() -> None:
    assert NUMBERS.find(NUMBERS.example) == (NUMBERS.example,)


@given(st.text(max_size=300))
def test_any_text_is_read_without_failing_and_gives_only_stored_forms(text: str) -> None:
    for number in NUMBERS.find(text):
        assert number.startswith("#W")
        assert len(number) == 9


@given(st.integers(0, 9_999_999))
def test_every_stored_number_reads_as_itself(value: int) -> None:
    number = f"#W{value:07d}"
    assert NUMBERS.read(number) == number


@pytest.mark.parametrize("text", ["w 1 2 3 " * 20_000, "1" * 100_000, "#" * 100_000, "W-" * 50_000])
def test_a_very_long_text_is_read_in_a_blink(text: str) -> None:
    started = time.process_time()
    NUMBERS.find(text)
    assert time.process_time() - started < 0.5
