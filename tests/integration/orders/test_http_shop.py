"""A shop behind HTTP that is down, slow, wrong, or lost in the middle: nothing is made up, nothing done twice."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable

import pytest
import sqlalchemy as sa

from bot.orders.changes import CancelOrder, ChangeOrderPayment, Receipt, Refusal
from bot.orders.http import HttpShop
from bot.orders.models import CustomerProfile, Order, Product
from bot.orders.policy import ShopPolicy
from bot.orders.shop import OutcomeUnknown, Refused, ShopUnavailable
from bot.orders.sql import SqlShop
from bot.storage.database import Database
from bot.storage.shop_tables import shop_changes, shop_orders, shop_payment_methods, shop_payments
from tests.support.contract_shop import (
    ANN,
    BOB,
    CARD,
    GIFT_CARD,
    GIFT_CARD_BALANCE,
    MUG_RED,
    PAYPAL,
    PENDING,
    SHIPPED,
    SOMEBODY_ELSES,
    add_order,
    seed_small_shop,
)
from tests.support.shop_server import Fault, Ill, ShopServer, shop_over_http, shop_server

pytestmark = [pytest.mark.integration, pytest.mark.parametrize("database", ["sqlite"], indirect=True)]

CANCEL = CancelOrder(PENDING, "no longer needed")
PASSING = [Ill.ERROR, Ill.PAGE, Ill.CUT, Ill.EMPTY, Ill.LIST, Ill.OTHER, Ill.DROP, Ill.MOVED]
REJECTING = [Ill.LOST, Ill.BUSY]
SILENT = [Ill.HANG, Ill.TRICKLE]
SHORT = 1.0  # seconds


@pytest.fixture
async def server(database: Database, clock: Callable) -> AsyncIterator[ShopServer]:
    database.write_now(lambda connection: seed_small_shop(connection, clock()))
    async with shop_server(SqlShop(database, clock=clock)) as running:
        yield running


@pytest.fixture
async def shop(server: ShopServer) -> AsyncIterator[HttpShop]:
    async with shop_over_http(server.url) as client:
        yield client


def refunds(database: Database) -> int:
    count = sa.select(sa.func.count()).where(shop_payments.c.kind == "refund")
    return database.read_now(lambda c: c.execute(count).scalar()) or 0


def changes(database: Database) -> int:
    return len(database.read_now(lambda c: c.execute(sa.select(shop_changes)).all()))


@pytest.mark.parametrize("ill", PASSING)
async def test_a_question_that_failed_is_asked_again(server: ShopServer, shop: HttpShop, ill: Ill) -> None:
    server.faults = [Fault(ill, after=True), Fault(ill, after=True)]
    order = await shop.order(PENDING)
    assert order is not None
    assert len(server.requests) == 3


@pytest.mark.parametrize("ill", PASSING)
async def test_a_question_that_keeps_failing_has_no_answer(server: ShopServer, shop: HttpShop, ill: Ill) -> None:
    server.faults = [Fault(ill, after=True)] * 4
    with pytest.raises(ShopUnavailable):
        await shop.order(PENDING)
    assert len(server.requests) == 3


@pytest.mark.parametrize("ill", REJECTING)
async def test_an_order_does_not_become_unknown_by_a_failure(server: ShopServer, shop: HttpShop, ill: Ill) -> None:
    server.faults = [Fault(ill)]
    with pytest.raises(ShopUnavailable):
        await shop.order(PENDING)
    assert len(server.requests) == 1  # the same again would be rejected again


async def test_a_wrong_token_is_no_answer(server: ShopServer) -> None:
    async with shop_over_http(server.url, token="another") as stranger:
        with pytest.raises(ShopUnavailable):
            await stranger.order(PENDING)
        with pytest.raises(ShopUnavailable):
            await stranger.apply(ANN, CANCEL, "k-1")


@pytest.mark.parametrize("ill", SILENT)
async def test_a_silent_shop_is_not_waited_for(server: ShopServer, ill: Ill) -> None:
    server.faults = [Fault(ill)]
    async with shop_over_http(server.url, seconds=SHORT) as shop:
        began = time.monotonic()
        with pytest.raises(ShopUnavailable):
            await shop.order(PENDING)
        assert time.monotonic() - began < SHORT * 2


async def test_a_shop_that_is_down_was_told_nothing(database: Database, server: ShopServer, shop: HttpShop) -> None:
    async with shop_over_http("http://127.0.0.1:1/bellhop") as down:
        with pytest.raises(ShopUnavailable):
            await down.order(PENDING)
        with pytest.raises(ShopUnavailable):
            await down.preview(ANN, CANCEL)
        with pytest.raises(ShopUnavailable):  # and not OutcomeUnknown: nothing was sent
            await down.apply(ANN, CANCEL, "k-1")
    assert changes(database) == 0


@pytest.mark.parametrize("ill", PASSING)
@pytest.mark.parametrize("after", [True, False], ids=["done", "not done"])
async def test_a_change_whose_answer_was_lost_is_made_once(
    database: Database, server: ShopServer, shop: HttpShop, ill: Ill, after: bool
) -> None:
    server.faults = [Fault(ill, after=after)]
    receipt = await shop.apply(ANN, CANCEL, "k-1")
    assert receipt.repeated is after
    assert server.keys == ["k-1", "k-1"]
    assert (changes(database), refunds(database)) == (1, 1)


@pytest.mark.parametrize("ill", SILENT)
async def test_a_change_that_is_not_answered_is_asked_for_again(
    database: Database, server: ShopServer, ill: Ill
) -> None:
    server.faults = [Fault(ill, after=True)]
    async with shop_over_http(server.url, seconds=SHORT) as shop:
        receipt = await shop.apply(ANN, CANCEL, "k-1")
    assert receipt.repeated
    assert (changes(database), refunds(database)) == (1, 1)


@pytest.mark.parametrize("ill", PASSING)
async def test_after_no_answer_at_all_the_outcome_tells(
    database: Database, server: ShopServer, shop: HttpShop, ill: Ill
) -> None:
    server.faults = [Fault(ill, after=True)] * 3
    with pytest.raises(OutcomeUnknown):
        await shop.apply(ANN, CANCEL, "k-1")
    assert len(server.requests) == 3
    found = await shop.outcome("k-1")
    assert found is not None
    assert found.repeated
    assert await shop.apply(ANN, CANCEL, "k-1") == found
    assert (changes(database), refunds(database)) == (1, 1)


@pytest.mark.parametrize("ill", PASSING)
async def test_an_unknown_outcome_may_be_that_nothing_was_done(
    database: Database, server: ShopServer, shop: HttpShop, ill: Ill
) -> None:
    server.faults = [Fault(ill)] * 3
    with pytest.raises(OutcomeUnknown):
        await shop.apply(ANN, CANCEL, "k-1")
    assert await shop.outcome("k-1") is None
    assert changes(database) == 0


async def test_a_change_takes_no_longer_than_twice_a_question(server: ShopServer) -> None:
    server.faults = [Fault(Ill.HANG)] * 9
    async with shop_over_http(server.url, seconds=0.5) as shop:
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            await shop.apply(ANN, CANCEL, "k-1")
        assert 0.9 < time.monotonic() - began < 1.4
    assert len(server.requests) == 2


@pytest.mark.parametrize("ill", REJECTING)
async def test_a_change_that_was_rejected_was_not_made(
    database: Database, server: ShopServer, shop: HttpShop, ill: Ill
) -> None:
    server.faults = [Fault(ill)]
    with pytest.raises(ShopUnavailable):
        await shop.apply(ANN, CANCEL, "k-1")
    assert len(server.requests) == 1
    assert changes(database) == 0


async def test_a_rejection_after_a_lost_answer_tells_nothing(server: ShopServer, shop: HttpShop) -> None:
    server.faults = [Fault(Ill.DROP, after=True), Fault(Ill.BUSY)]
    with pytest.raises(OutcomeUnknown):
        await shop.apply(ANN, CANCEL, "k-1")


async def test_a_change_and_its_repetition_at_once_are_one(
    database: Database, server: ShopServer, shop: HttpShop
) -> None:
    server.faults = [Fault(Ill.LATE), Fault(Ill.LATE)]
    await shop.apply(ANN, CANCEL, "k-1")
    done = await asyncio.gather(*server.late)
    assert len(done) == 2
    assert (changes(database), refunds(database)) == (1, 1)


async def test_a_change_whose_asker_went_away_is_made_once(database: Database, server: ShopServer) -> None:
    server.faults = [Fault(Ill.HANG, after=True)]
    async with shop_over_http(server.url) as shop:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SHORT):
                await shop.apply(ANN, CANCEL, "k-1")
        receipt = await shop.apply(ANN, CANCEL, "k-1")
    assert receipt.repeated
    assert (changes(database), refunds(database)) == (1, 1)


async def test_a_refusal_is_final_and_keeps_its_details(server: ShopServer, shop: HttpShop) -> None:
    server.faults = [Fault(Ill.DROP)]
    with pytest.raises(Refused) as refused:
        await shop.apply(ANN, CancelOrder(SHIPPED, "no longer needed"), "k-1")
    assert refused.value.reason.refusal == Refusal.NOT_PENDING
    assert refused.value.reason.details == {"status": "shipped"}
    assert len(server.requests) == 2


@pytest.mark.parametrize("key", ["", "k" * 201, "with space", "with\nline", "Schlüssel"])
async def test_a_key_that_no_header_holds_is_not_sent(server: ShopServer, shop: HttpShop, key: str) -> None:
    with pytest.raises(ValueError, match="visible ASCII"):
        await shop.apply(ANN, CANCEL, key)
    assert server.requests == []


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_fails_when_nothing_is_done_twice(
    database: Database, server: ShopServer, clock: Callable, seed: int
) -> None:
    """Forty changes through a server that fails two times of three, each asked for again until it is known."""
    chance = random.Random(seed)
    numbers = [f"#W30000{place:02}" for place in range(20)]
    for number in numbers:
        row = (number, ANN, "pending", (MUG_RED,), CARD)
        database.write_now(lambda connection, row=row: add_order(connection, clock(), *row))
    ills = [*PASSING, *REJECTING, *SILENT, Ill.LATE]

    async def settled(shop: HttpShop, change: ChangeOrderPayment | CancelOrder, key: str) -> Receipt:
        while True:
            server.faults = [
                Fault(chance.choice(ills), after=chance.random() < 0.5) for _ in range(chance.randint(0, 4))
            ]
            try:
                return await shop.apply(ANN, change, key)
            except (ShopUnavailable, OutcomeUnknown):
                server.faults = []
                with contextlib.suppress(ShopUnavailable):  # a tenth of a second is little on a busy machine
                    if chance.random() < 0.5 and (found := await shop.outcome(key)):
                        return found

    async with shop_over_http(server.url, seconds=0.1) as shop:
        for number in numbers:
            await settled(shop, ChangeOrderPayment(number, PAYPAL), f"{number}-paid")
            await settled(shop, CancelOrder(number, "no longer needed"), f"{number}-cancelled")

    moved = sa.select(shop_payments.c.order_number, shop_payments.c.kind, shop_payments.c.payment_method_id)
    of_these = moved.where(shop_payments.c.order_number.in_(numbers))
    rows = sorted(tuple(row) for row in database.read_now(lambda c: c.execute(of_these).all()))
    once = [("payment", CARD), ("payment", PAYPAL), ("refund", CARD), ("refund", PAYPAL)]
    assert rows == [(number, *movement) for number in numbers for movement in once]
    assert changes(database) == 2 * len(numbers)
    stati = sa.select(shop_orders.c.status).where(shop_orders.c.number.in_(numbers)).distinct()
    assert database.read_now(lambda c: c.execute(stati).scalars().all()) == ["cancelled"]
    balance = sa.select(shop_payment_methods.c.balance).where(shop_payment_methods.c.id == GIFT_CARD)
    assert database.read_now(lambda c: c.execute(balance).scalar()) == GIFT_CARD_BALANCE


class Careless(SqlShop):
    """A shop that answers with what was not asked for."""

    async def order(self, number: str) -> Order | None:
        return await super().order(SOMEBODY_ELSES)

    async def orders_of(self, customer_id: str, limit: int) -> tuple[Order, ...]:
        return await super().orders_of(BOB, limit)

    async def customer(self, customer_id: str) -> CustomerProfile | None:
        return await super().customer(BOB)

    async def customer_by_email(self, email: str) -> CustomerProfile | None:
        return await super().customer(BOB)

    async def customers_by_name(self, first: str, last: str, postcode: str) -> tuple[CustomerProfile, ...]:
        bob = await super().customer(BOB)
        return (bob,) if bob else ()

    async def customers_by_phone(self, phone: str) -> tuple[CustomerProfile, ...]:
        bob = await super().customer(BOB)
        return (bob,) if bob else ()

    async def product(self, product_id: str) -> Product | None:
        return (await super().products())[0]


@pytest.mark.parametrize(
    "ask",
    [
        lambda shop: shop.order(PENDING),
        lambda shop: shop.orders_of(ANN, 3),
        lambda shop: shop.customer(ANN),
        lambda shop: shop.customer_by_email("ann.lee@mail.example"),
        lambda shop: shop.customers_by_name("Ann", "Lee", "LS1 4AB"),
        lambda shop: shop.customers_by_name("", "", ""),
        lambda shop: shop.customers_by_phone("+447700900123"),
        lambda shop: shop.product("lamp"),
    ],
)
async def test_what_was_not_asked_for_is_no_answer(database: Database, clock: Callable, ask: Callable) -> None:
    database.write_now(lambda connection: seed_small_shop(connection, clock()))
    async with shop_server(Careless(database)) as server, shop_over_http(server.url) as shop:
        with pytest.raises(ShopUnavailable):
            await ask(shop)


async def test_the_policy_is_the_settings_until_the_shop_has_told_its_own(server: ShopServer) -> None:
    in_settings, told = ShopPolicy(returning=False), ShopPolicy(return_days=30, cancel_reasons=("sorry",))
    async with shop_over_http(server.url, policy=in_settings) as shop:
        assert shop.policy == in_settings
        await shop.refresh_policy()  # it has none: 404
        assert shop.policy == in_settings
        server.policy = told
        await shop.refresh_policy()
        assert shop.policy == told
        server.faults = [Fault(Ill.ERROR)] * 3
        await shop.refresh_policy()
        assert shop.policy == told


async def test_running_it_fetches_the_policy_and_closes_at_the_end(server: ShopServer) -> None:
    server.policy = ShopPolicy(return_days=30)
    async with shop_over_http(server.url) as shop:
        running = asyncio.create_task(shop.run())
        async with asyncio.timeout(5):
            while shop.policy != server.policy:  # noqa: ASYNC110  # nothing tells that it was fetched
                await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        with pytest.raises(RuntimeError, match="closed"):
            await shop.products()
