"""Names of a list are found misspelt and shortened, and not where it is open which is meant."""

import pytest

from bot.engine.nlu.lookups import Lookup

NAMES = (
    "Aurora Rain Jacket",
    "Nimbus Rain Jacket",
    "Wireless Earbuds",
    "Running Shoes",
    "Trail Running Shoes",
    "Desk Lamp",
    "Floor Lamp",
    "T-Shirt",
)

FOUND = [
    ("is the aurora jaket waterproof", ["Aurora Rain Jacket"]),
    ("how much are the EARBUDS", ["Wireless Earbuds"]),
    ("trail runing shoes in 42", ["Trail Running Shoes"]),
    ("running shoes", ["Running Shoes"]),
    ("nimbus jacket or the aurora rain jacket", ["Nimbus Rain Jacket", "Aurora Rain Jacket"]),
    ("desk lamps", ["Desk Lamp"]),
    ("a t-shirt in blue", ["T-Shirt"]),
    ("a rain jacket", []),
    ("a lamp", []),
    ("where is my order", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_a_name_is_found_where_it_is_clear_which(text: str, expected: list[str]) -> None:
    found = Lookup("product", NAMES, 0.45, 0.8).find(text)
    assert [one.value for one in found] == expected


def test_where_a_name_stands_is_told() -> None:
    text = "do you sell the desk lmap?"
    (found,) = Lookup("product", NAMES, 0.45, 0.75).find(text)
    assert text[found.start : found.end] == "desk lmap"
