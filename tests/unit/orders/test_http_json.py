"""What is read out of a shop's JSON, and what is refused in it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bot.orders.changes import (
    CancelOrder,
    Change,
    ChangeDefaultAddress,
    ChangeOrderItems,
    ExchangeItems,
    Plan,
    Receipt,
    Replacement,
    Transfer,
)
from bot.orders.http_json import OrderList, ProductList, WrongShape, read, read_change, read_plan, read_receipt, write
from bot.orders.models import Address, Order, OrderItem, OrderStatus, Payment, SentBack

HOME = Address("1 Mill Lane", "", "Leeds", "", "LS1 4AB", "GB")
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ORDER = Order(
    "#W1000001",
    "ann",
    "ann@mail.example",
    OrderStatus.EXCHANGE_REQUESTED,
    HOME,
    Decimal("4.50"),
    AT,
    expected_on=date(2026, 3, 4),
    items=(OrderItem("101", "mug", "Brook mug", {"colour": "grün"}, Decimal("10.00")),),
    payments=(Payment("payment", Decimal("14.50"), "card_1", AT),),
    sent_back=SentBack(("101",), "card_1", ("102",), Decimal("-2.50")),
)
SWAP = (Replacement("101", "102"),)


def test_an_order_comes_back_as_it_was() -> None:
    assert read(Order, write(ORDER)) == ORDER
    assert read(OrderList, write(OrderList((ORDER, ORDER)))).orders == (ORDER, ORDER)


@pytest.mark.parametrize(
    "change",
    [
        CancelOrder("#W1000001", "no longer needed"),
        ChangeOrderItems("#W1000001", SWAP, "card_1"),
        ExchangeItems("#W1000001", SWAP, "card_1"),  # the same members as the one before
        ChangeDefaultAddress(HOME),
    ],
)
def test_a_change_comes_back_as_the_kind_it_was(change: Change) -> None:
    plan = Plan(change, "pending", (Transfer("refund", Decimal("1.00"), "card_1"),), Decimal("-1.00"), Decimal("1.00"))
    receipt = Receipt("k-1", plan, AT, repeated=True)
    assert read_change(write(change)) == change
    assert read_plan(write(plan)) == plan
    assert read_receipt(write(receipt)) == receipt


def test_an_amount_may_be_a_number_and_members_may_be_unknown() -> None:
    plain = {**json.loads(write(ORDER)), "delivery_fee": 4.5, "colour_of_the_box": "brown"}
    assert read(Order, json.dumps(plain).encode()) == ORDER


@pytest.mark.parametrize(
    ("member", "value", "problem"),
    [
        ("number", None, "number: Input should be a valid string"),
        ("number", 1000001, "number: Input should be a valid string"),
        ("number", "#W1\0", "a NUL character"),
        ("status", "lost", "status: Input should be 'pending'"),
        ("placed_at", "2026-03-02T09:00:00", "needs its offset"),
        ("placed_at", "yesterday", "placed_at: Input should be a valid datetime"),
        ("expected_on", "2026-02-30", "expected_on: Input should be a valid date"),
        ("delivery_fee", "free", "delivery_fee: Input should be a valid decimal"),
        ("delivery_fee", "NaN", "delivery_fee: Input should be a finite number"),
        ("delivery_fee", "-1.00", "a negative amount"),
        ("delivery_fee", "1e9", "no amount of money"),
        ("delivery_fee", "1.00001", "no amount of money"),
        ("delivery_fee", "1000000000", "no amount of money"),
        ("address", "1 Mill Lane", "address: Input should be an object"),
        ("address", {"line1": "1 Mill Lane"}, "address.line2: Field required"),
        ("items", {}, "items: Input should be a valid array"),
    ],
)
def test_what_is_wrong_is_said_without_what_was_there(member: str, value: Any, problem: str) -> None:
    plain = {**json.loads(write(ORDER)), member: value}
    with pytest.raises(WrongShape) as wrong:
        read(Order, json.dumps(plain).encode())
    assert problem in str(wrong.value)
    assert not isinstance(value, str) or value not in str(wrong.value)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"<h1>", b'{"number":', b"\xff", b"[" * 9999, b'"\\ud800"'])
def test_what_is_no_object_is_no_value(body: bytes) -> None:
    for reader in (lambda text: read(Order, text), read_change, read_plan, read_receipt):
        with pytest.raises(WrongShape):
            reader(body)


@pytest.mark.parametrize("kind", [None, 7, "", "delete_everything", ["cancel_order"]])
def test_a_change_of_no_known_kind_is_none(kind: Any) -> None:
    with pytest.raises(WrongShape, match="no such change"):
        read_change(json.dumps({"kind": kind, "number": "#W1000001", "reason": "sorry"}).encode())


def test_a_product_without_a_variant_is_none() -> None:
    product = {"id": "mug", "name": "Mug", "category": "home", "kind": "mugs", "description": "", "variants": []}
    with pytest.raises(WrongShape, match="has one at least"):
        read(ProductList, json.dumps({"products": [product]}).encode())
