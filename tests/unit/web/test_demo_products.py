"""The demo shop's product pages."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree

import httpx
import pytest
from starlette.applications import Starlette

from bot.orders.demo import demo_products
from bot.orders.formatting import Formatting
from bot.orders.models import Product
from bot.settings import ROOT
from channels.web.demo_products import product_routes

PRODUCTS = demo_products(ROOT / "data" / "shop", datetime(2026, 3, 2, tzinfo=UTC))


class Shop:
    async def products(self) -> tuple[Product, ...]:
        return PRODUCTS

    async def product(self, product_id: str) -> Product | None:
        return next((product for product in PRODUCTS if product.id == product_id), None)


@pytest.fixture
def client() -> httpx.AsyncClient:
    formatting = Formatting("en-GB", "GBP", "Europe/London")
    app = Starlette(routes=list(product_routes(Shop(), formatting)))  # type: ignore[arg-type]  # what the pages use of it
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop")


async def test_every_product_has_a_page_that_is_linked(client: httpx.AsyncClient) -> None:
    everything = (await client.get("/products")).text
    for product in PRODUCTS:
        assert f'href="{product.url}"' in everything


async def test_a_page_shows_price_stock_and_facts(client: httpx.AsyncClient) -> None:
    page = (await client.get("/products/mf-303")).text
    for shown in (
        "Daybreak alarm clock",
        "from £64.00",
        "Sold out, expected Sunday 15 March",
        "light, birdsong or a bell",
    ):
        assert shown in page


async def test_an_unknown_product_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/products/mf-999")).status_code == 404


def test_every_product_has_a_picture_that_can_be_drawn() -> None:
    for product in PRODUCTS:
        ElementTree.parse(ROOT / f"channels/web/pages{product.image}")
