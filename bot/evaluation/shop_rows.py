"""The tasks' shop in the product's database: put there, read, and a customer's rows restored after a trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.evaluation.tasks import Shop
from bot.orders.tau2 import export_shop, import_shop
from bot.storage import shop_tables, tables
from bot.storage.case_tables import cases
from bot.storage.database import Database

CATALOGUE = ("shop_products", "shop_variants")
Rows = dict[str, list[dict[str, Any]]]


def load(database: Database, shop: Shop) -> Shop:
    """Put the shop in the place of whatever the product's embedded shop holds; returns it as the product has it now.

    Raises:
        WrongFile: the product does not take it.
    """

    def work(connection: Connection) -> Shop:
        for table in reversed(_shop_tables()):
            connection.execute(sa.delete(table))
        import_shop(connection, shop)
        return export_shop(connection)

    return database.write_now(work)


def read(rows: Rows) -> Shop:
    """One customer's part of the shop, as the product's own export writes it, from a copy of the rows.

    The export of a whole shop takes half a second, too long for every trial.
    """
    engine = sa.create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            tables.metadata.create_all(connection, tables=_shop_tables())
            for table in _own():
                if rows[table.name]:
                    connection.execute(sa.insert(table), rows[table.name])
            return export_shop(connection)
    finally:
        engine.dispose()


def marks(database: Database) -> Mapping[str, int]:
    """A mark of each customer's rows, by which a change shows; the catalogue's under an empty name."""

    def work(connection: Connection) -> Mapping[str, int]:
        orders = shop_tables.shop_orders
        numbers = connection.execute(sa.select(orders.c.number, orders.c.customer_id)).all()
        owner = {row.number: row.customer_id for row in numbers}
        found: dict[str, int] = {}
        for table in _shop_tables():
            for row in connection.execute(sa.text(f'SELECT * FROM "{table.name}"')).mappings():  # noqa: S608 - our own
                whose = "" if table.name in CATALOGUE else row.get("customer_id") or owner.get(row.get("order_number"))
                key = str(row["id"] if whose is None else whose)
                found[key] = found.get(key, 0) ^ hash((table.name, *row.values()))
        return found

    return database.read_now(work)


def keep(database: Database, customer: str) -> Rows:
    """A copy of all rows of one customer."""
    return database.read_now(lambda connection: {table.name: _rows(connection, table, customer) for table in _own()})


def restore(database: Database, customer: str, rows: Mapping[str, list[dict[str, Any]]], talks: Sequence[str]) -> None:
    """Put a customer's rows back as they were kept, and forget the proofs tried in these conversations.

    Wrong proofs are counted over conversations, and the trials of a task are to know nothing of each other.
    """

    def work(connection: Connection) -> None:
        for table in reversed(_own()):
            connection.execute(sa.delete(table).where(_belongs(connection, table, customer)))
        for table in _own():
            if rows[table.name]:
                connection.execute(sa.insert(table), rows[table.name])
        for table in (tables.proof_attempts, tables.one_time_codes):
            connection.execute(sa.delete(table).where(table.c.conversation_id.in_(talks)))

    database.write_now(work)


def person_was_asked_for(database: Database, talks: Sequence[str]) -> bool:
    """Whether a person is to get back to the customer, or has taken over, in one of these conversations."""

    def work(connection: Connection) -> bool:
        handed_over = sa.and_(tables.conversations.c.id.in_(talks), tables.conversations.c.owner != "bot")
        signs = (
            sa.select(tables.callbacks.c.id).where(tables.callbacks.c.conversation_id.in_(talks)),
            sa.select(cases.c.id).where(cases.c.conversation_id.in_(talks)),
            sa.select(tables.conversations.c.id).where(handed_over),
        )
        return any(connection.execute(sign).first() is not None for sign in signs)

    return database.read_now(work)


def _shop_tables() -> list[sa.Table]:
    """The embedded shop's tables, those that others refer to first."""
    return [table for table in tables.metadata.sorted_tables if table.name.startswith("shop_")]


def _own() -> list[sa.Table]:
    """Those that hold what is a customer's."""
    return [table for table in _shop_tables() if table.name not in CATALOGUE]


def _belongs(connection: Connection, table: sa.Table, customer: str) -> sa.ColumnElement[bool]:
    if table is shop_tables.shop_customers:
        return table.c.id == customer
    if "customer_id" in table.c:
        return sa.and_(table.c.customer_id == customer)
    orders = shop_tables.shop_orders
    numbers = connection.execute(sa.select(orders.c.number).where(orders.c.customer_id == customer)).scalars().all()
    return table.c.order_number.in_(numbers)


def _rows(connection: Connection, table: sa.Table, customer: str) -> list[dict[str, Any]]:
    found = connection.execute(sa.select(table).where(_belongs(connection, table, customer))).mappings()
    return [dict(row) for row in found]
