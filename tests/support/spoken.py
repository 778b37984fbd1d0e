"""Conversations written down as data: read, spoken over the web protocol, compared with what came."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
from ruamel.yaml import YAML

from tests.client.exchange import ClientError, Exchange
from tests.client.frames import Card, Choice, Message
from tests.client.product import Product
from tests.client.sessions import HttpSessions
from tests.client.transcript import NoTranscript
from tests.client.web_client import WebClient
from tests.support.spoken_desk import SpokenDesk
from tests.support.spoken_shop import SpokenShop

FOLDER = Path(__file__).resolve().parents[1] / "dialogues" / "spoken"
ANSWER_SECONDS = 60.0
MAIL_SECONDS = 20.0
TOLD_SECONDS = 5.0
_CODE = re.compile(r"\b\d{6}\b")
_MOVES = ("say", "choose", "choose_earlier", "code", "proves", "meanwhile", "desk")


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation of a file.

    `customer` is the demo customer's id; `shop` what differs in the shop of that customer afterwards.
    """

    file: str
    name: str
    customer: str
    turns: Sequence[Mapping[str, Any]]
    shop: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Names it in a test report."""
        return f"{self.file}: {self.name}"


def conversations() -> list[Conversation]:
    """All that are written down.

    Raises:
        ValueError: a turn that nobody can speak.
    """
    found = []
    for path in sorted(FOLDER.glob("*.yml")):
        body = YAML(typ="safe").load(path)
        for told in body["conversations"]:
            settings = body.get("settings") or {}
            conversation = Conversation(path.stem, **{"shop": {}, **told}, settings=settings)
            for turn in conversation.turns:
                if sum(move in turn for move in _MOVES) != 1 or set(turn) - {*_MOVES, "expect"}:
                    raise ValueError(f"{conversation.id}: {turn}")
            found.append(conversation)
    return found


class Unexpected(AssertionError):
    """Something else came than was written down; the message ends with the whole conversation."""


class Speaker:
    """Speaks conversations with one product.

    Args:
        product: runs with the demo shop.
        settings: those that the conversations need, as it was started with.
    """

    def __init__(self, product: Product, settings: Mapping[str, str] = MappingProxyType({})) -> None:
        self._product = product
        self._desk = SpokenDesk(product.data_dir, settings)
        self._shop = SpokenShop(product.data_dir / "bellhop.db")

    async def speak(self, conversation: Conversation) -> None:
        """Speak one conversation as its customer, in a shop where nothing has happened to that customer before.

        Raises:
            Unexpected: an answer or the shop's data is not as written down.
        """
        shop = self._shop
        shop.put_back(conversation.customer)
        before = shop.of(conversation.customer)
        sessions = HttpSessions(self._product.base_url)
        async with WebClient(self._product.base_url, sessions, rng=random.Random(), recorder=NoTranscript()) as client:
            visit = _Visit(client, self._product.base_url, str(before["email"]), shop, self._desk)
            try:
                for turn in conversation.turns:
                    await visit.take(turn)
                compare_shop(shop.of(conversation.customer), before, conversation.shop)
            except (AssertionError, ClientError) as error:
                raise Unexpected(f"{error}\n\n{visit.transcript()}") from None
            finally:
                shop.forget_tries(client.view.conversation)


class _Visit:
    """One customer at the chat."""

    def __init__(self, client: WebClient, base_url: str, email: str, shop: SpokenShop, desk: SpokenDesk) -> None:
        self._client = client
        self._base_url = base_url
        self._email = email
        self._shop = shop
        self._desk = desk
        self._codes_seen: set[str] = set()
        self._lines: list[str] = []

    async def take(self, turn: Mapping[str, Any]) -> None:
        """Speak one turn and compare what comes."""
        if "meanwhile" in turn:
            self._lines.append(f"-- meanwhile: {turn['meanwhile']}")
            self._shop.meanwhile(turn["meanwhile"])
            return
        if "desk" in turn:
            self._lines.append(f"-- at the desk: {turn['desk']}")
            await self._desk.does(turn["desk"], self._client.view.conversation or "")
            return
        if turn.get("proves"):
            self._codes_seen |= set(await self._codes())
            await self._say(self._email)
        if turn.get("code") or turn.get("proves"):
            exchange = await self._say(await self._new_code())
        elif "say" in turn:
            self._codes_seen |= set(await self._codes()) if "{email}" in turn["say"] else set()
            exchange = await self._say(turn["say"].replace("{email}", self._email))
        else:
            exchange = await self._choose(turn)
        expected = dict(turn.get("expect") or {})
        if told := expected.pop("told", None):
            await self._told(told, exchange.replies)
        compare([reply for reply in exchange.replies if reply.author.kind == "bot"], expected)

    async def _told(self, wanted: str, replies: Sequence[Message]) -> None:
        """Wait until the app itself has said so, which is no reply to the message."""
        give_up = asyncio.get_running_loop().time() + TOLD_SECONDS
        after = max((reply.seq for reply in replies if reply.author.kind == "bot"), default=0)
        while True:
            said = [message for message in self._client.view.messages if message.seq > after]
            if wanted in _text(said):
                return
            assert asyncio.get_running_loop().time() < give_up, f"{wanted!r} is not told but {_text(said)!r}"
            await asyncio.sleep(0.05)

    def transcript(self) -> str:
        """What was said, for a report."""
        return "\n".join(self._lines)

    async def _say(self, text: str) -> Exchange:
        self._lines.append(f"> {text}")
        return await self._answered(await self._client.say(text))

    async def _choose(self, turn: Mapping[str, Any]) -> Exchange:
        earlier = "choose_earlier" in turn
        value = str(turn["choose_earlier"] if earlier else turn["choose"])
        choices = [choice for message in self._client.view.messages for choice in message.choices]
        fitting = [choice for choice in choices if value in (choice.value, choice.title)]
        if not fitting:
            raise AssertionError(f"no choice {value!r}")
        choice = fitting[0] if earlier else fitting[-1]
        self._lines.append(f"> [{choice.title}]")
        return await self._answered(await self._client.choose(choice.id))

    async def _answered(self, exchange: Exchange) -> Exchange:
        await exchange.done(ANSWER_SECONDS)
        for reply in exchange.replies:
            self._lines += _told(reply)
        return exchange

    async def _new_code(self) -> str:
        give_up = asyncio.get_running_loop().time() + MAIL_SECONDS
        while asyncio.get_running_loop().time() < give_up:
            fresh = [code for code in await self._codes() if code not in self._codes_seen]
            if fresh:
                self._codes_seen |= set(fresh)
                return fresh[0]
            await asyncio.sleep(0.05)
        raise AssertionError("no code came by mail")

    async def _codes(self) -> list[str]:
        """The codes mailed to this customer, the newest first."""
        async with httpx.AsyncClient(base_url=self._base_url, trust_env=False) as http:
            mails = (await http.get("/demo/mailbox.json")).raise_for_status().json()
        bodies = [mail["body"] for mail in mails if mail["to"] == self._email]
        return [found.group() for body in bodies if (found := _CODE.search(body))]


# -- comparing -----------------------------------------------------------------------------------------------------


def compare(replies: Sequence[Message], expected: Mapping[str, Any]) -> None:
    """Compare the bot's answers to one message with what is written down.

    Raises:
        AssertionError: the first that differs.
    """
    unknown = set(expected) - set(_CHECKS)
    if unknown:
        raise ValueError(f"nothing knows {unknown}")
    for name, wanted in expected.items():
        _CHECKS[name](replies, wanted)


def _check_expects(replies: Sequence[Message], wanted: str | None) -> None:
    got = replies[-1].expects if replies else None
    assert got == wanted, f"expects {got!r}, not {wanted!r}"


def _check_says(replies: Sequence[Message], wanted: str | Sequence[str]) -> None:
    text = _text(replies)
    for piece in [wanted] if isinstance(wanted, str) else wanted:
        assert piece.casefold() in text.casefold(), f"{piece!r} is not said"


def _check_does_not_say(replies: Sequence[Message], unwanted: str | Sequence[str]) -> None:
    text = _text(replies)
    for piece in [unwanted] if isinstance(unwanted, str) else unwanted:
        assert piece.casefold() not in text.casefold(), f"{piece!r} is said"


def _check_choices(replies: Sequence[Message], wanted: Sequence[str]) -> None:
    got = [_value(choice) for choice in replies[-1].choices] if replies else []
    assert got == [str(value) for value in wanted], f"choices are {got}"


def _check_among(replies: Sequence[Message], wanted: Sequence[str]) -> None:
    got = [_value(choice) for choice in replies[-1].choices] if replies else []
    missing = [value for value in wanted if str(value) not in got]
    assert not missing, f"{missing} not among the choices {got}"


def _check_card(replies: Sequence[Message], wanted: Mapping[str, Any] | None) -> None:
    cards = [card for reply in replies for card in reply.cards]
    if wanted is None:
        assert not cards, f"a card is shown: {cards[0].title}"
        return
    assert cards, "no card is shown"
    got = _plain_card(cards[-1])
    for name, value in wanted.items():
        part = {label: got[name].get(label) for label in value} if name == "fields" else got[name]
        assert part == value, f"the card's {name} is {got[name]!r}"


_CHECKS: Mapping[str, Callable[[Sequence[Message], Any], None]] = {
    "expects": _check_expects,
    "says": _check_says,
    "does_not_say": _check_does_not_say,
    "choices": _check_choices,
    "among": _check_among,
    "card": _check_card,
}


def compare_shop(got: Mapping[str, Any], before: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    """Compare a customer's shop with what it was before, and the differences that are written down.

    Raises:
        AssertionError: with all that differs.
    """
    wanted = _patched(before, changed)
    differing = _differing(got, wanted)
    assert not differing, "in the shop:\n" + "\n".join(differing)


def _patched(before: Any, changed: Any) -> Any:
    if not (isinstance(before, Mapping) and isinstance(changed, Mapping)):
        return changed
    unknown = set(changed) - set(before)
    if unknown:
        raise ValueError(f"the shop has no {unknown}")
    return {name: _patched(value, changed[name]) if name in changed else value for name, value in before.items()}


def _differing(got: Any, wanted: Any, path: str = "") -> list[str]:
    if isinstance(got, Mapping) and isinstance(wanted, Mapping):
        names = [*got, *(name for name in wanted if name not in got)]
        return [line for name in names for line in _differing(got.get(name), wanted.get(name), f"{path}/{name}")]
    return [] if got == wanted else [f"{path} is {got!r}, not {wanted!r}"]


# -- putting into words --------------------------------------------------------------------------------------------


def _value(choice: Choice) -> str:
    return choice.value if choice.value is not None else choice.title


def _text(replies: Sequence[Message]) -> str:
    return "\n".join(reply.text for reply in replies)


def _plain_card(card: Card) -> dict[str, Any]:
    return {
        "kind": card.kind,
        "title": card.title,
        "fields": {entry.label: entry.value for entry in card.fields},
        "items": [" | ".join(part for part in (item.title, item.detail, item.price) if part) for item in card.items],
        "total": card.total,
    }


def _told(message: Message) -> list[str]:
    asked = f"   ({message.expects})" if message.expects else ""
    lines = [f"{'<' if message.author.kind == 'bot' else '*'} {message.text}{asked}"]
    for card in message.cards:
        plain = _plain_card(card)
        lines.append(f"    card {plain['kind']}: {plain['title']} {plain['fields']} {plain['items']}")
    if message.choices:
        titles = (f"{choice.title} = {choice.value}" if choice.value else choice.title for choice in message.choices)
        lines.append(f"    [{'] ['.join(titles)}]")
    return lines
