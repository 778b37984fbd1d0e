"""The demo shop's product pages, made from its catalogue, so that the chat has something to link to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot.orders.formatting import Formatting
from bot.orders.models import Product, Variant
from bot.orders.shop import Shop

PAGES = Path(__file__).parent / "product_pages"
NOT_FOUND = 404


class ProductPages:
    """A page with all products, and one for each."""

    def __init__(self, shop: Shop, formatting: Formatting) -> None:
        self._shop = shop
        self._formatting = formatting
        self._templates = Environment(loader=FileSystemLoader(PAGES), autoescape=True, trim_blocks=True)

    async def everything(self, request: Request) -> Response:
        """All products, by department."""
        products = await self._shop.products()
        departments = dict.fromkeys(product.category for product in products)
        shown = [(name, [self._shown(p) for p in products if p.category == name]) for name in departments]
        return self._page("list.html", "Everything", "All products of the shop.", departments=shown)

    async def one(self, request: Request) -> Response:
        """One product with its options, stock and facts."""
        product = await self._shop.product(request.path_params["id"])
        if product is None:
            raise HTTPException(NOT_FOUND)
        return self._page("product.html", product.name, product.description, product=self._shown(product))

    def _page(self, template: str, title: str, description: str, **values: Any) -> Response:
        page = self._templates.get_template(template)
        return HTMLResponse(page.render(title=title, description=description, layout="products", **values))

    def _shown(self, product: Product) -> dict[str, Any]:
        money = self._formatting.money
        one_price = product.lowest_price == product.highest_price
        return {
            "name": product.name,
            "category": product.category,
            "description": product.description,
            "image": product.image,
            "url": product.url,
            "price": money(product.lowest_price) if one_price else f"from {money(product.lowest_price)}",
            "options": list(product.options),
            "attributes": product.attributes,
            "sold_out": not any(variant.available for variant in product.variants),
            "variants": [
                {"options": variant.options, "price": money(variant.price), "stock": self._stock(variant)}
                for variant in product.variants
            ],
        }

    def _stock(self, variant: Variant) -> str:
        if variant.available:
            return "In stock"
        back = variant.restock_on
        return f"Sold out, expected {self._formatting.day(back)}" if back else "Sold out"


def product_routes(shop: Shop, formatting: Formatting) -> Sequence[BaseRoute]:
    """The routes of the product pages."""
    pages = ProductPages(shop, formatting)
    return [Route("/products", pages.everything), Route("/products/{id}", pages.one)]
