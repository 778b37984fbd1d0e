"""What updates of Telegram's are to us: one typed value each; `reading` makes them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bot.conversations.models import Attachment

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")  # what we ask Telegram for

# Characters, as Telegram lets anybody type (core.telegram.org/bots/api#message). A phone cuts what is longer there: to
# refuse its first part would leave the rest to be answered alone.
LONGEST_TEXT = 4096

LINK, NO_LINK = "link:", "no"  # what the buttons of that question hold: the token after the first, or the second


@dataclass(frozen=True, slots=True)
class Reading:
    """What it takes to read an update: who we are and what we accept."""

    bot_id: int
    username: str
    commands: Collection[str]  # without the slash
    longest_text: int  # characters; not less than `LONGEST_TEXT`
    locale: str  # of customers of whom Telegram does not tell


@dataclass(frozen=True, slots=True)
class Writer:
    """A customer in their private chat with us."""

    id: int  # of the person, which is their private chat's as well
    locale: str

    @property
    def identity(self) -> str:
        """Who they are on this channel."""
        return str(self.id)


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A typed message."""

    writer: Writer
    external_id: str
    text: str
    quotes: str | None


@dataclass(frozen=True, slots=True)
class MediaMessage:
    """A message with something beside text; `text` is its caption, or empty."""

    writer: Writer
    external_id: str
    text: str
    quotes: str | None
    attachment: Attachment
    own_number: str | None = None  # shared by its owner, as Telegram vouches


@dataclass(frozen=True, slots=True)
class CommandMessage:
    """One of our commands, as from the menu; `words` came after it."""

    writer: Writer
    external_id: str
    command: str
    quotes: str | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class StartLink:
    """They came by a link with a token, as from the website."""

    writer: Writer
    external_id: str
    token: str


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """What they said to whether a conversation from elsewhere is to go on here."""

    writer: Writer
    query_id: str
    token: str | None  # of the link; None for a no
    message_id: int | None  # that asked


@dataclass(frozen=True, slots=True)
class Unacceptable:
    """A message that cannot be taken: nothing readable in it, or too much."""

    writer: Writer
    response: str  # the domain's name of what to say


@dataclass(frozen=True, slots=True)
class Tap:
    """A button. `choice_id` is empty where its data cannot be one of ours."""

    writer: Writer
    query_id: str
    choice_id: str
    message_id: int | None  # that the button is under


@dataclass(frozen=True, slots=True)
class StrayTap:
    """A button that is none of a private chat's: only to be answered, so that it stops turning."""

    query_id: str


@dataclass(frozen=True, slots=True)
class Edited:
    """A customer's message with other words than before."""

    writer: Writer
    external_id: str
    text: str
    at: datetime | None  # as Telegram says; None where that is no time


@dataclass(frozen=True, slots=True)
class Blocked:
    """The customer takes nothing from us any more."""

    writer: Writer


@dataclass(frozen=True, slots=True)
class Unblocked:
    """… and does again."""

    writer: Writer


@dataclass(frozen=True, slots=True)
class GroupTalk:
    """Something in a group that is meant for us."""

    chat_id: int
    locale: str
    message_id: int | None  # None where we were added to the group


@dataclass(frozen=True, slots=True)
class Migrated:
    """A group has a new id."""

    old_chat_id: int
    new_chat_id: int


@dataclass(frozen=True, slots=True)
class Ignored:
    """Known, and none of our business."""

    kind: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Of a shape we cannot read."""


FromCustomer = (
    TextMessage
    | MediaMessage
    | CommandMessage
    | StartLink
    | LinkAnswer
    | Unacceptable
    | Tap
    | Edited
    | Blocked
    | Unblocked
)
Update = FromCustomer | StrayTap | GroupTalk | Migrated | Ignored | Unknown
