"""What a task's customer wants, in a customer's terms: things by name, versions by what differs; no words yet."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bot.evaluation.replay import CannotReplay, act, only_customer
from bot.evaluation.tasks import TRANSFER, Action, Shop, Task, emails_in


class Kind(StrEnum):
    """What a wish is for."""

    CANCEL = "cancel"
    ORDER_ADDRESS = "order_address"
    CHANGE_ITEMS = "change_items"
    PAYMENT = "payment"
    RETURN = "return"
    EXCHANGE = "exchange"
    DEFAULT_ADDRESS = "default_address"
    PERSON = "person"
    LOOK_UP = "look_up"  # reads something: nothing changes


SWAPS = (Kind.CHANGE_ITEMS, Kind.EXCHANGE)


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of an order. `apart`: the options that tell it from the owner's others of its name."""

    item_id: str
    name: str
    options: Mapping[str, str]
    apart: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a product. `differs`: its options that the thing it replaces has otherwise."""

    item_id: str
    options: Mapping[str, str]
    differs: tuple[str, ...]
    values: Mapping[str, frozenset[str]]  # every value an option of this product has

    def is_plain(self, option: str) -> bool:
        """Whether the value of an option says by itself which option it is of."""
        value = self.options[option]
        return sum(value in values for values in self.values.values()) == 1


@dataclass(frozen=True, slots=True)
class Method:
    """A payment method; `brand` and `last_four` for cards only."""

    id: str
    source: str
    brand: str = ""
    last_four: str = ""


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order as its owner remembers it."""

    number: str
    status: str
    things: tuple[Thing, ...]
    address: Mapping[str, str]
    paid_with: str
    tracked: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing to be done; only what its kind needs is there.

    `refused`: a right shop says no to it, as the rules forbid it or it is so already.
    `withdrawn`: the customer thinks better of it when asked to confirm.
    """

    kind: Kind
    order: str | None = None
    things: tuple[Thing, ...] = ()
    versions: tuple[Version, ...] = ()
    payment: str | None = None
    reason: str | None = None
    address: Mapping[str, str] | None = None
    refused: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the customer knows of themselves. `emails`: those they would name, the likeliest first; perhaps none."""

    first_name: str
    last_name: str
    postcode: str | None
    emails: tuple[str, ...]
    numbers: frozenset[str]
    orders: Mapping[str, OrderSeen]
    methods: Mapping[str, Method]
    address: Mapping[str, str]

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


def knowledge_of(task: Task, shop: Shop) -> Knowledge:
    """What the task's customer knows: own name, what the task's words tell, the own orders by what is in them."""
    user = shop["users"][task.customer]
    told = list(dict.fromkeys(emails_in(task.texts)))
    orders = {number: order for number, order in shop["orders"].items() if order["user_id"] == task.customer}
    postcode = user["address"]["zip"]
    # Somebody who knows neither an address of theirs nor a postcode could not be told from anybody else.
    postcode = postcode if postcode in task.texts or user["email"] not in told else None
    words = task.texts.upper()
    return Knowledge(
        first_name=user["name"]["first_name"],
        last_name=user["name"]["last_name"],
        postcode=postcode,
        emails=tuple(told),
        numbers=frozenset(number for number in orders if number.lstrip("#") in words),
        orders={number: _seen(order, orders) for number, order in orders.items()},
        methods={
            name: Method(name, method["source"], method.get("brand") or "", method.get("last_four") or "")
            for name, method in user["payment_methods"].items()
        },
        address=user["address"],
    )


def _seen(order: Mapping[str, Any], orders: Mapping[str, Mapping[str, Any]]) -> OrderSeen:
    return OrderSeen(
        number=order["order_id"],
        status=order["status"],
        things=tuple(_thing(item, orders.values()) for item in order["items"]),
        address=order["address"],
        paid_with=order["payment_history"][0]["payment_method_id"],
        tracked=any(parcel.get("tracking_id") for parcel in order.get("fulfillments") or []),
    )


