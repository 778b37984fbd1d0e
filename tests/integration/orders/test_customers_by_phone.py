"""Customers are found by telephone number, whether the shop is in Bellhop's own database or behind HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from sqlalchemy.engine import Connection

from bot.orders.shop import Shop
from bot.orders.sql import SqlShop
from bot.settings import ROOT
from bot.storage.database import Database
from tests.support.contract_shop import HOME, add_customer
from tests.support.openapi import Description
from tests.support.shop_server import shop_over_http, shop_server

pytestmark = pytest.mark.integration
DESCRIPTION = Description.load(ROOT / "docs" / "shop-api.yaml")
WITH_PHONES = {
    "mary": ("07700 900123", "GB"),
    "zoe": ("+44 (0)7700 900123", "DE"),
    "lena": ("040 66969 475", "DE"),  # as a British number it would be +44 40 66969475
    "sam": ("020 7946 0000 ext. 5", "GB"),
    "kim": ("0044 20.7946.0111", "IE"),
    "jo": ("none, please", "GB"),
}


@pytest.fixture(params=["embedded", "http"])
async def shop(request: pytest.FixtureRequest, database: Database, clock: Callable) -> AsyncIterator[Shop]:
    """A British shop, asked directly or over HTTP; what goes over the wire is as described."""

    def work(connection: Connection) -> None:
        for customer_id, (number, country) in WITH_PHONES.items():
            add_customer(connection, clock(), customer_id, "Kim", "Young", replace(HOME, country=country), number)

    database.write_now(work)
    embedded = SqlShop(database, clock=clock, region="GB")
    if request.param == "embedded":
        yield embedded
        return
    async with shop_server(embedded) as server, shop_over_http(server.url) as over_http:
        yield over_http
        for exchange in server.exchanges:
            DESCRIPTION.hold(exchange)


@pytest.mark.parametrize(
    ("phone", "found"),
    [
        ("+447700900123", ["mary", "zoe"]),
        ("+442079460111", ["kim"]),
        ("+447700900124", []),
        ("+444066969475", []),
        ("+494066969475", []),
        ("+442079460000", []),
        ("+17700900123", []),
    ],
)
async def test_customers_are_found_by_telephone_number_however_it_is_written(
    shop: Shop, phone: str, found: list[str]
) -> None:
    assert [customer.id for customer in await shop.customers_by_phone(phone)] == found
