"""The one order that is spoken of without its number is found; where several fit, none is."""

from __future__ import annotations

import pytest

from bot.self_service.finding import order_spoken_of
from tests.support.asked_shop import (
    CANCELLED,
    DELIVERED,
    JOS,
    NUMBERS,
    PENDING,
    POUCH,
    RETURNING,
    SHIPPED,
    only,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("where is the order with the kettle", PENDING),
        ("what about my pouch", POUCH),
        ("the one with the lamp and the kettle", PENDING),
        ("the one with the mugs and the lamp", DELIVERED),
        ("my shipped order", SHIPPED),
        ("my cancelled order", CANCELLED),
        ("my latest order", PENDING),
        ("my cancelled order with the mug", CANCELLED),
        ("the order going to Leeds", DELIVERED),
        ("the one with the lamp", None),
        ("my delivered order", None),
        ("where is my order", None),
        ("hello", None),
        ("", None),
    ],
)
def test_the_only_order_that_fits_is_found(text: str, number: str | None) -> None:
    assert order_spoken_of(text, JOS, NUMBERS, "en") == number


def test_the_newest_of_those_that_fit_is_the_latest() -> None:
    assert order_spoken_of("my latest order", only(RETURNING, SHIPPED), NUMBERS, "en") == SHIPPED


@pytest.mark.parametrize("text", ["the order with the kettle", "my latest order", "the shipped one"])
def test_without_orders_none_is_found(text: str) -> None:
    assert order_spoken_of(text, (), NUMBERS, "en") is None
