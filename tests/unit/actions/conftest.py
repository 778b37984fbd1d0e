"""A tracker as the engine sends it, a shop of two orders, and a verification that answers as told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import ServiceAction
from actions.services import Services
from bot.customers.contacts import Contact
from bot.customers.proofs import Turn
from bot.customers.verification import Access, Level, Proof
from bot.orders.formatting import Formatting
from bot.orders.models import Address, CustomerProfile, Order, OrderItem, OrderStatus, PaymentKind, PaymentMethod
from bot.orders.numbers import OrderNumbers
from bot.settings import Settings

ADDRESS = Address("14 Larch Grove", "", "London", "", "N1 5QT", "GB")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def an_order(number: str, owner: str = "jo", status: OrderStatus = OrderStatus.PENDING) -> Order:
    items = (OrderItem("mf-101-sage", "mf-101", "Alder desk lamp", {"colour": "sage"}, Decimal("68.00")),)
    return Order(
        number,
        owner,
        f"{owner}@mail.example",
        status,
        ADDRESS,
        Decimal("0.00"),
        NOW,
        expected_on=date(2026, 3, 5),
        items=items,
    )


class FakeShop:
    def __init__(self) -> None:
        self.orders = {number: an_order(number) for number in ("#W1000001", "#W1000002")}
        card = PaymentMethod("c1", PaymentKind.CREDIT_CARD, "visa", "4242")
        self.person = CustomerProfile("jo", "Jo", "Hart", "jo@mail.example", None, ADDRESS, NOW, (card,))
        self.failure: Exception | None = None

    async def order(self, number: str) -> Order | None:
        if self.failure:
            raise self.failure
        return self.orders.get(number)

    async def orders_of(self, customer_id: str, limit: int) -> tuple[Order, ...]:
        return tuple(order for order in self.orders.values() if order.customer_id == customer_id)[:limit]

    async def customer(self, customer_id: str) -> CustomerProfile | None:
        return self.person if customer_id == "jo" else None

    async def customer_by_email(self, email: str) -> CustomerProfile | None:
        return self.person if email == self.person.email else None


class FakeVerification:
    """Answers with `proof`, and remembers what it was asked."""

    def __init__(self) -> None:
        self.now = Access(Level.ANONYMOUS)
        self.proof = Proof.NEEDED
        self.asked: list[tuple[Any, ...]] = []

    async def access(self, conversation_id: str) -> Access:
        return self.now

    async def open_order(self, turn: Turn, number: str, contact: Contact) -> Proof:
        self.asked.append((turn, number, contact))
        return self.proof

    async def request_code(self, turn: Turn, email: str) -> tuple[Proof, str | None]:
        self.asked.append((turn, email))
        return self.proof, "jo" if email == "jo@mail.example" and self.proof is Proof.SENT else None

    async def check_code(self, turn: Turn, code: str) -> Proof:
        self.asked.append((turn, code))
        return self.proof


@dataclass
class Told:
    """What an action said and left behind."""

    messages: list[dict[str, Any]]
    events: list[dict[str, Any]]

    @property
    def responses(self) -> list[str]:
        return [message["response"] for message in self.messages if message["response"]]

    @property
    def effects(self) -> list[dict[str, Any]]:
        return [effect for message in self.messages for effect in message["custom"].get("effects", [])]

    @property
    def cards(self) -> list[dict[str, Any]]:
        return [card for message in self.messages for card in message["custom"].get("cards", [])]

    @property
    def buttons(self) -> list[dict[str, Any]]:
        return [button for message in self.messages for button in message["buttons"]]

    @property
    def slots(self) -> dict[str, Any]:
        return {event["name"]: event["value"] for event in self.events if event["event"] == "slot"}

    @property
    def form_ended(self) -> bool:
        return {"event": "active_loop", "timestamp": None, "name": None} in self.events

    @property
    def next_action(self) -> str | None:
        return next((event["name"] for event in self.events if event["event"] == "followup"), None)


@dataclass
class Stage:
    """One turn: the customer's text, where the conversation stands, and the action that is run."""

    services: Services
    slots: dict[str, Any] = field(default_factory=dict)
    before: list[dict[str, Any]] = field(default_factory=list)
    after: list[dict[str, Any]] = field(default_factory=list)
    form: str | None = None

    @property
    def shop(self) -> FakeShop:
        return self.services.shop  # type: ignore[return-value]

    @property
    def verification(self) -> FakeVerification:
        return self.services.verification  # type: ignore[return-value]

    def said_before(self, response: str) -> None:
        """The bot's last sentence before the customer's message."""
        self.before.append({"event": "bot", "text": "…", "metadata": {"utter_action": response}})

    def starts(self, form: str) -> None:
        """The form begins with this message."""
        self.form = form
        self.after.append({"event": "active_loop", "name": form})

    def tracker(self, text: str, intent: str, entities: list[dict[str, Any]] | None = None) -> Tracker:
        message = {
            "text": text,
            "intent": {"name": intent},
            "entities": entities or [],
            "metadata": {"message_id": "m1", "customer_id": "visitor"},
        }
        return Tracker.from_dict(
            {
                "sender_id": "c1",
                "slots": {"requested_slot": None} | self.slots,
                "latest_message": message,
                "events": [*self.before, {"event": "user", "text": text}, *self.after],
                "active_loop": {"name": self.form} if self.form else {},
                "latest_action_name": "action_listen",
            }
        )

    async def run(
        self,
        action: type[ServiceAction],
        text: str,
        intent: str = "inform",
        entities: list[dict[str, Any]] | None = None,
    ) -> Told:
        """Run one action on one message."""
        dispatcher = CollectingDispatcher()
        events = await action(self.services).run(dispatcher, self.tracker(text, intent, entities), {})
        return Told(dispatcher.messages, events)


@pytest.fixture
def services() -> Services:
    settings = Settings(_env_file=None, demo=True)
    return Services(
        shop=FakeShop(),
        verification=FakeVerification(),  # type: ignore[arg-type]  # a fake of what actions use of it
        order_numbers=OrderNumbers(r"#?\s*[Ww]\s*\d{7}", "#W"),
        formatting=Formatting("en-GB", "GBP", "Europe/London"),
        clock=lambda: NOW,
        settings=settings,
    )


@pytest.fixture
def stage(services: Services) -> Stage:
    return Stage(services)


@pytest.fixture
def make_order() -> Callable[..., Order]:
    return an_order
