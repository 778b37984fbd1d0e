"""The values a shop speaks in: orders, shipments, customers; plain data, no queries, no words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

Money = Decimal
"""An amount in the shop's one currency; exact, never a binary fraction."""

NO_MONEY = Money(0)


class OrderStatus(StrEnum):
    """How far an order is."""

    PENDING = "pending"
    PENDING_CHANGED = "pending (items modified)"
    PROCESSED = "processed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURN_REQUESTED = "return requested"
    EXCHANGE_REQUESTED = "exchange requested"

    @property
    def in_names(self) -> str:
        """The status as a part of names, of labels and responses: "pending_items_modified"."""
        return re.sub(r"\W+", "_", self.value).strip("_")


class PaymentKind(StrEnum):
    """What a customer can pay with."""

    CREDIT_CARD = "credit_card"
    PAYPAL = "paypal"
    GIFT_CARD = "gift_card"


@dataclass(frozen=True, slots=True)
class Address:
    """Where something goes. `country` is an ISO 3166 code of two letters."""

    line1: str
    line2: str
    city: str
    region: str
    postcode: str
    country: str


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """One way a customer pays; `balance` only for gift cards, `brand` and `last_four` only for credit cards."""

    id: str
    kind: PaymentKind
    brand: str | None = None
    last_four: str | None = None
    balance: Money | None = None


@dataclass(frozen=True, slots=True)
class CustomerProfile:
    """What the shop keeps about a customer."""

    id: str
    first_name: str
    last_name: str
    email: str
    phone: str | None
    address: Address
    since: datetime
    payment_methods: tuple[PaymentMethod, ...] = ()

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Variant:
    """One version of a product, as it is bought. `restock_on` is the day it is expected back, where that is known."""

    id: str
    options: Mapping[str, str]
    price: Money
    available: bool
    restock_on: date | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """One product of the catalogue. What is not here is not known of it, and is not told.

    `category` is the department ("clothes"), `kind` what it is, in the plural ("jackets"). `attributes` are facts by
    name ("material": "100% linen"); a value that begins with "yes" or "no" answers a question. `keywords` are further
    words it is found by. `url` is its page: an address, or a path below the shop's own.
    """

    id: str
    name: str
    category: str
    kind: str
    description: str
    variants: tuple[Variant, ...]
    attributes: Mapping[str, str] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    image: str | None = None
    url: str | None = None

    @property
    def lowest_price(self) -> Money:
        """Of its cheapest variant."""
        return min(variant.price for variant in self.variants)

    @property
    def highest_price(self) -> Money:
        """Of its dearest variant."""
        return max(variant.price for variant in self.variants)

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """What can be chosen: the values of each option, in the catalogue's order."""
        found: dict[str, dict[str, None]] = {}
        for variant in self.variants:
            for name, value in variant.options.items():
                found.setdefault(name, {})[value] = None
        return {name: tuple(values) for name, values in found.items()}


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One thing in an order; the same thing twice is two of these."""

    item_id: str
    product_id: str
    name: str
    options: Mapping[str, str]
    price: Money
    image: str | None = None
    shipment_id: str | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """One parcel on its way."""

    id: str
    carrier: str
    tracking_number: str
    tracking_url: str | None = None
    shipped_at: datetime | None = None
    expected_on: date | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that went one way (`payment`) or back (`refund`)."""

    kind: str
    amount: Money
    payment_method_id: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class SentBack:
    """A return or an exchange that was asked for. `new_item_ids` go with `item_ids` one by one; none for a return."""

    item_ids: tuple[str, ...]
    payment_method_id: str
    new_item_ids: tuple[str, ...] = ()
    difference: Money | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One order, whole. `number` is the only name an order has, also inside the shop."""

    number: str
    customer_id: str
    email: str
    status: OrderStatus
    address: Address
    delivery_fee: Money
    placed_at: datetime
    expected_on: date | None = None
    cancelled_at: datetime | None = None
    items: tuple[OrderItem, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    payments: tuple[Payment, ...] = field(default=())
    cancel_reason: str | None = None
    sent_back: SentBack | None = None

    @property
    def total(self) -> Money:
        """All items and the delivery."""
        return sum((item.price for item in self.items), self.delivery_fee)

    @property
    def arrival(self) -> date | None:
        """The day the last parcel is expected, as far as anybody knows."""
        days = [shipment.expected_on for shipment in self.shipments if shipment.expected_on is not None]
        return max(days) if days else self.expected_on

    @property
    def delivered_at(self) -> datetime | None:
        """When the last parcel was handed over; empty while one is still under way."""
        moments = [shipment.delivered_at for shipment in self.shipments]
        known = [moment for moment in moments if moment is not None]
        return max(known) if known and len(known) == len(moments) else None
