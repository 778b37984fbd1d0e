"""A shared number proves who somebody is where one customer has it, and nothing where two have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest

from bot.customers.phone_proof import customer_of_phone
from bot.orders.models import Address, CustomerProfile
from bot.orders.shop import Shop

ADDRESS = Address("14 Larch Grove", "", "London", "", "N1 5QT", "GB")


class ShopWithNumbers:
    """Answers with the customers of these ids, and remembers what it was asked."""

    def __init__(self, *ids: str) -> None:
        self.ids = ids
        self.asked: list[str] = []

    async def customers_by_phone(self, phone: str) -> tuple[CustomerProfile, ...]:
        self.asked.append(phone)
        since = datetime(2026, 1, 1, tzinfo=UTC)
        return tuple(
            CustomerProfile(one, "Jo", "Hart", f"{one}@mail.example", phone, ADDRESS, since) for one in self.ids
        )


@pytest.mark.parametrize(("ids", "found"), [(("jo",), "jo"), ((), None), (("jo", "tunde"), None)])
async def test_a_number_proves_one_customer_or_nobody(ids: tuple[str, ...], found: str | None) -> None:
    shop = ShopWithNumbers(*ids)
    assert await customer_of_phone(cast(Shop, shop), "07700 900123", "GB") == found
    assert shop.asked == ["+447700900123"]


async def test_nobody_is_looked_for_by_what_is_no_number_of_a_known_country() -> None:
    shop = ShopWithNumbers("jo")
    assert await customer_of_phone(cast(Shop, shop), "07700 900123", None) is None
    assert shop.asked == []
