"""E-mail addresses, postcodes and codes as customers type them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.customers.contacts import find_code, find_email, find_postcode, normal_postcode


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("jo.hart@mail.example", "jo.hart@mail.example"),
        ("my mail is Jo.Hart@Mail.Example.", "jo.hart@mail.example"),
        ("normanb6,normanb6@email.com,1406989672", "normanb6@email.com"),
        ("<jo+shop@a.co.uk>", "jo+shop@a.co.uk"),
        ("mailto:o'neil@b.example", "o'neil@b.example"),
        ("jo at mail.example", None),
        ("@nobody", None),
        ("", None),
    ],
)
def test_an_address_is_found_and_made_comparable(text: str, email: str | None) -> None:
    assert find_email(text) == email


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("N1 5QT", "N15QT"),
        ("n15qt", "N15QT"),
        ("it's sw1a 2aa thanks", "SW1A2AA"),
        ("19103", "19103"),
        ("zip 19103-4471", "19103"),
        ("K1A 0B1", "K1A0B1"),
        ("D08 X7F4", "D08X7F4"),
        ("1016 dw", "1016DW"),
        ("W2507194", None),
        ("a19122@b.example", None),
        ("hello", None),
    ],
)
def test_a_postcode_is_found_and_made_comparable(text: str, postcode: str | None) -> None:
    assert find_postcode(text) == postcode


@pytest.mark.parametrize(("one", "other"), [("N1 5QT", " n15qt"), ("60614-2213", "60614"), ("22085", "22 085")])
def test_postcodes_that_mean_the_same_compare_equal(one: str, other: str) -> None:
    assert normal_postcode(one) == normal_postcode(other)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("482913", "482913"),
        ("the code is 070 462.", "070462"),
        ("915-338", "915338"),
        ("4829137", None),
        ("48291", None),
        ("W482913", None),
        ("a482913@b.example", None),
    ],
)
def test_a_code_is_six_digits_that_stand_alone(text: str, code: str | None) -> None:
    assert find_code(text) == code


@given(st.text(max_size=300))
def test_any_text_is_read_without_failing(text: str) -> None:
    for find in (find_email, find_postcode, find_code):
        found = find(text)
        assert found is None or found


@pytest.mark.parametrize("text", ["a" * 100_000 + "@", "a@" * 50_000, "1" * 100_000, "a." * 50_000 + "@b"])
def test_a_very_long_text_is_read_in_a_blink(text: str) -> None:
    started = time.process_time()
    for find in (find_email, find_postcode, find_code):
        find(text)
    assert time.process_time() - started < 0.5
