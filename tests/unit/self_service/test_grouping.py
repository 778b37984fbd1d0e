"""Things that were named lead to the orders they are in: one for all if there is such, else one for each."""

from __future__ import annotations

import pytest

from bot.self_service.grouping import Group, grouped
from bot.self_service.reading.items import Line, Mention
from tests.support.asked_shop import item

ONE, TWO, THREE = "#W1", "#W2", "#W3"


def said(*numbers: str, every: bool = False, excluded: bool = False) -> Mention:
    """A thing that is in these orders."""
    lines = tuple(Line(number, 0, item("mug-moss")) for number in numbers)
    return Mention(0, 3, lines, every, excluded)


@pytest.mark.parametrize(
    ("mentions", "groups"),
    [
        ([], []),
        ([said()], []),
        ([said(ONE)], [Group(ONE)]),
        ([said(ONE), said(ONE)], [Group(ONE)]),
        ([said(ONE), said(TWO)], [Group(ONE), Group(TWO)]),
        ([said(TWO), said(ONE)], [Group(TWO), Group(ONE)]),
        ([said(ONE, TWO)], [Group(None, (ONE, TWO))]),
        ([said(ONE, TWO), said(TWO)], [Group(TWO)]),
        ([said(ONE, TWO), said(TWO, THREE)], [Group(TWO)]),
        ([said(ONE, TWO), said(ONE, TWO)], [Group(None, (ONE, TWO))]),
        ([said(ONE), said(TWO, THREE)], [Group(ONE), Group(None, (TWO, THREE))]),
        ([said(ONE, TWO, every=True)], [Group(ONE), Group(TWO)]),
        ([said(ONE, every=True)], [Group(ONE)]),
        ([said(ONE, excluded=True)], []),
        ([said(ONE), said(TWO, excluded=True)], [Group(ONE)]),
    ],
)
def test_the_orders_that_the_things_are_in(mentions: list[Mention], groups: list[Group]) -> None:
    assert grouped(mentions, everything=False) == groups


def test_everything_but_one_thing_is_the_order_with_that_thing() -> None:
    assert grouped([said(TWO, excluded=True)], everything=True) == [Group(TWO)]
