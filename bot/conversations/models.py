"""The typed values that travel along a message's way; no behaviour, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

AuthorKind = Literal["customer", "bot", "agent", "system"]
EndReason = Literal["done", "resolved", "idle", "left", "erased"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attachment:
    """What came beside text: a file that the channel keeps for us, or something that is no file.

    `details` holds what there is to say of it in words and numbers: {"latitude", "longitude"}, {"phone", "name"},
    {"emoji"}, {"seconds"}.
    """

    kind: str  # photo | document | voice | audio | video | sticker | location | contact | other
    details: Json = field(default_factory=dict)
    file_id: str | None = None  # the channel's; None where there is no file
    name: str | None = None
    media_type: str | None = None
    size: int | None = None  # bytes


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a channel received from a customer, checked at the door.

    Exactly one of `text`, `choice_id` and `command` is set; but a command may have words after it as its text, and
    beside attachments the text may be empty. `external_id` is unique within the channel.
    """

    channel: str
    identity: str  # the customer's id on that channel
    external_id: str
    text: str | None
    choice_id: str | None
    locale: str
    shop_customer_id: str | None = None  # proven by an identity token of the shop's own site
    proven_until: datetime | None = None
    command: str | None = None  # one of `commands.COMMANDS`, of a channel that has a menu of them
    attachments: tuple[Attachment, ...] = ()
    quotes: str | None = None  # the channel's id of the message, the customer's or ours, that this one replies to
    proven_by: str = "identity_token"  # how `shop_customer_id` was proven


@dataclass(frozen=True, slots=True)
class Choice:
    """A button under a message. `payload` stays inside; clients see id, title and value."""

    id: str
    title: str
    payload: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A message of ours, before it has a number."""

    text: str
    author_kind: AuthorKind = "bot"
    author_name: str | None = None
    kind: str = "text"  # text | notice | offer | rating | comment
    response: str | None = None
    choices: tuple[Choice, ...] = ()
    cards: tuple[Json, ...] = ()
    expects: str | None = None
    agent_id: str | None = None  # which of our people says it


@dataclass(frozen=True, slots=True)
class Message:
    """A stored message, as channels show it."""

    id: str
    conversation_id: str
    seq: int
    at: datetime
    channel: str
    author_kind: AuthorKind
    author_name: str | None
    kind: str
    text: str
    choices: tuple[Json, ...]  # {"id", "title", "value"?}
    cards: tuple[Json, ...]
    expects: str | None
    external_id: str | None  # of a customer's message
    in_reply_to: str | None  # external id of the customer's message it answers
    turn_complete: bool = False  # as read back: whether that message, or this one if it is the customer's, is handled
    response: str | None = None  # the domain's name of what we say
    edited_text: str | None = None  # what the customer made of their message afterwards
    attachments: tuple[Json, ...] = ()  # of a customer's message: {"kind", "name"?}
    agent_id: str | None = None  # which of our people wrote it


@dataclass(frozen=True, slots=True)
class Status:
    """Where a conversation stands, for whoever follows it."""

    conversation_id: str | None
    state: Literal["none", "open", "ended"]
    owner: str
    last_seq: int
    customer_id: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A customer's message that waits for its turn."""

    message_id: str
    external_id: str | None
    channel: str
    seq: int
    text: str
    payload: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands when a turn begins."""

    conversation_id: str
    customer_id: str
    identity_id: str
    locale: str
    turns: int  # committed so far
    history: list[Json]
    owner: str
    state: str


@dataclass(frozen=True, slots=True)
class PendingTurn:
    """What waits for its turn, with all the engine needs: one message, or several that are understood together.

    Of several the turn is the last one's: `message_id`, `external_id` and `seq` are its.
    """

    conversation_id: str
    customer_id: str
    identity_id: str
    message_id: str
    external_id: str | None
    channel: str
    locale: str
    seq: int
    text: str  # of several the texts, a line each
    payload: str | None
    received_at: datetime  # of several the first one's: since then the customer waits
    number: int  # turns committed so far
    history: list[Json]
    owner: str
    state: str
    earlier: tuple[Waiting, ...] = ()  # those that are understood together with it, in order

    @property
    def key(self) -> str:
        """The first message's id: the same however many join it before the turn is stored. For what is done once."""
        return self.earlier[0].message_id if self.earlier else self.message_id

    @property
    def message_ids(self) -> tuple[str, ...]:
        """Of all messages that the turn answers."""
        return (*(waiting.message_id for waiting in self.earlier), self.message_id)

    @property
    def external_ids(self) -> tuple[str, ...]:
        """The channel's ids of all messages that the turn answers."""
        found = (*(waiting.external_id for waiting in self.earlier), self.external_id)
        return tuple(external for external in found if external is not None)


@dataclass(frozen=True, slots=True)
class Change:
    """What one committed transaction did to a conversation; published after the commit, never before."""

    conversation_id: str
    customer_id: str
    messages: tuple[Message, ...] = ()
    handled: tuple[str, ...] = ()  # external ids of customer's messages whose turn is complete
    opened: bool = False
    ended: bool = False
    effects: tuple[str, ...] = ()  # types of the effects that were applied
    language: str | None = None  # spoken from now on, where the change tells
    turn: PendingTurn | None = None  # the turn that the change makes due, where nothing else waits before it
    edited: tuple[int, ...] = ()  # numbers of messages whose text the customer has changed
    moved: bool = False  # an identity became, or is no longer, this customer's: who follows has to be found anew
    owner: str | None = None  # who owns the conversation from now on, where that changed: bot, queue or an agent's id
    desk: bool = False  # something changed that only the desk shows: a note, a tag, a mark


@dataclass(frozen=True, slots=True)
class Received:
    """The receipt of a customer's message."""

    seq: int
    conversation_id: str
    customer_id: str
    identity_id: str
    duplicate: bool
    needs_turn: bool
    change: Change | None
    proven: str | None = None  # the shop's customer as whom the message verifies its conversation


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply as the engine returned it."""

    text: str | None
    buttons: tuple[Json, ...] = ()
    image: str | None = None
    custom: Json = field(default_factory=dict)
    response: str | None = None
    metadata: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What the engine made of one message."""

    history: list[Json]
    events: list[Json]
    replies: tuple[Reply, ...]
    understanding: Json | None
    model: str | None
    engine_ms: float
    actions_ms: float
    language: str | None = None  # that was spoken in it
