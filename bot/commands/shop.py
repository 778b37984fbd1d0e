"""What `bellhop shop` does: lookup tables of the training data from the catalogue; a shop from a file, and to one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.orders.models import Product
from bot.orders.sql import SqlShop
from bot.orders.tau2 import Counts, export_shop, import_shop
from bot.orders.tau2_format import WrongFile
from bot.storage.database import Database, StorageError
from bot.storage.migrate import migrate

_HEAD = """version: "3.1"

# Made from the shop's catalogue by `bellhop shop lookup`: what is recognised as a product or an option in a message.
nlu:
"""


class NoCatalogue(Exception):
    """There is no catalogue to be read; the text says why."""


class CannotExchange(Exception):
    """A shop's file cannot be read or written; the text says why, in a line or a few."""


def import_file(database_url: str, file: Path, now: datetime) -> Counts:
    """Add the shop of a τ²-bench retail db.json to the embedded one, all of it or nothing.

    Raises:
        CannotExchange: the file or the database cannot be used, or one does not fit the other.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_each_name_once)
    except OSError as error:
        raise CannotExchange(f"{file}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise CannotExchange(f"{file}: {_first_line(error)}") from None
    try:
        migrate(database_url)
        database = Database(database_url)
        try:
            return database.write_now(lambda connection: import_shop(connection, data, now))
        finally:
            database.close()
    except WrongFile as error:
        raise CannotExchange(f"{file}: nothing was taken in.\n{error}") from None
    except StorageError as error:
        raise CannotExchange(f"BELLHOP_DATABASE_URL: {error}") from None


def export_file(database_url: str, file: Path) -> int:
    """Write the embedded shop as a τ²-bench retail db.json; returns how many orders are in it.

    Raises:
        CannotExchange: the file or the database cannot be used.
    """
    database = Database(database_url)
    try:
        data = database.read_now(export_shop)
    except (StorageError, sa.exc.DBAPIError):
        raise CannotExchange("BELLHOP_DATABASE_URL: no shop is there yet; `bellhop shop import` brings one") from None
    finally:
        database.close()
    try:
        file.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise CannotExchange(f"{file}: {error.strerror}") from None
    return len(data["orders"])


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; of a name that is there twice, `json` alone would keep the last and say nothing."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice} is there twice in one object")
    return found


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


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
