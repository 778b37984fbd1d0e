"""What comes next for a request: a question, a summary to say yes to, something nearest, or a refusal. No reading."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum

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
    kind_of,
)
from bot.orders.models import Address, Money, Order, OrderItem, PaymentKind, PaymentMethod, Variant
from bot.orders.rules import original_methods, plan, refund_targets
from bot.orders.shop import Refused
from bot.self_service.request import KINDS, WHOLE_ORDER, Request, Slot, Task
from bot.self_service.world import EXCHANGE, World

MOST_VERSIONS = 9
MOST_ORDERS_SHOWN = 8
ALL, DONE = "all", "done"
BY_PERSON = "case"

Subject = Order | OrderItem | Variant | PaymentMethod | Address | str
"""What a choice stands for; a text is the name of a label."""


class Kind(StrEnum):
    """What a step is."""

    ASK = "ask"
    SUMMARY = "summary"
    OFFER = "offer"  # what can be done in place of what cannot
    REFUSED = "refused"  # it cannot be done, and the request is over
    CASE = "case"  # a person has to look at it


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose, with what it stands for in the shop."""

    value: str
    subject: Subject


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next. `request` is the request with all that could be settled without asking.

    `topic` names the words to say it in, beside the slot; `about` are the values that go into them. `notes` are what
    had to be taken back on the way, each with its reason.
    """

    kind: Kind
    request: Request
    slot: Slot | None = None
    topic: str = ""
    about: Mapping[str, object] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    plan: Plan | None = None
    notes: tuple[Reason, ...] = ()


def next_step(request: Request, world: World) -> Step:
    """What comes next, from what is known of the request and what the shop has now."""
    if request.task is Task.PROFILE:
        return _profile_step(request, world)
    if request.number is None:
        options = request.candidates or world.eligible(request.task)
        if not options:
            return _nothing_eligible(request, world)
        if len(options) > 1 or request.doubtful:
            return _ask_order(request, world, options)
        request = replace(request, number=options[0], candidates=())
    order = world.by_number.get(str(request.number))
    if order is None:
        return Step(Kind.REFUSED, request, about={"reason": Reason(Refusal.UNKNOWN_ORDER), "number": request.number})
    request = request.within(len(order.items))
    if reason := world.refusal(request.task, order):
        return _instead(request, world, order, reason)
    return _STEPS[request.task](request, world, order)


def change_of(request: Request, world: World) -> Change:
    """The change a complete request asks the shop for.

    Raises:
        KeyError, TypeError: something is missing yet; `next_step` asks for it first.
    """
    number = str(request.number)
    if request.task is Task.PROFILE:
        return ChangePhone(str(request.phone)) if request.what == "phone" else ChangeDefaultAddress(_sure(request))
    order = world.by_number[number]
    items = order.items
    match request.task:
        case Task.CANCEL:
            return CancelOrder(number, str(request.reason))
        case Task.ADDRESS:
            return ChangeOrderAddress(number, _sure(request))
        case Task.PAYMENT:
            return ChangeOrderPayment(number, str(request.payment))
        case Task.RETURN:
            return ReturnItems(number, tuple(items[place].item_id for place in request.picked), str(request.payment))
        case _:
            swaps = tuple(Replacement(items[place].item_id, request.wanted[place]) for place in request.picked)
            kind = ExchangeItems if world.kind_for(Task.SWAP, order) == EXCHANGE else ChangeOrderItems
            return kind(number, swaps, str(request.payment))


def mark_of(planned: Plan) -> str:
    """A mark of what a summary says: the same only where change and money are the same."""
    told = {"kind": kind_of(planned.change), "plan": asdict(planned)}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]


def versions_of(request: Request, world: World, place: int) -> tuple[Variant, ...]:
    """The versions that can take the place of a thing, those most like it first: available, and not the one it is."""
    item = world.by_number[str(request.number)].items[place]
    product = world.product_of(item)
    others = [v for v in product.variants if v.available and v.id != item.item_id] if product else []
    return tuple(sorted(others, key=lambda version: -_alike(version, item)))


def _alike(version: Variant, item: OrderItem) -> int:
    """In how many options a version is the same."""
    return sum(version.options.get(name) == value for name, value in item.options.items())


def payments_of(request: Request, world: World, order: Order) -> tuple[PaymentMethod, ...]:
    """The customer's payment methods among which this request may choose."""
    methods = world.customer.payment_methods
    match request.task:
        case Task.RETURN:
            return refund_targets(world.customer, order, world.policy)
        case Task.PAYMENT:
            paid = original_methods(order)
            needed, methods = order.total, tuple(method for method in methods if method.id not in paid)
        case _:
            needed = _difference(request, world, order)
    return tuple(m for m in methods if m.kind is not PaymentKind.GIFT_CARD or (m.balance or Money(0)) >= needed)


