"""A desk where every name, note, tag, address and word of an order is something that would do harm as markup."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.orders.changes import Change, Plan, Receipt
from bot.orders.models import (
    Address,
    CustomerProfile,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentKind,
    PaymentMethod,
    Product,
    Shipment,
    Variant,
)
from bot.orders.policy import ShopPolicy
from bot.orders.rules import plan
from bot.staff import audit
from bot.storage import desk_tables as desks
from bot.storage import tables
from bot.storage.case_tables import cases
from tests.support.hostile_words import PAYLOADS

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PRICE = Decimal(12)


def conversation_of(number: int) -> str:
    """The conversation in which everything is the payload of that number."""
    return f"c{number:03}"


def order_of(number: int, status: OrderStatus = OrderStatus.PENDING) -> str:
    """An order of that customer's."""
    return f"#W{number:03}{status.value[:1]}{PAYLOADS[number]}"[:64]


class HostileShop:
    """A shop whose every word is a payload. Customers are called by their number."""

    policy = ShopPolicy(cancel_reasons=PAYLOADS[:3])

    async def customer(self, customer_id: str) -> CustomerProfile:
        words = PAYLOADS[int(customer_id)]
        card = PaymentMethod(f"card{words}", PaymentKind.CREDIT_CARD, words, words)
        return CustomerProfile(customer_id, words, words, words, words, _address(words), NOW, (card,))

    async def order(self, number: str) -> Order | None:
        try:
            orders = await self.orders_of(str(int(number[2:5])), 9)
        except ValueError:
            return None
        return next((order for order in orders if order.number == number), None)

    async def orders_of(self, customer_id: str, limit: int) -> tuple[Order, ...]:
        number, words = int(customer_id), PAYLOADS[int(customer_id)]
        items = (OrderItem(f"i{words}", f"{customer_id}{words}", words, {words: words}, PRICE, words),)
        parcel = Shipment(words, words, words, f"javascript:window.hit=1//{words}", NOW, date(2026, 3, 4))
        payments = (Payment("payment", PRICE, f"card{words}", NOW), Payment("refund", PRICE, words, NOW))
        known: dict[str, Any] = {"items": items, "shipments": (parcel,), "payments": payments[:1]}
        return tuple(
            Order(
                order_of(number, status),
                customer_id,
                words,
                status,
                _address(words),
                Decimal(0),
                NOW,
                None,
                NOW,
                **known,
                cancel_reason=words,
            )
            for status in (OrderStatus.PENDING, OrderStatus.DELIVERED, OrderStatus.CANCELLED)
        )

    async def product(self, product_id: str) -> Product:
        words = product_id.lstrip("0123456789")
        other = Variant(f"other{words}", {words: words}, PRICE + 1, available=True)
        return Product(product_id, words, words, words, words, (Variant(f"i{words}", {}, PRICE, available=True), other))

    async def preview(self, customer_id: str, change: Change) -> Plan:
        order = await self.order(getattr(change, "number", ""))
        customer = await self.customer(customer_id)
        products = [await self.product(item.product_id) for item in order.items] if order else []
        return plan(change, customer, order, products, self.policy, NOW)

    async def apply(self, customer_id: str, change: Change, key: str) -> Receipt:
        return Receipt(key, await self.preview(customer_id, change), NOW)

    async def outcome(self, key: str) -> Receipt | None:
        return None


def fill(connection: Connection, owner: str) -> None:
    """Rows in which everything that people write is a payload; the conversations are `owner`'s."""
    due = NOW + timedelta(hours=1)
    for number, words in enumerate(PAYLOADS):
        row = f"{number:03}"
        add = _adder(connection)
        add(tables.customers, id=f"k{row}", name=words, locale="en", created_at=NOW, shop_customer_id=str(number))
        add(
            tables.identities,
            id=f"i{row}",
            customer_id=f"k{row}",
            channel="web",
            external_id=words[:90] + row,
            created_at=NOW,
        )
        talk = {
            "customer_id": f"k{row}",
            "channel": "web",
            "identity_id": f"i{row}",
            "locale": "en",
            "last_seq": 1,
            "turns": 1,
        }
        moments = {"created_at": NOW, "active_at": NOW}
        add(tables.conversations, id=f"c{row}", state="open", owner=owner, **talk, **moments)
        ended = {"state": "ended", "owner": "bot", "end_reason": "idle", "ended_at": NOW}
        add(tables.conversations, id=f"e{row}", **ended, **talk, **moments)
        survey = {"state": "answered", "about": "bot", "score": 1, "changes": 0, "due_at": NOW, "closes_at": NOW}
        add(tables.surveys, id=f"s{row}", conversation_id=f"e{row}", comment=words, **survey)
        follow_up = {
            "survey_id": f"s{row}",
            "conversation_id": f"e{row}",
            "note": words,
            "created_at": NOW,
            "due_at": due,
        }
        add(tables.follow_ups, id=f"f{row}", state="open", **follow_up)
        add(
            cases,
            id=f"p{row}",
            key=row,
            conversation_id=f"c{row}",
            kind="damaged",
            level="anonymous",
            order_number=words,
            items=[{"item_id": words, "name": words}],
            words=words,
            contact=words,
            status="open",
            opened_at=NOW,
            due_at=due,
        )
        add(
            tables.verifications,
            id=f"v{row}",
            conversation_id=f"c{row}",
            shop_customer_id=str(number),
            level="verified",
            method=words[:20],
            granted_at=NOW,
            expires_at=due,
        )
        add(
            desks.notes,
            id=f"n{row}",
            conversation_id=f"c{row}",
            agent_id=owner,
            after_seq=1,
            text=words,
            created_at=NOW,
        )
        add(desks.conversation_tags, conversation_id=f"c{row}", tag=words, agent_id=owner, created_at=NOW)
        add(desks.teams, id=f"t{row}", name=f"{words} {row}", created_at=NOW)
        add(
            desks.handoffs,
            id=f"h{row}",
            conversation_id=f"c{row}",
            reason=words[:20],
            state="held",
            language="en",
            team_id=f"t{row}",
            packet=_packet(words),
            requested_at=NOW,
            queued_at=NOW,
            held_by=owner,
            held_at=NOW,
        )
        add(
            tables.agents,
            id=f"a{row}",
            email=f"{words} {row}",
            name=words,
            password_hash="",
            role="agent",
            state="active",
            languages=[words],
            capacity=4,
            presence="away",
            preferences={},
            created_at=NOW,
        )
        add(
            desks.canned_replies,
            id=f"r{row}",
            shortcut=f"{words} {row}",
            title=words,
            text=words,
            updated_by=f"a{row}",
            updated_at=NOW,
        )
        audit.note(
            connection,
            now=NOW,
            action=words[:40],
            agent_id=f"a{row}",
            conversation_id=words[:36],
            subject=words,
            details={words: words},
            address=words,
        )


def _adder(connection: Connection) -> Any:
    def add(table: sa.Table, **values: Any) -> None:
        connection.execute(sa.insert(table).values(**values))

    return add


def _packet(words: str) -> dict[str, Any]:
    tried = {"seq": 1, "said": words, "intent": words, "confidence": 0.5, "answered": [words], "failed": words}
    entities = [{"entity": words, "value": words}]
    request = {"id": words, "task": "cancel_order", "number": words, "reason": words, "phone": words}
    slots = {"current_order": words, words: words, "requests": [request]}
    return {"understood": [{**tried, "entities": entities, "wishes": [words, words]}], "slots": slots, "contact": words}


def _address(words: str) -> Address:
    return Address(words, words, words, words, words, "GB")
