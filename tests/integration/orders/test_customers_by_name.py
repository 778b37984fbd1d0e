"""The embedded shop finds customers by name and postcode."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bot.orders.models import Address
from bot.orders.sql import SqlShop
from bot.storage.database import Database
from bot.storage.shop_tables import shop_customers

pytestmark = pytest.mark.integration
PEOPLE = {
    "zoe": ("Zoë", "Müller-Lüdenscheidt", "22085"),
    "jo-1": ("Jo", "Hart", "N1 5QT"),
    "jo-2": ("JO", "HART", "n15qt"),
    "ann": ("Mary Ann", "Lee", "60614-2213"),
}


@pytest.fixture
def shop(database: Database) -> SqlShop:
    rows = [
        {
            "id": key,
            "first_name": first,
            "last_name": last,
            "email": f"{key}@mail.example",
            "email_key": f"{key}@mail.example",
            "address": asdict(Address("1 Main Street", "", "Town", "", postcode, "GB")),
            "since": datetime(2026, 1, 1, tzinfo=UTC),
        }
        for key, (first, last, postcode) in PEOPLE.items()
    ]
    database.write_now(lambda connection: connection.execute(sa.insert(shop_customers), rows))
    return SqlShop(database)


@pytest.mark.parametrize(
    ("first", "last", "postcode", "found"),
    [
        ("zoe", "MULLER LUDENSCHEIDT", "22085", ["zoe"]),
        ("Jo", "Hart", "N15QT", ["jo-1", "jo-2"]),
        ("Mary", "Ann Lee", "60614", ["ann"]),
        ("Mary Ann", "Lee", "60614-2213", ["ann"]),
        ("Mary Ann", "Lee", "6061", []),
        ("Jo", "Hart", "22085", []),
        ("", "", "N15QT", []),
        ("Jo", "Hart", "", []),
    ],
)
async def test_the_customers_of_that_name_and_postcode(
    shop: SqlShop, first: str, last: str, postcode: str, found: list[str]
) -> None:
    assert [customer.id for customer in await shop.customers_by_name(first, last, postcode)] == found


async def test_nobody_is_looked_for_with_the_same_work_as_somebody(shop: SqlShop, database: Database) -> None:
    counted: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *arguments: counted.append(arguments[2]))
    work = []
    for name in ("Lee", "Nobody"):
        counted.clear()
        await shop.customers_by_name("Mary Ann", name, "60614")
        work.append(list(counted))
    assert work[0] == work[1]
