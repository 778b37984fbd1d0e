"""Which shop the settings open."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.orders.http import HttpShop
from bot.orders.opening import open_shop
from bot.orders.sql import SqlShop
from bot.settings import load_settings
from bot.storage.database import Database
from tests.support.contract_shop import ANN, PENDING, seed_small_shop
from tests.support.shop_server import TOKEN, shop_server

pytestmark = [pytest.mark.integration, pytest.mark.parametrize("database", ["sqlite"], indirect=True)]
MAIL = {"smtp_url": "smtp://localhost:25"}


async def test_without_an_address_it_is_the_embedded_shop(database: Database) -> None:
    assert isinstance(open_shop(load_settings(**MAIL), database), SqlShop)


async def test_with_an_address_it_is_the_shop_there(database: Database, clock: Callable) -> None:
    database.write_now(lambda connection: seed_small_shop(connection, clock()))
    async with shop_server(SqlShop(database)) as server:
        settings = load_settings(**MAIL, shop_url=server.url, shop_token=TOKEN)
        shop = open_shop(settings, database)
        assert isinstance(shop, HttpShop)
        order = await shop.order(PENDING)
        assert order is not None
        assert order.customer_id == ANN