def _thing(item: Mapping[str, Any], orders: Any) -> Thing:
    """The thing, with the fewest options that tell it from the customer's others of the same name."""
    others = [
        other["options"]
        for order in orders
        for other in order["items"]
        if other["name"] == item["name"] and other["item_id"] != item["item_id"]
    ]
    options: Mapping[str, str] = item["options"]
    apart: list[str] = []
    while others:
        best = max(options, key=lambda name: sum(other.get(name) != options[name] for other in others), default=None)
        if best is None or best in apart:
            break
        apart.append(best)
        others = [other for other in others if other.get(best) == options[best]]
    return Thing(item["item_id"], item["name"], options, tuple(apart))


def wishes_of(task: Task, shop: Shop) -> tuple[Wish, ...]:
    """The wishes that the task's actions imply, in their order, each as things stand when its turn comes."""
    state = only_customer(shop, task.customer)
    wishes = []
    for action in task.actions:
        wish = _wish(action, state)
        before = copy.deepcopy({part: state[part] for part in ("users", "orders")})
        with suppress(CannotReplay):
            act(state, action)
        nothing = all(before[part] == state[part] for part in before)
        wish = replace(wish, refused=nothing and wish.kind is not Kind.PERSON)
        wishes.append(wish)
    return tuple(wishes)


def _wish(action: Action, state: Shop) -> Wish:
    wanted = action.arguments
    address = (
        {key: str(wanted[key]) for key in ("address1", "address2", "city", "state", "country", "zip")}
        if ("address1" in wanted)
        else None
    )
    if action.name == TRANSFER:
        return Wish(Kind.PERSON)
    if action.name == "modify_user_address":
        return Wish(Kind.DEFAULT_ADDRESS, address=address)
    things, versions = _things(wanted, state)
    return Wish(
        _KINDS[action.name],
        order=wanted["order_id"],
        things=things,
        versions=versions,
        payment=wanted.get("payment_method_id"),
        reason=wanted.get("reason"),
        address=address,
    )


def _things(wanted: Mapping[str, Any], state: Shop) -> tuple[tuple[Thing, ...], tuple[Version, ...]]:
    items = {item["item_id"]: item for item in state["orders"][wanted["order_id"]]["items"]}
    old = [items[item_id] for item_id in wanted.get("item_ids", ()) if item_id in items]
    things = tuple(_thing(item, state["orders"].values()) for item in old)
    new = wanted.get("new_item_ids", ())
    versions = tuple(_version(item, new_id, state) for item, new_id in zip(old, new, strict=False))
    return things, tuple(version for version in versions if version is not None)


def _version(item: Mapping[str, Any], new_id: str, state: Shop) -> Version | None:
    variants = state["products"][item["product_id"]]["variants"]
    if new_id not in variants:
        return None
    options: Mapping[str, str] = variants[new_id]["options"]
    values = {name: frozenset(str(one["options"].get(name)) for one in variants.values()) for name in options}
    differs = tuple(name for name, value in options.items() if item["options"].get(name) != value)
    return Version(new_id, options, differs, values)


_KINDS: Mapping[str, Kind] = {
    "cancel_pending_order": Kind.CANCEL,
    "modify_pending_order_address": Kind.ORDER_ADDRESS,
    "modify_pending_order_items": Kind.CHANGE_ITEMS,
    "modify_pending_order_payment": Kind.PAYMENT,
    "return_delivered_order_items": Kind.RETURN,
    "exchange_delivered_order_items": Kind.EXCHANGE,
}


def idle_wishes(knowledge: Knowledge, pick: Any) -> Sequence[Wish]:
    """For a task that changes nothing: something to read, or a change that is taken back when it is to be confirmed.

    Args:
        pick: a `random.Random`.
    """
    orders = list(knowledge.orders.values())
    pending = [order for order in orders if order.status == "pending"]
    delivered = [order for order in orders if order.status == "delivered"]
    wishes = [Wish(Kind.LOOK_UP, order=pick.choice(orders).number)] if orders else []
    if pending and pick.random() < 0.5:
        wishes.append(Wish(Kind.CANCEL, order=pick.choice(pending).number, reason="no longer needed", withdrawn=True))
    elif delivered and pick.random() < 0.7:
        order = pick.choice(delivered)
        thing = pick.choice(order.things)
        wishes.append(Wish(Kind.RETURN, order.number, (thing,), payment=order.paid_with, withdrawn=True))
    return wishes
