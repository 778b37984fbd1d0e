"""What agents fill in becomes a change, or the name of what is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from bot.desk.order_forms import OF_AN_ORDER, FormError, change_in, form_for, possible
from bot.orders.changes import (
    CancelOrder,
    ChangeOrderAddress,
    ChangeOrderItems,
    ChangeOrderPayment,
    ExchangeItems,
    Refusal,
    Replacement,
    ReturnItems,
)
from bot.orders.models import (
    Address,
    CustomerProfile,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentKind,
    PaymentMethod,
    Product,
    Variant,
)
from bot.orders.policy import ShopPolicy, staff_policy

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOME = Address("14 Larch Grove", "", "London", "", "N1 5QT", "GB")
CARD = PaymentMethod("card", PaymentKind.CREDIT_CARD, "visa", "3333")
GIFT = PaymentMethod("gift", PaymentKind.GIFT_CARD, balance=Decimal(20))
ADA = CustomerProfile("ada", "Ada", "Berg", "ada@mail.example", None, HOME, NOW, (CARD, GIFT))
MUG = Product(
    "p2",
    "Mug",
    "kitchen",
    "mugs",
    "",
    (
        Variant("white", {"color": "white"}, Decimal(12), available=True),
        Variant("blue", {"color": "blue"}, Decimal(12), available=False),
    ),
)


def an_order(status: OrderStatus = OrderStatus.PENDING, **fields: Any) -> Order:
    items = (
        OrderItem("white", "p2", "Mug", {"color": "white"}, Decimal(12)),
        OrderItem("white", "p2", "Mug", {"color": "white"}, Decimal(12)),
    )
    payments = (Payment("payment", Decimal(24), "card", NOW),)
    known: dict[str, Any] = {"items": items, "payments": payments}
    return Order("#W1", "ada", "ada@mail.example", status, HOME, Decimal(0), NOW, **(known | fields))


ADDRESS = {
    "line1": " 9  Mill Lane ",
    "line2": "",
    "city": "Leeds",
    "region": "",
    "postcode": "LS2 9JT",
    "country": "gb",
}


@pytest.mark.parametrize(
    ("kind", "filled", "change"),
    [
        ("cancel_order", {"reason": "no longer needed"}, CancelOrder("#W1", "no longer needed")),
        (
            "change_order_address",
            ADDRESS,
            ChangeOrderAddress("#W1", Address("9 Mill Lane", "", "Leeds", "", "LS2 9JT", "GB")),
        ),
        ("change_order_payment", {"payment": "gift"}, ChangeOrderPayment("#W1", "gift")),
        ("return_items", {"pick-1": "1", "payment": "card"}, ReturnItems("#W1", ("white",), "card")),
        (
            "return_items",
            {"pick-0": "1", "pick-1": "1", "payment": "card"},
            ReturnItems("#W1", ("white", "white"), "card"),
        ),
        (
            "change_order_items",
            {"swap-0": "blue", "swap-1": "", "payment": "card"},
            ChangeOrderItems("#W1", (Replacement("white", "blue"),), "card"),
        ),
        (
            "exchange_items",
            {"swap-1": "blue", "payment": "card"},
            ExchangeItems("#W1", (Replacement("white", "blue"),), "card"),
        ),
    ],
)
def test_a_filled_form_is_a_change(kind: str, filled: dict[str, str], change: object) -> None:
    assert change_in(kind, an_order(), filled) == change


@pytest.mark.parametrize(
    ("kind", "filled", "problem"),
    [
        ("cancel_order", {}, "no_reason"),
        ("cancel_order", {"reason": "x" * 101}, "no_reason"),
        ("change_order_payment", {"payment": "  "}, "no_payment"),
        ("return_items", {"payment": "card"}, "no_items"),
        ("return_items", {"payment": "card", "pick-7": "1"}, "no_items"),
        ("exchange_items", {"payment": "card", "swap-0": ""}, "no_swap"),
        ("change_order_address", ADDRESS | {"country": "Great Britain"}, "no_country"),
        ("change_order_address", ADDRESS | {"country": "ГБ"}, "no_country"),
        ("change_order_address", ADDRESS | {"line1": "x" * 101}, "address_too_long"),
        ("delete_everything", {}, "unknown_kind"),
    ],
)
def test_what_is_missing_or_beyond_measure_has_a_name(kind: str, filled: dict[str, str], problem: str) -> None:
    with pytest.raises(FormError, match=problem):
        change_in(kind, an_order(), filled)


def test_staff_may_do_what_is_not_offered_to_customers() -> None:
    nothing = ShopPolicy(
        cancelling=False,
        changing_address=False,
        changing_items=False,
        changing_payment=False,
        returning=False,
        exchanging=False,
    )
    by_customers = possible(an_order(), nothing, NOW)
    assert {reason.refusal for reason in by_customers.values() if reason} == {Refusal.NOT_OFFERED}
    by_staff = possible(an_order(), staff_policy(nothing), NOW)
    assert [kind for kind, reason in by_staff.items() if reason is None] == [
        "change_order_address",
        "change_order_items",
        "change_order_payment",
        "cancel_order",
    ]


def test_the_shops_other_rules_hold_for_staff_as_well() -> None:
    policy = staff_policy(ShopPolicy(returning=False, return_days=30))
    old = an_order(OrderStatus.SHIPPED)
    assert {reason.refusal for reason in possible(old, policy, NOW).values() if reason} == {
        Refusal.NOT_PENDING,
        Refusal.NOT_DELIVERED,
    }


def test_a_form_offers_other_versions_also_those_sold_out() -> None:
    form = form_for("exchange_items", an_order(OrderStatus.DELIVERED), ADA, [MUG], ShopPolicy())
    assert [[variant.id for variant in line.versions] for line in form.lines] == [["blue"], ["blue"]]
    assert not form.lines[0].versions[0].available


@pytest.mark.parametrize(
    ("kind", "methods"),
    [
        ("change_order_payment", ["gift"]),  # it is paid with the card already
        ("return_items", ["card", "gift"]),  # what was paid with comes first
        ("change_order_items", ["card", "gift"]),
    ],
)
def test_a_form_offers_the_ways_to_pay_that_fit(kind: str, methods: list[str]) -> None:
    form = form_for(kind, an_order(OrderStatus.DELIVERED), ADA, [MUG], ShopPolicy())
    assert [method.id for method in form.methods] == methods


def test_there_is_no_form_for_what_is_no_change_of_an_order() -> None:
    with pytest.raises(ValueError, match="change_phone"):
        form_for("change_phone", an_order(), ADA, [MUG], ShopPolicy())
    assert "change_phone" not in OF_AN_ORDER
