"""What agents in Chatwoot read of a conversation that comes to them: in plain sentences, in English; reads nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversations.models import Json

LONGEST_NOTE = 15_000
LONGEST_FACT = 200
MOST_FACTS = 12
REASONS = {
    "asked": "the customer asked for a person",
    "not_understood": "the assistant did not understand, twice in a row",
    "upset": "the customer is upset",
    "failed_action": "something the assistant tried failed",
    "policy": "only a person may grant what the customer wants",
    "low_rating": "the customer gave a low rating",
    "engine_silent": "the assistant could not answer",
    "taken_over": "an agent stepped in",
    "promised": "an answer was promised",
    "follow_up": "a low rating is followed up",
}
LEVELS = {
    "anonymous": "nothing proven: do not tell about orders or the profile",
    "matched": "an order number with the e-mail or postcode on it: that order may be read",
    "verified": "proven",
}
_LEFT = {
    "withdrawn": "The customer went on with the assistant instead of waiting.",
    "promised": "Nobody was there any more: the customer was promised an answer and went on with the assistant.",
    "done": "The customer ended the conversation.",
    "left": "The customer has left.",
    "idle": "The conversation ended, since nobody wrote any more.",
    "erased": "The customer's data were erased. Please delete this conversation as well.",
    "resolved": "The conversation was resolved.",
}
# Of no use to a person; what the slots hold of wishes is told by the last tries.
_NOT_TOLD = frozenset({"requests", "misses", "unclear", "shown_products", "other_orders", "malformed", "problem"})


@dataclass(frozen=True, slots=True)
class Line:
    """One message, for the transcript."""

    at: datetime
    author_kind: str
    author_name: str | None
    text: str
    files: tuple[str, ...] = ()


def packet_words(packet: Json, desk_address: str) -> str:
    """The packet as an agent reads it."""
    reason, level = str(packet.get("reason")), str(packet.get("level"))
    lines = [
        f"**Handed over by the assistant:** {REASONS.get(reason, in_words(reason))}.",
        f"**Language:** {packet.get('language')} · **Channel:** {', '.join(_words(packet.get('channels')))}",
        f"**Identity:** {LEVELS.get(level, level)}."
        + (f" Customer {packet['shop_customer_id']}." if packet.get("shop_customer_id") else ""),
    ]
    if packet.get("contact"):
        lines.append(f"**Left for a call back:** {_cut(str(packet['contact']))}")
    if orders := _words(packet.get("orders_opened")):
        lines.append(f"**Orders opened:** {', '.join(orders)}")
    lines += _section("What the assistant knew", _facts(packet.get("slots")))
    lines += _section("Its last tries", [_try(turn) for turn in _objects(packet.get("understood"))])
    lines += _section("Already promised", [_promise(found) for found in _objects(packet.get("promises"))])
    lines += _section("Earlier conversations", [_earlier(found) for found in _objects(packet.get("earlier"))])
    lines.append(f"\nAll of it: {desk_address}")
    return "\n".join(lines)


def transcript(lines: Sequence[Line], timezone: ZoneInfo) -> list[str]:
    """What was said so far, as notes that are not too long."""
    notes, current = [], "**The conversation so far**"
    for line in lines:
        shown = f"{_clock(line.at, timezone)} **{_author(line)}:** {line.text[: LONGEST_NOTE // 2]}"
        if line.files:
            shown += f" [{', '.join(line.files)}]"
        if len(current) + len(shown) + 2 > LONGEST_NOTE:
            notes.append(current)
            current = "**The conversation so far, continued**"
        current += f"\n\n{shown}"
    return [*notes, current] if lines else []


def left(reason: str) -> str:
    """Why nobody has to answer any more."""
    return _LEFT.get(reason, f"The conversation is no longer yours ({in_words(reason)}).")


def goes_on_in(number: str) -> str:
    """For whoever reads or writes in a conversation that the customer has left for another one."""
    return f"**The customer is in another conversation now:** #{number}. What is written here is told there."


def told_elsewhere(author: str, number: str, text: str) -> str:
    """For whoever reads a conversation to whose customer somebody wrote in another one."""
    return f"**{author} wrote to the customer in #{number}:**\n\n{text}"


def message_words(text: str, missing: Sequence[str]) -> str:
    """A customer's message with what came beside it and cannot be passed on."""
    named = "\n".join(f"[{name}: could not be passed on]" for name in missing)
    return "\n".join(part for part in (text, named) if part)


def plain(content: str) -> str:
    """An agent's words without the marks with which Chatwoot's editor writes them: customers' channels show them as is.

    Links keep their address; anything that is not surely such a mark stays.
    """
    text = re.sub(r"\\\n", "\n", content)
    text = re.sub(r"\[([^\]\n]+)\]\((https?://[^\s)]+)\)", _link, text)
    text = re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    return re.sub(r"\\([\\`*_{}\[\]()#+\-.!>~|])", r"\1", text)


def in_words(name: str) -> str:
    """A name of the code's as a person reads it."""
    return name.removeprefix("utter_").removeprefix("app_").replace("_", " ").strip() or "unknown"


def _link(found: re.Match[str]) -> str:
    return found[2] if found[1] == found[2] else f"{found[1]} ({found[2]})"


def _author(line: Line) -> str:
    known = {"customer": "Customer", "bot": "Assistant", "system": "Assistant"}
    return known.get(line.author_kind) or line.author_name or "Agent"


def _clock(at: datetime, timezone: ZoneInfo) -> str:
    return at.astimezone(timezone).strftime("%d %b %H:%M")


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"\n**{title}**", *(f"- {line}" for line in lines)] if lines else []


def _facts(slots: Any) -> list[str]:
    found = slots.items() if isinstance(slots, Mapping) else ()
    told = [f"{in_words(str(name))}: {_value(value)}" for name, value in found if name not in _NOT_TOLD]
    return [_cut(line) for line in told][:MOST_FACTS]


def _try(turn: Json) -> str:
    taken = in_words(str(turn["intent"])) if turn.get("intent") else "nothing"
    sure = turn.get("confidence")
    percent = f" ({round(100 * sure)} %)" if isinstance(sure, int | float) else ""
    came = ", ".join(in_words(name) for name in _words(turn.get("answered"))) or "no answer"
    failed = f"; failed: {in_words(str(turn['failed']))}" if turn.get("failed") else ""
    return f"“{_cut(str(turn.get('said') or ''))}” taken for {taken}{percent} → {came}{failed}"


def _promise(found: Json) -> str:
    order = f", order {found['order']}" if found.get("order") else ""
    return f"{in_words(str(found.get('kind')))}{order}, due {found.get('due')}: {_cut(str(found.get('words') or ''))}"


def _earlier(found: Json) -> str:
    score = f", rated {found['score']} of 5" if found.get("score") else ""
    comment = f": “{_cut(str(found['comment']))}”" if found.get("comment") else ""
    return f"{str(found.get('began'))[:10]}, {in_words(str(found.get('how')))}{score}{comment}"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(str(part) for part in value.values() if isinstance(part, str | int | float) and part)
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value if isinstance(part, str | int | float))
    return str(value)


def _words(value: Any) -> list[str]:
    return [str(entry) for entry in value] if isinstance(value, list | tuple) else []


def _objects(value: Any) -> Iterable[Json]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list | tuple) else []


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_FACT else f"{text[: LONGEST_FACT - 1]}…"
