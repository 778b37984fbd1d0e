"""Reads which orders are meant: by number, all, the latest, the other one, by status or place; picks none itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.languages.requests import request_words
from bot.orders.models import Order
from bot.orders.numbers import OrderNumbers
from bot.self_service.reading.pieces import UNKNOWN, Piece, plain_text, says_any, take_apart, words_in
from bot.self_service.reading.places import city_names, region_names, spoken_names

_LISTS = ("order_words", "order_latest", "order_other", "order_all", "order_between")
_BEFORE = frozenset({"order_latest", "order_other", "order_all", "order_between"})
_SHORTEST_END = 3  # digits


@dataclass(frozen=True, slots=True)
class OrdersSaid:
    """What a text says of orders. Several may be true: "all my pending orders" is `every` and a status.

    `statuses` are values of `OrderStatus`; `by_place` the numbers of those that go to a place named ("my NYC order").
    """

    numbers: tuple[str, ...]
    every: bool
    latest: bool
    other: bool
    statuses: tuple[str, ...]
    by_place: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.numbers or self.every or self.latest or self.other or self.statuses or self.by_place)


def read_orders(text: str, orders: Sequence[Order], order_numbers: OrderNumbers, language: str) -> OrdersSaid:
    """What `text` says of which orders are meant.

    Args:
        orders: the customer's: whose last digits may be named, or the place they go to. A whole number is read
            whether it is among them or not.
    """
    words = request_words(language)
    pieces = _pieces(text, language)
    kinds = {
        kind
        for place, piece in enumerate(pieces)
        if piece.kind == "order_words"
        for kind in _run(pieces, place, language)
    }
    numbers = order_numbers.find(text) or _by_end(text, orders, language)
    return OrdersSaid(
        numbers=numbers,
        every="order_all" in kinds or _is_answer(text, words["order_every_answer"], language),
        latest="order_latest" in kinds or says_any(text, words["order_latest_after"]),
        other="order_other" in kinds or _is_answer(text, words["order_other_answer"], language),
        statuses=tuple(kind.removeprefix("status ") for kind in sorted(kinds) if kind.startswith("status ")),
        by_place=_by_place(text, orders, language),
    )


def _pieces(text: str, language: str) -> list[Piece]:
    words = request_words(language)
    statuses = {f"status {name}": tuple(phrases) for name, phrases in words["order_statuses"].items()}
    pieces = take_apart(text, language, _LISTS, statuses)
    beside = {*words_in(" ".join(map(str, words["order_beside"])))}
    ones = {*words_in(" ".join(map(str, words["order_ones"])))}
    # "the pending one" is an order only in an answer that speaks of nothing else.
    alone = all(piece.kind != UNKNOWN or piece.text in beside | ones for piece in pieces)
    return [
        Piece("order_words", p.text, p.stops) if alone and p.kind == UNKNOWN and p.text in ones else p for p in pieces
    ]


def _run(pieces: Sequence[Piece], place: int, language: str) -> set[str]:
    """The kinds of the words that belong to the order word at `place`: before it, and what it is said to be."""
    found: set[str] = set()
    for piece in reversed(pieces[:place]):
        if piece.stops or not (piece.kind in _BEFORE or piece.kind.startswith("status ")):
            break
        found.add(piece.kind)
    being = {*words_in(" ".join(map(str, request_words(language)["order_being"])))}
    for before, piece in zip(pieces[place:], pieces[place + 1 :], strict=False):
        if before.stops or not (piece.kind.startswith("status ") or piece.text in being):
            break
        found |= {piece.kind} if piece.kind.startswith("status ") else set()
    return found


def _is_answer(text: str, answers: Sequence[str], language: str) -> bool:
    beside = {*words_in(" ".join(map(str, request_words(language)["order_beside"])))}
    for answer in sorted((words_in(str(answer)) for answer in answers), key=len, reverse=True):
        said = words_in(text)
        at = next((at for at in range(len(said) - len(answer) + 1) if said[at : at + len(answer)] == answer), None)
        if at is not None and set(said[:at] + said[at + len(answer) :]) <= beside:
            return True
    return False


def _by_end(text: str, orders: Sequence[Order], language: str) -> tuple[str, ...]:
    """The one order whose number ends with digits that are said to be its last, or are all that is said."""
    said = plain_text(text)
    ends = [f" {' '.join(words_in(str(end)))} " for end in request_words(language)["order_ending"]]
    digits = [match.group(1) for end in ends for match in re.finditer(rf"{re.escape(end)}(?:in |with )?(\d+) ", said)]
    alone = re.fullmatch(r"\s*#?\s*(\d+)\s*[.!]?\s*", text)
    digits += [alone.group(1)] if alone else []
    for tail in digits:
        found = [order.number for order in orders if order.number.endswith(tail)]
        if len(tail) >= _SHORTEST_END and len(found) == 1:
            return (found[0],)
    return ()


def _by_place(text: str, orders: Sequence[Order], language: str) -> tuple[str, ...]:
    """The orders to a place that stands beside an order word ("my LA order", "the order that went to Texas")."""
    words, said = request_words(language), plain_text(text)
    order_words = [str(word) for word in words["order_words"]]
    links = [*words["order_sent_to"]]
    found = []
    for order in orders:
        names = city_names(order.address.city) | region_names(order.address.region, order.address.country)
        spoken = {" ".join(words_in(name)) for name in spoken_names(names, text, language)}
        beside = [f" {name} {word} " for name in spoken for word in order_words]
        sent = [
            f" {word} {' '.join(words_in(str(link)))} {name} "
            for word in order_words
            for link in links
            for name in spoken
        ]
        if any(phrase in said for phrase in (*beside, *sent)):
            found.append(order.number)
    return tuple(found)
