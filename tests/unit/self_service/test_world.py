"""What is read of the shop for a customer: their orders, and which of them allow what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.orders.changes import Refusal
from bot.orders.policy import ShopPolicy
from bot.self_service.request import Task
from bot.self_service.world import look
from tests.support.asked_shop import (
    CANCELLED,
    CARD,
    CHANGED,
    DELIVERED,
    EXCHANGING,
    HOME,
    JOS,
    NOW,
    NUMBERS,
    PENDING,
    POUCH,
    PROCESSED,
    PRODUCTS,
    RETURNING,
    SECOND,
    SHIPPED,
    WORK,
    AskedShop,
    world,
)


@pytest.mark.parametrize(
    ("task", "numbers"),
    [
        (Task.CANCEL, (PENDING, SECOND)),
        (Task.ADDRESS, (PENDING, SECOND)),
        (Task.PAYMENT, (PENDING, SECOND)),
        (Task.RETURN, (DELIVERED, POUCH)),
        (Task.SWAP, (PENDING, DELIVERED, POUCH, SECOND)),
        (Task.PROBLEM, tuple(order.number for order in JOS)),
    ],
)
def test_only_orders_that_allow_it_are_offered(task: Task, numbers: tuple[str, ...]) -> None:
    assert world().eligible(task) == numbers


@pytest.mark.parametrize(
    ("task", "number", "kind"),
    [
        (Task.SWAP, PENDING, "change_order_items"),
        (Task.SWAP, CHANGED, "change_order_items"),
        (Task.SWAP, PROCESSED, "change_order_items"),
        (Task.SWAP, DELIVERED, "exchange_items"),
        (Task.SWAP, EXCHANGING, "exchange_items"),
        (Task.CANCEL, DELIVERED, "cancel_order"),
    ],
)
def test_the_status_decides_whether_another_version_is_a_change_or_an_exchange(
    task: Task, number: str, kind: str
) -> None:
    assert world().kind_for(task, world().by_number[number]) == kind


@pytest.mark.parametrize(
    ("task", "number", "refusal"),
    [
        (Task.CANCEL, PENDING, None),
        (Task.CANCEL, SHIPPED, Refusal.NOT_PENDING),
        (Task.CANCEL, CANCELLED, Refusal.NOT_PENDING),
        (Task.CANCEL, CHANGED, Refusal.ALREADY_CHANGED),
        (Task.ADDRESS, CHANGED, Refusal.ALREADY_CHANGED),
        (Task.RETURN, PENDING, Refusal.NOT_DELIVERED),
        (Task.RETURN, RETURNING, Refusal.ALREADY_REQUESTED),
        (Task.SWAP, EXCHANGING, Refusal.ALREADY_REQUESTED),
        (Task.PROBLEM, CANCELLED, None),
    ],
)
def test_why_an_order_does_not_allow_it(task: Task, number: str, refusal: Refusal | None) -> None:
    reason = world().refusal(task, world().by_number[number])
    assert (reason.refusal if reason else None) is refusal


def test_what_the_shop_does_not_offer_is_possible_for_no_order() -> None:
    shop = world(policy=ShopPolicy(cancelling=False))
    assert shop.eligible(Task.CANCEL) == ()
    assert shop.eligible(Task.ADDRESS) == (PENDING, SECOND)


def test_the_address_that_is_to_be_changed_is_none_of_those_offered() -> None:
    keys = [known.key for known in world().known_addresses(but=PENDING)]
    assert keys[0] == "profile"
    assert PENDING not in keys
    assert [known.address for known in world().known_addresses() if known.key in ("profile", DELIVERED)] == [HOME, WORK]


def test_the_same_thing_twice_is_two_lines() -> None:
    lines = world().lines([DELIVERED, "#W0000000"])
    assert [(line.position, line.item.item_id) for line in lines] == [
        (0, "mug-moss"),
        (1, "lamp-sage"),
        (2, "mug-moss"),
    ]


@pytest.mark.parametrize("method", [None, "somebody-elses", ""])
def test_a_payment_method_of_nobody_is_not_found(method: str | None) -> None:
    assert world().method(method) is None
    assert world().method(CARD) is not None


async def test_another_customers_orders_are_not_in_it() -> None:
    seen = await look(AskedShop(), PRODUCTS, "jo", numbers=NUMBERS, language="en", now=NOW)
    assert seen is not None
    assert {order.customer_id for order in seen.orders} == {"jo"}


async def test_a_customer_whom_the_shop_does_not_know_sees_nothing() -> None:
    later = NOW + timedelta(days=1)
    assert await look(AskedShop(), PRODUCTS, "nobody", numbers=NUMBERS, language="en", now=later) is None
