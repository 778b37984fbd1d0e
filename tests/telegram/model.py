"""What the sandbox knows: bots, users, chats, messages, taps and files. No rules here, and no HTTP."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.telegram.limits import Limits, Pacer

Wire = dict[str, Any]


@dataclass(eq=False)
class User:
    """An account, a bot's or a person's."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    is_bot: bool = False
    is_deactivated: bool = False

    def wire(self) -> Wire:
        """A `User`."""
        found = {"last_name": self.last_name, "username": self.username, "language_code": self.language_code}
        named = {name: value for name, value in found.items() if value}
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name, **named}


@dataclass(eq=False)
class Chat:
    """A conversation with a bot, or a group or channel that it is in."""

    id: int
    type: str  # private, group, supergroup, channel
    title: str = ""
    username: str = ""
    partner: User | None = None  # of a private chat
    messages: dict[int, Message] = field(default_factory=dict)
    migrated_to: int | None = None
    # Where the bot stands: "never" (the user has not started it), "member", "kicked" (a user blocked it), "left".
    bot_status: str = "member"

    @property
    def is_group(self) -> bool:
        return self.type in ("group", "supergroup")

    def wire(self) -> Wire:
        """A `Chat`."""
        if self.partner is not None:
            names = {name: getattr(self.partner, name) for name in ("first_name", "last_name", "username")}
            return {"id": self.id, "type": self.type} | {name: value for name, value in names.items() if value}
        username = {"username": self.username} if self.username else {}
        return {"id": self.id, "type": self.type, "title": self.title, **username}


@dataclass(eq=False)
class Message:
    """One message as it is now."""

    id: int
    chat: Chat
    sender: User | None
    date: int
    content: Wire  # text and entities, or photo and caption …
    markup: Wire | None = None
    reply_to: int | None = None
    edits: int = 0
    edit_date: int = 0
    silent: bool = False
    deleted: bool = False
    # For what Telegram adds: forward_origin, media_group_id, via_bot …
    more: Wire = field(default_factory=dict)
    file_ids: list[str] = field(default_factory=list)

    @property
    def from_bot(self) -> bool:
        return self.sender is not None and self.sender.is_bot

    @property
    def shown(self) -> str:
        """The text, or the caption."""
        return self.content.get("text") or self.content.get("caption") or ""

    @property
    def entities(self) -> list[Wire]:
        return self.content.get("entities") or self.content.get("caption_entities") or []

    def wire(self, *, with_reply: bool = True) -> Wire:
        """A `Message`."""
        found: Wire = {"message_id": self.id, "date": self.date, "chat": self.chat.wire(), **self.content, **self.more}
        if self.sender is not None:
            found["from"] = self.sender.wire()
        elif self.chat.type == "channel":
            found["sender_chat"] = self.chat.wire()
        if self.edit_date:
            found["edit_date"] = self.edit_date
        if self.markup is not None and "inline_keyboard" in self.markup:
            found["reply_markup"] = self.markup
        answered = self.chat.messages.get(self.reply_to or 0)
        if with_reply and answered is not None:
            found["reply_to_message"] = answered.wire(with_reply=False)
        return found


@dataclass(eq=False)
class Tap:
    """A tapped inline button, waiting for the bot's answer."""

    id: str
    user: User
    at: float
    data: str
    answered: bool = False
    text: str = ""
    alert: bool = False
    url: str = ""


@dataclass(frozen=True)
class StoredFile:
    """An uploaded or received file."""

    id: str
    unique_id: str
    path: str
    mime: str
    body: bytes
    # What `getFile` and messages say; a file may claim to be larger than what is kept of it.
    size: int
    name: str = ""


@dataclass
class Webhook:
    """Where updates are pushed, and how that goes."""

    url: str
    secret: str = ""
    max_connections: int = 40
    last_error_at: float = 0.0
    last_error: str = ""


@dataclass(eq=False)
class Bot:
    """A bot with its chats and what waits for it."""

    token: str
    account: User
    limits: Limits
    pacer: Pacer
    next_update_id: int
    chats: dict[int, Chat] = field(default_factory=dict)
    updates: deque[Wire] = field(default_factory=deque)
    taps: dict[str, Tap] = field(default_factory=dict)
    # (scope as JSON, language) → commands
    commands: dict[tuple[str, str], list[Wire]] = field(default_factory=dict)
    # (what, language) → text
    descriptions: dict[tuple[str, str], str] = field(default_factory=dict)
    allowed_updates: list[str] | None = None
    webhook: Webhook | None = None
    revoked: bool = False
    # Whether it reads everything in groups; with Telegram's privacy mode it does not.
    reads_groups: bool = False
    # Each getUpdates has a number; a newer one ends the older.
    poll: int = 0
    next_message_id: int = 1

    @property
    def id(self) -> int:
        return self.account.id


@dataclass(frozen=True)
class Call:
    """One request to the Bot API and what came of it."""

    method: str
    arguments: Wire
    at: float
    token: str
    # The HTTP status; 0 where the connection was closed without an answer.
    status: int
    answer: Wire | None
    # Names of uploaded parts.
    files: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """Why it was refused; empty where it was not."""
        return str((self.answer or {}).get("description", "")) if self.status != 200 else ""