def _ask_order(request: Request, world: World, options: Sequence[str]) -> Step:
    shown = [world.by_number[number] for number in options if number in world.by_number][:MOST_ORDERS_SHOWN]
    choices = tuple(Choice(order.number, order) for order in shown)
    return Step(Kind.ASK, request, Slot.ORDER, choices=choices, about={"count": len(options)})


def _nothing_eligible(request: Request, world: World) -> Step:
    """No order fits: said with the nearest that can be done, where there is just one order to speak of."""
    if len(world.orders) == 1:
        order = world.orders[0]
        reason = world.refusal(request.task, order) or Reason(Refusal.UNKNOWN_ORDER)
        return _instead(replace(request, number=order.number), world, order, reason)
    topic = "no_orders" if not world.orders else "none_eligible"
    return Step(Kind.REFUSED, request, topic=topic)


def _instead(request: Request, world: World, order: Order, reason: Reason) -> Step:
    """Why not, and what comes nearest that can be done."""
    about = {"reason": reason, "number": order.number, "order": order}
    nearest = {Task.CANCEL: Task.RETURN, Task.RETURN: Task.CANCEL}.get(request.task)
    if nearest is None or world.refusal(nearest, order) is not None:
        return Step(Kind.REFUSED, request, about=about)
    return Step(Kind.OFFER, request, Slot.CONFIRMATION, nearest.value, about, _YES_NO)


def _profile_step(request: Request, world: World) -> Step:
    if request.what is None:
        choices = tuple(Choice(name, f"profile_{name}") for name in KINDS[Task.PROFILE])
        return Step(Kind.ASK, request, Slot.WHAT, "profile", choices=choices)
    if request.what == "other":
        return Step(Kind.REFUSED, request, topic="profile_by_person")
    if request.what == "phone" and request.phone is None:
        return Step(Kind.ASK, request, Slot.PHONE)
    if request.what == "address" and request.address is None:
        return _ask_address(request, world, world.customer.address)
    return _summary(request, world, None)


def _cancel_step(request: Request, world: World, order: Order) -> Step:
    if request.picked and len(request.picked) < len(order.items) and not request.whole:
        about = {"number": order.number, "items": [order.items[place] for place in request.picked], "order": order}
        return Step(Kind.OFFER, request, Slot.CONFIRMATION, WHOLE_ORDER, about, _YES_NO)
    if request.reason is None:
        choices = tuple(Choice(reason, f"reason_{reason.replace(' ', '_')}") for reason in world.policy.cancel_reasons)
        return Step(Kind.ASK, request, Slot.REASON, about={"number": order.number}, choices=choices)
    return _summary(request, world, order)


def _address_step(request: Request, world: World, order: Order) -> Step:
    if request.address is None:
        return _ask_address(request, world, order.address)
    return _summary(request, world, order)


