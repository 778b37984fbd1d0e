"""The demo shop, seeded into a real database, and the shop that reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from bot.orders.demo import demo_info, demo_products, seed_demo_shop
from bot.orders.models import OrderStatus, PaymentKind
from bot.orders.numbers import OrderNumbers
from bot.orders.sql import SqlShop
from bot.settings import ROOT
from bot.storage.database import Database
from bot.storage.shop_tables import (
    shop_customers,
    shop_order_items,
    shop_orders,
    shop_payments,
    shop_products,
    shop_variants,
)

pytestmark = pytest.mark.integration
FOLDER = ROOT / "data" / "shop"


@pytest.fixture
def shop(database: Database, clock: Callable) -> SqlShop:
    database.write_now(lambda connection: seed_demo_shop(connection, clock(), FOLDER))
    return SqlShop(database)


def test_the_demo_has_customers_and_orders_of_every_status(database: Database, shop: SqlShop) -> None:
    statuses = database.read_now(lambda c: c.execute(sa.select(shop_orders.c.status)).scalars().all())
    customers = database.read_now(lambda c: c.execute(sa.select(sa.func.count()).select_from(shop_customers)).scalar())
    assert len(statuses) >= 70
    assert customers >= 24
    assert set(Counter(statuses)) == {status.value for status in OrderStatus}


def test_seeding_again_changes_nothing(database: Database, shop: SqlShop, clock: Callable) -> None:
    later = clock() + timedelta(days=3)
    before = database.read_now(lambda c: c.execute(sa.select(shop_orders)).all())
    assert database.write_now(lambda connection: seed_demo_shop(connection, later, FOLDER)) == 0
    assert database.read_now(lambda c: c.execute(sa.select(shop_orders)).all()) == before


def test_every_order_was_paid_what_it_costs_and_nothing_lies_in_the_future(
    database: Database, shop: SqlShop, clock: Callable
) -> None:
    numbers = OrderNumbers(r"#?\s*[Ww]\s*\d{7}", "#W")
    items = database.read_now(lambda c: c.execute(sa.select(shop_order_items)).mappings().all())
    for row in database.read_now(lambda c: c.execute(sa.select(shop_orders)).mappings().all()):
        assert numbers.read(row["number"]) == row["number"]
        assert row["placed_at"] <= clock()
        total = sum((i["price"] for i in items if i["order_number"] == row["number"]), row["delivery_fee"])
        paid = sa.select(shop_payments.c.amount).where(shop_payments.c.order_number == row["number"])
        assert set(database.read_now(lambda c, q=paid: c.execute(q).scalars().all())) == {total}


async def test_an_order_comes_whole(shop: SqlShop) -> None:
    order = await shop.order("#W6617025")
    assert order is not None
    assert order.status is OrderStatus.SHIPPED
    assert [item.name for item in order.items] == ["Harbour linen duvet set", "Wren wool throw"]
    assert order.items[0].options == {"colour": "oat", "size": "double"}
    assert {item.shipment_id for item in order.items} == {shipment.id for shipment in order.shipments}
    assert order.total == Decimal("237.00")
    assert order.payments[0].amount == order.total
    assert order.arrival == max(shipment.expected_on for shipment in order.shipments)


async def test_an_unknown_number_is_no_order(shop: SqlShop) -> None:
    assert await shop.order("#W9999999") is None


async def test_a_customers_orders_come_newest_first_and_not_more_than_asked_for(shop: SqlShop) -> None:
    orders = await shop.orders_of("jo-hart", limit=3)
    assert len(orders) == 3
    assert [order.placed_at for order in orders] == sorted((o.placed_at for o in orders), reverse=True)
    assert {order.customer_id for order in orders} == {"jo-hart"}
    assert all(order.items for order in orders)


async def test_a_customer_is_found_by_address_whatever_its_case(shop: SqlShop) -> None:
    customer = await shop.customer_by_email(" Jo.Hart@MAIL.example ")
    assert customer is not None
    assert customer == await shop.customer("jo-hart")
    assert customer.name == "Jo Hart"
    assert await shop.customer_by_email("nobody@mail.example") is None


async def test_a_gift_card_has_its_balance_exactly(shop: SqlShop) -> None:
    customer = await shop.customer("lena-voss")
    assert customer is not None
    gift_card = next(method for method in customer.payment_methods if method.kind is PaymentKind.GIFT_CARD)
    assert isinstance(gift_card.balance, Decimal)
    assert gift_card.balance % 5 == 0


async def test_a_lookup_costs_the_same_statements_whether_the_order_exists_or_not(
    database: Database, shop: SqlShop
) -> None:
    counted: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *arguments: counted.append(arguments[2]))
    await shop.order("#W6617025")
    known = len(counted)
    counted.clear()
    await shop.order("#W9999999")
    assert len(counted) == known


def test_the_page_is_told_orders_with_what_opens_them(database: Database, shop: SqlShop) -> None:
    info = database.read_now(demo_info)
    assert info["mailbox"] == "/demo/mailbox"
    assert len(info["orders"]) >= 20
    assert info["orders"][0] == {
        "number": "#W4827310",
        "email": "jo.hart@mail.example",
        "postcode": "N1 5QT",
        "status": "shipped",
    }
    assert {order["status"] for order in info["orders"][:10]} == set(OrderStatus)


async def test_the_catalogue_comes_whole_and_in_order(shop: SqlShop, clock: Callable) -> None:
    products = await shop.products()
    assert products == demo_products(FOLDER, clock())
    assert len(products) >= 40
    assert await shop.product("mf-303") == next(product for product in products if product.id == "mf-303")
    assert await shop.product("mf-999") is None


async def test_a_catalogue_seeded_earlier_is_brought_up_to_date(
    database: Database, shop: SqlShop, clock: Callable
) -> None:
    def as_it_was(connection: sa.Connection) -> None:
        connection.execute(sa.update(shop_products).values(description="", attributes={}))
        connection.execute(sa.delete(shop_variants).where(shop_variants.c.product_id == "mf-101"))
        connection.execute(sa.delete(shop_products).where(shop_products.c.id == "mf-101"))

    database.write_now(as_it_was)
    later = clock() + timedelta(days=3)
    database.write_now(lambda connection: seed_demo_shop(connection, later, FOLDER))
    assert await shop.products() == demo_products(FOLDER, later)


async def test_what_was_ordered_is_in_the_catalogue(database: Database, shop: SqlShop) -> None:
    items = database.read_now(lambda c: c.execute(sa.select(shop_order_items)).mappings().all())
    variants = {variant.id: (product, variant) for product in await shop.products() for variant in product.variants}
    for item in items:
        product, variant = variants[item["item_id"]]
        assert (item["product_id"], item["options"], item["price"]) == (product.id, variant.options, variant.price)
