"""Products as cards that a channel can draw, and the buttons that pick one; no sentence, no decision."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.orders.catalogue import Hit
from bot.orders.formatting import Formatting
from bot.orders.models import Product, Variant
from bot.orders.product_index import says_no
from bot.orders.search_words import SearchWords

Card = dict[str, Any]
Button = dict[str, str]

MOST_BUTTONS = 10
_HAS_WORDS = re.compile(r"[^\W\d_]{3,}")  # "350 ml", "USB-C" and "5.2" read alike in every language


@dataclass(frozen=True, slots=True)
class ProductWriter:
    """Writes what the catalogue says in the language of a customer.

    Args:
        formatting: how money and days are written.
        words: what the catalogue's words are called in that language.
        base_url: the shop's address, before which a product's path belongs.
    """

    formatting: Formatting
    words: SearchWords
    base_url: str

    def card(self, hit: Hit, facts: Sequence[str] = ()) -> Card:
        """A product: what it can be had in and at what price, whether it is there, some `facts`, its page."""
        product = hit.product
        fields = [_field(self.name(name), self.value(name, product)) for name in facts if name in product.attributes]
        if product.url:
            label = self.formatting.label
            fields.append(_field(label("product_page"), label("product_page_open"), self._address(product.url)))
        choice = self.choices(hit.variants) or self.name(product.kind)
        item = {"title": choice, "detail": None, "price": self.price(hit.variants), "image": product.image}
        return {
            "kind": "product",
            "title": product.name,
            "subtitle": None,
            "badge": self._badge(hit.variants),
            "fields": fields,
            "items": [item],
            "total": None,
        }

    def price(self, variants: Sequence[Variant]) -> str:
        """What variants cost: "£46.00", or "from £34.00"."""
        prices = sorted({variant.price for variant in variants})
        lowest = self.formatting.money(prices[0])
        return lowest if len(prices) == 1 else self.formatting.label("price_from", price=lowest)

    def choices(self, variants: Sequence[Variant]) -> str:
        """What there is to choose among variants: "navy, forest · S, M"."""
        found: dict[str, dict[str, None]] = {}
        for variant in variants:
            for name, value in variant.options.items():
                found.setdefault(name, {})[self.shown(value)] = None
        return " · ".join(", ".join(values) for values in found.values())

    def options(self, product: Product) -> str:
        """What a product can be had in: "colour: navy, forest; size: S, M"."""
        rows = [f"{self.name(name).lower()}: {', '.join(map(self.shown, v))}" for name, v in product.options.items()]
        return "; ".join(rows)

    def sizes(self, products: Sequence[Product]) -> str:
        """The sizes products come in that are numbers: "5, 6, 7 (UK sizes)"; "" if none are."""
        found = {v: None for p in products for values in p.options.values() for v in values if v.isdigit()}
        marked = next((p.attributes["sizes"] for p in products if "sizes" in p.attributes), "")
        listed = ", ".join(sorted(found, key=int))
        return f"{listed} ({self.words.shown(marked)})" if listed and marked else listed

    def facts(self, product: Product, names: Sequence[str]) -> str:
        """Facts of a product: "material: wool; care: hand wash cold"."""
        return "; ".join(f"{self.name(name).lower()}: {self.value(name, product)}" for name in names)

    def name(self, word: str) -> str:
        """A kind, an option or a fact as a label."""
        shown = self.words.shown(word)
        return shown[:1].upper() + shown[1:]

    def shown(self, value: str) -> str:
        """The value of an option as customers read it."""
        return self.words.shown(value)

    def value(self, name: str, product: Product) -> str:
        """What the catalogue says: its yes and no in the customer's language, words of its own marked as such."""
        value = product.attributes[name]
        head, comma, rest = value.partition(",")
        abroad = not self.words.is_catalogues
        if head.casefold() == "yes" or (says_no(head) and (comma or len(head.split()) == 1)):
            told = self.formatting.label("fact_no" if says_no(head) else "fact_yes")
            return told if abroad else told + comma + rest
        if not abroad or not _HAS_WORDS.search(value):
            return value
        shown = self.words.shown(value)
        return shown if shown != value else self.formatting.label("fact_as_in_catalogue", value=value)

    def _address(self, url: str) -> str:
        return self.base_url + url if url.startswith("/") else url

    def _badge(self, variants: Sequence[Variant]) -> dict[str, str]:
        there = [variant.available for variant in variants]
        if all(there):
            return {"text": self.formatting.label("in_stock"), "tone": "good"}
        if any(there):
            return {"text": self.formatting.label("partly_in_stock"), "tone": "info"}
        return {"text": self.formatting.label("sold_out"), "tone": "warn"}


def product_button(product: Product) -> Button:
    """A button that picks one product."""
    payload = f"/product_question{json.dumps({'product': product.id})}"
    return {"title": product.name, "payload": payload, "value": product.id}


def topic_button(name: str, title: str) -> Button:
    """A button that picks a department, or a kind of products."""
    return {"title": title, "payload": f"/product_question{json.dumps({'product_kind': name})}", "value": name}


def _field(label: str, value: str, href: str | None = None) -> Card:
    return {"label": label, "value": value, "href": href}
