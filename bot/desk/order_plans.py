"""A planned change in values that a template shows, and the sentence that tells the customer; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.conversations.phrases import Phrases
from bot.orders.changes import (
    CancelOrder,
    ChangeOrderAddress,
    ChangeOrderItems,
    ExchangeItems,
    Plan,
    ReturnItems,
    kind_of,
)
from bot.orders.formatting import Formatting
from bot.orders.models import NO_MONEY, CustomerProfile, Order, OrderItem, OrderStatus, Product, Variant
from bot.orders.paying import payment_in_sentence, payment_words
from bot.orders.policy import ShopPolicy
from bot.self_service.deciding import mark_of


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that a change touches; `becomes` is what takes its place."""

    name: str
    detail: str
    price: str
    becomes: str = ""
    new_price: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What will happen, for the agent to say yes to. Empty texts are left out."""

    kind: str
    number: str
    mark: str  # the same only where change and money are the same
    rows: tuple[Row, ...] = ()
    address: str = ""
    old_address: str = ""
    reason: str = ""
    moves: tuple[tuple[str, str, str], ...] = ()  # (payment | refund, amount, payment method)
    refund: str = ""  # comes back in all
    later: bool = False  # … when the shop has the things
    difference: str = ""
    costs_more: bool = False
    method: str = ""
    status: str = ""


def summary_of(
    plan: Plan, order: Order, customer: CustomerProfile, products: Sequence[Product], formatting: Formatting
) -> Summary:
    """What a plan does, in values to show."""
    change, money = plan.change, formatting.money
    names = {method.id: payment_words(method, formatting) for method in customer.payment_methods}
    later = isinstance(change, ReturnItems | ExchangeItems)
    return Summary(
        kind=kind_of(change),
        number=order.number,
        mark=mark_of(plan),
        rows=_rows(plan, order, products, formatting),
        address=formatting.address(change.address) if isinstance(change, ChangeOrderAddress) else "",
        old_address=formatting.address(order.address) if isinstance(change, ChangeOrderAddress) else "",
        reason=change.reason if isinstance(change, CancelOrder) else "",
        moves=tuple(
            (move.kind, money(move.amount), names.get(move.payment_method_id, move.payment_method_id))
            for move in plan.transfers
        ),
        refund=money(plan.refund) if plan.refund else "",
        later=later and bool(plan.refund),
        difference=money(abs(plan.difference)) if plan.difference else "",
        costs_more=plan.difference > 0,
        method=names.get(getattr(change, "payment_method_id", ""), ""),
        status=status_words(plan.status_after, formatting) if plan.status_after != order.status else "",
    )


def status_words(status: str | None, formatting: Formatting) -> str:
    """An order's status as customers read it."""
    return formatting.label(f"status_{OrderStatus(status).in_names}") if status else ""


def sentence_of(
    plan: Plan, customer: CustomerProfile, policy: ShopPolicy, phrases: Phrases, formatting: Formatting
) -> str:
    """What was done, as the assistant would tell the customer, in the language of `formatting`. May be empty."""
    change, money, label = plan.change, formatting.money, formatting.label
    kind = kind_of(change)
    method = next((m for m in customer.payment_methods if m.id == getattr(change, "payment_method_id", None)), None)
    first, last = policy.refund_days
    words: dict[str, Any] = {
        "number": getattr(change, "number", ""),
        "refund": money(plan.refund),
        "difference": money(abs(plan.difference)),
        "method": payment_in_sentence(method, formatting) if method else "",
        "days": label("days_between", first=first, last=last),
        "address": formatting.address(change.address) if isinstance(change, ChangeOrderAddress) else "",
        "total": money(sum((move.amount for move in plan.transfers), NO_MONEY)),
        "price_change": _price_change(plan, formatting),
    }
    at_once = kind == "cancel_order" and plan.refund_to_gift_card
    name = f"utter_request_done_{kind}_at_once" if at_once else f"utter_request_done_{kind}"
    try:
        return phrases.say(name, locale=formatting.language, **words).text
    except KeyError:  # a domain that says it otherwise: it is done all the same
        return ""


def _price_change(plan: Plan, formatting: Formatting) -> str:
    if not plan.difference:
        return formatting.label("same_price")
    name = "pay_more" if plan.difference > 0 else "get_back"
    return formatting.label(name, amount=formatting.money(abs(plan.difference)))


def _rows(plan: Plan, order: Order, products: Sequence[Product], formatting: Formatting) -> tuple[Row, ...]:
    change, by_id = plan.change, {item.item_id: item for item in order.items}
    if isinstance(change, ChangeOrderItems | ExchangeItems):
        variants = {variant.id: variant for product in products for variant in product.variants}
        swaps = [
            (by_id[swap.item_id], variants.get(swap.new_item_id), swap.new_item_id) for swap in change.replacements
        ]
        return tuple(_swapped(item, new, new_id, formatting) for item, new, new_id in swaps)
    if isinstance(change, ReturnItems):
        return tuple(_row(by_id[item_id], formatting) for item_id in change.item_ids if item_id in by_id)
    return tuple(_row(item, formatting) for item in order.items) if isinstance(change, CancelOrder) else ()


def _row(item: OrderItem, formatting: Formatting) -> Row:
    return Row(item.name, ", ".join(item.options.values()), formatting.money(item.price))


def _swapped(item: OrderItem, new: Variant | None, new_id: str, formatting: Formatting) -> Row:
    becomes = ", ".join(new.options.values()) or new.id if new else new_id
    new_price = formatting.money(new.price) if new else ""
    return Row(item.name, ", ".join(item.options.values()), formatting.money(item.price), becomes, new_price)
