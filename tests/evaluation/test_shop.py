"""A shop of the public benchmark, taken in, changed and written back, beside a plain replay; run on request.

BELLHOP_TEST_SHOP=FOLDER .venv/bin/python -m pytest tests/evaluation/test_shop.py

The folder has db.json and tasks_dev.json of τ²-bench retail.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.orders.changes import (
    CancelOrder,
    Change,
    ChangeDefaultAddress,
    ChangeOrderAddress,
    ChangeOrderItems,
    ChangeOrderPayment,
    ExchangeItems,
    Refusal,
    Replacement,
    ReturnItems,
)
from bot.orders.models import Address
from bot.orders.shop import Refused
from bot.orders.sql import SqlShop
from bot.orders.tau2 import export_shop, import_shop
from bot.storage.database import Database
from bot.storage.tables import metadata

FOLDER = Path(os.environ.get("BELLHOP_TEST_SHOP", ""))
pytestmark = [
    pytest.mark.evaluation,
    pytest.mark.skipif(not (FOLDER / "db.json").is_file(), reason="BELLHOP_TEST_SHOP names no folder with a db.json"),
]

Shop = dict[str, Any]
HARMLESS = (Refusal.GIFT_CARD_TOO_LOW, Refusal.SAME_ADDRESS)
ADDRESS = ("address1", "address2", "city", "state", "zip", "country")


@pytest.fixture(scope="module")
def content() -> Shop:
    found: Shop = json.loads((FOLDER / "db.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def filled(content: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("shop") / "filled.db"
    database = Database(f"sqlite:///{file}")
    metadata.create_all(database.engine)
    database.write_now(lambda connection: import_shop(connection, content))
    database.close()
    return file


def test_what_went_in_comes_out(content: Shop, filled: Path) -> None:
    database = Database(f"sqlite:///{filled}")
    assert database.read_now(export_shop) == content
    database.close()


async def test_every_tasks_reference_actions_leave_what_a_plain_replay_leaves(
    content: Shop, filled: Path, tmp_path: Path
) -> None:
    different = []
    for task in json.loads((FOLDER / "tasks_dev.json").read_text(encoding="utf-8")):
        wanted = copy.deepcopy(content)
        shutil.copy(filled, tmp_path / "task.db")
        database = Database(f"sqlite:///{tmp_path / 'task.db'}")
        for place, action in enumerate(task["evaluation_criteria"]["actions"]):
            given = action["arguments"]
            change = change_of(action["name"], given)
            if change is None:
                continue
            owner = given.get("user_id") or content["orders"][given["order_id"]]["user_id"]
            try:
                await SqlShop(database).apply(owner, change, f"{task['id']}-{place}")
            except Refused as error:
                # Some references try what the shop must refuse, or ask for what is so already: nothing is left of it.
                if error.reason.refusal not in HARMLESS:
                    raise
            else:
                replay(wanted, action["name"], given)
        if database.read_now(export_shop) != wanted:
            different.append(task["id"])
        database.close()
    assert different == []


def change_of(name: str, given: Mapping[str, Any]) -> Change | None:
    """The change that an action of the benchmark is; None for what only reads."""
    number, method = given.get("order_id", ""), given.get("payment_method_id", "")
    match name:
        case "cancel_pending_order":
            return CancelOrder(number, given["reason"])
        case "modify_pending_order_address":
            return ChangeOrderAddress(number, address_of(given))
        case "modify_user_address":
            return ChangeDefaultAddress(address_of(given))
        case "modify_pending_order_payment":
            return ChangeOrderPayment(number, method)
        case "return_delivered_order_items":
            return ReturnItems(number, tuple(given["item_ids"]), method)
        case "modify_pending_order_items":
            return ChangeOrderItems(number, pairs_of(given), method)
        case "exchange_delivered_order_items":
            return ExchangeItems(number, pairs_of(given), method)
    return None


def address_of(given: Mapping[str, Any]) -> Address:
    assert given["country"] == "USA"
    return Address(given["address1"], given["address2"], given["city"], given["state"], given["zip"], "US")


def pairs_of(given: Mapping[str, Any]) -> tuple[Replacement, ...]:
    pairs = zip(given["item_ids"], given["new_item_ids"], strict=True)
    return tuple(Replacement(old, new) for old, new in pairs)


def replay(shop: Shop, name: str, given: Mapping[str, Any]) -> None:
    """The same action on the file itself, as its policy has it: no checks, only what is left."""
    if name == "modify_user_address":
        shop["users"][given["user_id"]]["address"] = {part: given[part] for part in ADDRESS}
        return
    order = shop["orders"][given["order_id"]]
    methods = shop["users"][order["user_id"]]["payment_methods"]

    def move(kind: str, amount: float, method: str) -> None:
        order["payment_history"].append(
            {"transaction_type": kind, "amount": round(amount, 2), "payment_method_id": method}
        )
        if "balance" in methods[method]:
            signed = amount if kind == "refund" else -amount
            methods[method]["balance"] = round(methods[method]["balance"] + signed, 2)

    if name == "cancel_pending_order":
        order |= {"status": "cancelled", "cancel_reason": given["reason"]}
        for payment in list(order["payment_history"]):
            move("refund", payment["amount"], payment["payment_method_id"])
    elif name == "modify_pending_order_address":
        order["address"] = {part: given[part] for part in ADDRESS}
    elif name == "modify_pending_order_payment":
        (paid,) = order["payment_history"]
        move("payment", paid["amount"], given["payment_method_id"])
        move("refund", paid["amount"], paid["payment_method_id"])
    elif name == "return_delivered_order_items":
        order |= {"status": "return requested", "return_items": sorted(given["item_ids"])}
        order["return_payment_method_id"] = given["payment_method_id"]
    else:
        swap(shop, order, name, given, move)


def swap(shop: Shop, order: Shop, name: str, given: Mapping[str, Any], move: Any) -> None:
    left, difference = list(order["items"]), 0.0
    for old, new in zip(given["item_ids"], given["new_item_ids"], strict=True):
        item = left.pop([one["item_id"] for one in left].index(old))
        variant = shop["products"][item["product_id"]]["variants"][new]
        difference += variant["price"] - item["price"]
        if name == "modify_pending_order_items":
            item |= {"item_id": new, "price": variant["price"], "options": variant["options"]}
    difference = round(difference, 2)
    if name == "modify_pending_order_items":
        order["status"] = "pending (item modified)"
        if difference:
            move("payment" if difference > 0 else "refund", abs(difference), given["payment_method_id"])
        return
    order |= {
        "status": "exchange requested",
        "exchange_items": sorted(given["item_ids"]),
        "exchange_new_items": sorted(given["new_item_ids"]),
        "exchange_payment_method_id": given["payment_method_id"],
        "exchange_price_difference": difference,
    }
