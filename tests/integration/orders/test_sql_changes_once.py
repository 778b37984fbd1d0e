"""Changes in the embedded shop are made once, whichever way they are asked for, and whole or not at all."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.orders.changes import (
    CancelOrder,
    Change,
    ChangeDefaultAddress,
    ChangeOrderAddress,
    ChangeOrderPayment,
    ChangePhone,
    Receipt,
    Refusal,
    ReturnItems,
)
from bot.orders.shop import OutcomeUnknown, Refused, ShopUnavailable
from bot.orders.sql import SqlShop
from bot.orders.tau2 import import_shop
from bot.settings import ROOT
from bot.storage.database import Database
from bot.storage.shop_tables import shop_changes, shop_customers, shop_variants
from tests.support.shop_file import (
    ADA,
    BEN,
    BLUE_CUP,
    CARD,
    DELIVERED,
    ELSEWHERE,
    GIFT,
    GOLD_CUP,
    PAID_IN_TWO,
    PAYPAL,
    PENDING,
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


# -- once -----------------------------------------------------------------------------------------------------------

EVERY_KIND = [
    CancelOrder(PENDING, "no longer needed"),
    ChangeOrderAddress(PENDING, ELSEWHERE),
    swap(PENDING, (BLUE_CUP, GOLD_CUP)),
    ChangeOrderPayment(PENDING, PAYPAL),
    ReturnItems(DELIVERED, (BLUE_CUP,), PAYPAL),
    exchange(DELIVERED, (BLUE_CUP, GOLD_CUP)),
    ChangeDefaultAddress(ELSEWHERE),
    ChangePhone("+1 503 555 0100"),
]


@pytest.mark.parametrize("change", EVERY_KIND, ids=lambda change: type(change).__name__)
async def test_the_same_key_again_changes_nothing_and_answers_as_before(
    database: Database, shop: SqlShop, clock: Any, change: Change
) -> None:
    first = await shop.apply(ADA, change, "k")
    assert not first.repeated
    after = as_file(database)
    clock.forward(hours=2)
    assert await shop.apply(ADA, change, "k") == replace(first, repeated=True)
    assert await shop.outcome("k") == replace(first, repeated=True)
    assert as_file(database) == after


async def test_a_key_is_for_one_change_of_one_customer(database: Database, shop: SqlShop) -> None:
    await shop.apply(ADA, ChangePhone("+1 503 555 0100"), "k")
    with pytest.raises(ValueError, match="used before"):
        await shop.apply(ADA, ChangePhone("+1 503 555 0199"), "k")
    with pytest.raises(ValueError, match="used before"):
        await shop.apply(BEN, ChangePhone("+1 503 555 0100"), "k")
    customer = await shop.customer(BEN)
    assert customer is not None
    assert customer.phone is None


@pytest.mark.parametrize("key", ["", "k" * 201])
async def test_what_is_no_key_is_an_error(shop: SqlShop, key: str) -> None:
    with pytest.raises(ValueError, match="1 to 200"):
        await shop.apply(ADA, ChangePhone("12345"), key)


async def test_every_change_leaves_a_row_that_says_who_what_when(
    database: Database, shop: SqlShop, clock: Callable
) -> None:
    await shop.apply(ADA, CancelOrder(PENDING, "no longer needed"), "k" * 200)
    await shop.apply(ADA, ChangePhone("12345"), "k2")
    in_order = sa.select(shop_changes).order_by(shop_changes.c.key.desc())
    rows = database.read_now(lambda c: c.execute(in_order).mappings().all())
    cancelled = rows[0]
    assert {name: cancelled[name] for name in ("customer_id", "order_number", "kind", "at")} == {
        "customer_id": ADA,
        "order_number": PENDING,
        "kind": "cancel_order",
        "at": clock(),
    }
    assert cancelled["change"] == {"kind": "cancel_order", "number": PENDING, "reason": "no longer needed"}
    assert cancelled["plan"]["transfers"] == [{"kind": "refund", "amount": "180.60", "payment_method_id": CARD}]
    assert (rows[1]["kind"], rows[1]["order_number"]) == ("change_phone", None)


# -- at once --------------------------------------------------------------------------------------------------------


async def together(database: Database, *changes: tuple[str, Change, str]) -> list[Receipt | BaseException]:
    """Make changes at once, each over a connection of its own like another process's; asked again where it was busy."""
    others = [Database(database.url) for _ in changes]

    async def make(other: Database, change: tuple[str, Change, str]) -> Receipt:
        while True:
            try:
                return await SqlShop(other).apply(*change)
            except ShopUnavailable:
                continue

    try:
        calls = (make(other, change) for other, change in zip(others, changes, strict=True))
        return await asyncio.gather(*calls, return_exceptions=True)
    finally:
        for other in others:
            other.close()


async def test_one_key_at_once_makes_one_change(database: Database, shop: SqlShop) -> None:
    answers = await together(database, *[(ADA, CancelOrder(PENDING, "no longer needed"), "k")] * 4)
    receipts = [answer for answer in answers if isinstance(answer, Receipt)]
    assert len(receipts) == 4, answers
    assert sorted(receipt.repeated for receipt in receipts) == [False, True, True, True]
    assert len(as_file(database)["orders"][PENDING]["payment_history"]) == 2


