"""Things of orders, and the places of a text that speak of them, as plain values; reads nothing."""

from __future__ import annotations

from dataclasses import dataclass

from bot.orders.models import OrderItem


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of one order, as the customer has it: the order's number, its place in the order, and the thing."""

    number: str
    position: int
    item: OrderItem


@dataclass(frozen=True, slots=True)
class Mention:
    """One place in the text that speaks of things.

    One of `lines` is sure. Of several, `every` says that all are meant; else it is `number_meant` of them and unclear
    which. An `excluded` mention says what must not be: "everything except the pet bed".
    """

    start: int
    end: int
    lines: tuple[Line, ...]
    every: bool = False
    excluded: bool = False
    number_meant: int = 1


@dataclass(frozen=True, slots=True)
class ItemsSaid:
    """What a text says of things: the places that speak of some, and whether it speaks of all."""

    mentions: tuple[Mention, ...] = ()
    everything: bool = False
