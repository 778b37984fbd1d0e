"""Which sentences answer a question about one product, and the words that go into them: all from the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from actions.order_news import News
from actions.product_cards import ProductWriter
from bot.orders.catalogue import Catalogue
from bot.orders.models import Product, Variant
from bot.orders.product_wish import Wish


def product_news(product: Product, wish: Wish, catalogue: Catalogue, write: ProductWriter) -> News:
    """What there is to say about `product` to somebody who said `wish`."""
    words = {"product": product.name}
    variants, missing = catalogue.chosen(product, wish)
    if missing or not variants:
        return _not_offered(product, missing, write)
    if near := catalogue.only_near(product, wish):
        return _near(product, variants, near, write)
    if facts := catalogue.facts_asked(product, wish):
        return News("utter_product_facts", words | {"facts": write.facts(product, facts)})
    if wish.in_stock or catalogue.speaks_of_options(product, wish):
        return _stock(product, variants, write)
    if "options" in wish.facts:
        options = write.options(product)
        if not options:
            return News("utter_product_one_version", words | {"price": write.price(variants)})
        return News("utter_product_options", words | {"options": options})
    if "price" in wish.facts:
        return _price(product, variants, write)
    if catalogue.unanswered(product, wish):
        return News("utter_product_fact_unknown", words)
    return News("utter_product_about", words | {"price": write.price(variants), "description": product.description})


def _not_offered(product: Product, missing: Sequence[str], write: ProductWriter) -> News:
    words = {"product": product.name, "options": write.options(product)}
    if marked := product.attributes.get("sizes"):
        words["options"] += f" ({write.shown(marked)})"
    if not words["options"]:
        return News("utter_product_one_version", words | {"price": write.price(product.variants)})
    if not missing:
        return News("utter_product_no_such_variant", words)
    return News("utter_product_no_such_option", words | {"wanted": write.formatting.listed(missing)})


def _near(product: Product, variants: Sequence[Variant], near: Sequence[str], write: ProductWriter) -> News:
    words = {"product": product.name, "wanted": write.formatting.listed(near)}
    return News("utter_product_near", words | {"choice": _each(variants, write, ""), "price": write.price(variants)})


def _price(product: Product, variants: Sequence[Variant], write: ProductWriter) -> News:
    prices = sorted({variant.price for variant in variants})
    words = {"product": product.name, "price": write.formatting.money(prices[0])}
    if len(prices) == 1:
        return News("utter_product_price", words)
    return News("utter_product_prices", words | {"highest": write.formatting.money(prices[-1])})


def _stock(product: Product, variants: Sequence[Variant], write: ProductWriter) -> News:
    words = {"product": product.name, "price": write.price(variants)}
    common = _common(variants, write)
    chosen = len(variants) < len(product.variants) and bool(common)
    words |= {"choice": common} if chosen else {}
    there = [variant for variant in variants if variant.available]
    gone = [variant for variant in variants if not variant.available]
    if not gone:
        return News("utter_product_choice_in_stock" if chosen else "utter_product_in_stock", words)
    if there:
        words |= {"available": _each(there, write, common), "gone": _each(gone, write, common)}
        return News("utter_product_choice_partly" if chosen else "utter_product_partly", words)
    days = [variant.restock_on for variant in gone if variant.restock_on is not None]
    if days:
        words |= {"day": write.formatting.day(min(days))}
        return News("utter_product_choice_back" if chosen else "utter_product_back", words)
    return News("utter_product_choice_sold_out" if chosen else "utter_product_sold_out", words)


def _common(variants: Sequence[Variant], write: ProductWriter) -> str:
    """What all variants have alike: "slate, king"."""
    first = variants[0].options
    alike = [v for name, v in first.items() if all(other.options.get(name) == v for other in variants)]
    return ", ".join(map(write.shown, alike))


def _each(variants: Sequence[Variant], write: ProductWriter, common: str) -> str:
    """The variants one by one, without what they have in common: "S, M and L"."""
    known = set(common.split(", "))
    names = [" ".join(v for v in map(write.shown, variant.options.values()) if v not in known) for variant in variants]
    return write.formatting.listed(list(dict.fromkeys(names)))
