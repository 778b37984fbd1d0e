"""Requests in words: the response a step is said with, what goes into it, its buttons and its card. Decides nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from actions.cards import Card
from bot.orders.changes import Change, ChangeOrderItems, ExchangeItems, Plan, Reason, Replacement, ReturnItems, kind_of
from bot.orders.formatting import Formatting
from bot.orders.models import Address, Money, Order, OrderItem, OrderStatus, PaymentMethod, Variant
from bot.orders.paying import payment_in_sentence, payment_words
from bot.self_service.deciding import Choice, Kind, Step
from bot.self_service.notes import Note
from bot.self_service.request import Request, Slot
from bot.self_service.world import World

CHOSEN = "chosen"
_SHOWN_ITEMS = 2


@dataclass(frozen=True, slots=True)
class Said:
    """One thing to say: the response's name, what goes into it, buttons and cards."""

    response: str
    words: Mapping[str, str] = field(default_factory=dict)
    buttons: tuple[dict[str, str], ...] = ()
    cards: tuple[Card, ...] = ()


class RequestWords:
    """Puts steps, notes and results into words of one language.

    Args:
        formatting: how money, days and addresses are written.
        known: names of the responses that the domain has.
    """

    def __init__(self, formatting: Formatting, known: Mapping[str, Any]) -> None:
        self._formatting = formatting
        self._known = known

    def step(self, step: Step, world: World) -> Said:
        """A question, a summary or an offer."""
        words = self._values(step.about)
        if step.kind is Kind.SUMMARY and step.plan is not None:
            words |= self._plan_words(step.plan, world)
            card = self._summary_card(step.plan, step.request, world)
            response = "utter_request_declined" if step.request.declined else f"utter_request_summary_{step.topic}"
            return Said(response, words, self._buttons(step), (card,))
        if step.kind is Kind.OFFER:
            return Said(self._offer_response(step), words, self._buttons(step))
        if step.kind in (Kind.REFUSED, Kind.CASE):  # since it was asked for, the order has moved on
            return self.refused(step, step.request)
        slot = str(step.slot)
        names = [f"utter_request_{slot}_{topic}" for topic in (_topic(step), step.request.task)]
        response = next((name for name in names if name in self._known), f"utter_request_{slot}")
        return Said(response, words | self._question_words(step), self._buttons(step))

    def note(self, note: Note) -> Said:
        """Something to tell before the next question."""
        return Said(f"utter_request_note_{note.topic}", self._values(note.about))

    def refused(self, step: Step, request: Request) -> Said:
        """Why it cannot be done."""
        reason = step.about.get("reason")
        topic = reason.refusal.value if isinstance(reason, Reason) else step.topic
        status = OrderStatus(reason.details["status"]).in_names if _has_status(reason) else ""
        of_status = [f"utter_request_refused_{topic}_{status}"] if status else []
        names = [*of_status, f"utter_request_refused_{topic}_{request.task}", f"utter_request_refused_{topic}"]
        response = next((name for name in names if name in self._known), "utter_request_refused")
        return Said(response, self._values(step.about) | {"task": self._label(f"task_{request.task}")})

    def done(self, plan: Plan, world: World) -> Said:
        """What was done."""
        number = getattr(plan.change, "number", "")
        words = {"number": number, **self._plan_words(plan, world)}
        kind = kind_of(plan.change)
        at_once = f"utter_request_done_{kind}_at_once"
        money_there = plan.refund_to_gift_card and at_once in self._known
        return Said(at_once if money_there else f"utter_request_done_{kind}", words)

    def named(self, request: Request) -> str:
        """What a request is about, in a few words: "the return of order #W1234567"."""
        name = "task_of_order" if request.number else "task_alone"
        return self._label(name, task=self._label(f"task_{request.task}"), number=request.number or "")

    # -- values -------------------------------------------------------------------------------------------------

    def _values(self, about: Mapping[str, object]) -> dict[str, str]:
        words = {name: self._written(value) for name, value in about.items() if not isinstance(value, Order)}
        order = about.get("order")
        if isinstance(order, Order):
            words["status"] = self._status(order.status)
        reason = about.get("reason")
        if isinstance(reason, Reason):
            words |= {name: self._detail(name, value) for name, value in reason.details.items()}
        item = about.get("item")
        return words | {"name": item.name} if isinstance(item, OrderItem) else words

    def _detail(self, name: str, value: str) -> str:
        if name in ("balance", "needed"):
            return self._formatting.money(Money(value))
        return self._status(OrderStatus(value)) if name == "status" else value

    def _written(self, value: object) -> str:
        match value:
            case OrderItem() | Variant():
                return self._thing(value)
            case PaymentMethod():
                return payment_in_sentence(value, self._formatting)
            case Address():
                return self._formatting.address(value)
            case Money():
                return self._formatting.money(value)
            case tuple() | list():
                return self._formatting.listed([self._written(part) for part in value])
            case None:
                return ""
        return str(value)

    def _question_words(self, step: Step) -> dict[str, str]:
        item, versions = step.about.get("item"), step.about.get("versions")
        if isinstance(item, OrderItem) and isinstance(versions, tuple):
            return {"item": item.name, "current": ", ".join(item.options.values()), "count": str(len(versions))}
        difference = step.about.get("difference")
        if isinstance(difference, Money):
            return {"amount": self._formatting.money(abs(difference))}
        return {}

    def _plan_words(self, plan: Plan, world: World) -> dict[str, str]:
        change, money = plan.change, self._formatting.money
        method = world.method(getattr(change, "payment_method_id", None))
        first, last = world.policy.refund_days
        return {
            "refund": money(plan.refund),
            "difference": money(abs(plan.difference)),
            "method": payment_in_sentence(method, self._formatting) if method else "",
            "days": self._label("days_between", first=first, last=last),
            "address": self._written(getattr(change, "address", None)),
            "phone": str(getattr(change, "phone", "")),
            "total": money(sum((move.amount for move in plan.transfers), Money(0))),
            "price_change": self._price_change(plan),
        }

    def _price_change(self, plan: Plan) -> str:
        if not plan.difference:
            return self._label("same_price")
        name = "pay_more" if plan.difference > 0 else "get_back"
        return self._label(name, amount=self._formatting.money(abs(plan.difference)))

    # -- buttons ------------------------------------------------------------------------------------------------

    def _buttons(self, step: Step) -> tuple[dict[str, str], ...]:
        return tuple(self._button(choice, step) for choice in step.choices)

    def _button(self, choice: Choice, step: Step) -> dict[str, str]:
        request, value = step.request, choice.value
        if step.slot is Slot.CONFIRMATION and request.summary:
            value = f"{value}:{request.summary}"
        place = "" if step.slot is not Slot.VARIANT or request.about is None else str(request.about)
        chosen = json.dumps({CHOSEN: "|".join((request.id, str(step.slot), value, place))})
        return {"title": self._title(choice, step), "payload": f"/choose{chosen}", "value": choice.value}

    def _title(self, choice: Choice, step: Step) -> str:
        subject = choice.subject
        match subject:
            case Order():
                names = list(dict.fromkeys(item.name for item in subject.items))
                shown, more = names[:_SHOWN_ITEMS], len(names) - _SHOWN_ITEMS
                items = self._formatting.listed(shown) if more <= 0 else ", ".join(shown) + " …"
                return f"{subject.number}: {items}"
            case OrderItem():
                return f"{self._thing(subject)} · {self._formatting.money(subject.price)}"
            case Variant():
                return f"{self._distinct(subject, step)} · {self._formatting.money(subject.price)}"
            case PaymentMethod():
                return payment_words(subject, self._formatting)
            case Address():
                return self._formatting.address(subject)
        return self._reason_or_label(subject)

    def _reason_or_label(self, name: str) -> str:
        try:
            return self._label(name)
        except KeyError:  # a reason of this shop's own: said as its setting writes it
            return name.removeprefix("reason_").replace("_", " ").capitalize()

    def _distinct(self, variant: Variant, step: Step) -> str:
        """The options of a version that not all versions share."""
        versions = step.about.get("versions")
        others = versions if isinstance(versions, tuple) else ()
        names = [n for n in variant.options if len({other.options.get(n) for other in others}) > 1]
        return ", ".join(self._option(name, variant.options[name]) for name in names or variant.options)

    def _option(self, name: str, value: str) -> str:
        # "yes" says nothing without what it is a yes to.
        return f"{name}: {value}" if value.lower() in ("yes", "no", "none") else value

    # -- things and cards ---------------------------------------------------------------------------------------

    def _thing(self, thing: OrderItem | Variant) -> str:
        chosen = ", ".join(self._option(name, value) for name, value in thing.options.items())
        if isinstance(thing, Variant):
            return chosen
        return f"{thing.name} ({chosen})" if chosen else thing.name

    def _summary_card(self, plan: Plan, request: Request, world: World) -> Card:
        change = plan.change
        order = world.by_number.get(str(request.number))
        method = world.method(getattr(change, "payment_method_id", None))
        swaps = isinstance(change, ChangeOrderItems | ExchangeItems)
        fields = [
            ("order", request.number),
            ("reason", self._reason_or_label(f"reason_{request.reason.replace(' ', '_')}") if request.reason else None),
            ("delivery_address", self._written(getattr(change, "address", None))),
            ("phone", getattr(change, "phone", None)),
            (
                "price_difference",
                self._price_change(plan) if swaps else None,
            ),
            ("refund", self._formatting.money(plan.refund) if plan.refund and not plan.difference else None),
            ("payment", payment_words(method, self._formatting) if method else None),
        ]
        return {
            "kind": "summary",
            "title": self._label(f"summary_{kind_of(change)}"),
            "subtitle": None,
            "badge": None,
            "fields": [
                {"label": self._label(f"field_{name}"), "value": str(value), "href": None}
                for name, value in fields
                if value
            ],
            "items": self._summary_items(change, order, world),
            "total": None,
        }

    def _summary_items(self, change: Change, order: Order | None, world: World) -> list[Card]:
        if order is None:
            return []
        if isinstance(change, ChangeOrderItems | ExchangeItems):
            return [self._swap_row(swap, order, world) for swap in change.replacements]
        wanted = change.item_ids if isinstance(change, ReturnItems) else tuple(item.item_id for item in order.items)
        if kind_of(change) not in ("return_items", "cancel_order"):
            return []
        by_id = {item.item_id: item for item in order.items}
        return [self._row(by_id[item_id].name, by_id[item_id]) for item_id in wanted if item_id in by_id]

    def _swap_row(self, swap: Replacement, order: Order, world: World) -> Card:
        item = next(item for item in order.items if item.item_id == swap.item_id)
        product = world.product_of(item)
        versions: Sequence[Variant] = product.variants if product else ()
        new = next((version for version in versions if version.id == swap.new_item_id), None)
        detail = self._label("swap", old=self._thing_options(item), new=self._thing(new) if new else swap.new_item_id)
        price = self._formatting.money(new.price if new else item.price)
        return {"title": item.name, "detail": detail, "price": price, "image": item.image}

    def _row(self, name: str, item: OrderItem) -> Card:
        price = self._formatting.money(item.price)
        return {"title": name, "detail": self._thing_options(item) or None, "price": price, "image": item.image}

    def _thing_options(self, item: OrderItem) -> str:
        return ", ".join(self._option(name, value) for name, value in item.options.items())

    def _offer_response(self, step: Step) -> str:
        reason = step.about.get("reason")
        names = [f"utter_request_offer_{step.topic}"]
        if isinstance(reason, Reason):
            names.insert(0, f"utter_request_offer_{step.topic}_{reason.refusal.value}")
        return next(name for name in names if name in self._known)

    def _status(self, status: OrderStatus) -> str:
        """How far an order is, in the middle of a sentence; German keeps its capitals."""
        label = self._label(f"status_{status.in_names}")
        return label if self._formatting.language == "de" else label.lower()

    def _label(self, name: str, /, **values: object) -> str:
        return self._formatting.label(name, **values)


def _topic(step: Step) -> str:
    """What the question is about; with nothing to pay or to get back there is no difference to speak of."""
    same_price = step.topic == "difference" and not step.about.get("difference")
    return "same_price" if same_price else step.topic


def _has_status(reason: object) -> TypeGuard[Reason]:
    return isinstance(reason, Reason) and "status" in reason.details


def chosen_in(values: Sequence[str]) -> tuple[str, str, str, int | None] | None:
    """The request's id, the slot, the value and the place that a button of ours stands for."""
    parts = values[0].split("|") if values else []
    if len(parts) != 4:
        return None
    return parts[0], parts[1], parts[2], int(parts[3]) if parts[3].isdecimal() else None
