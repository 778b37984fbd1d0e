"""Where a conversation stands for the agent who looks at it: who has it, what they may do, what they had typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.desk.drafts import LeftBehind, drafts_of, left_behind
from bot.desk.elsewhere import Elsewhere, read_elsewhere
from bot.desk.inbox_reading import InboxRow, read_rows
from bot.desk.pages import DeskCall
from bot.desk.tags import tags_of
from bot.desk.viewing import Marks, Typing, viewers_of
from bot.desk.wording import talk_words
from bot.handoff.errors import UnknownConversation
from bot.handoff.models import BOT, QUEUE
from bot.handoff.owning import LONGEST_REPLY
from bot.staff.rights import Right
from bot.storage.tables import conversations

# What fits into one message of the channel, in units of UTF-16; what is longer the channel would tear apart.
LONGEST = {"telegram": 4096}
LEFT_FOR = timedelta(days=3)  # what a colleague had typed is offered to whoever has the conversation now


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as its page begins: all but its messages.

    `mode` says what the agent can do: mine | theirs | queue | bot | ended | reading (they answer nobody).
    """

    row: InboxRow
    mode: str
    previous_id: str | None
    open_id: str | None  # of the same customer, where this one has ended
    last_seq: int
    tags: tuple[str, ...]
    marks: Marks
    drafts: Mapping[str, str]
    left: tuple[LeftBehind, ...]
    longest: int
    elsewhere: Elsewhere | None = None  # where people work in another helpdesk

    @property
    def id(self) -> str:
        """The conversation's."""
        return self.row.id


def read_talk(call: DeskCall, connection: Connection, conversation_id: str, typing: Typing) -> Talk:
    """Where the conversation stands.

    Raises:
        UnknownConversation: there is none like that.
    """
    rows = read_rows(connection, call.agent.id, call.now, conversations.c.id == conversation_id, most=1)
    if not rows:
        raise UnknownConversation("There is no such conversation.")
    (row,) = rows
    ends = conversations.c
    found = connection.execute(sa.select(ends.previous_id, ends.last_seq).where(ends.id == conversation_id)).one()
    mode = _mode(call, row)
    goes_on = sa.select(ends.id).where(ends.customer_id == row.customer_id, ends.state == "open")
    return Talk(
        row,
        mode,
        found.previous_id,
        connection.execute(goes_on).scalar() if row.state == "ended" else None,
        found.last_seq,
        tuple(tags_of(connection, conversation_id)),
        read_marks(call, connection, conversation_id, typing),
        drafts_of(connection, conversation_id, call.agent.id),
        tuple(left_behind(connection, conversation_id, call.agent.id, call.now - LEFT_FOR)) if mode == "mine" else (),
        longest_on(row.channel, call.tools.settings.message_max_chars),
        read_elsewhere(call.tools.settings, connection, conversation_id),
    )


def read_marks(call: DeskCall, connection: Connection, conversation_id: str, typing: Typing) -> Marks:
    """Who looks at the conversation and types in it."""
    return Marks(
        viewers_of(connection, conversation_id, call.agent.id, call.now), typing.customer_types(conversation_id)
    )


def longest_on(channel: str, most: int) -> int:
    """How long one message may be, in units of UTF-16.

    Args:
        most: what customers may write at once; nobody is sent more than they may answer.
    """
    return min(LONGEST.get(channel, max(most, 1000)), LONGEST_REPLY)


def talk_values(call: DeskCall, talk: Talk) -> dict[str, Any]:
    """What all templates of a conversation need."""
    zone = ZoneInfo(call.tools.settings.timezone)
    return {
        "talk": talk,
        "row": talk.row,
        "most_mb": call.tools.settings.desk_file_mb,
        "enter_sends": bool(call.agent.preferences.get("enter_sends", True)),
        "zone": zone,
        **talk_words(zone, call.now),
    }


def _mode(call: DeskCall, row: InboxRow) -> str:
    if not call.may(Right.ANSWER):
        return "reading"
    if row.state == "ended":
        return "ended"
    return {BOT: "bot", QUEUE: "queue", call.agent.id: "mine"}.get(row.owner, "theirs")