def _ask_address(request: Request, world: World, current: Address) -> Step:
    found = {known.address: known.key for known in reversed(world.known_addresses()) if known.address != current}
    known = list(reversed(found.items()))
    about = {"number": request.number, "partial": request.partial}
    topic = "partial" if request.partial else ""
    choices = () if request.partial else tuple(Choice(key, address) for address, key in known[:5])
    return Step(Kind.ASK, request, Slot.ADDRESS, topic, about, choices)


def _payment_step(request: Request, world: World, order: Order) -> Step:
    return _paid(request, world, order)


def _return_step(request: Request, world: World, order: Order) -> Step:
    request, question = _items_settled(request, order)
    return question or _paid(request, world, order)


def _swap_step(request: Request, world: World, order: Order) -> Step:
    request, question = _items_settled(request, order)
    if question:
        return question
    for place in request.picked:
        if place in request.wanted:
            continue
        versions = versions_of(request, world, place)
        about: dict[str, object] = {"item": order.items[place], "number": order.number, "order": order}
        if not versions:
            return Step(Kind.REFUSED, request, topic="no_versions", about=about)
        shown = _nearest(versions, request, place)
        choices = tuple(Choice(version.id, version) for version in shown)
        about["versions"] = versions
        return Step(Kind.ASK, replace(request, about=place), Slot.VARIANT, about=about, choices=choices)
    return _paid(request, world, order)


def _problem_step(request: Request, world: World, order: Order) -> Step:
    about: dict[str, object] = {"number": order.number, "order": order}
    if request.what is None:
        choices = tuple(Choice(name, f"problem_{name}") for name in KINDS[Task.PROBLEM])
        return Step(Kind.ASK, request, Slot.WHAT, "problem", about, choices)
    if request.what != "late":
        request, question = _items_settled(request, order)
        if question:
            return question
    if request.what in ("wrong", "damaged") and request.remedy is None:
        ways = [task for task in (Task.SWAP, Task.RETURN) if world.refusal(task, order) is None]
        if ways:
            names = [*(EXCHANGE if way is Task.SWAP else way.value for way in ways), BY_PERSON]
            choices = tuple(Choice(name, f"remedy_{name}") for name in names)
            return Step(Kind.ASK, request, Slot.REMEDY, about=about, choices=choices)
    return Step(Kind.CASE, request, topic=str(request.what), about=about)


def _items_settled(request: Request, order: Order) -> tuple[Request, Step | None]:
    """The request with its items, or the question which."""
    about: dict[str, object] = {"number": order.number, "task": request.task, "what": request.what or ""}
    left = [place for place in range(len(order.items)) if place not in request.picked]
    if unsure := [place for place in request.unsure if place in left]:
        choices = _items(order, unsure)
        return request, Step(Kind.ASK, request, Slot.ITEMS, "unsure", about, choices)
    if not request.picked and len(order.items) == 1:
        return replace(request, picked=(0,)), None
    if request.picked and not (request.picking and left):
        return replace(request, picking=False), None
    if request.picked:
        more = (*_items(order, left), Choice(DONE, "items_done"))
        about["items"] = [order.items[place] for place in request.picked]
        return request, Step(Kind.ASK, request, Slot.ITEMS, "others", about, more)
    return request, Step(Kind.ASK, request, Slot.ITEMS, "", about, (*_items(order, left), Choice(ALL, "items_all")))


def _items(order: Order, places: Sequence[int]) -> tuple[Choice, ...]:
    return tuple(Choice(order.items[place].item_id, order.items[place]) for place in places)


def _nearest(versions: Sequence[Variant], request: Request, place: int) -> Sequence[Variant]:
    """Those that what was said leaves, else all of them; not more than can be looked through."""
    said = request.hints.get(place, "").split()
    narrowed = [version for version in versions if version.id in said]
    return (narrowed or list(versions))[:MOST_VERSIONS]


