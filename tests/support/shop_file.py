"""A shop of three customers, for tests: in the form of `bellhop shop import`, and in a database."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.orders.changes import ChangeOrderItems, ExchangeItems, Replacement
from bot.orders.models import Address
from bot.orders.tau2 import export_shop, import_shop
from bot.storage.database import Database

FILE = Path(__file__).with_name("shop_file.json")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

ADA, BEN = "ada_moss_11", "ben_ruiz_12"
CARD, PAYPAL, GIFT = "credit_card_501", "paypal_502", "gift_card_503"  # Ada's; the gift card has 40.00
BENS_CARD, BENS_GIFT = "credit_card_512", "gift_card_511"  # the gift card has 0.50
PENDING, PAID_IN_TWO, DELIVERED = "#W7000001", "#W7000002", "#W7000003"  # Ada's
BENS_DELIVERED = "#W7000012"
RED_KITE, BIG_RED_KITE, GREEN_KITE, SOLD_OUT_KITE = "4100000011", "4100000012", "4100000013", "4100000014"
OAK, PINE, ASH = "4100000021", "4100000022", "4100000023"
BLUE_CUP, WHITE_CUP, GOLD_CUP = "4100000031", "4100000032", "4100000033"

ELSEWHERE = Address("12 Canal Street", "Apt 9", "Denver", "CO", "80202", "US")
ELSEWHERE_IN_FILE = {
    "address1": "12 Canal Street",
    "address2": "Apt 9",
    "city": "Denver",
    "country": "USA",
    "state": "CO",
    "zip": "80202",
}


def small_shop() -> dict[str, Any]:
    """The file's content, a new one each time."""
    content: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return content


def seed_small_shop(database: Database) -> None:
    """Put the shop into an empty database."""
    database.write_now(lambda connection: import_shop(connection, small_shop(), NOW))


def paid(kind: str, amount: float, method: str) -> dict[str, Any]:
    """A row of a payment history, as the file has it."""
    return {"transaction_type": kind, "amount": amount, "payment_method_id": method}


def as_file(database: Database) -> dict[str, Any]:
    """What is in the database, in the file's form."""
    return database.read_now(export_shop)


def swap(number: str, *pairs: tuple[str, str], method: str = CARD) -> ChangeOrderItems:
    """A change of a pending order: (thing, variant instead) …"""
    return ChangeOrderItems(number, tuple(Replacement(*pair) for pair in pairs), method)


def exchange(number: str, *pairs: tuple[str, str], method: str = PAYPAL) -> ExchangeItems:
    """An exchange of a delivered order: (thing, variant instead) …"""
    return ExchangeItems(number, tuple(Replacement(*pair) for pair in pairs), method)
