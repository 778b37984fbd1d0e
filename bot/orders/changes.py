"""What a customer can have changed, as plain values, and what a shop answers to it; no rules, no words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from bot.orders.models import NO_MONEY, Address, Money


@dataclass(frozen=True, slots=True)
class Replacement:
    """One thing of an order and the variant that takes its place; the same thing twice is two of these."""

    item_id: str
    new_item_id: str


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Cancel a pending order, whole."""

    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChangeOrderAddress:
    """Send a pending order elsewhere."""

    number: str
    address: Address


@dataclass(frozen=True, slots=True)
class ChangeOrderItems:
    """Take other variants of the same products in a pending order."""

    number: str
    replacements: tuple[Replacement, ...]
    payment_method_id: str


@dataclass(frozen=True, slots=True)
class ChangeOrderPayment:
    """Pay a pending order with something else."""

    number: str
    payment_method_id: str


@dataclass(frozen=True, slots=True)
class ReturnItems:
    """Send things of a delivered order back; an item id twice means two of them."""

    number: str
    item_ids: tuple[str, ...]
    payment_method_id: str


@dataclass(frozen=True, slots=True)
class ExchangeItems:
    """Swap things of a delivered order for other variants of the same products."""

    number: str
    replacements: tuple[Replacement, ...]
    payment_method_id: str


@dataclass(frozen=True, slots=True)
class ChangeDefaultAddress:
    """Replace the address that new orders go to."""

    address: Address


@dataclass(frozen=True, slots=True)
class ChangePhone:
    """Replace the telephone number on file."""

    phone: str


OrderChange = CancelOrder | ChangeOrderAddress | ChangeOrderItems | ChangeOrderPayment | ReturnItems | ExchangeItems
ProfileChange = ChangeDefaultAddress | ChangePhone
Change = OrderChange | ProfileChange


KINDS: Mapping[str, type[Change]] = MappingProxyType(
    {
        "cancel_order": CancelOrder,
        "change_order_address": ChangeOrderAddress,
        "change_order_items": ChangeOrderItems,
        "change_order_payment": ChangeOrderPayment,
        "return_items": ReturnItems,
        "exchange_items": ExchangeItems,
        "change_default_address": ChangeDefaultAddress,
        "change_phone": ChangePhone,
    }
)
"""Every kind of change by its name, as settings, the audit and the shop's API call it."""


def kind_of(change: Change) -> str:
    """The name of a change's kind: "cancel_order"."""
    return next(name for name, kind in KINDS.items() if type(change) is kind)


class Refusal(StrEnum):
    """Why a shop does not do it."""

    UNKNOWN_ORDER = "unknown_order"  # or another customer's: answered alike
    UNKNOWN_CUSTOMER = "unknown_customer"
    NOT_OFFERED = "not_offered"  # this shop's customers cannot do that by themselves
    NOT_PENDING = "not_pending"  # details: status
    NOT_DELIVERED = "not_delivered"  # details: status
    ALREADY_CHANGED = "already_changed"  # its items were changed before; nothing more can be
    ALREADY_REQUESTED = "already_requested"  # a return or an exchange of this order is under way; details: status
    TOO_LATE = "too_late"  # details: days
    REASON = "reason"  # not one of those accepted
    NOTHING_GIVEN = "nothing_given"  # no items, an address with parts missing (details: missing), no telephone number
    ITEM_NOT_IN_ORDER = "item_not_in_order"  # details: item_id; also more of one than there are
    UNKNOWN_ITEM = "unknown_item"  # no such variant; details: item_id
    OTHER_PRODUCT = "other_product"  # a variant of something else; details: item_id, new_item_id
    SAME_ITEM = "same_item"  # the variant it is already; details: item_id
    NOT_AVAILABLE = "not_available"  # sold out; details: item_id
    UNKNOWN_PAYMENT = "unknown_payment"  # not one of the customer's
    SAME_PAYMENT = "same_payment"
    GIFT_CARD_TOO_LOW = "gift_card_too_low"  # details: balance, needed
    REFUND_TARGET = "refund_target"  # neither what was paid with nor a gift card
    SAME_ADDRESS = "same_address"


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money that moves when a change is made: `kind` is `payment` (the customer pays) or `refund`; always positive."""

    kind: str
    amount: Money
    payment_method_id: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change will do, before it is done: money that moves, and the order's status afterwards.

    `transfers` move when it is done (a cancellation, a change of payment or items). `difference` is what a swap costs
    more (positive) or less (negative); `refund` what comes back in all. For a return or an exchange, `transfers` is
    empty: the money moves when the shop has the things back.
    """

    change: Change
    status_after: str | None = None  # of the order; None for the profile
    transfers: tuple[Transfer, ...] = ()
    difference: Money = NO_MONEY
    refund: Money = NO_MONEY
    refund_to_gift_card: bool = False  # so it is there at once


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a shop did. `repeated`: it had been done before under the same key, and nothing was done now."""

    key: str
    plan: Plan
    at: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """A refusal with what there is to say about it."""

    refusal: Refusal
    details: Mapping[str, str] = field(default_factory=dict)
