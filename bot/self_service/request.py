"""One thing a customer wants done: what was said of it so far, as plain values that a slot can keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from bot.orders.models import Address

_MOST_HEARD = 6
_LONGEST_HEARD = 2000
_TEXTS = ("number", "payment", "reason", "phone", "what", "remedy", "asked", "summary", "offer")


class Task(StrEnum):
    """What can be wanted. Named as the intent that says so, where there is one."""

    CANCEL = "cancel_order"
    ADDRESS = "change_order_address"
    SWAP = "change_order_items"  # other versions: a change before, an exchange after delivery
    PAYMENT = "change_order_payment"
    RETURN = "return_items"
    PROFILE = "update_profile"
    PROBLEM = "order_problem"


TASK_OF = {**{task.value: task for task in Task}, "exchange_items": Task.SWAP}
"""The intents that begin a request."""


class Slot(StrEnum):
    """What can be asked for. What clients are told to expect is in the responses' metadata."""

    ORDER = "order_number"
    ITEMS = "items"
    VARIANT = "variant"
    PAYMENT = "payment_method"
    REASON = "reason"
    ADDRESS = "address"
    PHONE = "phone"
    WHAT = "what"  # of a profile or a problem: which kind
    REMEDY = "remedy"
    CONFIRMATION = "confirmation"


KINDS: Mapping[Task, tuple[str, ...]] = {
    Task.PROFILE: ("address", "phone", "other"),
    Task.PROBLEM: ("missing", "wrong", "damaged", "late"),
}
"""What `Request.what` may be for the tasks that have kinds."""

WHOLE_ORDER = "whole_order"
_OFFERS = (Task.CANCEL, Task.RETURN, WHOLE_ORDER)


@dataclass(frozen=True, slots=True)
class Request:
    """One thing wanted, as far as it is known.

    Items are named by their place in the order, so that the same thing twice is two. `wanted` holds the new item's id
    for each place, `hints` what was said of it while that is not certain. `candidates` are the orders, `unsure` the
    places, among which the customer is to choose. `asked` is the question that is open and `about` the place it is
    about; `trail` what was asked and answered before, for "go back". `summary` is the mark of the summary that was
    shown: a yes holds for that one only. `sent` says that the change was sent and no answer came. `offer` is what was
    offered in place of what cannot be done. `heard` keeps what was said before it was known who says it, or which order
    is meant; `doubtful` says that the order named is none of theirs; `opened` that all was heard once; `story` is what
    was heard, for a person to read.
    """

    id: str
    task: Task
    number: str | None = None
    candidates: tuple[str, ...] = ()
    picked: tuple[int, ...] = ()
    unsure: tuple[int, ...] = ()
    picking: bool = False
    wanted: Mapping[int, str] = field(default_factory=dict)
    hints: Mapping[int, str] = field(default_factory=dict)
    payment: str | None = None
    reason: str | None = None
    address: Address | None = None
    partial: Address | None = None
    phone: str | None = None
    what: str | None = None
    remedy: str | None = None
    whole: bool = False
    asked: str | None = None
    about: int | None = None
    trail: tuple[str, ...] = ()
    summary: str | None = None
    sent: bool = False
    offer: str | None = None
    declined: bool = False
    opened: bool = False
    doubtful: bool = False
    heard: tuple[str, ...] = ()
    story: tuple[str, ...] = ()

    def hears(self, text: str) -> Self:
        """Keep a text for later."""
        return replace(self, heard=(*self.heard, text[:_LONGEST_HEARD])[-_MOST_HEARD:])

    def answered(self, slot: str) -> Self:
        """Remember that a question was answered, as the last of them."""
        return replace(self, trail=(*(name for name in self.trail if name != slot), slot))

    def within(self, size: int) -> Self:
        """The same without the places that an order of so many things has not, whatever it had before."""
        lost = [place for place in (*self.picked, *self.unsure, *self.wanted, *self.hints) if place >= size]
        if not lost and (self.about is None or self.about < size):
            return self
        return replace(
            self,
            picked=tuple(place for place in self.picked if place < size),
            unsure=tuple(place for place in self.unsure if place < size),
            wanted={place: value for place, value in self.wanted.items() if place < size},
            hints={place: value for place, value in self.hints.items() if place < size},
            about=self.about if self.about is not None and self.about < size else None,
        )

    def to_json(self) -> dict[str, Any]:
        """As a slot keeps it: only what is set."""
        # By identity and type: the place 0 equals False, and is one.
        kept = {
            name: value
            for name, value in asdict(self).items()
            if not (value is None or value is False or value in ((), {}))
        }
        for name in ("wanted", "hints"):
            if name in kept:
                kept[name] = {str(place): value for place, value in kept[name].items()}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        values = dict(kept)
        values["task"] = Task(values["task"])
        for name in ("candidates", "trail", "heard", "story"):
            values[name] = tuple(_text(value) for value in values.get(name) or ())
        for name in ("picked", "unsure"):
            values[name] = tuple(_place(value) for value in values.get(name) or ())
        for name in ("wanted", "hints"):
            values[name] = {_place(int(at)): _text(value) for at, value in (values.get(name) or {}).items()}
        for name in ("address", "partial"):
            parts = values.get(name) or {}
            values[name] = Address(**{part: _text(value) for part, value in parts.items()}) if parts else None
        for name in _TEXTS:
            values[name] = None if values.get(name) is None else _text(values[name])
        if values["what"] and values["what"] not in KINDS.get(values["task"], (values["what"],)):
            raise ValueError(f"{values['what']!r} is nothing that {values['task']} is about")
        if values["offer"] and values["offer"] not in _OFFERS:
            raise ValueError(f"{values['offer']!r} is never offered")
        values["about"] = None if values.get("about") is None else _place(values["about"])
        return cls(**values | {"id": _text(values["id"])})


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _place(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(f"{value!r} is no place in an order")
    return value


def begun(task: Task, message_id: str, place: int = 0) -> Request:
    """A new request. Its id, made from the message that began it, is part of the shop's idempotency key."""
    return Request(id=f"{message_id[-12:]}-{place}", task=task)


def requests_in(value: Any) -> tuple[Request, ...]:
    """The requests that a slot keeps, the one at hand first; what is none is passed over."""
    found = []
    for kept in value if isinstance(value, list) else []:
        try:
            found.append(Request.from_json(kept))
        except (KeyError, TypeError, ValueError, AttributeError):
            continue  # of another version: the customer says it again
    return tuple(found)
