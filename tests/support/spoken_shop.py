"""What a spoken conversation does to the shop: one customer's rows read, put back, and changed in the middle."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Each with what tells a customer's rows; parents first.
_OWN_ORDERS = "order_number IN (SELECT number FROM shop_orders WHERE customer_id = :customer)"
_ROWS = {
    "shop_customers": "id = :customer",
    "shop_payment_methods": "customer_id = :customer",
    "shop_orders": "customer_id = :customer",
    "shop_order_items": _OWN_ORDERS,
    "shop_payments": _OWN_ORDERS,
    "shop_changes": "customer_id = :customer",
    "cases": "order_number IN (SELECT number FROM shop_orders WHERE customer_id = :customer)",
}
_MENDED = ("shop_customers", "shop_payment_methods", "shop_orders")
_ADDRESS = ("line1", "line2", "city", "region", "postcode", "country")


class SpokenShop:
    """The demo shop in the database of a running product.

    Args:
        path: the SQLite file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._first: dict[str, dict[str, list[sqlite3.Row]]] = {}

    def of(self, customer: str) -> dict[str, Any]:
        """All that conversations may change of a customer, as plain values.

        Orders by number with status, reason, address, items, payments and what is sent back; balances of gift cards;
        the profile's address and phone; the kinds of changes made, in order; the cases opened.
        """
        with self._connected() as connection:
            rows = _rows(connection, customer)
        [profile] = rows["shop_customers"]
        return {
            "email": profile["email"],
            "address": _address(profile["address"]),
            "phone": profile["phone"],
            "balances": {row["id"]: row["balance"] for row in rows["shop_payment_methods"] if row["balance"]},
            "orders": {row["number"]: _order(row, rows) for row in rows["shop_orders"]},
            "changes": [f"{row['kind']} {row['order_number'] or ''}".strip() for row in rows["shop_changes"]],
            "cases": [f"{row['kind']} {row['order_number']}" for row in rows["cases"]],
        }

    def put_back(self, customer: str) -> None:
        """Make all of a customer what it was when it was first seen."""
        with self._connected() as connection:
            if customer not in self._first:
                self._first[customer] = _rows(connection, customer)
                return
            first = self._first[customer]
            for table in reversed(_ROWS):
                if table not in _MENDED:
                    connection.execute(f"DELETE FROM {table} WHERE {_ROWS[table]}", {"customer": customer})
            for table in _ROWS:
                for row in first[table]:
                    _write(connection, table, row)

    def forget_tries(self, conversation: str | None) -> None:
        """Forget how often a conversation tried to prove something: the next visitor is not locked for it."""
        with self._connected() as connection:
            connection.execute("DELETE FROM proof_attempts WHERE conversation_id = ?", (conversation,))

    def meanwhile(self, what: Mapping[str, str]) -> None:
        """Change something behind the customer's back.

        Args:
            what: {"order": number, "status": …}, or {"gift_card": id, "balance": …}.
        """
        query = "UPDATE shop_orders SET status = :status WHERE number = :order"
        if "gift_card" in what:
            query = "UPDATE shop_payment_methods SET balance = :balance WHERE id = :gift_card"
        with self._connected() as connection:
            assert connection.execute(query, what).rowcount == 1, f"there is no {what}"

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=20)
        connection.row_factory = sqlite3.Row
        try:
            with connection:
                yield connection
        finally:
            connection.close()


def _rows(connection: sqlite3.Connection, customer: str) -> dict[str, list[sqlite3.Row]]:
    return {
        table: connection.execute(f"SELECT * FROM {table} WHERE {mine}", {"customer": customer}).fetchall()
        for table, mine in _ROWS.items()
    }


def _write(connection: sqlite3.Connection, table: str, row: sqlite3.Row) -> None:
    names = row.keys()
    values = {name: row[name] for name in names}
    if table in _MENDED:  # others point at it, so it stays
        key = names[0]
        sets = ", ".join(f"{name} = :{name}" for name in names if name != key)
        connection.execute(f"UPDATE {table} SET {sets} WHERE {key} = :{key}", values)
        return
    places = ", ".join(f":{name}" for name in names)
    connection.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", values)


def _order(row: sqlite3.Row, rows: Mapping[str, Sequence[sqlite3.Row]]) -> dict[str, Any]:
    number = row["number"]
    items = sorted((r["position"], r["item_id"]) for r in rows["shop_order_items"] if r["order_number"] == number)
    moves = [r for r in rows["shop_payments"] if r["order_number"] == number]
    moves.sort(key=lambda move: int(move["position"]))
    back = json.loads(row["sent_back"]) if row["sent_back"] else {}
    return {
        "status": row["status"],
        "reason": row["cancel_reason"],
        "address": _address(row["address"]),
        "items": [item_id for _, item_id in items],
        "payments": [f"{move['kind']} {move['amount']} {move['payment_method_id']}" for move in moves],
        "sent_back": {name: value for name, value in back.items() if value} or None,
    }


def _address(kept: str) -> str:
    address = json.loads(kept)
    return ", ".join(str(address[name]) for name in _ADDRESS if address.get(name))
