"""A tracker as the engine sends it, a shop of two orders, and a verification that answers as told."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import ServiceAction
from actions.services import Services
from bot.cases.promises import promises_of
from bot.conversations.phrases import load_domain
from bot.customers.contacts import Contact
from bot.customers.proofs import Turn
from bot.customers.verification import Access, Level, Proof
from bot.knowledge.answers import Answer
from bot.languages.languages import FOLDER
from bot.orders.catalogue import CatalogueKeeper
from bot.orders.demo import demo_products
from bot.orders.formatting import Formatting
from bot.orders.models import (
    Address,
    CustomerProfile,
    Order,
    OrderItem,
    OrderStatus,
    PaymentKind,
    PaymentMethod,
    Product,
)
from bot.orders.numbers import OrderNumbers
from bot.orders.search_words import SearchVocabulary
from bot.settings import ROOT, Settings
from tests.support.asked_shop import AskedShop
from tests.support.request_talk import VERIFIED, Talk

DOMAIN = functools.cache(lambda: load_domain(ROOT / "domain.yml"))
ADDRESS = Address("14 Larch Grove", "", "London", "", "N1 5QT", "GB")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FORMATTING = Formatting("en-GB", "GBP", "Europe/London")
VOCABULARY = functools.cache(lambda: SearchVocabulary(FOLDER, "en"))
DEMO_PRODUCTS = functools.cache(lambda: demo_products(ROOT / "data" / "shop", NOW))


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

    async def products(self) -> tuple[Product, ...]:
        return DEMO_PRODUCTS()

    async def product(self, product_id: str) -> Product | None:
        return next((product for product in DEMO_PRODUCTS() if product.id == product_id), None)


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

    async def prove_customer(
        self, turn: Turn, *, email: str | None, name: tuple[str, str] | None, postcode: str | None
    ) -> Proof:
        self.asked.append((turn, email, name, postcode))
        return self.proof if postcode and (email or name) else Proof.NEEDED


class FakeArticles:
    """Help articles that answer nothing."""

    async def answer(self, question: str, language: str, topics: Collection[str] = ()) -> Answer | None:
        return None

    async def certain_answer(self, question: str, language: str) -> Answer | None:
        return None

    async def others(self, question: str, language: str, slug: str | None = None) -> list[Answer]:
        return []


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
    ranking: list[dict[str, Any]] = field(default_factory=list)
    message_id: str = "m1"
    people: bool = False  # whether a person could take over
    pushed: bool = False  # whether we can write to the customer later

    @property
    def shop(self) -> FakeShop:
        return self.services.shop  # type: ignore[return-value]

    @property
    def verification(self) -> FakeVerification:
        return self.services.verification  # type: ignore[return-value]

    def said_before(self, response: str) -> None:
        """The bot's last sentence before the customer's message."""
        self.before.append({"event": "bot", "text": "…", "metadata": {"utter_action": response}})

    def heard_before(self, intent: str, message_id: str = "m0") -> None:
        """The customer's message before the one that is answered."""
        parse_data = {"intent": {"name": intent}}
        self.before.append({"event": "user", "text": "…", "message_id": message_id, "parse_data": parse_data})

    def missed_before(self, intent: str = "nlu_fallback", count: int = 1) -> None:
        """So many messages before this one led nowhere."""
        self.heard_before(intent)
        self.slots["misses"] = {"count": count, "turn": "m0"}

    def starts(self, form: str) -> None:
        """The form begins with this message."""
        self.form = form
        self.after.append({"event": "active_loop", "name": form})

    def tracker(
        self,
        text: str,
        intent: str,
        entities: list[dict[str, Any]] | None = None,
        confidence: float = 0.0,
    ) -> Tracker:
        message = {
            "text": text,
            "intent": {"name": intent, "confidence": confidence},
            "intent_ranking": self.ranking,
            "entities": entities or [],
            "metadata": {
                "message_id": self.message_id,
                "customer_id": "visitor",
                "people": self.people,
                "pushed": self.pushed,
            },
        }
        return Tracker.from_dict(
            {
                "sender_id": "c1",
                "slots": {"requested_slot": None} | self.slots,
                "latest_message": message,
                "events": [*self.before, {"event": "user", "text": text, "message_id": self.message_id}, *self.after],
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
        confidence: float = 0.0,
    ) -> Told:
        """Run one action on one message."""
        dispatcher = CollectingDispatcher()
        tracker = self.tracker(text, intent, entities, confidence)
        events = await action(self.services).run(dispatcher, tracker, DOMAIN())
        return Told(dispatcher.messages, events)


@pytest.fixture
def services() -> Services:
    settings = Settings(_env_file=None, demo=True)
    shop = FakeShop()
    return Services(
        shop=shop,
        verification=FakeVerification(),  # type: ignore[arg-type]  # a fake of what actions use of it
        articles=FakeArticles(),  # type: ignore[arg-type]
        products=CatalogueKeeper(shop, VOCABULARY(), lambda: NOW),
        promises=promises_of(settings, FORMATTING),
        order_numbers=OrderNumbers(r"#?\s*[Ww]\s*\d{7}", "#W"),
        formatting=FORMATTING,
        clock=lambda: NOW,
        settings=settings,
    )


@pytest.fixture
def stage(services: Services) -> Stage:
    return Stage(services)


@pytest.fixture
def talk(stage: Stage) -> Talk:
    """A verified customer's conversation in the shop with an order in every status."""
    shop = AskedShop()
    products = CatalogueKeeper(shop, VOCABULARY(), lambda: NOW)
    stage.services = replace(stage.services, shop=shop, products=products)
    stage.verification.now = VERIFIED
    return Talk(stage, shop)


@pytest.fixture
def make_order() -> Callable[..., Order]:
    return an_order
