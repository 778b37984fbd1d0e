"""What a shop lets its customers do by themselves: the rules that differ from shop to shop, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings


class RefundTo(StrEnum):
    """Where the money of a return may go."""

    ORIGINAL = "original"  # only to what was paid with
    ORIGINAL_OR_GIFT_CARD = "original_or_gift_card"
    ANY = "any"  # to any of the customer's payment methods


@dataclass(frozen=True, slots=True)
class ShopPolicy:
    """The rules of one shop.

    `cancel_reasons` are those accepted, by their stored names. `return_days` and `exchange_days`: days after delivery
    in which it may be asked for, 0 for no limit. `change_items_once`: after a change of items a pending order can be
    changed or cancelled no more. `refund_days`: working days until money is back that does not go to a gift card.
    """

    cancel_reasons: tuple[str, ...] = ("no longer needed", "ordered by mistake")
    cancelling: bool = True
    changing_address: bool = True
    changing_items: bool = True
    changing_payment: bool = True
    returning: bool = True
    exchanging: bool = True
    changing_details: bool = True
    change_items_once: bool = True
    refund_to: RefundTo = RefundTo.ORIGINAL_OR_GIFT_CARD
    return_days: int = 0
    exchange_days: int = 0
    refund_days: tuple[int, int] = (5, 7)


def staff_policy(policy: ShopPolicy) -> ShopPolicy:
    """The same rules for the shop's own people: they may do every kind of change, also those not offered to customers.

    What a change does, its limits in time and where money may go stay as they are.
    """
    return replace(
        policy,
        cancelling=True,
        changing_address=True,
        changing_items=True,
        changing_payment=True,
        returning=True,
        exchanging=True,
        changing_details=True,
    )


def shop_policy(settings: Settings) -> ShopPolicy:
    """The rules as the settings have them."""
    offered = settings.self_service
    first, last = sorted(int(days) for days in settings.refund_days.split("-"))
    return ShopPolicy(
        cancel_reasons=settings.cancel_reasons,
        cancelling="cancel_order" in offered,
        changing_address="change_order_address" in offered,
        changing_items="change_order_items" in offered,
        changing_payment="change_order_payment" in offered,
        returning="return_items" in offered,
        exchanging="exchange_items" in offered,
        changing_details="change_details" in offered,
        change_items_once=settings.change_items_once,
        refund_to=RefundTo(settings.refund_to),
        return_days=settings.return_days,
        exchange_days=settings.exchange_days,
        refund_days=(first, last),
    )