def _paid(request: Request, world: World, order: Order) -> Step:
    """The question for a payment method, if it is one; else the summary."""
    allowed = payments_of(request, world, order)
    about: dict[str, object] = {"number": order.number, "difference": _difference(request, world, order)}
    if not allowed:
        return Step(Kind.REFUSED, request, topic="no_payment", about=about)
    if request.payment in {method.id for method in allowed}:
        return _summary(request, world, order)
    notes = (_why_not(request, world, order),) if request.payment else ()
    request = replace(request, payment=None)
    if len(allowed) == 1 and request.task is not Task.PAYMENT:
        step = _summary(replace(request, payment=allowed[0].id), world, order)
        return replace(step, notes=(*notes, *step.notes))
    choices = tuple(Choice(method.id, method) for method in allowed)
    topic = {Task.RETURN: "refund", Task.PAYMENT: "new"}.get(request.task, "difference")
    return Step(Kind.ASK, request, Slot.PAYMENT, topic, about, choices, notes=notes)


def _why_not(request: Request, world: World, order: Order) -> Reason:
    """Why a payment method that was asked for is none of those allowed."""
    method = world.method(request.payment)
    if method is None:
        return Reason(Refusal.UNKNOWN_PAYMENT)
    if request.task is Task.RETURN:
        return Reason(Refusal.REFUND_TARGET)
    if method.kind is PaymentKind.GIFT_CARD:
        needed = order.total if request.task is Task.PAYMENT else _difference(request, world, order)
        return Reason(Refusal.GIFT_CARD_TOO_LOW, {"balance": str(method.balance or 0), "needed": str(needed)})
    return Reason(Refusal.SAME_PAYMENT)


def _summary(request: Request, world: World, order: Order | None) -> Step:
    try:
        change = change_of(request, world)
        planned = plan(change, world.customer, order, tuple(world.products.values()), world.policy, world.now)
    except Refused as refused:
        mended = _taken_back(request, refused.reason)
        if mended == request:
            return Step(Kind.REFUSED, request, about={"reason": refused.reason, "number": request.number})
        step = next_step(mended, world)
        return replace(step, notes=(refused.reason, *step.notes))
    about: dict[str, object] = {"number": request.number, "order": order}
    kind = kind_of(planned.change)
    return Step(Kind.SUMMARY, request, Slot.CONFIRMATION, kind, about, _YES_NO, planned)


def _taken_back(request: Request, reason: Reason) -> Request:
    """The request without the answer that the rules do not allow, so that it is asked for again."""
    match reason.refusal:
        case Refusal.GIFT_CARD_TOO_LOW | Refusal.SAME_PAYMENT | Refusal.REFUND_TARGET | Refusal.UNKNOWN_PAYMENT:
            return replace(request, payment=None)
        case Refusal.NOT_AVAILABLE | Refusal.SAME_ITEM | Refusal.OTHER_PRODUCT | Refusal.UNKNOWN_ITEM:
            return replace(request, wanted={}, hints={})
        case Refusal.NOTHING_GIVEN:
            return replace(request, address=None, partial=None, phone=None)
        case Refusal.REASON:
            return replace(request, reason=None)
    return request


def _difference(request: Request, world: World, order: Order) -> Money:
    """What the new versions cost more than the old; less than nothing where they are cheaper."""
    more = Money(0)
    for place, variant_id in request.wanted.items():
        product = world.product_of(order.items[place]) if place in request.picked else None
        new = next((v for v in product.variants if v.id == variant_id), None) if product else None
        more += new.price - order.items[place].price if new else Money(0)
    return more


def _sure(request: Request) -> Address:
    if request.address is None:
        raise TypeError("there is no address yet")
    return request.address


_YES_NO = (Choice("yes", "yes_do_it"), Choice("no", "no_leave_it"))
_STEPS = {
    Task.CANCEL: _cancel_step,
    Task.ADDRESS: _address_step,
    Task.PAYMENT: _payment_step,
    Task.RETURN: _return_step,
    Task.SWAP: _swap_step,
    Task.PROBLEM: _problem_step,
}
