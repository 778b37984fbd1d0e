"""The frames of the web protocol: what clients send, parsed at the door; what they are sent, written in one place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from bot.conversations.cleaning import clean_text, encodable
from bot.conversations.models import Message, Status
from bot.handoff.files import CARD
from bot.handoff.models import BOT, QUEUE
from channels.web.files import FileLinks
from channels.web.standing import Standing

CHANNEL = "web"
LARGEST_FRAME_BYTES = 64 * 1024
_UUID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")


class BadFrame(Exception):
    """A frame that is not accepted: its code, the sentence of the domain that says so, and its id if it had one.

    `longest` is what the sentence names, if it names a number of characters.
    """

    def __init__(self, code: str, response: str, frame_id: str | None = None, *, longest: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.response = response
        self.frame_id = frame_id
        self.longest = longest


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame: who, and what they have seen already."""

    token: str
    after: int
    conversation: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """A typed message."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """A button."""

    id: str
    choice: str


@dataclass(frozen=True, slots=True)
class Typing:
    """The customer is typing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The customer has been shown everything up to this number."""

    seq: int


Frame = Hello | Said | Chosen | Typing | Seen


def parse(raw: str, *, longest_text: int) -> Frame:
    """The frame that `raw` is.

    Args:
        longest_text: of a message, in characters.

    Raises:
        BadFrame: it is none that the protocol knows, or its text cannot be taken.
    """
    try:
        content = json.loads(raw)  # not orjson: half an emoji should not make a message unsendable
    except (ValueError, RecursionError) as error:
        raise _bad() from error
    if not isinstance(content, dict):
        raise _bad()
    match content.get("type"):
        case "hello":
            return _hello(content)
        case "message":
            frame_id = _uuid(content.get("id"))
            return Said(frame_id, _text(content.get("text"), frame_id, longest_text))
        case "choose":
            frame_id = _uuid(content.get("id"))
            choice = content.get("choice")
            if not isinstance(choice, str) or not 0 < len(choice) <= 64 or "\0" in choice:
                raise _bad(frame_id)
            return Chosen(frame_id, encodable(choice))
        case "typing":
            return Typing()
        case "seen":
            return Seen(_number(content.get("seq")))
    raise _bad()


def ready(status: Status, channels: Iterable[str] = ()) -> str:
    """Which conversation follows, how far it is, and on which other channels it can be continued."""
    return _dump(
        {
            "type": "ready",
            "conversation": status.conversation_id,
            "status": status.state,
            "owner": _shown_owner(status.owner),
            "last_seq": status.last_seq,
            "continue": list(channels),
        }
    )


def ack(frame_id: str, seq: int) -> str:
    """The message is stored."""
    return _dump({"type": "ack", "id": frame_id, "seq": seq})


def message(shown: Message, files: FileLinks | None = None, locale: str = "en") -> str:
    """One message of the conversation.

    Args:
        files: makes the addresses of files that came with it.
        locale: of what is said about them.
    """
    content: dict[str, Any] = {
        "type": "message",
        "seq": shown.seq,
        "at": shown.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "author": {"kind": shown.author_kind, "name": shown.author_name},
        "text": shown.text if shown.edited_text is None else shown.edited_text,
        "choices": list(shown.choices),
        "cards": [files.card(card, locale) if files and card.get("kind") == CARD else card for card in shown.cards],
        "expects": shown.expects,
        "in_reply_to": client_id(shown.in_reply_to),
    }
    if shown.author_kind == "customer" and (own := client_id(shown.external_id)):
        content["id"] = own
    if shown.channel != CHANNEL:
        content["via"] = shown.channel
    if shown.edited_text is not None:
        content["edited"] = True
    if shown.attachments:
        content["attachments"] = [{"kind": one["kind"], "name": one.get("name")} for one in shown.attachments]
    return _dump(content)


def edited(shown: Message) -> str:
    """The customer has changed a message that was shown already."""
    return _dump({"type": "edited", "seq": shown.seq, "text": shown.edited_text})


def turn_done(external_id: str) -> str:
    """All replies to that message are out."""
    return _dump({"type": "turn_done", "in_reply_to": client_id(external_id)})


def status(standing: Standing, wait: str | None = None) -> str:
    """Who may speak, or that the conversation has ended; and what can be chosen meanwhile.

    Args:
        wait: how long it takes until somebody comes, in words, where that is known.
    """
    owner = "open" if standing.owner == BOT else _shown_owner(standing.owner)
    place = standing.place
    return _dump(
        {
            "type": "status",
            "status": owner if standing.state == "open" else standing.state,
            "position": place.position if place else None,
            "eta_seconds": place.eta_seconds if place else None,
            "wait": wait,
            "agent": standing.agent,
            "choices": list(standing.ways),
        }
    )


def typing(agent: str | None = None) -> str:
    """Somebody works on an answer; a person by that name, or the bot."""
    return _dump({"type": "typing", "agent": agent})


def error(code: str, sentence: str, *, frame_id: str | None = None, retryable: bool = False) -> str:
    """Something was refused, with a sentence for the customer."""
    content: dict[str, Any] = {"type": "error", "code": code, "message": sentence, "retryable": retryable}
    if frame_id is not None:
        content["id"] = frame_id
    return _dump(content)


def external_id(visitor: str, frame_id: str) -> str:
    """A client's id of a message, made unique within the channel: no visitor can use up another's ids."""
    return f"{visitor}:{frame_id}"


def client_id(external: str | None) -> str | None:
    """The client's own id within an external id; None where a message was not written on this channel."""
    _, _, own = (external or "").partition(":")
    return own if _UUID.fullmatch(own) else None


def visitor_of(external: str | None) -> str | None:
    """The visitor within an external id."""
    return external.rpartition(":")[0] if external else None


def _shown_owner(owner: str) -> str:
    """What clients learn of an owner; an agent's id is none of their business."""
    return owner if owner in (BOT, QUEUE) else "agent"


def _hello(content: dict[str, Any]) -> Hello:
    token, conversation = content.get("token"), content.get("conversation")
    if not isinstance(token, str):
        raise _bad()
    if conversation is not None and not isinstance(conversation, str):
        raise _bad()
    return Hello(token, _number(content.get("after", 0)), conversation)


def _text(text: object, frame_id: str, longest: int) -> str:
    if not isinstance(text, str):
        raise _bad(frame_id)
    if len(text) > longest * 2:  # not even cleaned: whatever it holds, it is too long
        raise _too_long(frame_id, longest)
    cleaned = clean_text(text)
    if not cleaned:
        raise BadFrame("empty", "utter_app_empty", frame_id)
    if len(cleaned) > longest:
        raise _too_long(frame_id, longest)
    return cleaned


def _too_long(frame_id: str, longest: int) -> BadFrame:
    return BadFrame("too_long", "utter_app_too_long", frame_id, longest=longest)


def _uuid(value: object) -> str:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise _bad()
    return value


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise _bad()
    return value


def _bad(frame_id: str | None = None) -> BadFrame:
    return BadFrame("bad_frame", "utter_app_unreadable", frame_id)


def _dump(content: dict[str, Any]) -> str:
    return orjson.dumps(content).decode()
