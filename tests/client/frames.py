"""What the server may send over the web protocol, parsed strictly into typed values; no I/O."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


class UnreadableFrame(ValueError):
    """A frame that does not have the shape that the protocol promises; the message says where."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A button under a message; ``value`` is what it stands for in the shop, if anything."""

    id: str
    title: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a message: ``customer``, ``bot``, ``agent`` or ``system``."""

    kind: str
    name: str | None


@dataclass(frozen=True, slots=True)
class CardField:
    """One labelled line of a card."""

    label: str
    value: str
    href: str | None


@dataclass(frozen=True, slots=True)
class CardItem:
    """One article on a card."""

    title: str
    detail: str | None
    price: str | None
    image: str | None


@dataclass(frozen=True, slots=True)
class Badge:
    """The coloured word on a card, such as the state of an order."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Card:
    """A structured part of a message, such as an order."""

    kind: str
    title: str
    subtitle: str | None
    badge: Badge | None
    fields: tuple[CardField, ...]
    items: tuple[CardItem, ...]
    total: str | None


@dataclass(frozen=True, slots=True)
class Attached:
    """What came beside a message's text."""

    kind: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Ready:
    """The answer to hello, and news that the current conversation is another one now.

    ``elsewhere`` names the channels on which it can be continued.
    """

    conversation: str | None
    status: str
    last_seq: int
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ack:
    """The message with this id is stored under this number."""

    id: str
    seq: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the conversation, by anybody, live or replayed."""

    seq: int
    id: str | None
    at: str
    author: Author
    text: str
    choices: tuple[Choice, ...]
    cards: tuple[Card, ...]
    expects: str | None
    in_reply_to: str | None
    via: str | None = None
    edited: bool = False
    attachments: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True)
class Edited:
    """The customer has changed, on another channel, the text of the message with this number."""

    seq: int
    text: str


@dataclass(frozen=True, slots=True)
class TurnDone:
    """All replies to that message are out."""

    in_reply_to: str


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody on our side is busy with an answer."""


@dataclass(frozen=True, slots=True)
class Status:
    """Where the conversation stands."""

    status: str
    position: int | None
    eta_seconds: int | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An ``error`` frame; ``id`` names the frame that was refused, if the server could tell."""

    code: str
    message: str
    id: str | None
    retryable: bool


Frame = Ready | Ack | Message | Edited | TurnDone | Typing | Status | Refusal


def parse_frame(raw: str | bytes) -> Frame:
    """The frame in ``raw``. Raises UnreadableFrame for anything that the protocol does not know."""
    if isinstance(raw, bytes):
        raise UnreadableFrame("a binary frame")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadableFrame(f"not JSON: {error}") from error
    if not isinstance(body, dict):
        raise UnreadableFrame(f"not an object: {raw[:80]}")
    reader = _READERS.get(str(body.get("type")))
    if reader is None:
        raise UnreadableFrame(f"unknown type {body.get('type')!r}")
    return reader(body)


def _need(body: dict[str, Any], key: str, kind: type[T]) -> T:
    value = body.get(key)
    # bool is an int to Python, not to the protocol.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise UnreadableFrame(f"{body.get('type', 'object')}.{key} should be {kind.__name__}, is {value!r}")
    return value


def _may(body: dict[str, Any], key: str, kind: type[T]) -> T | None:
    return None if body.get(key) is None else _need(body, key, kind)


def _objects(body: dict[str, Any], key: str) -> list[dict[str, Any]]:
    items = _may(body, key, list) or []
    for item in items:
        if not isinstance(item, dict):
            raise UnreadableFrame(f"{key} should hold objects, holds {item!r}")
    return items


def _ready(body: dict[str, Any]) -> Ready:
    return Ready(
        _may(body, "conversation", str),
        _need(body, "status", str),
        _need(body, "last_seq", int),
        tuple(str(name) for name in _may(body, "continue", list) or ()),
    )


def _ack(body: dict[str, Any]) -> Ack:
    return Ack(_need(body, "id", str), _need(body, "seq", int))


def _message(body: dict[str, Any]) -> Message:
    author = _need(body, "author", dict)
    return Message(
        seq=_need(body, "seq", int),
        id=_may(body, "id", str),
        at=_need(body, "at", str),
        author=Author(_need(author, "kind", str), _may(author, "name", str)),
        text=_need(body, "text", str),
        choices=tuple(
            Choice(_need(c, "id", str), _need(c, "title", str), _may(c, "value", str))
            for c in _objects(body, "choices")
        ),
        cards=tuple(_card(card) for card in _objects(body, "cards")),
        expects=_may(body, "expects", str),
        in_reply_to=_may(body, "in_reply_to", str),
        via=_may(body, "via", str),
        edited=_may(body, "edited", bool) or False,
        attachments=tuple(Attached(_need(a, "kind", str), _may(a, "name", str)) for a in _objects(body, "attachments")),
    )


def _edited(body: dict[str, Any]) -> Edited:
    return Edited(_need(body, "seq", int), _need(body, "text", str))


def _card(body: dict[str, Any]) -> Card:
    badge = _may(body, "badge", dict)
    return Card(
        kind=_need(body, "kind", str),
        title=_need(body, "title", str),
        subtitle=_may(body, "subtitle", str),
        badge=Badge(_need(badge, "text", str), _need(badge, "tone", str)) if badge else None,
        fields=tuple(
            CardField(_need(f, "label", str), _need(f, "value", str), _may(f, "href", str))
            for f in _objects(body, "fields")
        ),
        items=tuple(
            CardItem(_need(i, "title", str), *(_may(i, key, str) for key in ("detail", "price", "image")))
            for i in _objects(body, "items")
        ),
        total=_may(body, "total", str),
    )


def _turn_done(body: dict[str, Any]) -> TurnDone:
    return TurnDone(_need(body, "in_reply_to", str))


def _typing(body: dict[str, Any]) -> Typing:
    return Typing()


def _status(body: dict[str, Any]) -> Status:
    return Status(_need(body, "status", str), _may(body, "position", int), _may(body, "eta_seconds", int))


def _refusal(body: dict[str, Any]) -> Refusal:
    return Refusal(
        _need(body, "code", str),
        _need(body, "message", str),
        _may(body, "id", str),
        _need(body, "retryable", bool),
    )


_READERS: dict[str, Callable[[dict[str, Any]], Frame]] = {
    "ready": _ready,
    "ack": _ack,
    "message": _message,
    "edited": _edited,
    "turn_done": _turn_done,
    "typing": _typing,
    "status": _status,
    "error": _refusal,
}
