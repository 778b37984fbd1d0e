"""What `bellhop shop lookup` writes: the catalogue's names and options as lookup tables of the training data."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

import sqlalchemy as sa

from bot.orders.models import Product
from bot.orders.sql import SqlShop
from bot.storage.database import Database, StorageError

_HEAD = """version: "3.1"

# Made from the shop's catalogue by `bellhop shop lookup`: what is recognised as a product or an option in a message.
nlu:
"""


class NoCatalogue(Exception):
    """There is no catalogue to be read; the text says why."""


def write_lookup(database_url: str, file: Path) -> int:
    """Write the tables of the embedded shop's catalogue to `file`; returns how many products they name.

    Raises:
        NoCatalogue: the database cannot be read, or has no products in it.
    """
    database = Database(database_url)
    try:
        products = asyncio.run(SqlShop(database).products())
    except (StorageError, sa.exc.DBAPIError):
        raise NoCatalogue("BELLHOP_DATABASE_URL: no shop is there yet; `bellhop seed-demo` makes the demo's") from None
    finally:
        database.close()
    if not products:
        raise NoCatalogue("The shop has no products; `bellhop seed-demo` puts the demo's into the database")
    file.write_text(lookup_tables(products), encoding="utf-8")
    return len(products)


def lookup_tables(products: Sequence[Product]) -> str:
    """The file's text: a table of the products' names, and one of what can be chosen among their variants."""
    options = {value for product in products for values in product.options.values() for value in values}
    words = sorted((value for value in options if any(letter.isalpha() for letter in value)), key=str.casefold)
    return _HEAD + _table("product", (product.name for product in products)) + "\n" + _table("option", words)


def _table(name: str, values: Iterable[str]) -> str:
    lines = "".join(f"      - {value}\n" for value in dict.fromkeys(values))
    return f"  - lookup: {name}\n    examples: |\n{lines}"
