"""Made-up products with many options, and things of orders made of them, for tests of what customers say of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product as every_combination
from pathlib import Path

from bot.orders.models import OrderItem, Product, Variant
from bot.self_service.reading.items import Line

_CATALOGUE = Path(__file__).parents[2] / "data" / "shop" / "catalogue.json"


def made_product(
    name: str, options: Mapping[str, Sequence[str]], *, gone: Sequence[Sequence[str]] = (), price: int = 20
) -> Product:
    """A product in all combinations of its options, each a little dearer than the one before.

    Args:
        gone: the values, in the options' order, of variants that are sold out.
    """
    found = [
        Variant(
            f"{7000000 + place}",
            dict(zip(options, values, strict=True)),
            Decimal(price + place),
            values not in map(tuple, gone),
        )
        for place, values in enumerate(every_combination(*options.values()))
    ]
    return Product(name.casefold().replace(" ", "-"), name, "home", name, "", tuple(found))


def item_of(product: Product, *values: str) -> OrderItem:
    """The variant of a product that has all of these values, as it was bought."""
    variant = next(one for one in product.variants if set(values) <= set(one.options.values()))
    return OrderItem(variant.id, product.id, product.name, variant.options, variant.price)


def lines_of(*items: OrderItem, number: str = "#W1000001") -> tuple[Line, ...]:
    """These things as one order has them."""
    return tuple(Line(number, place, item) for place, item in enumerate(items))


def named_item(name: str, price: int = 20, item_id: str = "", **options: str) -> OrderItem:
    """Something bought, by its name; options with _ for a space."""
    told = {option.replace("_", " "): value for option, value in options.items()}
    return OrderItem(item_id or f"id-{name}-{'-'.join(options.values())}", name, name, told, Decimal(price))


def demo_product(name: str) -> Product:
    """A product of the demo shop."""
    read = next(one for one in json.loads(_CATALOGUE.read_text(encoding="utf-8")) if one["name"] == name)
    variants = tuple(
        Variant(one["id"], one["options"], Decimal(one["price"]), one["available"]) for one in read["variants"]
    )
    return Product(read["id"], read["name"], read["category"], read["kind"], read["description"], variants)
