"""What a shop allows and what it then does, decided from values alone: every rule of self-service, no I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NoReturn

from bot.orders.changes import (
    CancelOrder,
    Change,
    ChangeDefaultAddress,
    ChangeOrderAddress,
    ChangeOrderItems,
    ChangeOrderPayment,
    ChangePhone,
    ExchangeItems,
    Plan,
    Reason,
    Refusal,
    Replacement,
    ReturnItems,
    Transfer,
)
from bot.orders.models import (
    NO_MONEY,
    Address,
    CustomerProfile,
    Money,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentKind,
    PaymentMethod,
    Product,
    Variant,
)
from bot.orders.policy import RefundTo, ShopPolicy
from bot.orders.shop import Refused

_CENT = Decimal("0.01")
_NEEDED_OF_AN_ADDRESS = ("line1", "city", "postcode", "country")
_OF_PENDING = ("cancel_order", "change_order_address", "change_order_items", "change_order_payment")
_OF_DELIVERED = ("return_items", "exchange_items")
_REQUESTED = (OrderStatus.RETURN_REQUESTED, OrderStatus.EXCHANGE_REQUESTED)
_LONGEST_PHONE = 40


def plan(
    change: Change,
    customer: CustomerProfile | None,
    order: Order | None,
    products: Sequence[Product],
    policy: ShopPolicy,
    now: datetime,
) -> Plan:
    """What a change would do.

    Args:
        customer: who asks, as the shop has them.
        order: the one the change is about; None where there is none of that number, or for the profile.
        products: those of the order's things, and those that have the variants asked for.
        now: the moment from which days after delivery are counted.

    Raises:
        Refused: the first rule that does not allow it.
    """
    if isinstance(change, ChangeDefaultAddress | ChangePhone):
        return _plan_for_profile(change, customer, policy)
    if order is None or customer is None or order.customer_id != customer.id:
        _refuse(Refusal.UNKNOWN_ORDER)
    case = _Case(customer, order, products, policy, now)
    match change:
        case CancelOrder():
            return case.cancelled(change)
        case ChangeOrderAddress():
            return case.sent_elsewhere(change)
        case ChangeOrderItems():
            return case.with_other_items(change)
        case ChangeOrderPayment():
            return case.paid_otherwise(change)
        case ReturnItems():
            return case.returned(change)
        case ExchangeItems():
            return case.exchanged(change)


def refusal_for(kind: str, order: Order, policy: ShopPolicy, now: datetime) -> Reason | None:
    """Why no change of a kind can be made to an order at all, whatever it is; None where some can.

    Args:
        kind: one of `bot.orders.changes.KINDS` that is about an order.

    Raises:
        ValueError: no such kind.
    """
    if kind not in _OF_PENDING + _OF_DELIVERED:
        raise ValueError(f"{kind!r} is no change of an order")
    if not _is_offered(kind, policy):
        return Reason(Refusal.NOT_OFFERED)
    return _not_pending(order, policy) if kind in _OF_PENDING else _not_delivered(kind, order, policy, now)


def open_payments(order: Order) -> tuple[tuple[str, Money], ...]:
    """What an order is paid with at this moment: payment methods with amounts, without what went back already."""
    paid = [payment for payment in order.payments if payment.kind == "payment"]
    left = [payment.amount for payment in paid]
    for refund in (payment for payment in order.payments if payment.kind == "refund"):
        back = refund.amount
        # What went back to something that had not paid is missing from the payments all the same: from the last first.
        same_first = [place for place, payment in enumerate(paid) if _same_method(payment, refund)]
        others = [place for place, payment in reversed(list(enumerate(paid))) if not _same_method(payment, refund)]
        for place in same_first + others:
            taken = min(back, left[place])
            left[place], back = left[place] - taken, back - taken
    return tuple((payment.payment_method_id, rest) for payment, rest in zip(paid, left, strict=True) if rest > 0)


def original_methods(order: Order) -> tuple[str, ...]:
    """The payment methods that an order is paid with, each once."""
    return tuple(dict.fromkeys(method for method, _ in open_payments(order)))


def refund_targets(customer: CustomerProfile, order: Order, policy: ShopPolicy) -> tuple[PaymentMethod, ...]:
    """The customer's payment methods to which the money of a return may go, the original ones first."""
    original = original_methods(order)
    match policy.refund_to:
        case RefundTo.ORIGINAL:
            allowed = [method for method in customer.payment_methods if method.id in original]
        case RefundTo.ORIGINAL_OR_GIFT_CARD:
            allowed = [m for m in customer.payment_methods if m.id in original or m.kind is PaymentKind.GIFT_CARD]
        case RefundTo.ANY:
            allowed = list(customer.payment_methods)
    return tuple(sorted(allowed, key=lambda method: method.id not in original))


