"""A verification over a real database, with a shop of three orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from bot.customers.codes import OneTimeCodes
from bot.customers.contacts import normal_postcode
from bot.customers.names import normal_name
from bot.customers.proofs import Limits, ProofLedger, Turn
from bot.customers.verification import Verification
from bot.orders.models import Address, CustomerProfile, Order, OrderStatus
from bot.orders.phones import has_phone
from bot.storage import tables
from bot.storage.database import Database

KEY = b"a key for tests, thirty-two bytes"
ADDRESS = Address("14 Larch Grove", "", "London", "", "N1 5QT", "GB")
PLACED = datetime(2026, 2, 20, tzinfo=UTC)


class FakeShop:
    """Jo with one order, Tunde with another."""

    def __init__(self) -> None:
        self.people = {
            name: CustomerProfile(name, name.title(), "", f"{name}@mail.example", None, ADDRESS, PLACED)
            for name in ("jo", "tunde")
        }
        # Two of one name in one postcode, and one who shares the name only.
        for key, postcode in (("mei-1", "28202"), ("mei-2", "28202-1111"), ("mei-3", "80222")):
            home = Address("1 Main Street", "", "Denver", "CO", postcode, "US")
            self.people[key] = CustomerProfile(key, "Mei", "Halász", f"{key}@mail.example", None, home, PLACED)
        self.orders = {
            number: Order(number, name, f"{name}@mail.example", OrderStatus.PENDING, address, Decimal(0), PLACED)
            for number, name, address in (
                ("#W1000001", "jo", ADDRESS),
                ("#W1000002", "tunde", Address("2 Canal Street", "", "Chicago", "IL", "60614-2213", "US")),
                ("#W1000003", "jo", Address("Nowhere", "", "", "", "", "GB")),
            )
        }

    async def order(self, number: str) -> Order | None:
        return self.orders.get(number)

    async def orders_of(self, customer_id: str, limit: int) -> tuple[Order, ...]:
        return tuple(order for order in self.orders.values() if order.customer_id == customer_id)[:limit]

    async def customer(self, customer_id: str) -> CustomerProfile | None:
        return self.people.get(customer_id)

    async def customer_by_email(self, email: str) -> CustomerProfile | None:
        return next((person for person in self.people.values() if person.email == email.casefold()), None)

    async def customers_by_name(self, first: str, last: str, postcode: str) -> tuple[CustomerProfile, ...]:
        name, code = normal_name(first, last), normal_postcode(postcode)
        return tuple(
            person
            for person in self.people.values()
            if normal_name(person.first_name, person.last_name) == name
            and normal_postcode(person.address.postcode) == code
        )

    async def customers_by_phone(self, phone: str) -> tuple[CustomerProfile, ...]:
        return tuple(person for person in self.people.values() if has_phone(person, phone, "GB"))


@dataclass
class Desk:
    """All that the tests turn and look at."""

    database: Database
    verification: Verification
    codes: OneTimeCodes
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    next_codes: list[int] = field(default_factory=list)

    def conversation(self) -> Turn:
        """A new conversation of a new visitor, and its first message."""
        customer, identity, conversation = self.new_id(), self.new_id(), self.new_id()
        now = self.clock()

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.insert(tables.customers).values(id=customer, locale="en", created_at=now))
            connection.execute(
                sa.insert(tables.identities).values(
                    id=identity, customer_id=customer, channel="web", external_id=identity, created_at=now
                )
            )
            connection.execute(
                sa.insert(tables.conversations).values(
                    id=conversation,
                    customer_id=customer,
                    identity_id=identity,
                    channel="web",
                    locale="en",
                    state="open",
                    owner="bot",
                    last_seq=0,
                    turns=0,
                    created_at=now,
                    active_at=now,
                )
            )

        self.database.write_now(work)
        return Turn(conversation, self.new_id(), customer)

    def next_message(self, turn: Turn) -> Turn:
        """The same conversation, one message later."""
        return Turn(turn.conversation_id, self.new_id(), turn.visitor)

    def send_code(self, turn: Turn, customer: str | None, email: str, code: int = 123456) -> None:
        """Apply the effect as the turn's transaction does."""
        self.next_codes.append(code)
        effect = {"type": "send_code", "shop_customer_id": customer, "email": email}
        self.database.write_now(
            lambda connection: self.codes.apply_send_code(
                connection, effect, turn.conversation_id, turn.message_id, self.clock()
            )
        )


@pytest.fixture
def make_desk(database: Database, clock: Callable[[], datetime], new_id: Callable[[], str]) -> Callable[[str], Desk]:
    """A desk at which accounts are opened by a code, or by what is named besides."""

    def make(change_proof: str) -> Desk:
        verification = Verification(
            database,
            FakeShop(),
            ProofLedger(KEY, Limits(failures=5, lock=timedelta(minutes=15))),
            key=KEY,
            holds=timedelta(minutes=30),
            clock=clock,
            new_id=new_id,
            change_proof=change_proof,
        )
        next_codes: list[int] = []
        codes = OneTimeCodes(
            key=KEY,
            lives=timedelta(minutes=10),
            shop_name="Marlow & Finch",
            new_id=new_id,
            random_below=lambda _: next_codes.pop(0),
        )
        return Desk(database, verification, codes, clock, new_id, next_codes)

    return make


@pytest.fixture
def desk(make_desk: Callable[[str], Desk]) -> Desk:
    return make_desk("one_time_code")
