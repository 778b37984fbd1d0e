"""Who else looks at a conversation, and who types in it: true for a moment, never a reason to refuse anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.models import Change
from bot.conversations.signals import Signal, SignalKind
from bot.desk.live import Live
from bot.staff.presence import CLOCKS_DIFFER
from bot.storage.desk_tables import desk_viewing
from bot.storage.inserts import insert_into
from bot.storage.tables import agents

LOOKS_FOR = timedelta(seconds=40)  # an open page says so every 15 seconds
TYPES_FOR = timedelta(seconds=6)  # … and while somebody types every 3
MOST_REMEMBERED = 2000


@dataclass(frozen=True, slots=True)
class Viewer:
    """A colleague who has the conversation open."""

    name: str
    types: bool


@dataclass(frozen=True, slots=True)
class Marks:
    """What goes on in a conversation at this moment."""

    viewers: tuple[Viewer, ...]
    customer_types: bool


class Typing:
    """Which customers type just now (a `SignalListener` and a `Subscriber`); tells open pages to read marks again."""

    def __init__(self, live: Live, clock: Callable[[], datetime]) -> None:
        self._live = live
        self._clock = clock
        self._typed: dict[str, datetime] = {}

    def signalled(self, signal: Signal) -> None:
        """See `SignalListener`."""
        match signal.kind:
            case SignalKind.CUSTOMER_TYPING:
                self._remember(signal.conversation_id)
                self._live.marks_moved(signal.conversation_id)
            case SignalKind.AGENT_TYPING | SignalKind.AGENT_LOOKS:
                self._live.marks_moved(signal.conversation_id)

    def customer_types(self, conversation_id: str) -> bool:
        """Whether the customer was seen typing within the last seconds."""
        at = self._typed.get(conversation_id)
        return at is not None and self._clock() - at <= TYPES_FOR

    def changed(self, change: Change) -> None:
        """See `Subscriber`: what was typed may have come, and then nobody types any more."""
        self._typed.pop(change.conversation_id, None)

    def look_again(self) -> None:
        """See `Subscriber`; nothing to read."""

    def _remember(self, conversation_id: str) -> None:
        now = self._clock()
        if len(self._typed) >= MOST_REMEMBERED:
            self._typed = {known: at for known, at in self._typed.items() if now - at <= TYPES_FOR}
        self._typed[conversation_id] = now


def look(connection: Connection, conversation_id: str, agent_id: str, now: datetime, *, types: bool) -> bool:
    """Note that an agent has a conversation open, and whether they type.

    Returns:
        Whether that is news to those who look as well.
    """
    own = sa.and_(desk_viewing.c.conversation_id == conversation_id, desk_viewing.c.agent_id == agent_id)
    before = connection.execute(sa.select(desk_viewing.c.seen_at, desk_viewing.c.typing_at).where(own)).first()
    row = {
        "conversation_id": conversation_id,
        "agent_id": agent_id,
        "seen_at": now,
        "typing_at": now if types else None,
    }
    stored = insert_into(connection, desk_viewing).values(row)
    connection.execute(
        stored.on_conflict_do_update(
            index_elements=["conversation_id", "agent_id"], set_={"seen_at": now, "typing_at": row["typing_at"]}
        )
    )
    looked = before is not None and now - before.seen_at <= LOOKS_FOR
    typed = before is not None and before.typing_at is not None and now - before.typing_at <= TYPES_FOR
    return not looked or typed != types or types


def leave(connection: Connection, conversation_id: str, agent_id: str) -> None:
    """Note that an agent has closed the conversation."""
    connection.execute(
        sa.delete(desk_viewing).where(
            desk_viewing.c.conversation_id == conversation_id, desk_viewing.c.agent_id == agent_id
        )
    )


def viewers_of(connection: Connection, conversation_id: str, agent_id: str, now: datetime) -> tuple[Viewer, ...]:
    """Others than this agent who have the conversation open, by name."""
    rows = connection.execute(
        sa.select(agents.c.name, desk_viewing.c.typing_at)
        .select_from(desk_viewing.join(agents, agents.c.id == desk_viewing.c.agent_id))
        .where(
            desk_viewing.c.conversation_id == conversation_id,
            desk_viewing.c.agent_id != agent_id,
            desk_viewing.c.seen_at.between(now - LOOKS_FOR, now + CLOCKS_DIFFER),
        )
        .order_by(agents.c.name)
    )
    return tuple(Viewer(row.name, row.typing_at is not None and abs(now - row.typing_at) <= TYPES_FOR) for row in rows)