async def test_two_changes_of_an_order_at_once_are_one_after_the_other(database: Database, shop: SqlShop) -> None:
    answers = await together(
        database,
        (ADA, CancelOrder(PENDING, "no longer needed"), "k1"),
        (ADA, CancelOrder(PENDING, "ordered by mistake"), "k2"),
        (ADA, swap(PENDING, (BLUE_CUP, GOLD_CUP)), "k3"),
    )
    assert sum(isinstance(answer, Receipt) for answer in answers) == 1, answers
    assert sum(isinstance(answer, Refused) for answer in answers) == 2, answers


async def test_a_gift_card_is_not_spent_twice_on_two_orders(database: Database, clock: Callable) -> None:
    content = small_shop()
    content["orders"]["#W7000001"] |= {"payment_history": [paid("payment", 30.0, CARD)]}
    content["orders"][PAID_IN_TWO] |= {"payment_history": [paid("payment", 30.0, CARD)]}
    database.write_now(lambda c: import_shop(c, content, clock()))
    answers = await together(
        database,
        (ADA, ChangeOrderPayment(PENDING, GIFT), "k1"),
        (ADA, ChangeOrderPayment(PAID_IN_TWO, GIFT), "k2"),
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Receipt", "Refused"]
    assert as_file(database)["users"][ADA]["payment_methods"][GIFT]["balance"] == 10.0


async def test_a_key_that_two_customers_take_at_once_is_one_customers(database: Database, shop: SqlShop) -> None:
    answers = await together(database, (ADA, ChangePhone("111"), "k"), (BEN, ChangePhone("222"), "k"))
    assert sorted(type(answer).__name__ for answer in answers) == ["Receipt", "ValueError"], answers
    phones = database.read_now(lambda c: c.execute(sa.select(shop_customers.c.phone)).scalars().all())
    assert sum(phone is not None for phone in phones) == 1


async def test_what_sells_out_between_preview_and_change_is_refused(database: Database, shop: SqlShop) -> None:
    change = swap(PENDING, (BLUE_CUP, GOLD_CUP))
    await shop.preview(ADA, change)
    gone = sa.update(shop_variants).where(shop_variants.c.id == GOLD_CUP).values(available=False)
    database.write_now(lambda c: c.execute(gone))
    assert await refused(shop, ADA, change) is Refusal.NOT_AVAILABLE


# -- whole or not at all --------------------------------------------------------------------------------------------

KILLED = """
import asyncio, os, signal, sys
import sqlalchemy as sa
from bot.orders.changes import ChangeOrderPayment
from bot.orders.sql import SqlShop
from bot.storage.database import Database

database = Database(sys.argv[1])
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "between":
    @sa.event.listens_for(database.engine, "after_cursor_execute")
    def after(connection, cursor, statement, *_):
        if statement.startswith("UPDATE shop_payment_methods"):
            die()
elif sys.argv[2] == "before the commit":
    sa.event.listen(database.engine, "commit", die)
asyncio.run(SqlShop(database).apply("ada_moss_11", ChangeOrderPayment("#W7000002", "paypal_502"), "k"))
die()
"""


@pytest.mark.parametrize("moment", ["between", "before the commit", "after it"])
async def test_a_kill_leaves_a_change_whole_or_undone_and_asking_again_makes_it_once(
    database: Database, shop: SqlShop, moment: str
) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, url, moment, cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await killed.communicate()
    assert killed.returncode == -signal.SIGKILL, complaint
    receipt = await shop.outcome("k")
    assert (receipt is not None) is (moment == "after it")
    if receipt is None:
        assert as_file(database) == small_shop()
    again = await shop.apply(ADA, ChangeOrderPayment(PAID_IN_TWO, PAYPAL), "k")
    assert again.repeated is (moment == "after it")
    after = as_file(database)
    assert len(after["orders"][PAID_IN_TWO]["payment_history"]) == 4
    assert after["users"][ADA]["payment_methods"][GIFT]["balance"] == 60.0


async def test_a_database_that_is_away_changes_nothing(tmp_path: Any) -> None:
    away = Database("postgresql+psycopg://nobody@/none?host=" + str(tmp_path))
    try:
        with pytest.raises(ShopUnavailable):
            await SqlShop(away).apply(ADA, ChangePhone("12345"), "k")
    finally:
        away.close()


async def test_a_database_that_is_lost_during_the_commit_leaves_it_unknown_and_the_key_tells(
    database: Database, shop: SqlShop
) -> None:
    if database.is_sqlite:
        pytest.skip("a file is not lost on the way")

    def cut(connection: sa.Connection) -> None:
        raw = connection.connection.driver_connection
        assert raw is not None
        with database.engine.connect() as other:
            other.execute(sa.text(f"SELECT pg_terminate_backend({raw.info.backend_pid})"))

    sa.event.listen(database.engine, "commit", cut)
    with pytest.raises(OutcomeUnknown):
        await shop.apply(ADA, ChangePhone("12345"), "k")
    sa.event.remove(database.engine, "commit", cut)
    assert await shop.outcome("k") is None
    assert not (await shop.apply(ADA, ChangePhone("12345"), "k")).repeated
