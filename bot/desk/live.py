"""Tells open pages that something changed, never what: they read again what they show. One stream for each browser.

Events: `inbox` (any conversation, at most about once a second), `conversation` and its id, `marks` and an id (who looks
at it or types), `presence` (of anybody), `signed-out`; the first is `hello` with the version of the desk's files. A
template says `hx-trigger="sse:inbox"` or `"sse:conversation-<id>"`; static/live.js carries them there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from bot.conversations.models import Change
from bot.staff import presence
from bot.staff.accounts import all_agents
from bot.storage.database import Database, DatabaseUnavailable
from bot.storage.desk_tables import staff_sessions

log = structlog.get_logger(__name__)

QUIET_SECONDS = 0.15  # of several changes in a row a page hears once, after the last
INBOX_SECONDS = 1.0  # so often at most the list is read again: it costs more than a conversation
ASSISTANTS_SECONDS = 3.0  # the same for what happens between the assistant and a customer, which calls for nobody
LOOK_EVERY_SECONDS = 1.5  # at sessions and presence: what commands and other processes change is told by nobody
SIGN_OF_LIFE_SECONDS = 15.0
INBOX, PRESENCE, SIGNED_OUT, HELLO = "inbox", "presence", "signed-out", "hello"


@dataclass(eq=False, slots=True)
class _Stream:
    """One open page, or one for all of a browser's."""

    agent_id: str
    session_id: str
    waiting: dict[str, None] = field(default_factory=dict)  # events, in order, each once
    stir: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False
    inbox_told_at: float = float("-inf")  # by the loop's clock
    inbox_timer: asyncio.TimerHandle | None = None

    def tell_inbox(self, seconds: float) -> None:
        """Says that the list has changed: at once, unless that was said less than so many seconds ago."""
        loop = asyncio.get_running_loop()
        due = max(loop.time(), self.inbox_told_at + seconds)
        if self.inbox_timer is not None:
            if self.inbox_timer.when() <= due:
                return
            self.inbox_timer.cancel()
        self.inbox_timer = loop.call_at(due, self._tell_inbox)

    def _tell_inbox(self) -> None:
        self.inbox_timer = None
        self.inbox_told_at = asyncio.get_running_loop().time()
        if not self.over:
            self.tell(INBOX)

    def tell(self, *events: str) -> None:
        self.waiting.update(dict.fromkeys(events))
        self.stir.set()

    def end(self) -> None:
        self.over = True
        self.stir.set()


