"""A conversation's page: opened, kept up to date, read further back; and who else looks at it just now."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection
from starlette.responses import Response
from starlette.routing import Route

from bot.conversations.signals import Signal, SignalKind
from bot.desk.inbox import listing
from bot.desk.inbox_reading import QUEUES
from bot.desk.pages import HEADERS, DeskCall, NotThere, page, row_id_of
from bot.desk.picture import Picture, read_picture
from bot.desk.reading import CONVERSATION, reads
from bot.desk.sent import number_of
from bot.desk.side import side_values
from bot.desk.snoozing import presets
from bot.desk.talk import Talk, read_marks, read_talk, talk_values
from bot.desk.thread import Window, mark_read, read_after, read_before, read_latest, unread_from
from bot.desk.tools import DeskTools
from bot.desk.viewing import Typing, leave, look
from bot.handoff.staffing import staffing_of
from bot.staff.rights import Right


@dataclass(frozen=True, slots=True)
class Conversation:
    """The handlers of a conversation's page.

    Args:
        typing: which customers type.
    """

    tools: DeskTools
    typing: Typing

    @property
    def zone(self) -> ZoneInfo:
        """In which days begin."""
        return ZoneInfo(self.tools.settings.timezone)

    async def show(self, call: DeskCall) -> Response:
        """`GET /desk/c/{id}`: the whole conversation, at its end; the reading is noted."""
        conversation_id = row_id_of(call)

        def read(connection: Connection) -> tuple[Talk, Window, int | None, Picture]:
            talk = read_talk(call, connection, conversation_id, self.typing)
            window = read_latest(connection, conversation_id, self.zone)
            unread = unread_from(connection, conversation_id, call.agent.id)
            return talk, window, unread, read_picture(connection, conversation_id, call.now)

        def write(connection: Connection) -> None:
            call.note(connection, CONVERSATION, conversation_id=conversation_id)
            look(connection, conversation_id, call.agent.id, call.now, types=False)
            mark_read(connection, conversation_id, call.agent.id, talk.last_seq)

        # Apart: all that is read would hold up whoever else has something to write.
        talk, window, unread, picture = await call.read(read)
        await call.write(write)
        self._say(call, talk, SignalKind.AGENT_LOOKS)
        values = {
            **side_values(call, picture),
            **talk_values(call, talk),
            "window": window,
            "unread": unread,
            "presets": presets(staffing_of(self.tools.settings).hours, call.now),
        }
        if call.is_htmx:
            return call.fragment("conversation.html", block="conversation", **values)
        return call.render("conversation.html", inbox=await listing(call, conversation_id), queues=QUEUES, **values)

    async def update(self, call: DeskCall) -> Response:
        """`GET /desk/c/{id}/thread?after=`: what is new; `?before=`: what is further back."""
        conversation_id = row_id_of(call)
        if before := call.query("before", most=12):
            window = await call.read(
                lambda connection: read_before(connection, conversation_id, self.zone, _number(before))
            )
            talk = await self._talk(call, conversation_id)
            await reads(call, CONVERSATION, conversation_id)
            return call.fragment("talk_earlier.html", window=window, **talk_values(call, talk))
        return await self.fresh(call, _number(call.query("after", "0", most=12)))

    async def fresh(self, call: DeskCall, after: int, *, status: int = 200) -> Response:
        """Head, foot, marks and what is new, for the page's script to put in its places."""
        conversation_id = row_id_of(call)

        def work(connection: Connection) -> tuple[Talk, Window]:
            talk = read_talk(call, connection, conversation_id, self.typing)
            return talk, read_after(connection, conversation_id, self.zone, after)

        talk, window = await call.read(work)
        await reads(call, CONVERSATION, conversation_id)
        return call.fragment("talk_update.html", status=status, window=window, **talk_values(call, talk))

    async def marks(self, call: DeskCall) -> Response:
        """`GET /desk/c/{id}/marks`: who looks and types just now."""
        conversation_id = row_id_of(call)
        marks = await call.read(lambda connection: read_marks(call, connection, conversation_id, self.typing))
        return call.fragment("talk_marks.html", marks=marks)

    async def here(self, call: DeskCall) -> Response:
        """`POST /desk/c/{id}/here`: the page is open; `types=reply|note` while somebody types, `gone=1` at its end."""
        conversation_id, agent = row_id_of(call), call.agent
        types, gone = await call.field("types"), await call.field("gone")
        if gone:
            await call.write(lambda connection: leave(connection, conversation_id, agent.id))
            self.tools.live.marks_moved(conversation_id)
            return Response(status_code=204, headers=HEADERS)

        if types == "reply":
            call.demand(Right.ANSWER)
        await call.lives()  # an open page is at a desk, be its stream of events silent
        talk = await self._talk(call, conversation_id)
        news = await call.write(
            lambda connection: look(connection, conversation_id, agent.id, call.now, types=bool(types))
        )
        if types == "reply" and talk.mode == "mine":  # customers hear of what is written to them, not of notes
            self._say(call, talk, SignalKind.AGENT_TYPING)
        elif news:
            self._say(call, talk, SignalKind.AGENT_LOOKS)
        return call.fragment("talk_marks.html", marks=talk.marks)

    async def read(self, call: DeskCall) -> Response:
        """`POST /desk/c/{id}/read`: the agent has seen everything up to `seq`."""
        conversation_id, seq = row_id_of(call), _number(await call.field("seq"))
        await self._talk(call, conversation_id)
        await call.write(lambda connection: mark_read(connection, conversation_id, call.agent.id, seq))
        return Response(status_code=204, headers=HEADERS)

    def routes(self) -> list[Route]:
        """All routes of the page."""
        tools = self.tools
        return [
            Route("/desk/c/{id}", page(tools, Right.READ_ALL, self.show)),
            Route("/desk/c/{id}/thread", page(tools, Right.READ_ALL, self.update)),
            Route("/desk/c/{id}/marks", page(tools, Right.READ_ALL, self.marks)),
            Route("/desk/c/{id}/here", page(tools, Right.READ_ALL, self.here), methods=["POST"]),
            Route("/desk/c/{id}/read", page(tools, Right.READ_ALL, self.read), methods=["POST"]),
        ]

    async def known(self, call: DeskCall, conversation_id: str) -> None:
        """Raises `UnknownConversation` where there is none like that."""
        await self._talk(call, conversation_id)

    async def _talk(self, call: DeskCall, conversation_id: str) -> Talk:
        return await call.read(lambda connection: read_talk(call, connection, conversation_id, self.typing))

    def _say(self, call: DeskCall, talk: Talk, kind: SignalKind) -> None:
        """Tell the other pages, here and in other processes."""
        signal = Signal(kind, talk.id, talk.row.customer_id, call.agent.id, call.agent.name)
        if self.tools.signals is not None:
            self.tools.signals.send(signal)
        else:
            self.tools.live.marks_moved(talk.id)


def conversation_of(tools: DeskTools) -> Conversation:
    """The page, listening to who types."""
    typing = Typing(tools.live, tools.clock)
    tools.conversations.subscribe(typing)
    if tools.signals is not None:
        tools.signals.subscribe(typing)
    return Conversation(tools, typing)


def _number(typed: str) -> int:
    """A message's number out of an address; raises `NotThere` for anything else."""
    number = number_of(typed)
    if number is None:
        raise NotThere
    return number