def places_of(items: Sequence[OrderItem], item_ids: Sequence[str]) -> tuple[int, ...]:
    """Where in an order those things are, each place once: the same id twice is two of them.

    Raises:
        Refused: the order has not so many of one.
    """
    found: list[int] = []
    for item_id in item_ids:
        free = (place for place, item in enumerate(items) if item.item_id == item_id and place not in found)
        place = next(free, None)
        if place is None:
            _refuse(Refusal.ITEM_NOT_IN_ORDER, item_id=item_id)
        found.append(place)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Case:
    """A customer's own order, and what the rules look at."""

    customer: CustomerProfile
    order: Order
    products: Sequence[Product]
    policy: ShopPolicy
    now: datetime

    def cancelled(self, change: CancelOrder) -> Plan:
        self._allow("cancel_order")
        if change.reason not in self.policy.cancel_reasons:
            _refuse(Refusal.REASON)
        back = tuple(Transfer("refund", amount, method) for method, amount in open_payments(self.order))
        return self._with_transfers(change, OrderStatus.CANCELLED, back)

    def sent_elsewhere(self, change: ChangeOrderAddress) -> Plan:
        self._allow("change_order_address")
        _check_address(change.address, self.order.address)
        return Plan(change, self.order.status)

    def paid_otherwise(self, change: ChangeOrderPayment) -> Plan:
        self._allow("change_order_payment")
        method = self._method(change.payment_method_id)
        paid = open_payments(self.order)
        if not paid:
            _refuse(Refusal.NOT_OFFERED)  # nobody has paid yet, so nothing can move
        others = [(other, amount) for other, amount in paid if other != method.id]
        if not others:
            _refuse(Refusal.SAME_PAYMENT)
        needed = sum((amount for _, amount in others), NO_MONEY)
        _check_balance(method, needed)
        back = (Transfer("refund", amount, other) for other, amount in others)
        return self._with_transfers(change, self.order.status, (Transfer("payment", needed, method.id), *back))

    def with_other_items(self, change: ChangeOrderItems) -> Plan:
        self._allow("change_order_items")
        difference = self._difference(change.replacements)
        method = self._method(change.payment_method_id)
        _check_balance(method, difference)
        kind = "payment" if difference > 0 else "refund"
        moved = (Transfer(kind, abs(difference), method.id),) if difference else ()
        after = OrderStatus.PENDING_CHANGED if self.policy.change_items_once else self.order.status
        return self._with_transfers(change, after, moved, difference)

    def returned(self, change: ReturnItems) -> Plan:
        self._allow("return_items")
        if not change.item_ids:
            _refuse(Refusal.NOTHING_GIVEN)
        places = places_of(self.order.items, change.item_ids)
        method = self._method(change.payment_method_id)
        if method not in refund_targets(self.customer, self.order, self.policy):
            _refuse(Refusal.REFUND_TARGET)
        refund = sum((self.order.items[place].price for place in places), NO_MONEY)
        at_once = method.kind is PaymentKind.GIFT_CARD
        return Plan(change, OrderStatus.RETURN_REQUESTED, refund=refund, refund_to_gift_card=at_once)

    def exchanged(self, change: ExchangeItems) -> Plan:
        self._allow("exchange_items")
        difference = self._difference(change.replacements)
        method = self._method(change.payment_method_id)
        _check_balance(method, difference)
        back = max(-difference, NO_MONEY)
        at_once = back > 0 and method.kind is PaymentKind.GIFT_CARD
        return Plan(
            change,
            OrderStatus.EXCHANGE_REQUESTED,
            difference=difference,
            refund=back,
            refund_to_gift_card=at_once,
        )

    def _allow(self, kind: str) -> None:
        if reason := refusal_for(kind, self.order, self.policy, self.now):
            raise Refused(reason)

    def _method(self, method_id: str) -> PaymentMethod:
        found = next((method for method in self.customer.payment_methods if method.id == method_id), None)
        return found or _refuse(Refusal.UNKNOWN_PAYMENT)

    def _difference(self, replacements: Sequence[Replacement]) -> Money:
        """What the new variants cost more than the things they replace; less than nothing where they are cheaper."""
        if not replacements:
            _refuse(Refusal.NOTHING_GIVEN)
        places = places_of(self.order.items, [replacement.item_id for replacement in replacements])
        more = NO_MONEY
        for replacement, place in zip(replacements, places, strict=True):
            item = self.order.items[place]
            more += self._variant(item, replacement.new_item_id).price - item.price
        return more.quantize(_CENT, ROUND_HALF_UP)

    def _variant(self, item: OrderItem, new_item_id: str) -> Variant:
        if new_item_id == item.item_id:
            _refuse(Refusal.SAME_ITEM, item_id=item.item_id)
        holders = {product.id: v for product in self.products for v in product.variants if v.id == new_item_id}
        if not holders:
            _refuse(Refusal.UNKNOWN_ITEM, item_id=new_item_id)
        variant = holders.get(item.product_id)
        if variant is None:
            _refuse(Refusal.OTHER_PRODUCT, item_id=item.item_id, new_item_id=new_item_id)
        return variant if variant.available else _refuse(Refusal.NOT_AVAILABLE, item_id=new_item_id)

    def _with_transfers(
        self, change: Change, status: OrderStatus, moved: tuple[Transfer, ...], difference: Money = NO_MONEY
    ) -> Plan:
        cards = {method.id for method in self.customer.payment_methods if method.kind is PaymentKind.GIFT_CARD}
        back = [transfer for transfer in moved if transfer.kind == "refund"]
        return Plan(
            change,
            status,
            moved,
            difference,
            refund=sum((transfer.amount for transfer in back), NO_MONEY),
            refund_to_gift_card=bool(back) and all(transfer.payment_method_id in cards for transfer in back),
        )


