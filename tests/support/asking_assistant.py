"""An assistant that asks for every fact and understands buttons only; what it is to do, it knows beforehand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.evaluation.messages import Card, Choice, Item, Message, Move, Say, Tap
from bot.evaluation.replay import act
from bot.evaluation.tasks import Action, Shop
from tests.support.small_shop import AWAY, HOME

FACTS = {
    "cancel_pending_order": ("order_number", "reason"),
    "modify_pending_order_address": ("order_number", "address"),
    "modify_user_address": ("address",),
    "modify_pending_order_payment": ("order_number", "payment_method"),
    "return_delivered_order_items": ("order_number", "items", "payment_method"),
    "modify_pending_order_items": ("order_number", "items", "variant", "payment_method"),
    "exchange_delivered_order_items": ("order_number", "items", "variant", "payment_method"),
}
TITLES = {
    "cancel_pending_order": "Cancel the order",
    "modify_pending_order_address": "Change the delivery address",
    "modify_user_address": "Change your default address",
    "modify_pending_order_payment": "Pay with something else",
    "return_delivered_order_items": "Return",
    "modify_pending_order_items": "Change the items",
    "exchange_delivered_order_items": "Exchange",
}
RATING = tuple(Choice(f"r{value}", str(value), str(value)) for value in range(1, 6))


class AskingAssistant:
    """Carries out what was chosen, whether right or wrong.

    Args:
        shop: the shop that it changes.
        customer: who speaks.
        actions: what will be wanted; only the kinds of them are looked at.
    """

    def __init__(self, shop: Shop, customer: str, actions: Sequence[Action]) -> None:
        self._shop = shop
        self._user = shop["users"][customer]
        self._todo = [action.name for action in actions]
        self.carried_out: list[Action] = []
        self._name = ""
        self._chosen: dict[str, Any] = {}
        self._asked: Message | None = None
        self._known = False

    def hear(self, move: Move) -> list[Message]:
        """The answer to one move."""
        if self._asked is not None and self._asked.expects in ("rating", "comment"):
            rated = self._asked.expects == "rating"
            return (
                self._ask("comment", "Thanks! Anything to add?", [("no", "No, thanks")]) if rated else [_plain("Bye")]
            )
        if isinstance(move, Say) and re.search(r"\bbye\b", move.text.lower()) and not self._name:
            return [_plain("Goodbye!"), *self._ask("rating", "How was it?", [(c.value or "", c.title) for c in RATING])]
        if not self._known:
            if isinstance(move, Say) and ("02110" in move.text or "@" in move.text or "Berg" in move.text):
                self._known = True
            else:
                return self._ask("email", "Which e-mail address are you with us under?", [])
        if not self._name:
            if isinstance(move, Say) and len(move.text.split()) < 4:
                return [_plain("Hello! How can I help?")]
            if not self._todo:
                return [_plain("There is nothing more I know.")]
            self._name, self._chosen = self._todo[0], {}
            return self._next()
        return self._take(move)

    def _take(self, move: Move) -> list[Message]:
        asked = self._asked
        assert asked is not None
        said_yes = isinstance(move, Say) and re.match(r"(yes|confirm)\b(?!, but)", move.text.lower())
        value = move.choice.value if isinstance(move, Tap) else "yes" if said_yes else None
        if asked.expects == "confirmation":
            if value == "yes":
                return self._do()
            self._chosen = {}
            return self._next() if isinstance(move, Say) else self._drop()
        if asked.expects == "address" and isinstance(move, Say):
            for known in (AWAY, HOME):
                if known["address1"] in move.text:
                    self._chosen["address"] = known
            return self._next()
        if value is None:
            return [asked]  # it did not understand, and asks the same again
        fact = asked.expects or ""
        if fact == "items" and value != "done":
            order = self._shop["orders"][self._chosen["order_number"]]
            every = [item["item_id"] for item in order["items"]]
            self._chosen.setdefault("picked", []).append(value)
            if value == "all":
                self._chosen["items"] = self._chosen["picked"] = every
        elif fact == "items":
            self._chosen["items"] = self._chosen["picked"]
        elif fact == "variant":
            self._chosen.setdefault("variants", []).append(value)
        else:
            self._chosen[fact] = value
        return self._next()

    def _next(self) -> list[Message]:
        for fact in FACTS[self._name]:
            if fact == "variant" and len(self._chosen.get("variants", [])) < len(self._chosen.get("items", [])):
                return self._ask_variant()
            if fact not in self._chosen and fact != "variant":
                return self._ask(fact, f"Which {fact}?", self._options(fact))
        return [self._summary()]

    def _ask_variant(self) -> list[Message]:
        item = self._item(self._chosen["items"][len(self._chosen.get("variants", []))])
        variants = self._shop["products"][item["product_id"]]["variants"].values()
        options = [(one["item_id"], " ".join(one["options"].values())) for one in variants if one["available"]]
        return self._ask("variant", f"Which version of the {item['name']}?", options)

    def _options(self, fact: str) -> list[tuple[str, str]]:
        if fact == "order_number":
            return [(number, number) for number in self._user["orders"]]
        if fact == "reason":
            return [(reason, reason.capitalize()) for reason in ("no longer needed", "ordered by mistake")]
        if fact == "payment_method":
            return [(name, name) for name in self._user["payment_methods"]]
        if fact == "items":
            left = [item["item_id"] for item in self._shop["orders"][self._chosen["order_number"]]["items"]]
            for picked in self._chosen.get("picked", []):
                left.remove(picked)
            options = [(one, f"{self._item(one)['name']} {one}") for one in left]
            return (
                [*options, ("done", "That's all")] if self._chosen.get("picked") else [*options, ("all", "All of it")]
            )
        return []

    def _item(self, item_id: str) -> dict[str, Any]:
        items = self._shop["orders"][self._chosen["order_number"]]["items"]
        found: dict[str, Any] = next(item for item in items if item["item_id"] == item_id)
        return found

    def _summary(self) -> Message:
        chosen = self._chosen
        lines = [f"Order: {chosen['order_number']}"] if "order_number" in chosen else []
        if name := chosen.get("payment_method"):
            method = self._user["payment_methods"][name]
            lines.append(f"Payment: {method.get('last_four') or method['source'].replace('_', ' ')}")
        lines += [chosen["reason"]] if "reason" in chosen else []
        lines += (
            [f"To: {', '.join(part for part in chosen['address'].values() if part)}"] if "address" in chosen else []
        )
        new = chosen.get("variants") or [None] * len(chosen.get("items", []))
        items = tuple(self._row(old, one) for old, one in zip(chosen.get("items", []), new, strict=True))
        choices = (Choice("y", "Yes", "yes"), Choice("n", "No", "no"))
        card = Card("summary", TITLES[self._name], tuple(lines), items)
        self._asked = Message("bot", "Shall I do that?", choices, (card,), "confirmation")
        return self._asked

    def _row(self, old: str, new: str | None) -> Item:
        item = self._item(old)
        after = self._shop["products"][item["product_id"]]["variants"][new]["options"] if new else {}
        return Item(item["name"], " ".join([*item["options"].values(), *after.values()]), "")

    def _ask(self, expects: str, text: str, options: Sequence[tuple[str, str]]) -> list[Message]:
        choices = tuple(Choice(f"c-{value}", title, value) for value, title in options)
        self._asked = Message("bot", text, choices, (), expects)
        return [self._asked]

    def _do(self) -> list[Message]:
        chosen = self._chosen
        wanted: dict[str, Any] = {"user_id": self._user["user_id"], "order_id": chosen.get("order_number")}
        wanted |= {"item_ids": chosen.get("items"), "new_item_ids": chosen.get("variants")}
        wanted |= {"payment_method_id": chosen.get("payment_method"), "reason": chosen.get("reason")}
        wanted |= chosen.get("address", {})
        action = Action(self._name, wanted)
        act(self._shop, action)
        self.carried_out.append(action)
        self._todo.pop(0)
        return self._drop("That is done.")

    def _drop(self, text: str = "All right.") -> list[Message]:
        self._name, self._asked = "", None
        return [_plain(text)]


def _plain(text: str) -> Message:
    return Message("bot", text)
