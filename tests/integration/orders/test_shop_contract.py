"""What every shop does, whether it is in Bellhop's own database or behind HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from bot.orders.changes import (
    CancelOrder,
    Change,
    ChangeDefaultAddress,
    ChangeOrderAddress,
    ChangeOrderItems,
    ChangeOrderPayment,
    ChangePhone,
    ExchangeItems,
    Receipt,
    Refusal,
    Replacement,
    ReturnItems,
    Transfer,
)
from bot.orders.models import OrderStatus, PaymentKind
from bot.orders.shop import Refused, Shop
from bot.orders.sql import SqlShop
from bot.settings import ROOT
from bot.storage.database import Database
from bot.storage.shop_tables import shop_changes, shop_orders, shop_payment_methods, shop_payments
from tests.support.contract_shop import (
    ANN,
    BOB,
    BOBS_CARD,
    CARD,
    DELIVERED,
    GIFT_CARD,
    GIFT_CARD_BALANCE,
    HOME,
    LAMP_LARGE,
    LAMP_SMALL,
    MUG_BLUE,
    MUG_GOLD,
    MUG_GREEN,
    MUG_RED,
    PAID_BY_GIFT_CARD,
    PAYPAL,
    PENDING,
    SHIPPED,
    SOMEBODY_ELSES,
    WORK,
    add_customer,
    add_order,
    seed_small_shop,
)
from tests.support.openapi import Description
from tests.support.shop_server import shop_over_http, shop_server

pytestmark = pytest.mark.integration

NO_LONGER = "no longer needed"
SWAP = (Replacement(MUG_RED, MUG_BLUE),)
DESCRIPTION = Description.load(ROOT / "docs" / "shop-api.yaml")


@pytest.fixture(params=["embedded", "http"])
async def shop(request: pytest.FixtureRequest, database: Database, clock: Callable) -> AsyncIterator[Shop]:
    """The small shop, asked directly or over HTTP; what goes over the wire is as described."""
    database.write_now(lambda connection: seed_small_shop(connection, clock()))
    embedded = SqlShop(database, clock=clock)
    if request.param == "embedded":
        yield embedded
        return
    async with shop_server(embedded) as server, shop_over_http(server.url) as over_http:
        yield over_http
        for exchange in server.exchanges:
            DESCRIPTION.hold(exchange)


def everything(database: Database) -> list[object]:
    """All that a change could touch."""
    tables = (shop_orders, shop_payments, shop_payment_methods, shop_changes)
    return [database.read_now(lambda c, t=table: c.execute(sa.select(t)).all()) for table in tables]


async def test_an_order_comes_whole(shop: Shop, clock: Callable) -> None:
    order = await shop.order(DELIVERED)
    assert order is not None
    assert (order.number, order.customer_id, order.status) == (DELIVERED, ANN, OrderStatus.DELIVERED)
    assert [item.item_id for item in order.items] == [MUG_RED, MUG_RED, LAMP_SMALL]
    assert order.items[2].options == {"size": "small"}
    assert order.total == order.payments[0].amount == Decimal("54.50")
    assert order.address == HOME
    assert order.placed_at == clock() - timedelta(days=2)
    assert order.delivered_at == order.placed_at + timedelta(hours=1)
    assert {item.shipment_id for item in order.items} == {order.shipments[0].id}


async def test_orders_come_newest_first_and_no_more_than_asked_for(shop: Shop) -> None:
    assert [order.number for order in await shop.orders_of(ANN, 10)] == [PENDING, PAID_BY_GIFT_CARD, DELIVERED, SHIPPED]
    assert [order.number for order in await shop.orders_of(ANN, 1)] == [PENDING]


async def test_a_customer_comes_with_ways_to_pay(shop: Shop) -> None:
    customer = await shop.customer(ANN)
    assert customer is not None
    assert (customer.name, customer.address) == ("Ann Lee", HOME)
    methods = {method.id: method for method in customer.payment_methods}
    assert methods[GIFT_CARD].balance == GIFT_CARD_BALANCE
    assert (methods[CARD].kind, methods[CARD].last_four) == (PaymentKind.CREDIT_CARD, "4242")


async def test_a_customer_is_found_by_email_in_any_case(shop: Shop) -> None:
    customer = await shop.customer_by_email(" ANN.lee@MAIL.example")
    assert customer is not None
    assert customer.id == ANN


NAMED = {
    "mary": ("Mary Ann", "Young", "60614-2213"),
    "zoe": ("Zoë", "Müller-Lüdenscheidt", "22085"),
    "jo-1": ("Jo", "Hart", "N1 5QT"),
    "jo-2": ("JO", "HART", "n15qt"),
    "sam": ("Sam", "O’Neill", "D02 X285"),
}


@pytest.mark.parametrize(
    ("first", "last", "postcode", "found"),
    [
        ("Ann", "Lee", "LS1 4AB", [ANN]),
        (" ann ", "LEE", "ls14ab", [ANN]),
        ("Lee", "Ann", "LS1 4AB", []),
        ("Ann", "", "LS1 4AB", []),
        ("Ann", "Le", "LS1 4AB", []),
        ("Ann", "Lee", "LS1", []),
        ("Ann", "Lee", "HU1 2XY", []),  # is where Bob Lee lives
        ("Ann", "Lee", "", []),
        ("", "", "LS1 4AB", []),
        ("Mary Ann", "Young", "60614-2213", ["mary"]),
        ("mary", "Ann Young", "60614", ["mary"]),
        ("Mary", "Young", "60614", []),
        ("Mary Ann", "Young", "6061", []),
        ("Zoe", "Muller Ludenscheidt", "22085", ["zoe"]),
        ("ZOË", "MÜLLER-LÜDENSCHEIDT", "22085", ["zoe"]),
        ("Sam", "O'Neill", "d02-x285", ["sam"]),
        ("Sam", "ONeill", "D02X285", ["sam"]),
        ("Jo", "Hart", "N1 5QT", ["jo-1", "jo-2"]),
    ],
)
async def test_customers_are_found_by_name_and_postcode(
    shop: Shop, database: Database, clock: Callable, first: str, last: str, postcode: str, found: list[str]
) -> None:
    for customer_id, (given, family, code) in NAMED.items():
        row = (customer_id, given, family, replace(HOME, postcode=code))
        database.write_now(lambda connection, row=row: add_customer(connection, clock(), *row))
    assert [customer.id for customer in await shop.customers_by_name(first, last, postcode)] == found


async def test_the_catalogue_comes_in_the_shops_order(shop: Shop) -> None:
    products = await shop.products()
    assert [product.id for product in products] == ["mug", "lamp"]
    assert await shop.product("mug") == products[0]
    assert [variant.available for variant in products[0].variants] == [True, True, True, False]
    assert products[0].attributes == {"made in": "Leeds"}


async def test_what_there_is_not_is_none(shop: Shop) -> None:
    assert await shop.order("#W9999999") is None
    assert await shop.order("#W99/../99 99?") is None
    assert await shop.orders_of("nobody", 5) == ()
    assert await shop.customer("nobody") is None
    assert await shop.customer_by_email("nobody@mail.example") is None
    assert await shop.product("hat") is None
    assert await shop.outcome("no key of ours") is None


CHANGES: list[tuple[Change, OrderStatus | None, list[Transfer], str, str]] = [
    (
        CancelOrder(PENDING, NO_LONGER),
        OrderStatus.CANCELLED,
        [Transfer("refund", Decimal("44.50"), CARD)],
        "0",
        "44.50",
    ),
    (ChangeOrderAddress(PENDING, WORK), OrderStatus.PENDING, [], "0", "0"),
    (
        ChangeOrderItems(PENDING, SWAP, GIFT_CARD),
        OrderStatus.PENDING_CHANGED,
        [Transfer("payment", Decimal("2.50"), GIFT_CARD)],
        "2.50",
        "0",
    ),
    (
        ChangeOrderPayment(PENDING, PAYPAL),
        OrderStatus.PENDING,
        [Transfer("payment", Decimal("44.50"), PAYPAL), Transfer("refund", Decimal("44.50"), CARD)],
        "0",
        "44.50",
    ),
    (ReturnItems(DELIVERED, (MUG_RED, MUG_RED), GIFT_CARD), OrderStatus.RETURN_REQUESTED, [], "0", "20.00"),
    (ExchangeItems(DELIVERED, SWAP * 2, CARD), OrderStatus.EXCHANGE_REQUESTED, [], "5.00", "0"),
    (ChangeDefaultAddress(WORK), None, [], "0", "0"),
    (ChangePhone("+44 113 496 0000"), None, [], "0", "0"),
]


@pytest.mark.parametrize(("change", "status", "transfers", "difference", "refund"), CHANGES)
async def test_a_preview_says_what_would_be_done_and_does_nothing(
    shop: Shop,
    database: Database,
    change: Change,
    status: OrderStatus | None,
    transfers: list[Transfer],
    difference: str,
    refund: str,
) -> None:
    before = everything(database)
    plan = await shop.preview(ANN, change)
    assert plan.change == change
    assert plan.status_after == status
    assert sorted(plan.transfers, key=lambda transfer: transfer.kind) == transfers
    assert (plan.difference, plan.refund) == (Decimal(difference), Decimal(refund))
    assert everything(database) == before


@pytest.mark.parametrize("change", [row[0] for row in CHANGES])
async def test_a_change_is_made_as_it_was_previewed_and_once(shop: Shop, database: Database, change: Change) -> None:
    plan = await shop.preview(ANN, change)
    receipt = await shop.apply(ANN, change, "k-1")
    assert (receipt.plan, receipt.key, receipt.repeated) == (plan, "k-1", False)
    after = everything(database)
    again = await shop.apply(ANN, change, "k-1")
    assert (again.plan, again.at, again.repeated) == (receipt.plan, receipt.at, True)
    assert await shop.outcome("k-1") == again
    assert everything(database) == after
    if plan.status_after:
        number: str = change.number  # type: ignore[union-attr]  # those of the profile have no status
        order = await shop.order(number)
        assert order is not None
        assert order.status == plan.status_after


async def test_what_was_changed_can_be_read(shop: Shop) -> None:
    await shop.apply(ANN, ChangeOrderAddress(PENDING, WORK), "k-1")
    await shop.apply(ANN, ChangeOrderItems(PENDING, (Replacement(LAMP_SMALL, LAMP_LARGE),), GIFT_CARD), "k-2")
    await shop.apply(ANN, CancelOrder(PAID_BY_GIFT_CARD, NO_LONGER), "k-3")
    await shop.apply(ANN, ExchangeItems(DELIVERED, SWAP, CARD), "k-4")
    await shop.apply(ANN, ChangePhone("0113 496 0000"), "k-5")
    changed, cancelled, exchanged = [await shop.order(n) for n in (PENDING, PAID_BY_GIFT_CARD, DELIVERED)]
    customer = await shop.customer(ANN)
    assert changed and cancelled and exchanged and exchanged.sent_back and customer  # noqa: PT018  # for the types
    assert changed.address == WORK
    assert [item.item_id for item in changed.items] == [MUG_RED, LAMP_LARGE]
    assert changed.payments[-1].amount == Decimal("15.00")
    assert cancelled.cancel_reason == NO_LONGER
    assert exchanged.sent_back.new_item_ids == (MUG_BLUE,)
    assert exchanged.sent_back.difference == Decimal("2.50")
    gift_card = next(method for method in customer.payment_methods if method.id == GIFT_CARD)
    assert gift_card.balance == GIFT_CARD_BALANCE - Decimal("15.00") + Decimal("17.00")
    assert customer.phone == "0113 496 0000"


@pytest.mark.parametrize(
    ("change", "refusal", "details"),
    [
        (CancelOrder("#W9999999", NO_LONGER), Refusal.UNKNOWN_ORDER, {}),
        (CancelOrder(SOMEBODY_ELSES, NO_LONGER), Refusal.UNKNOWN_ORDER, {}),
        (CancelOrder(SHIPPED, NO_LONGER), Refusal.NOT_PENDING, {"status": "shipped"}),
        (CancelOrder(PENDING, "too expensive"), Refusal.REASON, {}),
        (ReturnItems(PENDING, (MUG_RED,), CARD), Refusal.NOT_DELIVERED, {"status": "pending"}),
        (ReturnItems(DELIVERED, (), CARD), Refusal.NOTHING_GIVEN, {}),
        (ReturnItems(DELIVERED, (MUG_RED,) * 3, CARD), Refusal.ITEM_NOT_IN_ORDER, {"item_id": MUG_RED}),
        (ReturnItems(DELIVERED, (MUG_RED,), PAYPAL), Refusal.REFUND_TARGET, {}),
        (ReturnItems(DELIVERED, (MUG_RED,), BOBS_CARD), Refusal.UNKNOWN_PAYMENT, {}),
        (
            ChangeOrderItems(PENDING, (Replacement(MUG_RED, MUG_GOLD),), GIFT_CARD),
            Refusal.GIFT_CARD_TOO_LOW,
            {"balance": "20.00", "needed": "50.00"},
        ),
        (ChangeOrderItems(PENDING, (Replacement(MUG_RED, MUG_RED),), CARD), Refusal.SAME_ITEM, {"item_id": MUG_RED}),
        (ChangeOrderItems(PENDING, (Replacement(MUG_RED, "999"),), CARD), Refusal.UNKNOWN_ITEM, {"item_id": "999"}),
        (
            ChangeOrderItems(PENDING, (Replacement(MUG_RED, LAMP_LARGE),), CARD),
            Refusal.OTHER_PRODUCT,
            {"item_id": MUG_RED, "new_item_id": LAMP_LARGE},
        ),
        (
            ExchangeItems(DELIVERED, (Replacement(MUG_RED, MUG_GREEN),), CARD),
            Refusal.NOT_AVAILABLE,
            {"item_id": MUG_GREEN},
        ),
        (ChangeOrderPayment(PENDING, CARD), Refusal.SAME_PAYMENT, {}),
        (ChangeOrderAddress(PENDING, HOME), Refusal.SAME_ADDRESS, {}),
    ],
)
async def test_what_the_rules_forbid_is_refused_with_its_reason(
    shop: Shop, database: Database, change: Change, refusal: Refusal, details: dict[str, str]
) -> None:
    before = everything(database)
    with pytest.raises(Refused) as previewed:
        await shop.preview(ANN, change)
    with pytest.raises(Refused) as applied:
        await shop.apply(ANN, change, "k-1")
    assert (previewed.value.reason.refusal, previewed.value.reason.details) == (refusal, details)
    assert applied.value.reason == previewed.value.reason
    assert await shop.outcome("k-1") is None
    assert everything(database) == before


async def test_a_customer_who_is_not_known_can_change_nothing(shop: Shop) -> None:
    with pytest.raises(Refused) as refused:
        await shop.apply("nobody", ChangePhone("0113"), "k-1")
    assert refused.value.reason.refusal == Refusal.UNKNOWN_CUSTOMER


async def test_a_key_is_for_one_change_of_one_customer(shop: Shop, database: Database) -> None:
    await shop.apply(ANN, ChangePhone("0113 496 0000"), "k-1")
    before = everything(database)
    with pytest.raises(ValueError, match="used before"):
        await shop.apply(ANN, ChangePhone("0113 496 0001"), "k-1")
    with pytest.raises(ValueError, match="used before"):
        await shop.apply(BOB, ChangePhone("0113 496 0000"), "k-1")
    assert everything(database) == before


@pytest.mark.parametrize("key", ["", "k" * 201])
async def test_a_key_has_1_to_200_characters(shop: Shop, key: str) -> None:
    with pytest.raises(ValueError, match="1 to 200"):
        await shop.apply(ANN, ChangePhone("0113 496 0000"), key)


async def test_a_key_may_look_like_a_path(shop: Shop) -> None:
    key = "c/4f2a#7?x=1&y:%2F~" + "z" * 181
    await shop.apply(ANN, ChangePhone("0113 496 0000"), key)
    found = await shop.outcome(key)
    assert found is not None
    assert found.key == key


async def test_the_same_key_many_times_at_once_is_one_change(shop: Shop, database: Database) -> None:
    change = CancelOrder(PAID_BY_GIFT_CARD, NO_LONGER)
    receipts = await asyncio.gather(*(shop.apply(ANN, change, "k-1") for _ in range(6)))
    assert [receipt.repeated for receipt in receipts].count(False) == 1
    refunds = sa.select(sa.func.count()).where(shop_payments.c.kind == "refund")
    assert database.read_now(lambda c: c.execute(refunds).scalar()) == 1


async def test_of_two_changes_at_once_the_second_sees_what_the_first_left(shop: Shop, database: Database) -> None:
    changes: list[Change] = [CancelOrder(PENDING, NO_LONGER), ChangeOrderItems(PENDING, SWAP, CARD)]
    done = await asyncio.gather(
        *(shop.apply(ANN, change, f"k-{place}") for place, change in enumerate(changes)), return_exceptions=True
    )
    assert {type(result) for result in done} == {Receipt, Refused}
    assert len(database.read_now(lambda c: c.execute(sa.select(shop_changes)).all())) == 1


async def test_a_gift_card_is_not_spent_twice_on_two_orders(shop: Shop, database: Database, clock: Callable) -> None:
    for number in ("#W1000008", "#W1000009"):
        row = (number, ANN, "pending", (MUG_RED,), CARD)
        database.write_now(lambda connection, row=row: add_order(connection, clock(), *row))
    done = await asyncio.gather(
        *(shop.apply(ANN, ChangeOrderPayment(n, GIFT_CARD), n) for n in ("#W1000008", "#W1000009")),
        return_exceptions=True,
    )
    assert {type(result) for result in done} == {Receipt, Refused}
    customer = await shop.customer(ANN)
    assert customer is not None
    assert [m.balance for m in customer.payment_methods if m.id == GIFT_CARD] == [Decimal("5.50")]
