"""What has a form of its own is found, whole and once; what only looks like it is not."""

import time

import pytest

from bot.engine.nlu.patterns import Patterns, WrongPattern, masked

FOUND = [
    ("where is W1234567?", [("order_number", "W1234567")]),
    ("it is #W 1234567.", [("order_number", "#W 1234567")]),
    ("bob.smith+shop@mail.co.uk", [("email", "bob.smith+shop@mail.co.uk")]),
    ("ann6,ann6@mail.com,1406989672", [("email", "ann6@mail.com"), ("phone", "1406989672")]),
    ("call +44 20 7946 0958 please", [("phone", "+44 20 7946 0958")]),
    ("(555) 123-4567", [("phone", "(555) 123-4567")]),
    ("my code is 123456", [("one_time_code", "123456")]),
    ("123 456", [("one_time_code", "123 456")]),
    ("SW1A 1AA", [("postcode", "SW1A 1AA")]),
    ("10115 Berlin", [("postcode", "10115")]),
    ("£45.50, 45,50 € or 20 dollars", [("money", "£45.50"), ("money", "45,50 €"), ("money", "20 dollars")]),
    ("since 12/05/2026", [("date", "12/05/2026")]),
    ("on 3rd of March 2026", [("date", "3rd of March 2026")]),
    ("am 3. Mai", [("date", "3. Mai")]),
    ("may i have 3 jackets in size 42", []),
    ("1Z999AA10123456784", []),
    ("nothing at all", []),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_what_has_a_form_is_found(text: str, expected: list[tuple[str, str]]) -> None:
    found = Patterns().find(text)
    assert [(one.entity, one.value) for one in found] == expected
    assert all(text[one.start : one.end] == one.value for one in found)


def test_the_shops_own_form_of_order_numbers_takes_the_place_of_the_built_in_one() -> None:
    patterns = Patterns().with_order_number(r"ORD-\d{5}-[A-Z]")
    assert [one.value for one in patterns.find("ord-12345-A, not W1234567")] == ["ord-12345-A"]


def test_more_patterns_of_an_entity_are_added_to_those_built_in() -> None:
    patterns = Patterns(more={"order_number": [r"\bbill \d{4}\b"]})
    assert [one.value for one in patterns.find("bill 1234 and W1234567")] == ["bill 1234", "W1234567"]


def test_a_pattern_that_is_none_is_told_by_its_entity() -> None:
    with pytest.raises(WrongPattern, match="order_number"):
        Patterns("(")


def test_numbers_and_addresses_look_the_same_to_the_encoder() -> None:
    patterns = Patterns()
    assert masked("where is W1234567, bob@mail.com", patterns) == masked("where is W7654321, ann@post.de", patterns)


@pytest.mark.parametrize("piece", ["1 ", "1", "a@", "a", "+1(1)", "1.1-", "$1,1 ", "1/1/", "a.b@a.b."])
def test_no_text_takes_long(piece: str) -> None:
    started = time.process_time()
    Patterns().find(piece * (4000 // len(piece)))
    assert time.process_time() - started < 0.5
