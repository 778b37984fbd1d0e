"""A shop from a file, and back to one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.commands.shop import CannotExchange, export_file, import_file
from bot.orders.demo import seed_demo_shop
from bot.orders.models import Address, OrderStatus, SentBack
from bot.orders.sql import SqlShop
from bot.orders.tau2 import Counts, export_shop, import_shop
from bot.orders.tau2_format import WrongFile, read_shop_file
from bot.settings import ROOT
from bot.storage.database import Database
from bot.storage.shop_tables import shop_customers, shop_orders, shop_products
from tests.support.shop_file import ADA, DELIVERED, FILE, NOW, PENDING, seed_small_shop, small_shop

pytestmark = pytest.mark.integration

Shop = dict[str, Any]


def test_what_went_in_comes_out(database: Database) -> None:
    assert database.write_now(lambda c: import_shop(c, small_shop(), NOW)) == Counts(3, 8, 3, 10)
    assert database.read_now(export_shop) == small_shop()


async def test_what_is_taken_in_is_a_shop_like_any_other(database: Database) -> None:
    seed_small_shop(database)
    shop = SqlShop(database)
    order = await shop.order(DELIVERED)
    assert order is not None
    assert (order.status, order.email, order.delivery_fee) == (OrderStatus.DELIVERED, "ada.moss@mail.example", 0)
    assert order.address == Address("7 Quarry Bank", "", "Salem", "OR", "97301", "US")
    assert [parcel.tracking_number for parcel in order.shipments] == ["880000000301", "880000000302", "880000000303"]
    assert [item.shipment_id for item in order.items] == ["W7000003-1", "W7000003-3", "W7000003-1"]
    assert [latest.number for latest in await shop.orders_of(ADA, 3)] == ["#W7000006", "#W7000005", "#W7000004"]
    exchanged = await shop.order("#W7000006")
    assert exchanged is not None
    assert exchanged.sent_back is not None
    assert exchanged.sent_back.new_item_ids == ("4100000012", "4100000033")
    assert [product.kind for product in await shop.products()] == ["kites", "bookshelves", "tea cups"]


async def test_what_is_exchanged_finds_its_own_product(database: Database) -> None:
    content = small_shop()
    order = content["orders"]["#W7000006"]
    order["exchange_items"], order["exchange_new_items"] = ["4100000011", "4100000032"], ["4100000033", "4100000012"]
    database.write_now(lambda c: import_shop(c, content, NOW))
    found = await SqlShop(database).order("#W7000006")
    assert found is not None
    assert isinstance(found.sent_back, SentBack)
    assert found.sent_back.new_item_ids == ("4100000012", "4100000033")


def test_a_shop_that_was_there_stays_as_it_was(database: Database, clock: Callable) -> None:
    database.write_now(lambda c: seed_demo_shop(c, clock(), ROOT / "data" / "shop"))
    before = database.read_now(export_shop)
    seed_small_shop(database)
    both = database.read_now(export_shop)
    for part in ("products", "users", "orders"):
        assert both[part] == before[part] | small_shop()[part]


def test_a_demo_shop_can_be_written_and_taken_in_elsewhere(database: Database, clock: Callable) -> None:
    database.write_now(lambda c: seed_demo_shop(c, clock(), ROOT / "data" / "shop"))
    read_shop_file(json.loads(json.dumps(database.read_now(export_shop))))


def wrong(change: Callable[[Shop], object]) -> Shop:
    content = small_shop()
    change(content)
    return content


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda s: s.pop("users"), "users: Field required"),
        (lambda s: s["orders"][PENDING].pop("address"), r"orders\.#W7000001\.address: Field required"),
        (lambda s: s["orders"][PENDING].update(colour="red"), r"orders\.#W7000001\.colour: Extra"),
        (lambda s: s["orders"][PENDING].update(status="lost"), r"#W7000001\.status: unknown; known are pending, "),
        (lambda s: s["orders"][PENDING].update(order_id="#W1"), r"#W7000001: calls itself #W1"),
        (lambda s: s["orders"][PENDING].update(user_id="nobody"), "there is no user nobody"),
        (lambda s: s["orders"][PENDING]["items"][0].update(price="24.50"), r"items\.0\.price: must be a number"),
        (lambda s: s["orders"][PENDING]["items"][0].update(price=float("nan")), "must be a number"),
        (lambda s: s["orders"][PENDING]["items"][0].update(price=-1), "greater than or equal to 0"),
        (lambda s: s["orders"][PENDING]["payment_history"][0].update(payment_method_id="x"), "x is no payment method"),
        (lambda s: s["orders"][PENDING]["address"].update(country="Utopia"), "must be USA or the two letters"),
        (lambda s: s["orders"][PENDING].update(return_items=[]), "a return needs"),
        (lambda s: s["orders"]["#W7000006"].pop("exchange_new_items"), "an exchange needs all four"),
        (lambda s: s["orders"]["#W7000006"]["exchange_items"].pop(), "must be as many"),
        (lambda s: s["users"][ADA]["orders"].pop(), "#W7000006: its user does not list it"),
        (lambda s: s["users"][ADA]["orders"].append("#W7000012"), "#W7000012 is no order of theirs"),
        (lambda s: s["users"][ADA]["orders"].append(PENDING), "order #W7000001 is there 2 times"),
        (lambda s: s["users"]["cy_lund_13"].update(email="ADA.moss@mail.example"), "e-mail address .* 2 times"),
        (lambda s: s["users"][ADA]["payment_methods"]["gift_card_503"].pop("balance"), "a gift card has a balance"),
        (lambda s: s["users"][ADA]["name"].update(last_name="\0"), "NUL"),
        (lambda s: s["products"]["3100000001"].update(variants={}), "at least 1 item"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_taken_in(
    database: Database, change: Callable[[Shop], object], text: str
) -> None:
    with pytest.raises(WrongFile, match=text):
        database.write_now(lambda c: import_shop(c, wrong(change), NOW))
    assert database.read_now(export_shop) == {"products": {}, "users": {}, "orders": {}}


def test_an_item_of_two_products_is_an_error(database: Database) -> None:
    content = small_shop()
    cups = content["products"]["3100000003"]["variants"]
    cups["4100000011"] = cups["4100000031"] | {"item_id": "4100000011"}
    with pytest.raises(WrongFile, match="item 4100000011 is there 2 times"):
        database.write_now(lambda c: import_shop(c, content, NOW))


def test_what_is_in_the_database_already_is_an_error_and_nothing_is_taken_in(database: Database) -> None:
    seed_small_shop(database)
    again = small_shop()
    again["products"]["3100000009"] = {
        "name": "Bell",
        "product_id": "3100000009",
        "variants": {"4100000091": {"item_id": "4100000091", "options": {}, "available": True, "price": 1}},
    }
    with pytest.raises(WrongFile, match="product 3100000001 is in the database already\n"):
        database.write_now(lambda c: import_shop(c, again, NOW))
    products = sa.select(sa.func.count()).select_from(shop_products)
    assert database.read_now(lambda c: c.execute(products).scalar_one()) == 3


def test_every_complaint_but_only_the_first_few_is_told() -> None:
    content = small_shop()
    for order in content["orders"].values():
        order["status"] = "lost"
    with pytest.raises(WrongFile) as error:
        read_shop_file(content)
    assert len(str(error.value).splitlines()) == 6
    assert str(error.value).endswith("… and 3 more")


# -- files ----------------------------------------------------------------------------------------------------------


def test_a_file_goes_into_a_new_database_and_out_again(database_url: str, tmp_path: Path) -> None:
    assert import_file(database_url, FILE, NOW) == Counts(3, 8, 3, 10)
    assert export_file(database_url, tmp_path / "out.json") == 8
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8")) == small_shop()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("{", "Expecting property name"),
        ("[]", "nothing was taken in.\nfile: Input should be"),
        ('{"orders": {"#W1": 1, "#W1": 2}}', "#W1 is there twice in one object"),
        ("[" * 100_000, "recursion"),
        ("\x80", "codec can't decode"),
    ],
)
def test_what_is_no_file_of_a_shop_is_told(tmp_path: Path, content: str, text: str) -> None:
    file = tmp_path / "shop.json"
    file.write_text(content, encoding="latin-1")
    with pytest.raises(CannotExchange) as error:
        import_file(f"sqlite:///{tmp_path / 'bellhop.db'}", file, NOW)
    assert str(file) in str(error.value)
    assert text in str(error.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotExchange, match="No such file"):
        import_file(f"sqlite:///{tmp_path / 'bellhop.db'}", tmp_path / "none.json", NOW)


def test_a_database_without_a_shop_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotExchange, match="bellhop shop import"):
        export_file(f"sqlite:///{tmp_path / 'bellhop.db'}", tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()


def test_what_fails_in_the_middle_leaves_nothing(database: Database) -> None:
    def until_the_end(connection: sa.Connection) -> None:
        import_shop(connection, small_shop(), NOW)
        raise RuntimeError("the machine stops")

    with pytest.raises(RuntimeError):
        database.write_now(until_the_end)
    for table in (shop_customers, shop_orders, shop_products):
        assert database.read_now(lambda c, t=table: c.execute(sa.select(sa.func.count()).select_from(t)).scalar()) == 0
