"""Finds customers of the embedded shop by name and postcode, or by telephone number; proves nothing."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.orders.models import CustomerProfile
from bot.orders.phones import has_phone
from bot.orders.sql_rows import customer_where
from bot.orders.word_forms import fold
from bot.storage.shop_tables import shop_customers

_ZIP = 5  # "60614" is meant by "60614-2213" as well
_LAST_DIGITS = 6  # of a number, however the rest of it is written


def customers_named(first: str, last: str, postcode: str) -> Callable[[Connection], tuple[CustomerProfile, ...]]:
    """The work that finds the customers of that name and postcode.

    Names are the same without accents, case, spaces and hyphens, and wherever the first name ends: "Mary Ann Lee" may
    be Mary Ann or Ann Lee.
    """
    name, code = _letters(first + last), _letters(postcode).upper()
    stored = shop_customers.c.address["postcode"].as_string()
    for mark in (" ", "-", "."):
        stored = sa.func.replace(stored, mark, "")
    stored = sa.func.upper(stored)
    plus_four = sa.and_(sa.func.length(stored) == _ZIP + 4, sa.func.substr(stored, 1, _ZIP) == code)
    columns = (shop_customers.c.id, shop_customers.c.first_name, shop_customers.c.last_name)
    there = sa.select(*columns).where(sa.or_(stored == code, plus_four)).order_by(shop_customers.c.id)

    def work(connection: Connection) -> tuple[CustomerProfile, ...]:
        rows = connection.execute(there).all()  # names are compared here: SQLite knows the case of ASCII alone
        found = [row.id for row in rows if name and code and _letters(row.first_name + row.last_name) == name]
        # Nobody is read like somebody: who is a customer must not be told by the time of the answer.
        read = [customer_where(shop_customers.c.id == customer_id)(connection) for customer_id in found or [""]]
        return tuple(customer for customer in read if customer is not None)

    return work


def customers_with_phone(phone: str, region: str | None) -> Callable[[Connection], tuple[CustomerProfile, ...]]:
    """The work that finds the customers with that number, in international form, in their profile.

    Args:
        region: the shop's country, where numbers without country code are at home.
    """
    digits = "".join(filter(str.isdigit, phone))[-_LAST_DIGITS:]
    # Whatever stands between the digits: numbers are kept as they were typed.
    alike = shop_customers.c.phone.like("%" + "%".join(digits) + "%") if digits else sa.false()
    there = sa.select(shop_customers.c.id).where(alike).order_by(shop_customers.c.id)

    def work(connection: Connection) -> tuple[CustomerProfile, ...]:
        ids = connection.execute(there).scalars().all()
        read = [customer_where(shop_customers.c.id == customer_id)(connection) for customer_id in ids]
        return tuple(customer for customer in read if customer is not None and has_phone(customer, phone, region))

    return work


def _letters(text: str) -> str:
    return "".join(character for character in fold(text) if character.isalnum())
