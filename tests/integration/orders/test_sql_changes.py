"""Changes in the embedded shop: what they leave in the data, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from bot.orders.changes import (
    CancelOrder,
    Change,
    ChangeDefaultAddress,
    ChangeOrderAddress,
    ChangeOrderPayment,
    ChangePhone,
    Refusal,
    ReturnItems,
)
from bot.orders.policy import ShopPolicy
from bot.orders.shop import Refused
from bot.orders.sql import SqlShop
from bot.orders.tau2 import import_shop
from bot.storage.database import Database
from tests.support.shop_file import (
    ADA,
    ASH,
    BEN,
    BENS_DELIVERED,
    BENS_GIFT,
    BIG_RED_KITE,
    BLUE_CUP,
    CARD,
    DELIVERED,
    ELSEWHERE,
    ELSEWHERE_IN_FILE,
    GIFT,
    GOLD_CUP,
    GREEN_KITE,
    OAK,
    PAID_IN_TWO,
    PAYPAL,
    PENDING,
    RED_KITE,
    WHITE_CUP,
    as_file,
    exchange,
    paid,
    seed_small_shop,
    small_shop,
    swap,
)

pytestmark = pytest.mark.integration


@pytest.fixture
def shop(database: Database, clock: Callable) -> SqlShop:
    seed_small_shop(database)
    return SqlShop(database, clock=clock)


async def refused(shop: SqlShop, customer: str, change: Change, key: str = "k") -> Refusal:
    with pytest.raises(Refused) as caught:
        await shop.apply(customer, change, key)
    return caught.value.reason.refusal


# -- what is left in the data ---------------------------------------------------------------------------------------


async def test_cancelling_notes_the_reason_and_gives_everything_back(
    database: Database, shop: SqlShop, clock: Callable
) -> None:
    wanted = small_shop()
    order = wanted["orders"][PAID_IN_TWO]
    order |= {"status": "cancelled", "cancel_reason": "no longer needed"}
    order["payment_history"] += [paid("refund", 20.0, GIFT), paid("refund", 79.99, PAYPAL)]
    wanted["users"][ADA]["payment_methods"][GIFT]["balance"] = 60.0
    await shop.apply(ADA, CancelOrder(PAID_IN_TWO, "no longer needed"), "k")
    assert as_file(database) == wanted
    found = await shop.order(PAID_IN_TWO)
    assert found is not None
    assert (found.cancelled_at, found.payments[-1].made_at) == (clock(), clock())


async def test_an_order_goes_to_another_address(database: Database, shop: SqlShop) -> None:
    wanted = small_shop()
    wanted["orders"][PENDING]["address"] = ELSEWHERE_IN_FILE
    await shop.apply(ADA, ChangeOrderAddress(PENDING, ELSEWHERE), "k")
    assert as_file(database) == wanted


async def test_an_order_is_paid_with_a_gift_card_instead(database: Database, clock: Callable) -> None:
    content = small_shop()
    content["users"][ADA]["payment_methods"][GIFT]["balance"] = 180.65
    database.write_now(lambda c: import_shop(c, content, clock()))
    content["orders"][PENDING]["payment_history"] += [paid("payment", 180.6, GIFT), paid("refund", 180.6, CARD)]
    content["users"][ADA]["payment_methods"][GIFT]["balance"] = 0.05
    await SqlShop(database).apply(ADA, ChangeOrderPayment(PENDING, GIFT), "k")
    assert as_file(database) == content


async def test_another_payment_is_taken_and_the_old_one_given_back(database: Database, shop: SqlShop) -> None:
    wanted = small_shop()
    wanted["orders"][PAID_IN_TWO]["payment_history"] += [paid("payment", 20.0, PAYPAL), paid("refund", 20.0, GIFT)]
    wanted["users"][ADA]["payment_methods"][GIFT]["balance"] = 60.0
    await shop.apply(ADA, ChangeOrderPayment(PAID_IN_TWO, PAYPAL), "k")
    assert as_file(database) == wanted
    back = wanted["orders"][PENDING]["payment_history"]
    back += [paid("payment", 180.6, PAYPAL), paid("refund", 180.6, CARD)]
    await shop.apply(ADA, ChangeOrderPayment(PENDING, PAYPAL), "k2")
    assert as_file(database) == wanted


async def test_items_are_replaced_in_place_and_the_difference_paid(database: Database, shop: SqlShop) -> None:
    wanted = small_shop()
    order = wanted["orders"][PENDING]
    order["status"] = "pending (item modified)"
    products = wanted["products"]
    for place, product, item in ((0, "3100000001", BIG_RED_KITE), (1, "3100000003", GOLD_CUP)):
        variant = products[product]["variants"][item]
        order["items"][place] |= {"item_id": item, "price": variant["price"], "options": variant["options"]}
    order["payment_history"].append(paid("payment", 8.25, GIFT))
    wanted["users"][ADA]["payment_methods"][GIFT]["balance"] = 31.75
    await shop.apply(ADA, swap(PENDING, (BLUE_CUP, GOLD_CUP), (RED_KITE, BIG_RED_KITE), method=GIFT), "k")
    assert as_file(database) == wanted


async def test_of_the_same_thing_twice_each_takes_its_own_variant(database: Database, shop: SqlShop) -> None:
    await shop.apply(ADA, swap(PENDING, (BLUE_CUP, WHITE_CUP), (BLUE_CUP, GOLD_CUP)), "k")
    items = as_file(database)["orders"][PENDING]["items"]
    assert [item["item_id"] for item in items] == [RED_KITE, WHITE_CUP, GOLD_CUP, OAK]


async def test_a_thing_is_not_taken_for_another_that_has_just_become_like_it(database: Database, shop: SqlShop) -> None:
    await shop.apply(
        BEN, exchange(BENS_DELIVERED, (RED_KITE, GREEN_KITE), (GREEN_KITE, RED_KITE), method=BENS_GIFT), "k"
    )
    swapped = as_file(database)["orders"][BENS_DELIVERED]
    assert swapped["exchange_price_difference"] == 0.0
    both = swap(PENDING, (BLUE_CUP, WHITE_CUP), (RED_KITE, GREEN_KITE))
    await shop.apply(ADA, both, "k2")
    again = SqlShop(database, ShopPolicy(change_items_once=False))
    await again.apply(ADA, swap(PENDING, (WHITE_CUP, BLUE_CUP), (BLUE_CUP, GOLD_CUP)), "k3")
    items = as_file(database)["orders"][PENDING]["items"]
    assert [item["item_id"] for item in items] == [GREEN_KITE, BLUE_CUP, GOLD_CUP, OAK]


async def test_items_of_the_same_price_move_no_money(database: Database, shop: SqlShop) -> None:
    before = small_shop()
    await shop.apply(ADA, swap(PENDING, (OAK, ASH), method=GIFT), "k")
    after = as_file(database)
    assert after["orders"][PENDING]["payment_history"] == before["orders"][PENDING]["payment_history"]
    assert after["users"] == before["users"]
    assert after["orders"][PENDING]["status"] == "pending (item modified)"


async def test_a_return_is_noted_and_moves_nothing(database: Database, shop: SqlShop) -> None:
    wanted = small_shop()
    wanted["orders"][DELIVERED] |= {
        "status": "return requested",
        "return_items": [BIG_RED_KITE, BLUE_CUP, BLUE_CUP],
        "return_payment_method_id": GIFT,
    }
    await shop.apply(ADA, ReturnItems(DELIVERED, (BLUE_CUP, BIG_RED_KITE, BLUE_CUP), GIFT), "k")
    assert as_file(database) == wanted


async def test_an_exchange_is_noted_pair_by_pair_and_written_sorted(database: Database, shop: SqlShop) -> None:
    wanted = small_shop()
    wanted["orders"][DELIVERED] |= {
        "status": "exchange requested",
        "exchange_items": [BIG_RED_KITE, BLUE_CUP],
        "exchange_new_items": [GREEN_KITE, GOLD_CUP],
        "exchange_payment_method_id": PAYPAL,
        "exchange_price_difference": -7.75,
    }
    await shop.apply(ADA, exchange(DELIVERED, (BLUE_CUP, GOLD_CUP), (BIG_RED_KITE, GREEN_KITE)), "k")
    assert as_file(database) == wanted
    order = await shop.order(DELIVERED)
    assert order is not None
    assert order.sent_back is not None
    assert list(zip(order.sent_back.item_ids, order.sent_back.new_item_ids, strict=True)) == [
        (BIG_RED_KITE, GREEN_KITE),
        (BLUE_CUP, GOLD_CUP),
    ]
    assert order.sent_back.difference == Decimal("-7.75")


async def test_the_profile_gets_another_address_and_number(database: Database, shop: SqlShop) -> None:
    wanted = small_shop()
    wanted["users"][ADA]["address"] = ELSEWHERE_IN_FILE
    await shop.apply(ADA, ChangeDefaultAddress(ELSEWHERE), "k")
    await shop.apply(ADA, ChangePhone("+1 503 555 0100"), "k2")
    assert as_file(database) == wanted
    customer = await shop.customer(ADA)
    assert customer is not None
    assert (customer.address, customer.phone) == (ELSEWHERE, "+1 503 555 0100")


# -- refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (CancelOrder(PENDING, "too expensive"), Refusal.REASON),
        (CancelOrder(DELIVERED, "no longer needed"), Refusal.NOT_PENDING),
        (CancelOrder("#W9999999", "no longer needed"), Refusal.UNKNOWN_ORDER),
        (ReturnItems(BENS_DELIVERED, (RED_KITE,), CARD), Refusal.UNKNOWN_ORDER),
        (swap(PENDING, (RED_KITE, "4100000014")), Refusal.NOT_AVAILABLE),
        (swap(PENDING, (RED_KITE, GOLD_CUP)), Refusal.OTHER_PRODUCT),
        (swap(PENDING, (RED_KITE, "4100000099")), Refusal.UNKNOWN_ITEM),
        (ChangeOrderPayment(PENDING, GIFT), Refusal.GIFT_CARD_TOO_LOW),
        (ChangeOrderPayment(PENDING, BENS_GIFT), Refusal.UNKNOWN_PAYMENT),
        (ReturnItems(DELIVERED, (BLUE_CUP,), CARD), Refusal.REFUND_TARGET),
    ],
)
async def test_what_is_refused_changes_nothing_and_leaves_no_row(
    database: Database, shop: SqlShop, change: Change, refusal: Refusal
) -> None:
    with pytest.raises(Refused) as caught:
        await shop.preview(ADA, change)
    assert caught.value.reason.refusal is refusal
    assert await refused(shop, ADA, change) is refusal
    assert as_file(database) == small_shop()
    assert await shop.outcome("k") is None


async def test_nobody_can_change_nothing(shop: SqlShop) -> None:
    assert await refused(shop, "nobody", ChangePhone("12345")) is Refusal.UNKNOWN_CUSTOMER
    assert await refused(shop, "nobody", CancelOrder(PENDING, "no longer needed")) is Refusal.UNKNOWN_ORDER


async def test_a_preview_is_what_will_be_done_and_does_nothing(database: Database, shop: SqlShop) -> None:
    change = swap(PENDING, (RED_KITE, BIG_RED_KITE))
    plan = await shop.preview(ADA, change)
    assert as_file(database) == small_shop()
    assert (await shop.apply(ADA, change, "k")).plan == plan


async def test_the_shops_own_rules_are_kept(database: Database) -> None:
    seed_small_shop(database)
    policy = ShopPolicy(cancel_reasons=("found it elsewhere",), exchanging=False)
    strict = SqlShop(database, policy)
    assert strict.policy is policy
    assert await refused(strict, ADA, CancelOrder(PENDING, "no longer needed")) is Refusal.REASON
    assert await refused(strict, ADA, exchange(DELIVERED, (BLUE_CUP, GOLD_CUP))) is Refusal.NOT_OFFERED