def _plan_for_profile(
    change: ChangeDefaultAddress | ChangePhone, customer: CustomerProfile | None, policy: ShopPolicy
) -> Plan:
    if customer is None:
        _refuse(Refusal.UNKNOWN_CUSTOMER)
    if not policy.changing_details:
        _refuse(Refusal.NOT_OFFERED)
    if isinstance(change, ChangeDefaultAddress):
        _check_address(change.address, customer.address)
    elif not re.search(r"\d", change.phone) or len(change.phone) > _LONGEST_PHONE:
        _refuse(Refusal.NOTHING_GIVEN)
    return Plan(change)


def _is_offered(kind: str, policy: ShopPolicy) -> bool:
    return {
        "cancel_order": policy.cancelling,
        "change_order_address": policy.changing_address,
        "change_order_items": policy.changing_items,
        "change_order_payment": policy.changing_payment,
        "return_items": policy.returning,
        "exchange_items": policy.exchanging,
    }[kind]


def _not_pending(order: Order, policy: ShopPolicy) -> Reason | None:
    match order.status:
        case OrderStatus.PENDING:
            return None
        case OrderStatus.PENDING_CHANGED:
            return Reason(Refusal.ALREADY_CHANGED) if policy.change_items_once else None
    return Reason(Refusal.NOT_PENDING, {"status": order.status.value})


def _not_delivered(kind: str, order: Order, policy: ShopPolicy, now: datetime) -> Reason | None:
    if order.status in _REQUESTED:
        return Reason(Refusal.ALREADY_REQUESTED, {"status": order.status.value})
    if order.status is not OrderStatus.DELIVERED:
        return Reason(Refusal.NOT_DELIVERED, {"status": order.status.value})
    days = policy.return_days if kind == "return_items" else policy.exchange_days
    # A shop that does not know when it delivered cannot say that it is too late.
    if days and order.delivered_at is not None and (now - order.delivered_at).days > days:
        return Reason(Refusal.TOO_LATE, {"days": str(days)})
    return None


def _same_method(one: Payment, other: Payment) -> bool:
    return one.payment_method_id == other.payment_method_id


def _check_address(address: Address, current: Address) -> None:
    missing = [name for name in _NEEDED_OF_AN_ADDRESS if not getattr(address, name).strip()]
    if missing:
        _refuse(Refusal.NOTHING_GIVEN, missing=", ".join(missing))
    if address == current:
        _refuse(Refusal.SAME_ADDRESS)


def _check_balance(method: PaymentMethod, needed: Money) -> None:
    balance = NO_MONEY if method.balance is None else method.balance
    if method.kind is PaymentKind.GIFT_CARD and balance < needed:
        _refuse(Refusal.GIFT_CARD_TOO_LOW, balance=format(balance, "f"), needed=format(needed, "f"))


def _refuse(refusal: Refusal, **details: str) -> NoReturn:
    raise Refused(Reason(refusal, details))