class Live:
    """All open streams (a `Subscriber` of conversations).

    Args:
        clock: the present moment, aware.
        vanishes_after: silence of a desk after which its agent counts as away.
        version: of the desk's files.
    """

    def __init__(
        self, database: Database, clock: Callable[[], datetime], vanishes_after: timedelta, version: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._vanishes_after = vanishes_after
        self._version = version
        self._streams: set[_Stream] = set()
        self._people: dict[str, tuple[object, ...]] = {}
        self._stopping = False

    @property
    def open_streams(self) -> int:
        """How many pages listen."""
        return len(self._streams)

    def changed(self, change: Change) -> None:
        """See `Subscriber`."""
        self._tell(f"conversation {change.conversation_id}")
        seconds = ASSISTANTS_SECONDS if _is_the_assistants(change) else INBOX_SECONDS
        for stream in tuple(self._streams):
            if not stream.over:
                stream.tell_inbox(seconds)

    def look_again(self) -> None:
        """See `Subscriber`: whatever was missed, pages read all anew."""
        self._tell(HELLO)

    def marks_moved(self, conversation_id: str) -> None:
        """Somebody began or ceased to look at a conversation, or types in it."""
        self._tell(f"marks {conversation_id}")

    def people_changed(self) -> None:
        """Somebody came, went, or was changed: who shows people reads them again."""
        self._tell(PRESENCE)

    def sign_out(self, agent_id: str, *, but: str | None = None) -> None:
        """The sessions of an agent were ended: their pages go at once.

        Args:
            but: the id of a session that goes on.
        """
        for stream in tuple(self._streams):
            if stream.agent_id == agent_id and stream.session_id != but:
                self._dismiss(stream)

    def end_session(self, session_id: str) -> None:
        """One session was ended: its pages go at once."""
        for stream in tuple(self._streams):
            if stream.session_id == session_id:
                self._dismiss(stream)

    async def events(self, agent_id: str, session_id: str) -> AsyncIterator[tuple[str, str]]:
        """(event, data) for one page, until its session ends or `stop` is called; meanwhile the agent is alive."""
        stream = _Stream(agent_id, session_id)
        self._streams.add(stream)
        alive = asyncio.create_task(self._keep_alive(agent_id))
        try:
            stream.tell(HELLO)
            # A page may be dismissed while it is told something else: it hears of that too before its stream ends.
            while stream.waiting or not (self._stopping or stream.over):
                await stream.stir.wait()
                if not self._stopping and not stream.over:
                    await asyncio.sleep(QUIET_SECONDS)
                events, stream.waiting = stream.waiting, {}
                stream.stir.clear()
                for event in events:
                    kind, _, about = event.partition(" ")
                    yield kind, self._version if kind == HELLO else about
        finally:
            alive.cancel()
            if stream.inbox_timer is not None:
                stream.inbox_timer.cancel()
            self._streams.discard(stream)

    async def run(self) -> None:
        """Look at sessions and presence until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            try:
                await self.look()
            except DatabaseUnavailable as error:
                log.warning("desk_does_not_see_people", error=str(error))

    async def look(self) -> None:
        """Tell who is gone, and dismiss pages whose session has ended."""
        if not self._streams:
            return
        watched = {stream.session_id for stream in self._streams}
        people, going_on = await self._database.read(lambda connection: self._read(connection, watched))
        for stream in tuple(self._streams):
            if stream.session_id in watched - going_on:
                self._dismiss(stream)
        if people != self._people:
            self._people = people
            self.people_changed()

    def stop(self) -> None:
        """End all streams: nobody waits for them when the app stops."""
        self._stopping = True
        for stream in tuple(self._streams):
            stream.stir.set()

    def _tell(self, *events: str) -> None:
        for stream in tuple(self._streams):
            if not stream.over:  # who is dismissed would only ask, and be refused
                stream.tell(*events)

    def _dismiss(self, stream: _Stream) -> None:
        stream.tell(SIGNED_OUT)
        stream.end()

    def _read(self, connection: Connection, sessions: set[str]) -> tuple[dict[str, tuple[object, ...]], set[str]]:
        now = self._clock()
        agents = {agent.id: agent for agent in all_agents(connection)}
        people: dict[str, tuple[object, ...]] = {
            agent.id: (agent.name, agent.role, presence.here(agent, now, self._vanishes_after))
            for agent in agents.values()
        }
        rows = connection.execute(
            sa.select(staff_sessions.c.id, staff_sessions.c.agent_id).where(
                staff_sessions.c.id.in_(sessions), staff_sessions.c.expires_at > now
            )
        )
        return people, {row.id for row in rows if row.agent_id in agents}

    async def _keep_alive(self, agent_id: str) -> None:
        """An open stream is the sign that somebody's desk is still there."""
        while True:
            try:
                await self._database.write(
                    lambda connection: presence.sign_of_life(connection, agent_id, self._clock())
                )
            except DatabaseUnavailable as error:
                log.warning("sign_of_life_not_recorded", error=str(error))
            # Often enough that one lost sign does not make anybody vanish.
            await asyncio.sleep(min(SIGN_OF_LIFE_SECONDS, self._vanishes_after.total_seconds() / 3))


def _is_the_assistants(change: Change) -> bool:
    """Whether something went on between a customer and the assistant, and nothing else."""
    if change.owner is not None or change.ended or change.moved or change.desk:
        return False
    by_bot = any(message.author_kind == "bot" for message in change.messages)
    return change.turn is not None or bool(change.handled) or by_bot
