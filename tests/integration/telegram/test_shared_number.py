"""A customer's own number, shared on Telegram: who they are, where the shop says so; else only a number."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.customers.phone_proof import customer_of_phone
from bot.storage.tables import customers
from tests.support.telegram_in import WayIn, way_in
from tests.support.telegram_updates import sent

OWN = {"phone_number": "447700900123", "first_name": "Ada", "user_id": 42}


class Profile:
    def __init__(self, number: str) -> None:
        self.id = number


class PhoneBook:
    """A shop that knows numbers and nothing else."""

    def __init__(self, *owners: str) -> None:
        self.owners, self.asked = owners, []

    async def customers_by_phone(self, phone: str) -> tuple[Profile, ...]:
        self.asked.append(phone)
        return tuple(map(Profile, self.owners))


def proving(database: Any, clock: Any, new_id: Any, book: PhoneBook) -> tuple[WayIn, list[tuple[Any, ...]]]:
    proofs: list[tuple[Any, ...]] = []

    def on_proof(unit: Any, *proof: Any) -> None:
        proofs.append(proof)

    async def find(phone: str) -> str | None:
        return await customer_of_phone(book, phone, "GB")  # type: ignore[arg-type]

    return way_in(database, clock, new_id, whose_phone=find, on_proof=on_proof), proofs


async def known(line: WayIn) -> list[str | None]:
    return [row.shop_customer_id for row in await line.rows(sa.select(customers.c.shop_customer_id))]


async def test_the_one_customer_with_that_number_is_who_writes(database, clock, new_id) -> None:
    book = PhoneBook("ada_1")
    line, proofs = proving(database, clock, new_id, book)
    await line.takes(sent(1, contact=OWN))
    assert book.asked == ["+447700900123"]
    assert await known(line) == ["ada_1"]
    ((_, customer, until, kind),) = proofs
    assert (customer, kind, (until - clock()).total_seconds()) == ("ada_1", "phone", 1800)


@pytest.mark.parametrize("book", [PhoneBook(), PhoneBook("ada_1", "bob_2")])
async def test_a_number_of_nobody_or_of_several_proves_nothing(database, clock, new_id, book) -> None:
    line, proofs = proving(database, clock, new_id, book)
    await line.takes(sent(1, contact=OWN))
    assert (proofs, await known(line)) == ([], [None])
    assert (await line.said())[0].text == "+447700900123"


@pytest.mark.parametrize(
    "others",
    [
        {"contact": {**OWN, "user_id": 43}},
        {"contact": {"phone_number": "447700900123", "first_name": "Ada"}},
        {"contact": OWN, "forward_origin": {"type": "user"}},
        {"text": "+447700900123"},
        {"text": "my number", "reply_to_message": {"message_id": 1, "contact": OWN}},
    ],
)
async def test_a_number_that_is_not_vouched_for_is_not_even_looked_up(database, clock, new_id, others) -> None:
    book = PhoneBook("ada_1")
    line, proofs = proving(database, clock, new_id, book)
    await line.takes(sent(1, **others))
    assert (book.asked, proofs, await known(line)) == ([], [], [None])
